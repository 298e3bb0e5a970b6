"""How soon a case is read: the five categories, from the most urgent to the least."""

from __future__ import annotations

from enum import IntEnum


class Urgency(IntEnum):
    """A smaller number is more urgent, so the urgent one of two is `min`.

    The read times belong to the clinic: see `triage.rules.Rules`.
    """

    EMERGENCY = 0
    URGENT_CANCER = 1
    SOON = 2
    ROUTINE = 3
    ADVICE = 4

    @property
    def label(self) -> str:
        """Name for staff."""
        return _LABELS[self]

    @property
    def how_soon(self) -> str:
        """One or two sentences for the patient: how soon to be seen."""
        return _HOW_SOON[self]

    def raised(self, *, no_further_than: Urgency) -> Urgency:
        """One category more urgent, stopping at `no_further_than`; never less urgent."""
        if self <= no_further_than:
            return self
        return Urgency(self - 1)


_LABELS = {
    Urgency.EMERGENCY: "Emergency, same day",
    Urgency.URGENT_CANCER: "Urgent suspected cancer",
    Urgency.SOON: "Soon",
    Urgency.ROUTINE: "Routine",
    Urgency.ADVICE: "Advice",
}

_HOW_SOON = {
    Urgency.EMERGENCY: "Get emergency care now. Do not wait for an answer from us.",
    Urgency.URGENT_CANCER: (
        "A skin specialist should look at this urgently, usually within two weeks. "
        "Urgent does not mean that it is cancer: most people seen this fast do not have it."
    ),
    Urgency.SOON: (
        "A clinician should look at this soon. "
        "They will tell you whether you need to be seen, and when."
    ),
    Urgency.ROUTINE: (
        "This can wait for a routine appointment, if you need one. "
        "Tell us at once if it bleeds, grows or changes."
    ),
    Urgency.ADVICE: (
        "You may not need an appointment. A clinician still reads your photos before you "
        "get an answer. Tell us at once if it bleeds, grows or changes."
    ),
}
