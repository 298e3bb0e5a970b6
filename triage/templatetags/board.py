"""Figures with their intervals, as the pages of models and safety write them."""

from django import template
from django.utils.formats import number_format

from triage.safety.figures import Estimate, Rate

register = template.Library()
NONE = "–"  # there is nothing to say


@register.filter
def percent(share: float | None) -> str:
    return NONE if share is None else f"{number_format(share * 100, 1)} %"


@register.filter
def interval(figure: Rate | Estimate) -> str:
    """Such as "94.1 % (88.9–98.3), 144 of 153", or "0.914 (0.890–0.938)" for what is no share."""
    if figure.value is None:
        return NONE
    if isinstance(figure, Estimate):
        low, high = number_format(figure.low, 3), number_format(figure.high, 3)
        return f"{number_format(figure.value, 3)} ({low}–{high})"
    low, high = number_format(figure.low * 100, 1), number_format(figure.high * 100, 1)
    return f"{percent(figure.value)} ({low}–{high}), {figure.count}/{figure.of}"


@register.filter
def points(figure: Estimate) -> str:
    """A difference of two shares in percentage points."""
    if figure.value is None:
        return NONE
    value, low, high = (
        f"{'+' if part > 0 else ''}{number_format(part * 100, 1)}"
        for part in (figure.value, figure.low, figure.high)
    )
    return f"{value} ({low} – {high})"
