"""Ranking a case: the worst plausible class wins, and nothing ever argues downwards."""

import math
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.triage.any_case import (
    CODES,
    HISTORY,
    RED_FLAGS,
    SIGNS,
    cases,
    no_lower,
    notes,
    number,
    sound,
)
from triage.priority import (
    DEFAULT,
    ModelFinding,
    PatientRisk,
    Rules,
    Source,
    Urgency,
    due_at,
    is_emergency,
    prioritise,
)
from triage.symptoms import Answers

FRIDAY = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def finding(**given):
    """A sure naevus, unless told otherwise; the risk follows the probabilities."""
    probabilities = dict.fromkeys(CODES, 0.0) | {"NV": 0.97} | given.pop("p", {})
    values = {
        "probabilities": probabilities,
        "malignancy_risk": min(sum(probabilities[c] for c in ("MEL", "SCC", "BCC")), 1.0),
        "uncertainty": 0.1,
        "in_domain": True,
        "melanoma_threshold": 0.08,
        "malignancy_threshold": 0.25,
        "model_version": "test-1",
    }
    return ModelFinding(**values | given)


def rank(**given):
    values = {
        "finding": finding(),
        "answers": Answers(),
        "patient": PatientRisk(),
        "submitted_at": FRIDAY,
        "now": FRIDAY,
        "body_site": "back",
    }
    return prioritise(**values | given)


def codes(priority):
    return {reason.code for reason in priority.reasons}


# ---- examples --------------------------------------------------------------------------------


def test_a_sure_naevus_without_symptoms_is_read_as_advice():
    assert rank().urgency is Urgency.ADVICE


def test_a_melanoma_above_its_threshold_outranks_a_likely_naevus():
    suspected = rank(finding=finding(p={"MEL": 0.08, "NV": 0.9}))
    assert suspected.urgency is Urgency.URGENT_CANCER
    assert suspected.reasons[0].code == "model_MEL"
    below = rank(finding=finding(p={"MEL": 0.07, "NV": 0.9}))
    assert below.urgency is Urgency.ADVICE
    assert "model_MEL" in codes(below)  # shown with its points even so


def test_a_plausible_squamous_cell_carcinoma_is_urgent():
    assert rank(finding=finding(p={"SCC": 0.2})).urgency is Urgency.URGENT_CANCER


def test_a_risk_above_the_limit_is_soon_even_if_no_single_class_stands_out():
    spread = finding(p={"BCC": 0.1, "SCC": 0.1, "MEL": 0.05})
    assert rank(finding=spread).urgency is Urgency.SOON


def test_a_basal_cell_carcinoma_waits_only_where_site_and_size_allow_it():
    bcc = finding(p={"BCC": 0.3}, malignancy_threshold=0.5)
    assert rank(finding=bcc).urgency is Urgency.ROUTINE
    assert rank(finding=bcc, body_site="nose").urgency is Urgency.SOON
    assert rank(finding=bcc, body_site="left upper eyelid").urgency is Urgency.SOON
    assert rank(finding=bcc, body_site=None).urgency is Urgency.SOON
    assert rank(finding=bcc, body_site="other").urgency is Urgency.SOON
    assert rank(finding=bcc, answers=Answers(diameter_mm=25)).urgency is Urgency.SOON


def test_history_raises_a_suspected_keratinocyte_cancer_by_one_category():
    ak = finding(p={"AK": 0.6})
    assert rank(finding=ak).urgency is Urgency.ROUTINE
    assert rank(finding=ak, patient=PatientRisk(previous_skin_cancer=True)).urgency is Urgency.SOON
    assert rank(finding=ak, patient=PatientRisk(immunosuppressed=True)).urgency is Urgency.SOON
    bcc = {"finding": finding(p={"BCC": 0.3}, malignancy_threshold=0.5), "body_site": "nose"}
    previous = rank(**bcc, patient=PatientRisk(previous_skin_cancer=True))
    immune = rank(**bcc, patient=PatientRisk(immunosuppressed=True))
    assert previous.urgency is Urgency.SOON
    assert immune.urgency is Urgency.URGENT_CANCER


@pytest.mark.parametrize("flag", RED_FLAGS)
def test_each_red_flag_is_an_emergency(flag):
    answers = Answers(**{flag: True})
    assert is_emergency(answers)
    assert rank(answers=answers).urgency is Urgency.EMERGENCY
    assert not is_emergency(Answers(**{flag: False}))


def test_an_emergency_sign_in_the_notes_counts_and_is_quoted():
    told = Answers(
        notes="I have a fever and the rash is spreading", fever_with_spreading_rash=False
    )
    assert is_emergency(told)
    priority = rank(answers=told)
    assert priority.urgency is Urgency.EMERGENCY
    assert priority.reasons[0].source is Source.RED_FLAG
    assert priority.reasons[0].text.endswith("the notes say ‘fever and the rash’")
    assert not is_emergency(Answers(notes="no fever, the rash is small"))


def test_not_sure_of_an_emergency_sign_is_soon_but_a_sign_not_asked_is_not():
    unsure = rank(answers=Answers(over_half_body=False, emergency_sign_unsure=True))
    assert unsure.urgency is Urgency.SOON
    text = next(r.text for r in unsure.reasons if r.code == "red_flag_unsure")
    assert text.startswith("Not known whether there is an emergency sign: fever")
    assert "over half" not in text
    assert rank(answers=Answers()).urgency is Urgency.ADVICE


def test_the_suspicion_of_another_clinician_is_urgent():
    priority = rank(answers=Answers(notes="My GP said it is probably melanoma."))
    assert priority.urgency is Urgency.URGENT_CANCER
    assert priority.reasons[0].text == (
        "Another clinician suspects cancer: the notes say ‘GP said it is probably melanoma’"
    )


def test_notes_in_another_language_are_left_to_a_person():
    assert "notes_unreadable" in codes(rank(answers=Answers(notes="Depuis deux mois, ça gratte")))
    assert "notes_unreadable" not in codes(rank(answers=Answers(notes="since two months")))


@pytest.mark.parametrize(
    ("site", "given"),
    [
        ("nail", {"grew": True}),
        ("nail", {"changed": True}),
        ("nail", {"irregular_colour": True}),
        ("nail", {"notes": "There is a brown line in the nail"}),
        ("foot", {"changed": True, "notes": "on the sole"}),
    ],
)
def test_a_changing_nail_or_sole_is_urgent_whatever_the_model_says(site, given):
    assert rank(body_site=site, answers=Answers(**given)).urgency is Urgency.URGENT_CANCER
    assert rank(body_site="back", answers=Answers(**given)).urgency > Urgency.URGENT_CANCER


def test_a_quiet_nail_is_not_urgent():
    assert rank(body_site="nail", answers=Answers(notes="no dark line")).urgency is Urgency.ADVICE


def test_three_on_the_seven_point_checklist_is_urgent():
    two = rank(answers=Answers(grew=True))
    three = rank(answers=Answers(grew=True, itch=True))
    assert (two.urgency, three.urgency) == (Urgency.ROUTINE, Urgency.URGENT_CANCER)


def test_a_lump_that_grows_and_a_sore_that_does_not_heal_are_soon():
    assert rank(answers=Answers(grew=True, elevation=True)).urgency is Urgency.SOON
    assert rank(answers=Answers(bleed=True, duration_weeks=4)).urgency is Urgency.SOON
    assert rank(answers=Answers(bleed=True, duration_weeks=3)).urgency is Urgency.ROUTINE


def test_the_notes_count_and_are_quoted_even_against_the_box():
    ticked_no = rank(answers=Answers(bleed=False, notes="It bleeds at night"))
    assert ticked_no.urgency is Urgency.ROUTINE
    text = next(r.text for r in ticked_no.reasons if r.code == "checklist_oozing")
    assert text.endswith("ticked no, but the notes say ‘bleeds’")
    blank = rank(answers=Answers(notes="It has grown"))
    text = next(r.text for r in blank.reasons if r.code == "checklist_size")
    assert text.endswith(": the notes say ‘grown’")
    assert rank(answers=Answers(bleed=True, notes="does not bleed")).urgency is Urgency.ROUTINE


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"finding": None}, "unscored"),
        ({"finding": None, "failed": True}, "failed"),
        ({"failed": True}, "failed"),
        ({"finding": finding(uncertainty=0.6)}, "uncertain"),
        ({"finding": finding(in_domain=False)}, "out_of_domain"),
        ({"finding": finding(malignancy_risk=math.nan)}, "unusable_score"),
        ({"finding": finding(p={"NV": math.nan})}, "unusable_score"),
        ({"finding": finding(melanoma_threshold=math.inf)}, "unusable_score"),
        ({"finding": finding(uncertainty=None)}, "unusable_score"),
        ({"finding": finding(probabilities={})}, "unusable_score"),
    ],
)
def test_what_the_model_cannot_say_stands_at_the_floor(given, code):
    priority = rank(**given)
    assert priority.urgency is Urgency.SOON
    assert code in codes(priority)


def test_a_melanoma_still_counts_when_another_number_is_broken():
    broken = finding(p={"MEL": 0.9}, malignancy_risk=math.nan, melanoma_threshold=math.nan)
    assert rank(finding=broken).urgency is Urgency.URGENT_CANCER


def test_a_sum_that_ends_a_hair_above_one_is_still_a_probability():
    priority = rank(finding=finding(malignancy_risk=1.0009))
    assert "unusable_score" not in codes(priority)
    assert "100.0%" in next(r.text for r in priority.reasons if r.code == "model_risk")


def test_a_class_that_nobody_described_stands_at_the_floor():
    assert rank(finding=finding(p={"XYZ": 0.5})).urgency is Urgency.SOON


def test_a_reassuring_score_alone_does_not_make_dark_skin_advice():
    assert rank(patient=PatientRisk(skin_type=6)).urgency is Urgency.ROUTINE


def test_no_rule_lowers_what_a_clinician_set():
    assert rank(clinician_urgency=Urgency.URGENT_CANCER).urgency is Urgency.URGENT_CANCER
    raised = rank(clinician_urgency=Urgency.ADVICE, finding=finding(p={"MEL": 0.5}))
    assert raised.urgency is Urgency.URGENT_CANCER


def test_reasons_say_where_they_come_from():
    priority = rank(
        answers=Answers(grew=True, over_half_body=True),
        patient=PatientRisk(age=80, family_melanoma=True),
        clinician_urgency=Urgency.SOON,
        failed=True,
        now=FRIDAY + timedelta(days=2),
    )
    assert {r.source for r in priority.reasons} == set(Source)


# ---- when it is due --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("urgency", "due"),
    [
        (Urgency.EMERGENCY, datetime(2026, 11, 20, 13, 0, tzinfo=UTC)),
        (Urgency.URGENT_CANCER, datetime(2026, 11, 21, 9, 0, tzinfo=UTC)),
        (Urgency.SOON, datetime(2026, 11, 25, 9, 0, tzinfo=UTC)),  # over a weekend
        (Urgency.ROUTINE, datetime(2026, 11, 27, 9, 0, tzinfo=UTC)),
        (Urgency.ADVICE, datetime(2026, 12, 4, 9, 0, tzinfo=UTC)),
    ],
)
def test_targets_run_from_submission(urgency, due):
    assert due_at(FRIDAY, urgency) == due


def test_cases_due_in_the_same_hour_are_due_together_and_never_later_than_the_target():
    later = FRIDAY + timedelta(minutes=59, microseconds=3)
    assert due_at(later, Urgency.EMERGENCY) == due_at(FRIDAY, Urgency.EMERGENCY)
    assert due_at(FRIDAY + timedelta(hours=1), Urgency.SOON) > due_at(later, Urgency.SOON)


def test_working_days_start_on_monday_for_a_case_sent_at_the_weekend():
    sunday = FRIDAY + timedelta(days=2)
    assert due_at(sunday, Urgency.SOON) == datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def test_due_time_is_in_utc_and_does_not_move_while_a_case_waits():
    sent = FRIDAY.astimezone(timezone(timedelta(hours=5)))
    early, late = rank(submitted_at=sent), rank(submitted_at=sent, now=FRIDAY + timedelta(days=9))
    assert early.due_at == late.due_at == FRIDAY + timedelta(days=14)
    assert early.due_at.tzinfo is UTC
    assert late.score > early.score


def test_a_more_urgent_case_is_never_due_later_whatever_the_clinic_sets():
    odd = Rules(soon_working_days=30, urgent_cancer_hours=600)
    dues = [due_at(FRIDAY, urgency, rules=odd) for urgency in Urgency]
    assert dues == sorted(dues)


def test_times_without_a_zone_are_refused():
    with pytest.raises(ValueError, match="time zone"):
        rank(now=datetime(2026, 11, 20))  # noqa: DTZ001


def test_ranking_needs_no_database_and_no_arrays():
    """Of Django only the marks of what can be translated."""
    program = (
        "import sys, triage.priority; "
        "print(sorted({'.'.join(m.split('.')[:2]) for m in sys.modules}))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert "'triage'" in loaded
    assert not {"'django.db'", "'django.http'", "'numpy'", "'keras'"} & set(
        loaded.strip("[]\n").split(", ")
    )


# ---- properties ------------------------------------------------------------------------------


@given(cases)
def test_every_case_gets_a_place_and_its_points_add_up(case):
    priority = prioritise(**case)
    assert priority.urgency in Urgency
    assert isinstance(priority.score, int)
    assert 0 <= priority.score <= DEFAULT.highest_score
    assert priority.score == sum(r.points for r in priority.reasons)
    assert all(r.points >= 0 and r.text for r in priority.reasons)
    argued = [r.urgency for r in priority.reasons if r.urgency is not None]
    assert priority.urgency == min(argued, default=Urgency.ADVICE)
    assert priority.due_at.tzinfo is UTC
    assert priority.due_at >= case["submitted_at"]


@given(cases, st.sampled_from(["finding", "failed", "uncertain", "out_of_domain"]))
def test_a_case_without_a_sure_score_is_never_below_the_floor(case, why):
    if why == "finding":
        case["finding"] = None
    elif why == "failed":
        case["failed"] = True
    elif case["finding"] is not None:
        worse = {"uncertainty": 0.9} if why == "uncertain" else {"in_domain": False}
        case["finding"] = replace(case["finding"], **worse)
    assert prioritise(**case).urgency <= Urgency.SOON


@given(cases, st.sampled_from(SIGNS + RED_FLAGS))
def test_one_more_symptom_never_lowers_a_case(case, name):
    base = replace(case["answers"], notes="")
    before = prioritise(**case | {"answers": replace(base, **{name: None})})
    denied = prioritise(**case | {"answers": replace(base, **{name: False})})
    after = prioritise(**case | {"answers": replace(base, **{name: True})})
    assert (denied.urgency, denied.score) == (before.urgency, before.score)
    assert no_lower(before, after)


@given(cases, st.text(max_size=60) | notes)
def test_notes_never_lower_a_case(case, text):
    silent = replace(case["answers"], notes="")
    before = prioritise(**case | {"answers": silent})
    assert no_lower(before, prioritise(**case | {"answers": replace(silent, notes=text)}))


@given(cases, st.sampled_from(HISTORY))
def test_one_more_risk_of_the_patient_never_lowers_a_case(case, name):
    before = prioritise(**case | {"patient": replace(case["patient"], **{name: None})})
    after = prioritise(**case | {"patient": replace(case["patient"], **{name: True})})
    assert no_lower(before, after)


@given(cases, sound, st.sampled_from(["MEL", "SCC", "BCC", "AK"]), number)
def test_more_probability_of_a_malignant_class_never_lowers_a_case(case, score, code, more):
    before = prioritise(**case | {"finding": score})
    higher = dict(score.probabilities)
    added = min(more, 1 - higher[code])
    higher[code] += added
    risk = min(score.malignancy_risk + added, 1.0)
    raised = replace(score, probabilities=higher, malignancy_risk=risk)
    assert no_lower(before, prioritise(**case | {"finding": raised}))


@given(cases, st.sampled_from(Urgency))
def test_nobody_undercuts_a_clinician(case, urgency):
    before = prioritise(**case | {"clinician_urgency": None})
    after = prioritise(**case | {"clinician_urgency": urgency})
    assert after.urgency == min(before.urgency, urgency)


@given(cases, st.timedeltas(timedelta(0), timedelta(days=60)))
def test_waiting_raises_the_score_and_leaves_the_due_time(case, wait):
    before = prioritise(**case)
    after = prioritise(**case | {"now": case["now"] + wait})
    assert no_lower(before, after)
    assert after.due_at == before.due_at
