"""Words of photos again in templates."""

from collections.abc import Iterable

from django import template

from triage.retakes import BY_CODE

register = template.Library()


@register.filter
def reason_labels(codes: Iterable[str]) -> list[str]:
    """Why photos were asked for again, as staff say it."""
    return [str(BY_CODE[code].label) for code in codes if code in BY_CODE]
