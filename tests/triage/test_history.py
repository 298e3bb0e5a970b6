"""A case's history on its way to the model, back onto the record, and in words for staff."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from inference.fusion import FACTS
from portal.audit.models import Entry
from tests import cast
from triage import patients, ranking, scoring
from triage.answers import preliminary
from triage.api.seen import Whole
from triage.history import Moved, WithHistory, in_words
from triage.model_risk import Risk, worst_of
from triage.models import Assessment, Case
from triage.priority import PatientRisk, prioritise
from triage.reading import stored_reasons
from triage.result_hash import result_sha256
from triage.rules import DEFAULT
from triage.symptoms import Answers
from triage.urgency import Urgency

TOLD = WithHistory(
    probabilities={**cast.said().probabilities, "NV": 0.33, "BCC": 0.5, "MEL": 0.07},
    melanoma_risk=0.07,
    malignancy_risk=0.58,
    facts={"age": 71, "bleed": True, "grew": True, "itch": False, "site": "nose"},
    moved=(
        Moved("age", 0.1, 1.2), Moved("bleed", 0.3, 0.9), Moved("grew", 0.4, 0.4),
        Moved("itch", -0.2, -0.5), Moved("site", 0.0, 0.02),
    ),
)  # fmt: skip
SAID = cast.said(malignancy_risk=0.31)


def claim(case: Case) -> scoring.Claim:
    (held,) = scoring.claim_batch(worker="w")
    assert held.case_id == case.pk
    return held


def score(case: Case, said: scoring.ScoringResult) -> Case:
    assert scoring.record_assessment(worker="w", claim=claim(case), result=said)
    case.refresh_from_db()
    return case


# ---- in words --------------------------------------------------------------------------------


def test_staff_read_what_the_photo_said_and_what_the_history_added():
    line = "Photo: malignant 31.0%; with history (age 71, bled, grew): 58.0%"
    assert TOLD.beside(0.31) == line


def test_a_history_that_reassures_names_its_grounds_and_does_not_count():
    line = "Photo: malignant 70.0%; with history (no itch): 58.0%. The photo's counts, being higher"
    assert TOLD.beside(0.7) == line


@pytest.mark.parametrize("fact", FACTS)
def test_every_fact_of_the_model_has_words(fact):
    known = {"age": 50, "sex": "male", "site": "lower_leg", "diameter_mm": 6.5}
    assert in_words(fact, known | {fact: known.get(fact, True)})


@pytest.mark.parametrize(
    ("fact", "facts", "words"),
    [
        ("skin_cancer", {"previous_skin_cancer": True}, "earlier skin cancer"),
        ("skin_cancer", {"family_cancer": True}, "melanoma in the family"),
        ("skin_cancer", {"previous_skin_cancer": False}, "no earlier skin cancer"),
        ("bleed", {"bleed": False}, "no bleeding"),
        ("site", {"site": "lower_leg"}, "lower leg"),
        ("diameter_mm", {"diameter_mm": 12.0}, "12 mm wide"),
        ("grew", {}, ""),
    ],
)
def test_a_no_is_said_as_a_no_and_the_unknown_not_at_all(fact, facts, words):
    assert in_words(fact, facts) == words


def test_facts_are_in_no_text_of_a_claim_or_a_result(people):
    case = cast.send_case(people.patient, notes="It has bled since the zoo.")
    assert "zoo" not in repr(claim(case))
    assert "71" not in repr(TOLD) and "bleed" not in repr(replace(SAID, history=TOLD))


# ---- to the model ----------------------------------------------------------------------------


def test_a_claim_carries_what_was_ticked_what_the_notes_say_and_who_the_patient_is(people):
    patient = patients.patient_of(people.patient)
    patients.update_profile(
        actor=people.patient, patient=patient, birth_date=date(1950, 1, 1), sex="female",
        skin_type=2, previous_skin_cancer=True,
    )  # fmt: skip
    case = cast.send_case(
        people.patient, site="nose", itch=False, notes="It bled twice and is 9 mm wide."
    )
    told = claim(case).history
    assert (told.answers.itch, told.answers.bleed, told.answers.grew) == (False, True, None)
    assert told.answers.diameter_mm == 9
    assert (told.body_site, told.sex, told.skin_type) == ("nose", "female", 2)
    assert told.age == patient.age_on(case.submitted_at.date())
    assert (told.previous_skin_cancer, told.family_melanoma) == (True, None)


def test_a_claim_of_many_cases_costs_no_query_a_case(people, django_assert_max_num_queries):
    for _ in range(6):
        cast.send_case(people.patient)
    with django_assert_max_num_queries(16):
        assert len(scoring.claim_batch(worker="w")) == 6


# ---- onto the record -------------------------------------------------------------------------


def test_both_results_are_stored_with_the_facts_that_they_rest_on(people):
    case = score(cast.send_case(people.patient), replace(SAID, history=TOLD))
    stored = case.assessments.get()
    assert stored.probabilities == SAID.probabilities
    assert stored.malignancy_risk == 0.31
    assert stored.with_history == TOLD
    assert stored.top[0] == ("BCC", 0.5)


def test_facts_about_the_patient_are_not_copied_into_the_ledger(people):
    score(cast.send_case(people.patient), replace(SAID, history=TOLD))
    detail = Entry.objects.get(action="case.scored").detail
    assert "facts" not in detail and "bleed" not in str(detail)


def test_the_ledger_holds_no_number_of_the_model_s_but_a_hash_that_the_row_gives_again(people):
    odd = {**SAID.probabilities, "NV": 1e-7, "BCC": 1 / 3}
    said = replace(SAID, probabilities=odd, malignancy_risk=1 / 7, history=TOLD)
    score(cast.send_case(people.patient), said)
    detail = Entry.objects.get(action="case.scored").detail
    assert set(detail) == {
        "worker", "model_version", "artifact_sha256", "engine", "preprocessing", "thresholds",
        "photos", "result_sha256", "duration_ms", "urgency", "rules_version",
    }  # fmt: skip
    row = Assessment.objects.get()
    assert detail["result_sha256"] == result_sha256(row, row.with_history)
    row.probabilities["NV"] = 2e-7
    assert detail["result_sha256"] != result_sha256(row, row.with_history)
    assert detail["result_sha256"] != result_sha256(Assessment.objects.get(), None)


def test_without_a_fusion_everything_is_as_the_photos_say(people):
    stored = score(cast.send_case(people.patient), SAID).assessments.get()
    assert stored.facts is None and stored.with_history is None
    assert stored.top[0] == ("NV", SAID.probabilities["NV"])
    assert stored.worst_malignancy_risk == 0.31


@pytest.mark.parametrize("change", [{"malignancy_risk": 1.2}, {"melanoma_risk": -0.1}])
def test_a_risk_that_is_no_probability_is_refused_by_the_database(people, change):
    held = claim(cast.send_case(people.patient))
    wrong = replace(SAID, history=replace(TOLD, **change))
    with pytest.raises(IntegrityError), transaction.atomic():
        scoring.record_assessment(worker="w", claim=held, result=wrong)


def test_a_result_with_history_is_whole_or_not_there(people):
    score(cast.send_case(people.patient), SAID)
    half = Assessment.objects.values().get()
    half |= {"id": None, "model_version": "half", "facts": {"age": 3}}
    with pytest.raises(IntegrityError, match="whole_or_none"), transaction.atomic():
        Assessment.objects.create(**half)


# ---- into the ranking ------------------------------------------------------------------------


def test_a_history_raises_what_the_photos_left_low(people):
    alone = score(cast.send_case(people.patient, key="a"), cast.said())
    both = score(cast.send_case(people.patient, key="b"), replace(cast.said(), history=TOLD))
    assert alone.urgency == Urgency.ADVICE
    assert both.urgency < alone.urgency and both.score > alone.score
    assert any(
        r.text.startswith("Photo: malignant 4.0%; with history") for r in stored_reasons(both)
    )


def test_each_of_the_two_is_held_against_its_own_threshold(people):
    """The photo's is 0.3: below it, a history counts from 0.5 on; not before."""
    case = cast.send_case(people.patient)
    told = replace(TOLD, malignancy_threshold=0.5, melanoma_threshold=0.9, malignancy_risk=0.45)
    calm = replace(told, melanoma_risk=0.2, probabilities={"NV": 1.0})
    stored = score(case, replace(cast.said(), history=calm)).assessments.get()
    assert stored.with_history == calm
    assert not stored.over_limit(DEFAULT)
    assert stored.malignancy(DEFAULT) == Risk(0.45, 0.5)
    assert stored.melanoma(DEFAULT) == Risk(0.2, 0.9)
    stored.history_malignancy_risk = 0.5
    assert stored.over_limit(DEFAULT)
    stored.malignancy_risk = 0.4
    assert stored.malignancy(DEFAULT).value == 0.5 and stored.over_limit(DEFAULT)


def test_a_photo_at_its_threshold_counts_though_a_greater_risk_with_history_does_not():
    photo, history = Risk(0.35, 0.3), Risk(0.45, 0.5)
    assert worst_of([photo, history], 1, DEFAULT) == Risk(0.45, 0.3)
    assert worst_of([photo, history], 0.5, DEFAULT) == Risk(0.45, 0.5)


probability = st.floats(0, 1)
CODES = tuple(cast.said().probabilities)


@given(
    photo=st.lists(probability, min_size=8, max_size=8),
    fused=st.lists(probability, min_size=8, max_size=8),
    risks=st.tuples(probability, probability, probability, probability),
    limits=st.none() | st.tuples(probability, probability),
    shares=st.tuples(st.floats(0.1, 1), st.floats(0.1, 1)),
)
def test_no_history_ever_lowers_a_case(photo, fused, risks, limits, shares):
    """Whatever the two say; compared on rows that are never saved."""
    said = Assessment(
        probabilities=dict(zip(CODES, photo, strict=True)), melanoma_risk=risks[0],
        malignancy_risk=risks[1], uncertainty=0.2, in_domain=True, melanoma_threshold=0.15,
        malignancy_threshold=0.3, model_version="x", created_at=timezone.now(),
    )  # fmt: skip
    rules = replace(DEFAULT, melanoma_limit_share=shares[0], malignancy_limit_share=shares[1])
    alone = ranking.finding_from(said, rules)
    said.history_melanoma_threshold, said.history_malignancy_threshold = limits or (None, None)
    said.facts, said.history_moved = {}, []
    said.history_probabilities = dict(zip(CODES, fused, strict=True))
    said.history_melanoma_risk, said.history_malignancy_risk = risks[2:]
    both = ranking.finding_from(said, rules)

    def ranked(finding):
        now = timezone.now()
        return prioritise(
            finding=finding, answers=Answers(), patient=PatientRisk(), submitted_at=now, now=now,
            rules=rules,
        )  # fmt: skip

    assert ranked(both).urgency <= ranked(alone).urgency
    assert ranked(both).score >= ranked(alone).score


# ---- what the patient sees -------------------------------------------------------------------


def test_a_patient_sees_one_result_and_not_how_it_came_about(people):
    case = score(cast.send_case(people.patient), replace(SAID, history=TOLD))
    told = preliminary(case)
    assert told.likely[0].condition.code == "BCC"
    assert told.suspicious
    shown = Whole.of_patient(people.patient, case)
    assert not [reason for reason in shown.reasons if "with history" in reason.text]
    assert shown.assessment.history is None
    assert shown.assessment.malignancy_risk == 0.58


def test_a_warning_sign_is_never_told_as_speaking_against_a_cancer():
    moved = (Moved("skin_cancer", -0.4, -0.4), Moved("bleed", -0.3, -0.3), Moved("age", -0.2, -0.2))
    facts = {"previous_skin_cancer": True, "bleed": True, "age": 30}
    said = WithHistory({"NV": 1.0}, 0.1, 0.1, facts, moved)
    assert said.lowering() == ["age 30"]
