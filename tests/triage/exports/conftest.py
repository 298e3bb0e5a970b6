"""A case with everything that an export can hold."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cast import Cast
    from triage.models import Case


@pytest.fixture
def case(people: Cast) -> Case:
    """Answered, amended, with pathology and both consents, of which one was withdrawn."""
    return answered(people)


def answered(people: Cast, *, withdrawn: bool = True) -> Case:
    from tests import cast
    from tests.triage.test_pathology import enter
    from tests.triage.test_reviews import OPINION, decision, score
    from triage import patients, reviews, worklist
    from triage.models import ConsentKind

    patient = patients.patient_of(people.patient)
    patients.grant_consent(actor=people.patient, patient=patient, kind=ConsentKind.IMPROVEMENT)
    if withdrawn:
        patients.withdraw_consent(
            actor=people.patient, patient=patient, kind=ConsentKind.IMPROVEMENT
        )
    case = cast.send_case(
        people.patient, grew=True, itch=False, diameter_mm=7.5, duration_weeks=8,
        notes="It grew. <b>Look</b> & see.",
    )  # fmt: skip
    photo = case.photos.get()
    with photo.file.open() as file:
        photo.sha256 = hashlib.sha256(file.read()).hexdigest()
    photo.save(update_fields=["sha256"])
    score(case)
    case.refresh_from_db()
    worklist.claim(actor=people.dermatologist, case=case)
    draft = reviews.open_review(actor=people.dermatologist, case=case)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=OPINION)
    mole = decision(urgency_reason="A mole.")
    first = reviews.sign(actor=people.dermatologist, review=draft, decision=mole)
    melanoma = decision(diagnosis="MEL", urgency=1, outcome="urgent")
    reviews.amend(actor=people.dermatologist2, review=first, decision=melanoma, reason="Histology.")
    enter(people, case)
    return case
