"""A ready-made decision for each diagnosis that the portal knows: one press fills the whole form.

It is a beginning, never a signature: what it fills is shown before it is signed, it makes no case
less urgent than it was ranked, and it says nothing of whether the photos were good enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from triage.models import Case, ReviewOutcome
from triage.standard_texts import STANDARD_TEXTS, StandardText
from triage.urgency import Urgency


@dataclass(frozen=True)
class StandardDecision:
    diagnosis: str  # condition code
    outcome: ReviewOutcome
    urgency: Urgency  # the least urgent that goes with it


# One digit a diagnosis, the same on every page: from what is met most to what is met least, the
# harmless first.
DIGITS = {
    "NV": "1", "BKL": "2", "DF": "3", "VASC": "4", "AK": "5", "BCC": "6", "SCC": "7", "MEL": "8",
    "ATOPIC": "9", "TINEA": "0",
}  # fmt: skip

_WHAT_NEXT = {
    "NV": (ReviewOutcome.DISCHARGE, Urgency.ADVICE),
    "BKL": (ReviewOutcome.DISCHARGE, Urgency.ADVICE),
    "DF": (ReviewOutcome.DISCHARGE, Urgency.ADVICE),
    "VASC": (ReviewOutcome.DISCHARGE, Urgency.ADVICE),
    "AK": (ReviewOutcome.ROUTINE, Urgency.ROUTINE),
    "BCC": (ReviewOutcome.ROUTINE, Urgency.ROUTINE),
    "SCC": (ReviewOutcome.URGENT, Urgency.URGENT_CANCER),
    "MEL": (ReviewOutcome.URGENT, Urgency.URGENT_CANCER),
    "ATOPIC": (ReviewOutcome.SELF_CARE, Urgency.ADVICE),
    "TINEA": (ReviewOutcome.SELF_CARE, Urgency.ADVICE),
}

STANDARD_DECISIONS = {
    code: StandardDecision(code, outcome, urgency)
    for code, (outcome, urgency) in _WHAT_NEXT.items()
}


def fill_in(
    sent: Mapping[str, str],
    *,
    diagnosis: str,
    case: Case,
    texts: Mapping[str, StandardText] = STANDARD_TEXTS,
) -> dict[str, str]:
    """What was sent with the form, with the ready-made decision for `diagnosis` written into it.

    The reader's own words stay: a text is written over nothing or over another standard text only.
    KeyError where there is no such decision.
    """
    standard = STANDARD_DECISIONS[diagnosis]
    text = texts[standard.outcome.value]
    filled = dict(sent) | {
        "diagnosis": standard.diagnosis,
        "outcome": standard.outcome.value,
        "urgency": str(int(min(standard.urgency, case.urgency))),
    }
    for name in ("advice", "safety_net"):
        written = _plain(sent.get(name, ""))
        if not written or written in {_plain(getattr(t, name)) for t in texts.values()}:
            filled[name] = getattr(text, name)
    return filled


def _plain(text: str) -> str:
    return " ".join(text.split())
