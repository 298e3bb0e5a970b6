"""The words of the reading page for what was answered, why a case is ranked, and photos."""

from django.utils.translation import gettext_lazy as _

from triage.photo_advice import Doubt
from triage.priority import Source

SHORT = {
    "itch": _("Itch"),
    "bleed": _("Bled"),
    "grew": _("Grew"),
    "changed": _("Changed shape or colour"),
    "hurt": _("Pain"),
    "elevation": _("Raised"),
    "irregular_shape": _("Irregular shape"),
    "irregular_colour": _("Irregular colour"),
    "inflammation": _("Inflammation"),
    "oozing": _("Oozing or crusting"),
    "sensation_change": _("Change in sensation"),
    "fever_with_spreading_rash": _("Fever with spreading rash"),
    "mucosal_or_blistering": _("Mucosal sores or blistering"),
    "black_or_dead_skin": _("Black or dead skin"),
    "over_half_body": _("Over half of the body"),
    "bleeding_not_stopping": _("Bleeding that does not stop"),
    "duration_weeks": _("Duration"),
    "diameter_mm": _("Largest diameter"),
}
TOLD = {  # of the patient, by the notes
    "family_melanoma": _("Melanoma in the family"),
    "previous_skin_cancer": _("Previous skin cancer"),
    "immunosuppression": _("Immunosuppression"),
    "airway": _("Trouble breathing, or swelling of face, tongue or throat"),
    "self_harm": _("Thoughts of self-harm"),
}
SOURCES = {
    Source.MODEL: _("Model"),
    Source.CHECKLIST: _("Symptoms"),
    Source.RED_FLAG: _("Emergency sign"),
    Source.PATIENT: _("History"),
    Source.WAITING: _("Waiting"),
    Source.FAIL_SAFE: _("Fail-safe"),
    Source.CLINICIAN: _("Clinician"),
}

DOUBTS = {
    Doubt.BLURRED: _("may be blurred"),
    Doubt.DARK: _("dark"),
    Doubt.BRIGHT: _("overexposed"),
    Doubt.NO_LESION: _("no spot made out"),
    Doubt.FAR: _("taken from far away"),
    Doubt.SMALL: _("small"),
}
