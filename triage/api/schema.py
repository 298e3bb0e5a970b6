"""How the API describes itself: the problems of each call, the schema and its page."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import serializers

from triage.api.problems import CONTENT_TYPE

Schema = SpectacularAPIView


class FaultSerializer(serializers.Serializer):
    field = serializers.CharField(allow_blank=True, help_text="Path with dots; empty: the whole")
    message = serializers.CharField()
    index = serializers.IntegerField(required=False, help_text="Of a photo, from 0")
    name = serializers.CharField(required=False)
    code = serializers.CharField(required=False)


class ProblemSerializer(serializers.Serializer):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    errors = FaultSerializer(many=True, required=False)


def problems(*statuses: int) -> dict[tuple[int, str], type[ProblemSerializer]]:
    """The responses of a call that are problem documents."""
    return {(status, CONTENT_TYPE): ProblemSerializer for status in statuses}


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from our own files: its script at an address of its own, no style in the page."""

    url_name = "api:schema"
    template_name = "api/docs.html"
