"""How the API describes itself: the problems of each call, the schema and its page."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from triage.api.problems import CONTENT_TYPE
from triage.api.serializers import ProblemSerializer

Schema = SpectacularAPIView


def problems(*statuses: int) -> dict[tuple[int, str], type[ProblemSerializer]]:
    """The responses of a call that are problem documents."""
    return {(status, CONTENT_TYPE): ProblemSerializer for status in statuses}


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from our own files: its script at an address of its own, no style in the page."""

    url_name = "api:schema"
    template_name = "api/docs.html"
