"""The form that a patient has begun, told where they come in."""

from typing import Any

from django import template

from triage import drafts
from triage.web import send_texts

register = template.Library()


@register.inclusion_tag("triage/patient/send/panel.html", takes_context=True)
def begun(context: dict[str, Any]) -> dict[str, Any]:
    """What this patient has begun and not sent, with the way on; nothing where there is nothing."""
    draft = drafts.open_draft(context["request"].user)
    if draft is None or drafts.is_empty(draft):
        return {"draft": None}
    photos = draft.uploads.count()
    return {"draft": draft, "where": send_texts.where(draft), "photos": photos}
