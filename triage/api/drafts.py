"""The form that a patient has begun on the pages and not sent."""

from dataclasses import asdict
from typing import Any

from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from triage import drafts
from triage.api.base import PATIENT, View
from triage.api.schema import problems
from triage.api.serializers import SymptomsSerializer
from triage.models import BodySite, Draft, PhotoKind, Side


class BegunPhotoSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=PhotoKind.choices)
    arrived_at = serializers.DateTimeField()


class BegunSerializer(serializers.Serializer):
    begun_at = serializers.DateTimeField()
    saved_at = serializers.DateTimeField()
    go_on = serializers.CharField(help_text="The page of the portal where one left off")
    body_site = serializers.ChoiceField(choices=BodySite.choices, allow_null=True)
    body_side = serializers.ChoiceField(choices=Side.choices, allow_blank=True)
    symptoms = SymptomsSerializer()
    notes = serializers.CharField(allow_blank=True)
    photos = BegunPhotoSerializer(many=True)


class OneDraft(View):
    roles = PATIENT

    @extend_schema(operation_id="read_draft", responses={200: BegunSerializer} | problems(401, 404))
    def get(self, request: Request) -> Response:
        """What you have entered on the pages so far; nobody at the clinic sees it."""
        return Response(BegunSerializer(_shown(_mine(request))).data)

    @extend_schema(operation_id="throw_draft_away", responses={204: None} | problems(401, 404))
    def delete(self, request: Request) -> Response:
        """Delete it with its photos, for good."""
        drafts.throw_away(actor=request.user, draft=_mine(request))
        return Response(status=204)


def _mine(request: Request) -> Draft:
    draft = drafts.open_draft(request.user)
    if draft is None:
        raise Http404
    return draft


def _shown(draft: Draft) -> dict[str, Any]:
    place = drafts.place_of(draft)
    symptoms = asdict(drafts.answers_of(draft))
    return {
        "begun_at": draft.begun_at,
        "saved_at": draft.saved_at,
        "go_on": reverse("triage:send_step", args=[draft.step]),
        "body_site": place.body_site if place else None,
        "body_side": place.side if place else "",
        "notes": symptoms.pop("notes"),
        "symptoms": symptoms,
        "photos": drafts.photos_of(draft),
    }
