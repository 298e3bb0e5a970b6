"""Why a case is that urgent, for its patient: reasons in plain words, never a number. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from triage import conditions
from triage.assistant import wording
from triage.urgency import Urgency

HASTE = Urgency.SOON  # what can wait longer needs no reason
_CANNOT_RULE_OUT = _("software cannot rule this out: %(name)s")
_WORDS = {
    "model_risk": _("software sees signs that are also seen in skin cancers"),
    "delay_matters": _("on this part of the body, or at this size, waiting can do harm"),
    "history_BCC": _("you have had a skin cancer before, or your immune system is weakened"),
    "history_AK": _("you have had a skin cancer before, or your immune system is weakened"),
    "failed": _("software could not read your photos, so a person looks first"),
    "unusable_score": _("software could not judge your photos, so a person looks first"),
    "out_of_domain": _("software does not know this kind of photo, so a person looks first"),
    "uncertain": _("software is not sure, so a person looks first"),
    "dark_skin": _("software has seen few photos of skin like yours, so a person looks first"),
    "clinician": _("a clinician set it"),
}


def why(reasons: Iterable[Mapping[str, object]], urgency: Urgency) -> tuple[str, ...]:
    """What made it `urgency`, of a case's stored reasons; each once, nothing where it can wait.

    What the software saw is told too: only for a page that shows what it said.
    """
    if urgency > HASTE:
        return ()
    codes = [str(reason["code"]) for reason in reasons if reason["urgency"] == urgency]
    return tuple(dict.fromkeys(_in_words(codes)))


def _in_words(codes: list[str]) -> Iterator[str]:
    for code in codes:
        known = conditions.find(code.removeprefix("model_"))
        if text := _WORDS.get(code) or wording.of_reason(code):
            yield str(text)
        elif known:
            yield str(_CANNOT_RULE_OUT) % {"name": known.name}
