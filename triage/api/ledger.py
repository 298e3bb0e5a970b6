"""The ledger, for administrators."""

from urllib.parse import urlencode

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from portal.audit.models import Entry, Result
from portal.audit.reading import NoSuchEntry, read_page
from portal.audit.search import AddressForm
from triage.api.base import ADMINISTRATOR, View
from triage.api.schema import problems


class EntrySerializer(serializers.ModelSerializer):
    actor = serializers.IntegerField(source="actor_id", allow_null=True)
    patient = serializers.IntegerField(source="patient_id", allow_null=True)
    result = serializers.ChoiceField(choices=Result.choices)
    detail = serializers.DictField()

    class Meta:
        model = Entry
        fields = ["id", "at", "actor", "actor_role", "action", "patient", "object_type",
                  "object_id", "result", "detail"]  # fmt: skip


class LedgerQuerySerializer(serializers.Serializer):
    """What to look for; all that is given must hold."""

    actor = serializers.IntegerField(required=False, min_value=1, help_text="Number of the user")
    patient = serializers.IntegerField(required=False, min_value=1, help_text="Patient number")
    role = serializers.CharField(required=False)
    action = serializers.CharField(required=False, help_text="case.viewed, review.signed, ...")
    object = serializers.CharField(
        required=False, max_length=64, help_text="Reference of a case, id of a photo, ..."
    )
    result = serializers.ChoiceField(choices=Result.choices, required=False)
    since = serializers.DateTimeField(required=False, help_text="From this time on")
    until = serializers.DateTimeField(required=False, help_text="Before this time")


class LedgerSerializer(serializers.Serializer):
    next = serializers.CharField(allow_null=True, help_text="Address of the next page")
    results = EntrySerializer(many=True)


class Ledger(View):
    roles = ADMINISTRATOR

    @extend_schema(
        operation_id="list_ledger",
        parameters=[
            LedgerQuerySerializer, OpenApiParameter("before", int, description="From `next`")
        ],
        responses={200: LedgerSerializer} | problems(400, 401, 404),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Who did what, newest first; reading it is on record too."""
        form = AddressForm(request.query_params)
        if not form.is_valid():
            raise ValidationError(form.errors)
        wanted = form.search()
        before = request.query_params.get("before", "")
        try:
            page = read_page(actor=request.user, wanted=wanted, before=before)
        except NoSuchEntry as missing:
            raise ValidationError({"before": str(missing.__doc__)}) from missing
        following = urlencode({**wanted.query(), "before": page.older})
        body = {
            "next": f"{reverse('api:audit')}?{following}" if page.older else None,
            "results": page.entries,
        }
        return Response(LedgerSerializer(body).data)
