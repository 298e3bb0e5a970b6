"""How soon a case is read: the five categories, from the most urgent to the least."""

from __future__ import annotations

from enum import IntEnum

from django.utils.translation import gettext_lazy as _


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
    Urgency.EMERGENCY: _("Emergency, same day"),
    Urgency.URGENT_CANCER: _("Urgent suspected cancer"),
    Urgency.SOON: _("Soon"),
    Urgency.ROUTINE: _("Routine"),
    Urgency.ADVICE: _("Advice"),
}

_HOW_SOON = {
    Urgency.EMERGENCY: _("Get emergency care now. Do not wait for an answer from us."),
    Urgency.URGENT_CANCER: (
        _(
            "A skin specialist should look at this urgently, usually within two weeks. "
            "Urgent does not mean that it is cancer: most people seen this fast do not have it."
        )
    ),
    Urgency.SOON: (
        _(
            "A clinician should look at this soon. "
            "They will tell you whether you need to be seen, and when."
        )
    ),
    Urgency.ROUTINE: (
        _(
            "This can wait for a routine appointment, if you need one. "
            "Tell us at once if it bleeds, grows or changes."
        )
    ),
    Urgency.ADVICE: (
        _(
            "You may not need an appointment. A clinician still reads your photos before you "
            "get an answer. Tell us at once if it bleeds, grows or changes."
        )
    ),
}
