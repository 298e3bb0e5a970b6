"""The clinic's words in templates."""

from collections.abc import Mapping

from django import template

from portal.accounts import phones
from triage import body_map as body
from triage import conditions, naming, rulebook
from triage.models import ReviewOutcome
from triage.urgency import Urgency

register = template.Library()


@register.filter
def condition_name(code: str) -> str:
    """Dermatology's term for a label; the label itself where nobody described it."""
    known = conditions.find(code)
    return known.name if known else code


@register.filter
def dial(phone: str) -> str:
    """A telephone number as a `tel:` link has it."""
    return phones.dial(phone)


@register.filter
def in_sentence(name: str) -> str:
    """A name as it stands inside a sentence; what `lower` would do to German nouns is wrong."""
    return naming.in_sentence(name)


@register.filter
def outcome_name(code: str) -> str:
    """What happens next, by the code of a ReviewOutcome."""
    return ReviewOutcome(code).label


@register.filter
def urgency_name(urgency: int) -> str:
    """What the clinic calls this urgency."""
    return rulebook.current().book.name(Urgency(urgency))


@register.filter
def own_urgency_name(urgency: int) -> str:
    """The clinic's own name of this urgency, "" where it uses the portal's."""
    return rulebook.current().book.words.names[Urgency(urgency).name]


@register.filter
def how_soon(urgency: int) -> str:
    """What a patient is told of this urgency."""
    return rulebook.current().book.how_soon(Urgency(urgency))


@register.inclusion_tag("triage/patient/emergency.html")
def emergency() -> dict[str, str]:
    """The emergency text, its first sentence as the heading; before anything else on its page."""
    heading, _, text = rulebook.current().book.emergency_text.partition(". ")
    return {"heading": heading, "text": text}


@register.inclusion_tag("components/body_map.html")
def body_map(places: Mapping[str, body.Tapped], chosen: str = "") -> dict[str, object]:
    """The drawings of the body: regions in `places` can be tapped, `chosen` is marked."""
    views = [
        (view, [(region, places.get(region.code)) for region in body.drawn(view)])
        for view in body.VIEWS
    ]
    return {"views": views, "chosen": chosen}
