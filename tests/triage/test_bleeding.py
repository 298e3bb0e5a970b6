"""What bled once and stopped is told from a sore that does not heal."""

from datetime import UTC, datetime

import pytest

from triage.notes import read_notes
from triage.priority import PatientRisk, prioritise
from triage.symptoms import Answers

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONCE = (
    "it bled once after shaving but stopped",
    "It bled once when I knocked it.",
    "bled once and then healed",
    "I caught it with my razor and it bled but stopped",
    "once after shaving, but it stopped",  # answers 'has it bled?'
)
MORE = (
    "it bled",
    "it bled but has stopped",
    "it bled once",
    "it bleeds once a week when I shave and stops",
    "it bled once after shaving but stopped. Now it bled again",
    "it bled once after shaving but stopped. It bleeds at night",
    "it bled once after shaving and has not healed",
    "it bled once after shaving and will not stop",
    "it bled after shaving, twice, and stopped",
    "I shave every day. I stopped smoking. It bled.",
    "",
)


def codes(notes, **answers):
    found = prioritise(
        finding=None, answers=Answers(notes=notes, duration_weeks=30, **answers),
        patient=PatientRisk(), submitted_at=NOW, now=NOW,
    )  # fmt: skip
    return {reason.code for reason in found.reasons}


@pytest.mark.parametrize("text", ONCE)
def test_what_bled_once_and_stopped_is_no_sore_that_does_not_heal(text):
    given = codes(text, bleed=True)
    assert "not_healing" not in given
    assert "checklist_oozing" in given


@pytest.mark.parametrize("text", MORE)
def test_what_may_have_bled_more_is(text):
    assert not read_notes(text).bled_once
    assert "not_healing" in codes(text, bleed=True)


def test_what_weeps_has_not_healed_whatever_bled():
    assert "not_healing" in codes(ONCE[0], bleed=True, oozing=True)
