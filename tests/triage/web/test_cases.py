"""The patient's list and the page of one case, from receipt to answer."""

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from portal.audit.models import Entry
from tests import cast
from triage import access, retakes, reviews, scoring, worklist
from triage.models import Case, ScoringState
from triage.reviews import Decision, Opinion

pytestmark = pytest.mark.django_db


def scored(case: Case, **said: object) -> None:
    for claim in scoring.claim_batch(worker="w"):
        photos = tuple(
            scoring.PhotoResult(photo.id, {"NV": 1.0}, True, [[0.0, 1.0]], "NV")
            for photo in claim.photos
        )
        result = cast.said(photos=photos, **said)
        scoring.record_assessment(worker="w", claim=claim, result=result)
    case.refresh_from_db()
    assert case.scoring_state == ScoringState.SCORED


def failed(case: Case) -> None:
    for _ in range(3):
        for claim in scoring.claim_batch(worker="w"):
            scoring.fail(worker="w", claim=claim, problem="CANARY: not decodable")
    case.refresh_from_db()
    assert case.scoring_state == ScoringState.FAILED


def signed(people: cast.Cast, case: Case, **changes: object) -> None:
    reader = people.dermatologist
    assert worklist.claim(actor=reader, case=case)
    review = reviews.open_review(actor=reader, case=case)
    reviews.commit_first_opinion(actor=reader, review=review, opinion=Opinion("NV", 4, 3))
    usual = {
        "diagnosis": "NV", "urgency": 4, "outcome": "discharge", "advice": "Use sun cream.",
        "safety_net": "It bleeds or grows.", "urgency_reason": "Clearly a mole", "confidence": 3,
        "differential": "CANARY-DIFFERENTIAL", "destination": "CANARY-DESTINATION",
    }  # fmt: skip
    reviews.sign(actor=reader, review=review, decision=Decision(**usual | changes))


def shown(browser, people, case: Case) -> str:
    answer = browser(people.patient).get(f"/cases/{case.reference}/")
    assert answer.status_code == 200
    page = answer.content.decode()
    return page[page.index("<main") :]


# -- the list -------------------------------------------------------------------------------------
def test_an_empty_list_says_what_to_do(people, browser):
    page = browser(people.patient).get("/cases/").content.decode()
    assert "You have not sent anything yet" in page and 'href="/send/"' in page


def test_the_list_holds_one_s_own_cases_and_its_view_is_on_record(people, browser):
    mine, theirs = cast.send_case(people.patient), cast.send_case(people.patient2)
    page = browser(people.patient).get("/cases/").content.decode()
    assert mine.reference in page and theirs.reference not in page
    entry = Entry.objects.get(action="case.listed")
    assert entry.detail["references"] == [mine.reference]


def test_the_list_has_pages_and_few_queries(people, browser, django_assert_max_num_queries):
    cast.decide(cases_per_hour=100)
    sent = {cast.send_case(people.patient).reference for _ in range(23)}
    client = browser(people.patient)
    with django_assert_max_num_queries(12):
        first = client.get("/cases/").content.decode()
    second = client.get("/cases/?page=2").content.decode()
    assert "Page 1 of 2" in first and "Page 2 of 2" in second
    on_first = {reference for reference in sent if reference in first}
    on_second = {reference for reference in sent if reference in second}
    assert (len(on_first), len(on_second)) == (20, 3) and not on_first & on_second


# -- waiting --------------------------------------------------------------------------------------
def test_the_receipt_asks_until_there_is_something_to_show(people, browser):
    case = cast.send_case(people.patient)
    client = browser(people.patient)
    page = shown(browser, people, case)
    assert case.reference in page and "Your photos have arrived" in page
    assert f'hx-get="/cases/{case.reference}/progress/"' in page
    views = Entry.objects.filter(action="case.viewed").count()
    assert client.get(f"/cases/{case.reference}/progress/").status_code == 204
    assert Entry.objects.filter(action="case.viewed").count() == views, "nothing was read"
    scored(case)
    answer = client.get(f"/cases/{case.reference}/progress/")
    assert answer.status_code == 286, "htmx asks no more"
    assert "This is not a diagnosis." in answer.content.decode()
    assert Entry.objects.filter(action="case.viewed").count() == views + 1


def test_without_script_the_receipt_reloads_itself_until_scored(people, browser):
    case = cast.send_case(people.patient)
    client = browser(people.patient)
    refresh = '<noscript><meta http-equiv="refresh" content="5"></noscript>'
    assert refresh in client.get(f"/cases/{case.reference}/").content.decode()
    scored(case)
    page = client.get(f"/cases/{case.reference}/").content.decode()
    assert refresh not in page and "hx-get" not in page


# -- the preliminary result -----------------------------------------------------------------------
def test_a_scored_case_shows_four_likely_conditions_in_words_and_per_cent(people, browser):
    case = cast.send_case(people.patient)
    scored(case)
    page = shown(browser, people, case)
    assert page.count('class="portal-likely__name"') == 4
    assert "Melanocytic naevus</a> <span>88 %" in page
    assert 'href="/conditions/melanocytic-naevus/"' in page
    assert "What you sent shows no clear signs of skin cancer" in page
    assert "How soon to be seen" in page


def test_a_risk_over_the_threshold_is_said_without_alarm(people, browser):
    case = cast.send_case(people.patient)
    scored(case, malignancy_risk=0.5, probabilities={"MEL": 0.5, "NV": 0.5}, melanoma_risk=0.5)
    page = shown(browser, people, case)
    assert "signs that are also seen in skin cancers" in page
    assert "usually within two weeks" in page


@pytest.mark.parametrize(
    ("risk", "told", "untold"),
    [(0.49, "turn out to be harmless", "look at this soon"),
     (0.5, "A dermatologist must look at this soon.", "harmless"),
     (0.9, "A dermatologist must look at this soon.", "harmless")],
)  # fmt: skip
def test_harmless_is_said_only_of_a_risk_below_a_half(people, browser, risk, told, untold):
    case = cast.send_case(people.patient)
    likely = {"MEL": risk, "NV": 1 - risk}
    scored(case, malignancy_risk=risk, probabilities=likely, melanoma_risk=risk)
    page = shown(browser, people, case)
    said = page[page.index("How serious it may be") : page.index("How soon to be seen")]
    assert told in said and untold not in said
    signed(people, case)
    page = shown(browser, people, case)
    assert "How serious it may be" not in page and told not in page


def test_what_is_not_skin_gets_no_percentages(people, browser):
    case = cast.send_case(people.patient)
    scored(case, in_domain=False)
    page = shown(browser, people, case)
    assert "does not know this kind of photo" in page
    assert "%" not in page
    assert "no clear signs of skin cancer" not in page


def test_a_label_that_nobody_described_is_another_condition(people, browser):
    case = cast.send_case(people.patient)
    scored(case, probabilities={"NEW": 0.9, "NV": 0.1})
    assert "Another condition</a> <span>90 %" in shown(browser, people, case)


def test_a_failed_case_says_that_a_person_looks_and_hides_the_reason(people, browser):
    case = cast.send_case(people.patient)
    failed(case)
    page = shown(browser, people, case)
    assert "Your case goes to a person instead" in page
    assert "CANARY" not in page


def test_a_held_back_result_shows_after_the_review_only(people, browser):
    cast.decide(preliminary_result_at_once=False)
    case = cast.send_case(people.patient)
    scored(case)
    page = shown(browser, people, case)
    assert "You see the result here once a dermatologist has read your case." in page
    assert "%" not in page and "naevus" not in page
    signed(people, case)
    assert "88 %" in shown(browser, people, case)


def test_an_emergency_stands_before_everything(people, browser):
    case = cast.send_case(people.patient, over_half_body=True)
    page = shown(browser, people, case)
    assert page.index("Seek emergency care now") < page.index("<h1")
    scored(case)
    page = shown(browser, people, case)
    assert page.index("Seek emergency care now") < page.index("<h1")


def test_an_urgency_is_given_with_its_reason_and_without_numbers(people, browser):
    case = cast.send_case(people.patient, grew=True, irregular_shape=True, irregular_colour=True)
    scored(case)
    page = shown(browser, people, case)
    assert "Do not rely on that: there are other reasons to look at it soon" in page
    said = page[page.index("Why it should not wait:") :]
    said = said[: said.index("</ul>")]
    assert "<li>several signs on the checklist for skin cancer are there together</li>" in said
    assert "%" not in said and "points" not in said


def test_what_software_cannot_rule_out_is_named(people, browser):
    case = cast.send_case(people.patient)
    scored(case, probabilities={"SCC": 0.25, "NV": 0.75}, malignancy_risk=0.25)
    page = shown(browser, people, case)
    assert "no clear signs of skin cancer" in page
    assert "<li>software cannot rule this out: Squamous cell carcinoma</li>" in page


def test_why_it_is_urgent_is_held_back_with_the_result(people, browser):
    cast.decide(preliminary_result_at_once=False)
    case = cast.send_case(people.patient)
    scored(case, probabilities={"SCC": 0.25, "NV": 0.75}, malignancy_risk=0.25)
    page = shown(browser, people, case)
    assert "should not wait" not in page and "rule this out" not in page


# -- the answer -----------------------------------------------------------------------------------
def test_the_signed_answer_comes_first_and_holds_nothing_for_staff(people, browser):
    case = cast.send_case(people.patient)
    scored(case)
    signed(people, case, follow_up_weeks=12)
    page = shown(browser, people, case)
    for told in ("You need no appointment for this.", "Use sun cream.", "It bleeds or grows.",
                 "in 12 weeks", "Signed by dermatologist"):  # fmt: skip
        assert told in page
    assert page.index("The dermatologist’s answer") < page.index("First impression by software")
    assert "CANARY" not in page and "Clearly a mole" not in page
    listed = browser(people.patient).get("/cases/").content.decode()
    assert "Answered" in listed


def test_an_amended_answer_replaces_the_first_which_stays_readable(people, browser):
    case = cast.send_case(people.patient)
    scored(case)
    signed(people, case)
    review = case.reviews.signed().last()
    changed = Decision(
        diagnosis="BCC", urgency=3, outcome="routine", advice="Visit us.",
        safety_net="It grows.", confidence=2,
    )  # fmt: skip
    reviews.amend(
        actor=people.dermatologist2, review=review, decision=changed, reason="CANARY-REASON"
    )
    page = shown(browser, people, case)
    assert page.index("Visit us.") < page.index("Use sun cream.")
    assert "It replaces the earlier answer." in page and "CANARY" not in page


def test_advice_is_text_and_never_markup(people, browser):
    case = cast.send_case(people.patient)
    signed(people, case, advice="<script>alert(1)</script>")
    page = shown(browser, people, case)
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_the_patient_sees_who_has_looked_at_the_photos(people, browser):
    case = cast.send_case(people.patient)
    assert "Nobody at the clinic yet." in shown(browser, people, case)
    reader = browser(people.dermatologist)
    photo = case.photos.get()
    reader.get(f"/photos/{photo.pk}/")
    reader.get(f"/photos/{photo.pk}/thumbnail/")
    browser(people.patient).get(f"/photos/{photo.pk}/")
    browser(people.outsider).get(f"/photos/{photo.pk}/")
    page = shown(browser, people, case)
    today = timezone.localdate()
    assert f"dermatologist, dermatologist: on {date_format(today, 'j F Y')} at" in page
    assert "outsider" not in page


def test_a_day_of_many_photos_and_reloads_is_one_day(people, browser):
    case = cast.send_case(people.patient)
    photo, reader = case.photos.get(), browser(people.dermatologist)
    for _ in range(5):
        reader.get(f"/photos/{photo.pk}/thumbnail/")
    [look] = access.looks_at(case)
    assert (look.who, look.days) == (people.dermatologist, 1)
    assert look.last == Entry.objects.looks_at_photos(case.patient_id).first().at


def test_a_case_needs_few_queries(people, browser, django_assert_max_num_queries):
    case = cast.send_case(people.patient)
    scored(case)
    signed(people, case)
    client = browser(people.patient)
    with django_assert_max_num_queries(13):  # a savepoint's two among them
        client.get(f"/cases/{case.reference}/")


@pytest.mark.parametrize(
    ("diagnosis", "heading"),
    [("MEL", "What it may be"), ("OTHER", "What it may be"), ("NV", "What it is")],
)
def test_only_what_is_benign_is_said_for_sure_from_photos(people, browser, diagnosis, heading):
    case = cast.send_case(people.patient)
    signed(people, case, diagnosis=diagnosis, urgency=1, outcome="urgent", confidence=2)
    assert f"<dt>{heading}</dt>" in shown(browser, people, case)


# -- what was sent --------------------------------------------------------------------------------
def test_the_patient_can_reread_what_they_told(people, browser):
    case = cast.send_case(
        people.patient, bleed=True, itch=False, duration_weeks=9, diameter_mm=6.5,
        notes="Bleeds <i>when</i> I shave.",
    )  # fmt: skip
    page = shown(browser, people, case)
    told = page[page.index("What you told us") :]
    assert "Bleeds &lt;i&gt;when&lt;/i&gt; I shave." in told
    answers = {
        "Has it bled?": "yes", "Does it itch?": "no", "Has it grown?": "not sure, or not answered",
        "For how many weeks have you had it?": "9 weeks",
        "How wide is it in millimetres, at its widest?": "6.5 mm",
    }  # fmt: skip
    for question, said in answers.items():
        assert f"<dt>{question}</dt><dd>{said}</dd>" in told


def test_the_change_over_time_is_offered_from_the_second_sending_on(people, browser):
    case = cast.send_case(people.patient)
    cast.send_case(people.patient)
    assert "See how it has changed over time" not in shown(browser, people, case)
    cast.send_case(people.patient, lesion_of=case)
    assert "See how it has changed over time" in shown(browser, people, case)


def test_while_new_photos_are_wanted_nobody_is_said_to_read_the_case(people, browser):
    case = cast.send_case(people.patient)
    scored(case)
    assert "A dermatologist will read your case" in shown(browser, people, case)
    assert worklist.claim(actor=people.dermatologist, case=case)
    retakes.ask(actor=people.dermatologist, case=case, reasons=["blurred"])
    page = shown(browser, people, case)
    assert "The dermatologist needs new photos" in page
    assert "A dermatologist will read your case" not in page


# -- who gets in ----------------------------------------------------------------------------------
@pytest.mark.parametrize("part", ["", "progress/"])
def test_nobody_else_finds_the_case(people, browser, client, part):
    case = cast.send_case(people.patient)
    address = f"/cases/{case.reference}/{part}"
    for user in (people.patient2, people.administrator):
        assert browser(user).get(address).status_code == 404
    assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"
    assert Entry.objects.filter(object_id=case.reference, result="denied").exists()


def test_a_dermatologist_is_sent_to_the_reading_page(people, browser):
    case = cast.send_case(people.patient)
    answer = browser(people.dermatologist).get(f"/cases/{case.reference}/")
    assert answer.headers["Location"] == f"/worklist/{case.reference}/"


@pytest.mark.parametrize("reference", ["XXXX-XXXX-XXXX", "%00", "x", "x" * 300])
def test_an_address_that_is_none_is_not_found(people, browser, reference):
    assert browser(people.patient).get(f"/cases/{reference}/").status_code == 404
    assert browser(people.patient).get(f"/cases/{reference}/progress/").status_code == 404
    assert browser(people.dermatologist).get(f"/cases/{reference}/", follow=True).status_code == 404
