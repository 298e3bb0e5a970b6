"""Any case at all, as Hypothesis draws it: what was told, who the patient is, what a model said."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from triage.priority import ModelFinding, PatientRisk, Priority, Urgency
from triage.symptoms import Answers

CODES = ("AK", "BCC", "BKL", "DF", "MEL", "NV", "SCC", "VASC")
RED_FLAGS = (
    "fever_with_spreading_rash", "mucosal_or_blistering", "black_or_dead_skin", "over_half_body",
    "bleeding_not_stopping",
)  # fmt: skip
SIGNS = (
    "itch", "bleed", "grew", "changed", "hurt", "elevation", "irregular_shape",
    "irregular_colour", "inflammation", "oozing", "sensation_change",
)  # fmt: skip
HISTORY = ("previous_skin_cancer", "family_melanoma", "immunosuppressed")

maybe = st.sampled_from([None, False, True])
notes = st.sampled_from(
    ["", "it bleeds", "does not bleed", "no pain, itching or growing", "8 mm for 3 months"]
)
answers = st.builds(
    Answers,
    **dict.fromkeys(SIGNS, maybe),
    **dict.fromkeys(RED_FLAGS, st.sampled_from([None, None, None, False, True])),
    duration_weeks=st.none() | st.integers(0, 500),
    diameter_mm=st.none() | st.floats(allow_nan=True),
    notes=notes | st.text(max_size=40),
)
patients = st.builds(
    PatientRisk,
    age=st.none() | st.floats(allow_nan=True) | st.integers(0, 120),
    **dict.fromkeys(HISTORY, maybe),
    skin_type=st.none() | st.integers(1, 6),
)
number = st.floats(0, 1)
sound = st.builds(
    ModelFinding,
    probabilities=st.fixed_dictionaries(dict.fromkeys(CODES, number)),
    malignancy_risk=number,
    uncertainty=number,
    in_domain=st.booleans(),
    melanoma_threshold=number,
    malignancy_threshold=number,
    model_version=st.just("test-1"),
)
any_number = st.none() | st.floats(allow_nan=True, allow_infinity=True)
broken = st.builds(
    ModelFinding,
    probabilities=st.dictionaries(st.sampled_from(CODES) | st.text(max_size=3), any_number),
    malignancy_risk=any_number,
    uncertainty=any_number,
    in_domain=st.booleans(),
    melanoma_threshold=any_number,
    malignancy_threshold=any_number,
    model_version=st.just("test-1"),
)
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
cases = st.fixed_dictionaries(
    {
        "finding": st.none() | sound | broken,
        "answers": answers,
        "patient": patients,
        "submitted_at": times,
        "now": times,
        "failed": st.booleans(),
        "clinician_urgency": st.none() | st.sampled_from(Urgency),
        "body_site": st.none() | st.text(max_size=10) | st.sampled_from(["nose", "back"]),
    }
)


def no_lower(before: Priority, after: Priority) -> bool:
    """Neither urgency nor score is less than it was."""
    return after.urgency <= before.urgency and after.score >= before.score
