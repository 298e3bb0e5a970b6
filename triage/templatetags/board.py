"""Figures with their intervals, as the pages of models and safety write them."""

import re

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from triage.safety.figures import Estimate, Rate

register = template.Library()
LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
MARKS = re.compile(r"[*`]")
NONE = "–"  # there is nothing to say


def _number(value: float, digits: int) -> str:
    """Rounded: Django's own would cut off."""
    return number_format(round(value, digits), digits)


@register.filter
def percent(share: float | None) -> str:
    return NONE if share is None else f"{_number(share * 100, 1)} %"


@register.filter
def interval(figure: Rate | Estimate) -> str:
    """Such as "94.1 % (88.9–98.3), 144 of 153", or "0.914 (0.890–0.938)" for what is no share."""
    if figure.value is None:
        return NONE
    if isinstance(figure, Estimate):
        low, high = _number(figure.low, 3), _number(figure.high, 3)
        return f"{_number(figure.value, 3)} ({low}–{high})"
    low, high = _number(figure.low * 100, 1), _number(figure.high * 100, 1)
    return f"{percent(figure.value)} ({low}–{high}), {figure.count}/{figure.of}"


@register.filter
def points(figure: Estimate) -> str:
    """A difference of two shares in percentage points."""
    if figure.value is None:
        return NONE
    value, low, high = (
        f"{'+' if part > 0 else ''}{_number(part * 100, 1)}"
        for part in (figure.value, figure.low, figure.high)
    )
    return f"{value} ({low} – {high})"


@register.filter
def assessed(figure: Rate | Estimate, least: int) -> str:
    """As `interval`; of fewer than `least`, that it cannot be assessed, and of how many."""
    of = figure.n if isinstance(figure, Estimate) else figure.of
    return interval(figure) if of >= least else _("Cannot be assessed (%s)") % of


@register.filter
def plain(markdown: str) -> str:
    """The hazard log's words as they are read, without the marks that docs/safety.md renders."""
    return MARKS.sub("", LINK.sub(r"\1", markdown))


@register.filter
def seconds(value: float | None) -> str:
    """A time span in the unit that fits."""
    if value is None:
        return NONE
    if value < 120:
        return _("%s s") % _number(value, 1)
    if value < 7200:
        return _("%s min") % _number(value / 60, 0)
    return _("%s h") % _number(value / 3600, 1)
