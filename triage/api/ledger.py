"""The ledger, for administrators."""

from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from portal.audit.ledger import record
from portal.audit.models import Entry, Result
from portal.audit.search import AddressForm, Search
from triage.api.base import ADMINISTRATOR, View
from triage.api.schema import problems

PAGE = 50


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
        entries = _read(request, wanted)
        more = len(entries) > PAGE
        following = urlencode({**wanted.query(), "before": entries[PAGE - 1].pk}) if more else ""
        body = {
            "next": f"{reverse('api:audit')}?{following}" if more else None,
            "results": entries[:PAGE],
        }
        return Response(LedgerSerializer(body).data)


def _read(request: Request, wanted: Search) -> list[Entry]:
    """A page and one entry more, the look at it on record in the same transaction."""
    with transaction.atomic():
        found = wanted.entries()
        if before := request.query_params.get("before", ""):
            found = found.older_than(_entry(before))
        entries = list(found[: PAGE + 1])
        record(actor=request.user, action="ledger.listed", patient_id=wanted.patient,
               search=wanted.query(), shown=min(len(entries), PAGE))  # fmt: skip
    return entries


def _entry(number: str) -> Entry:
    digits = number.isascii() and number.isdecimal() and len(number) < 19
    entry = Entry.objects.filter(pk=number).first() if digits else None
    if entry is None:
        raise ValidationError({"before": "There is no such entry; start again without it."})
    return entry
