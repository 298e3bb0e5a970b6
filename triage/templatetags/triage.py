"""The clinic's words in templates."""

from collections.abc import Mapping

from django import template

from triage import body_map as body
from triage import conditions
from triage.models import ReviewOutcome
from triage.priority import EMERGENCY_TEXT

register = template.Library()


@register.filter
def condition_name(code: str) -> str:
    """Dermatology's term for a label; the label itself where nobody described it."""
    known = conditions.find(code)
    return known.name if known else code


@register.filter
def outcome_name(code: str) -> str:
    """What happens next, by the code of a ReviewOutcome."""
    return ReviewOutcome(code).label


@register.inclusion_tag("triage/patient/emergency.html")
def emergency() -> dict[str, str]:
    """The emergency text, its first sentence as the heading; before anything else on its page."""
    heading, _, text = EMERGENCY_TEXT.partition(". ")
    return {"heading": heading, "text": text}


@register.inclusion_tag("components/body_map.html")
def body_map(places: Mapping[str, body.Tapped], chosen: str = "") -> dict[str, object]:
    """The drawings of the body: regions in `places` can be tapped, `chosen` is marked."""
    views = [
        (view, [(region, places.get(region.code)) for region in body.drawn(view)])
        for view in body.VIEWS
    ]
    return {"views": views, "chosen": chosen}
