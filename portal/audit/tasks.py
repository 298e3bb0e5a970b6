"""What the ledger needs done now and then."""

from pathlib import Path

from celery import shared_task
from django.conf import settings

from portal.audit import anchors


@shared_task(name="portal.audit.tasks.anchor")
def anchor() -> None:
    """A failure fails the task and is logged; the next one notes the end of the chain anew."""
    anchors.drop(Path(settings.AUDIT_ANCHOR_FILE))
