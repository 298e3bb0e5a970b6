"""/healthz says that this process lives; /readyz that the whole product can do its work."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from portal.celery import broker_answers
from triage.models import Worker


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Never touches database or broker: a restart of this process cannot mend those."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """503 while the database, the broker or a worker that can score is missing."""
    parts = {"database": _database(), "broker": broker_answers(), "worker": False}
    if parts["database"]:
        parts["worker"] = Worker.objects.able_to_score().exists()
    ready = all(parts.values())
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", "parts": parts}, status=200 if ready else 503
    )


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True
