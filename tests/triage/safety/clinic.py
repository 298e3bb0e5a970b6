"""A clinic with answered cases, made as people make them."""

from dataclasses import replace

from tests import cast
from triage import reviews, scoring, worklist
from triage.models import Case

ALARMED = {**cast.said().probabilities, "MEL": 0.7, "NV": 0.2}


def scored(people: cast.Cast, *, alarmed: bool, patient=None, **said: object) -> Case:
    """A case that the model called suspicious, or not; of each photo it said the same."""
    case = cast.send_case(patient or people.patient)
    (claim,) = [c for c in scoring.claim_batch(worker="w", limit=500) if c.case_id == case.pk]
    changes = {"probabilities": ALARMED, "malignancy_risk": 0.75, "melanoma_risk": 0.7}
    result = cast.said(**{**(changes if alarmed else {}), **said})
    photos = tuple(
        scoring.PhotoResult(
            photo.id, result.probabilities, result.in_domain, ((0.0,),), "NV",
            domain_score=result.domain_score,
        )
        for photo in claim.photos
    )  # fmt: skip
    result = replace(result, photos=photos)
    assert scoring.record_assessment(worker="w", claim=claim, result=result)
    return case


def answered(
    people: cast.Cast, *, alarmed: bool, diagnosis: str, first: str = "", patient=None,
    **said: object,
) -> Case:  # fmt: skip
    """One that a dermatologist has read and answered, too."""
    case = scored(people, alarmed=alarmed, patient=patient, **said)
    reader = people.dermatologist
    worklist.claim(actor=reader, case=case)
    review = reviews.open_review(actor=reader, case=case)
    opinion = reviews.Opinion(first or diagnosis, 1, 2)
    review = reviews.commit_first_opinion(actor=reader, review=review, opinion=opinion)
    decision = reviews.Decision(diagnosis, 1, "urgent", "Advice.", "Come back.", confidence=2)
    reviews.sign(actor=reader, review=review, decision=decision)
    return case
