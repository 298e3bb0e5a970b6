"""Why a case is urgent, told to its patient."""

from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from triage.conditions import CONDITIONS
from triage.priority import ModelFinding, PatientRisk, prioritise
from triage.symptoms import Answers
from triage.urgency import Urgency
from triage.why_urgent import why

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def told(answers: Answers = Answers(), **given: object) -> tuple[Urgency, tuple[str, ...]]:  # noqa: B008
    made = prioritise(
        **{"finding": None, "answers": answers, "patient": PatientRisk(), "submitted_at": NOW,
           "now": NOW, **given}
    )  # fmt: skip
    return made.urgency, why([asdict(reason) for reason in made.reasons], made.urgency)


def found(**changes: object) -> ModelFinding:
    usual = {"probabilities": {"NV": 1.0}, "malignancy_risk": 0.01, "uncertainty": 0.1,
             "in_domain": True, "melanoma_threshold": 0.15, "malignancy_threshold": 0.3,
             "model_version": "1"}  # fmt: skip
    return ModelFinding(**{**usual, **changes})


@pytest.mark.parametrize("code", [c.code for c in CONDITIONS])
def test_whatever_the_model_finds_plausible_gives_a_reason_without_a_number(code):
    urgency, said = told(finding=found(probabilities={code: 1.0}, malignancy_risk=1.0))
    assert urgency <= Urgency.SOON and said
    assert not any(letter.isdigit() for text in said for letter in text)


@pytest.mark.parametrize(
    "given",
    [
        {"finding": None}, {"finding": None, "failed": True},
        {"finding": found(in_domain=False)}, {"finding": found(uncertainty=1.0)},
        {"finding": found(probabilities={})}, {"finding": found(), "clinician_urgency": Urgency(1)},
        {"finding": found(), "answers": Answers(over_half_body=True)},
        {"finding": found(), "answers": Answers(emergency_sign_unsure=True)},
        {"finding": found(), "answers": Answers(elevation=True, grew=True)},
        {"finding": found(), "answers": Answers(notes="My GP thinks it is melanoma.")},
        {"finding": found(probabilities={"BCC": 1.0}), "body_site": "nose"},
        {"finding": found(probabilities={"BCC": 1.0}),
         "patient": PatientRisk(immunosuppressed=True)},
    ],
)  # fmt: skip
def test_every_haste_has_its_reason(given):
    urgency, said = told(**given)
    assert urgency <= Urgency.SOON and all(said) and said
    assert len(set(said)) == len(said)


def test_what_can_wait_needs_none():
    urgency, said = told(finding=found(), patient=PatientRisk(age=80))
    assert urgency > Urgency.SOON and said == ()
