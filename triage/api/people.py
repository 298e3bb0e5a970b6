"""Who calls: tokens, profile, consents."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from portal.accounts import phones, tokens
from portal.accounts.models import Role, User
from triage import patients
from triage.api.base import PATIENT, View
from triage.api.fields import Exact
from triage.api.problems import Conflict
from triage.api.schema import problems
from triage.models import ConsentKind, Patient, Sex, SkinType
from triage.patients import PROFILE, possible_birth_date


class CredentialsSerializer(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    password = serializers.CharField(max_length=512, trim_whitespace=False, write_only=True)
    code = serializers.CharField(
        default="", allow_blank=True, max_length=20,
        help_text="Of the authenticator app, where one is set up",
    )  # fmt: skip


class TokenSerializer(serializers.Serializer):
    token = serializers.CharField()
    expiry = serializers.DateTimeField(allow_null=True)


class MeSerializer(serializers.ModelSerializer):
    clinic = serializers.CharField(source="clinic.name")
    role = serializers.ChoiceField(choices=Role.choices)

    class Meta:
        model = User
        fields = ["email", "name", "role", "clinic"]


class ProfileSerializer(Exact, serializers.ModelSerializer):
    sex = serializers.ChoiceField(choices=Sex.choices, allow_blank=True, required=False)
    skin_type = serializers.ChoiceField(choices=SkinType.choices, allow_null=True, required=False)

    class Meta:
        model = Patient
        fields = list(PROFILE)

    def validate_birth_date(self, born: date | None) -> date | None:
        if born and not possible_birth_date(born, timezone.localdate()):
            raise serializers.ValidationError("Check the year: this date is not possible.")
        return born

    def validate_phone(self, phone: str) -> str:
        try:
            phones.check(phone)
        except ValidationError as wrong:
            raise serializers.ValidationError(wrong.messages) from None
        return phone


class ConsentSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=ConsentKind.choices)
    version = serializers.CharField(read_only=True)
    granted_at = serializers.DateTimeField(read_only=True)


class ConsentListSerializer(serializers.Serializer):
    results = ConsentSerializer(many=True)


class Token(View):
    def get_permissions(self) -> list:
        return [AllowAny()] if self.request.method == "POST" else super().get_permissions()

    @extend_schema(
        operation_id="make_token", request=CredentialsSerializer, auth=[],
        responses={201: TokenSerializer} | problems(400, 401, 403, 415),
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Log in: a token to send as `Authorization: Token SECRET`. It is shown this once."""
        form = CredentialsSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        # allauth's limits want Django's own request
        row, secret = tokens.issue_token_for_credentials(request._request, **form.validated_data)
        body = TokenSerializer({"token": secret, "expiry": row.expiry}).data
        return Response(body, status=201, headers={"Cache-Control": "no-store"})

    @extend_schema(operation_id="end_token", responses={204: None} | problems(401, 409))
    def delete(self, request: Request) -> Response:
        """Log out: the token that this request carries works no more."""
        if request.auth is None:
            raise Conflict("This request carries no token.")
        tokens.revoke_token(actor=request.user, token_key=request.auth.token_key)
        return Response(status=204)


class Me(View):
    @extend_schema(operation_id="who_am_i", responses={200: MeSerializer} | problems(401))
    def get(self, request: Request) -> Response:
        """Who you are logged in as."""
        return Response(MeSerializer(request.user).data)


class Profile(View):
    roles = PATIENT

    @extend_schema(
        operation_id="read_profile", responses={200: ProfileSerializer} | problems(401, 404)
    )
    def get(self, request: Request) -> Response:
        """What the clinic knows of you; null is 'not known'."""
        return Response(ProfileSerializer(patients.patient_of(request.user)).data)

    @extend_schema(
        operation_id="change_profile", request=ProfileSerializer(partial=True),
        responses={200: ProfileSerializer} | problems(400, 401, 404, 415),
    )  # fmt: skip
    def patch(self, request: Request) -> Response:
        """Change the fields that you send."""
        patient = patients.patient_of(request.user)
        form = ProfileSerializer(patient, data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        patients.update_profile(actor=request.user, patient=patient, **form.validated_data)
        return Response(ProfileSerializer(patient).data)


class Consents(View):
    roles = PATIENT

    @extend_schema(
        operation_id="list_consents", responses={200: ConsentListSerializer} | problems(401, 404)
    )
    def get(self, request: Request) -> Response:
        """The consents that stand."""
        standing = patients.consents(patients.patient_of(request.user)).values()
        return Response(ConsentListSerializer({"results": standing}).data)

    @extend_schema(
        operation_id="give_consent", request=ConsentSerializer,
        responses={201: ConsentSerializer} | problems(400, 401, 404, 415),
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Consent to the present wording. Show it to the patient first: it is on /profile/."""
        form = ConsentSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        consent = patients.grant_consent(
            actor=request.user, patient=patients.patient_of(request.user),
            kind=ConsentKind(form.validated_data["kind"]),
        )  # fmt: skip
        return Response(ConsentSerializer(consent).data, status=201)


class OneConsent(View):
    roles = PATIENT

    @extend_schema(operation_id="withdraw_consent", responses={204: None} | problems(401, 404))
    def delete(self, request: Request, kind: ConsentKind) -> Response:
        """Withdraw. Cases already sent stay with the clinic."""
        patient = patients.patient_of(request.user)
        patients.withdraw_consent(actor=request.user, patient=patient, kind=kind)
        return Response(status=204)
