"""The guided form: page after page, kept as it goes, sent once."""

import re
from datetime import date

import pytest
from django.utils import timezone

from tests import cast
from tests.triage.web import journey
from tests.triage.web.journey import FLAGS, USUAL, begin, finish, go, post, send
from triage import patients
from triage.models import Case, ConsentKind, Draft, Lesion
from triage.priority import Urgency


# -- from the first page to the case --------------------------------------------------------------
def test_page_after_page_a_case_is_made(sender):
    draft = go(
        sender, changes={"itch": "yes", "bleed": "no"},
        size={"duration_weeks": "6", "diameter_mm": "6,5"}, notes={"notes": "It bleeds at night"},
    )  # fmt: skip
    answer = send(sender)
    case = Case.objects.get()
    assert answer.status_code == 302 and answer.headers["Location"] == f"/cases/{case.reference}/"
    lesion, told = case.lesion, case.symptoms
    assert (lesion.body_site, lesion.side, lesion.region) == ("back", "left", "back-upper-left")
    assert (told.itch, told.bleed, told.grew) == (True, False, None), "not asked is not no"
    assert (told.duration_weeks, told.diameter_mm) == (6, 6.5)
    assert told.notes == "It bleeds at night"
    assert case.idempotency_key == str(draft.pk) and not Draft.objects.exists()


def test_every_page_leads_to_the_next_and_says_how_far_one_is(sender):
    address, seen = begin(sender) and "/send/who/", []
    journey.add_photo(sender.user, Draft.objects.get())
    while address != "/send/review/":
        page = sender.get(address)
        seen.append(address.split("/")[2])
        assert f"Step {len(seen)} of 12" in page.text
        address = post(sender, seen[-1]).headers["Location"]
    assert seen == list(USUAL)
    assert "Step 12 of 12" in sender.get(address).text


def test_where_one_left_off_one_goes_on_on_any_device(sender, browser):
    go(sender, until="changes")
    elsewhere = browser(sender.user)
    page = elsewhere.get("/send/").text
    assert "Continue what you began" in page and "Upper back, left" in page and "1 photo" in page
    assert 'href="/send/changes/"' in page
    assert 'value="back-upper-left" selected' in elsewhere.get("/send/place/").text


def test_two_tabs_on_two_pages_lose_nothing(sender):
    draft = go(sender, until="changes")
    post(sender, "size", duration_weeks="6")
    post(sender, "changes", itch="yes")
    draft.refresh_from_db()
    assert (draft.entered["itch"], draft.entered["duration_weeks"]) == ("yes", 6)


def test_a_page_cannot_be_reached_before_those_that_must_be_answered(sender):
    begin(sender)
    assert sender.get("/send/notes/").headers["Location"] == "/send/who/"
    post(sender, "who")
    assert sender.get("/send/review/").headers["Location"] == "/send/signs/"
    assert sender.get("/send/nowhere/").status_code == 404


def test_without_a_form_every_page_leads_to_the_beginning(sender):
    assert sender.get("/send/photos/").headers["Location"] == "/send/"
    assert sender.get("/send/emergency/").headers["Location"] == "/send/"
    assert "Begin" in sender.get("/send/").text
    assert not Draft.objects.exists(), "looking makes no row"


def test_an_answer_is_changed_from_the_review_and_one_is_back_there(sender):
    go(sender)
    assert 'href="/send/place/?back=review"' in sender.get("/send/review/").text
    answer = post(sender, "place", back=True, region="front-hand-right")
    assert answer.headers["Location"] == "/send/review/"
    assert "Palm or fingers, inside, right" in sender.get("/send/review/").text


def test_the_review_shows_every_answer_in_words(sender):
    go(sender, changes={"itch": "yes", "bleed": "unsure"}, notes={"notes": "Since May"},
       about={"skin_type": "2", "medication": "Aspirin"})  # fmt: skip
    page = sender.get("/send/review/").text
    told = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    assert (told["Does it itch?"], told["Has it bled?"]) == ("Yes", "Not sure")
    assert told["Has it grown?"] == "Not given"
    assert told["Where on the body is it?"] == "Upper back, left"
    assert told["Anything else we should know?"] == "Since May"
    assert told["How does your skin react to strong sun?"].startswith("II:")
    assert told["Medicines that you take"] == "Aspirin"


def test_history_is_kept_in_the_patient_s_own_record(sender):
    go(sender, about={"family_melanoma": "yes"})
    patient = patients.patient_of(sender.user)
    assert patient.family_melanoma is True and patient.birth_date == date(1970, 3, 31)
    assert re.search(
        r'name="family_melanoma" value="yes"[^>]* checked', sender.get("/send/about/").text
    )


# -- who it is for --------------------------------------------------------------------------------
def test_for_somebody_else_an_account_of_their_own_is_advised(sender):
    begin(sender)
    answer = post(sender, "who", who="other")
    assert answer.headers["Location"] == "/send/elsewhere/somebody-else/"
    assert "account of their own" in sender.get(answer.headers["Location"]).text
    assert sender.get("/send/signs/").headers["Location"] == "/send/who/"


def test_the_date_of_birth_is_asked_for_once(people, browser):
    client = browser(people.patient)
    client.user = people.patient
    begin(client)
    assert "born" in client.get("/send/who/").text
    missing = post(client, "who")
    assert missing.status_code == 422 and "birth_date" in missing.context["form"].errors
    assert post(client, "who", birth_date="1970-03-31").headers["Location"] == "/send/signs/"
    assert patients.patient_of(people.patient).birth_date == date(1970, 3, 31)
    assert 'value="1970-03-31"' in client.get("/send/who/").text, "filled in from then on"
    assert post(client, "who", birth_date="").status_code == 422


def test_another_person_s_date_of_birth_is_never_saved_as_one_s_own(people, browser):
    client = browser(people.patient)
    client.user = people.patient
    begin(client)
    answer = post(client, "who", who="other", birth_date="2019-05-06")
    assert answer.headers["Location"] == "/send/elsewhere/somebody-else/"
    assert patients.patient_of(people.patient).birth_date is None
    unsaid = post(client, "who", who="", birth_date="2019-05-06")
    assert unsaid.status_code == 422 and set(unsaid.context["form"].errors) == {"who"}
    assert patients.patient_of(people.patient).birth_date is None


def test_the_review_shows_the_date_of_birth_and_leads_to_where_it_is_changed(sender):
    go(sender)
    page = sender.get("/send/review/").text
    assert "<dt>When were you born?</dt><dd>31 March 1970</dd>" in page
    assert 'href="/send/who/?back=review"' in page
    answer = post(sender, "who", back=True, birth_date="1971-04-01")
    assert answer.headers["Location"] == "/send/review/"
    assert patients.patient_of(sender.user).birth_date == date(1971, 4, 1)


def test_a_telephone_number_is_asked_for_with_why_and_kept_in_the_profile(sender):
    go(sender, about={"phone": "01632 960 002"})
    page = sender.get("/send/about/").text
    assert "So that the clinic can call you if it is urgent." in page
    assert 'value="01632 960 002"' in page
    assert patients.patient_of(sender.user).phone == "01632 960 002"
    for wrong in ("call me", "0" * 31):
        assert post(sender, "about", phone=wrong).status_code == 422


def test_the_form_says_which_clinic_the_photos_go_to(sender):
    clinic = sender.user.clinic.name
    told = f"Your photos go to: <strong>{clinic}</strong>"
    assert told in sender.get("/send/").text
    patient = patients.patient_of(sender.user)
    patients.withdraw_consent(actor=sender.user, patient=patient, kind=ConsentKind.CARE)
    go(sender)
    assert told in sender.get("/send/consent/").text


def test_under_16_is_shown_the_way_to_a_clinician(people, browser):
    client = browser(people.patient)
    client.user = people.patient
    begin(client)
    born = timezone.localdate().replace(year=timezone.localdate().year - 15, day=1)
    answer = post(client, "who", birth_date=born.isoformat())
    assert answer.headers["Location"] == "/send/elsewhere/young/"
    assert "seen in person" in client.get("/send/elsewhere/young/").text
    assert client.get("/send/signs/").headers["Location"] == "/send/who/"


# -- consent --------------------------------------------------------------------------------------
def test_whoever_has_not_agreed_is_asked_last_and_only_then_is_it_sent(sender, people):
    patient = patients.patient_of(people.patient)
    patients.withdraw_consent(actor=people.patient, patient=patient, kind=ConsentKind.CARE)
    go(sender)
    assert send(sender).headers["Location"] == "/send/consent/" and not Case.objects.exists()
    page = sender.get("/send/consent/").text
    assert "A dermatologist of the clinic reads every case" in page and "Step 13 of 13" in page
    assert post(sender, "consent").status_code == 422
    assert not patients.has_agreed(patient, ConsentKind.CARE)
    assert post(sender, "consent", agree="on").headers["Location"].startswith("/cases/")
    assert patients.has_agreed(patient, ConsentKind.CARE) and Case.objects.count() == 1


def test_a_new_wording_is_shown_and_asked_for_before_the_next_case(sender, people):
    patient = patients.patient_of(people.patient)
    patient.consents.update(version="2020-01")
    go(sender)
    assert send(sender).headers["Location"] == "/send/consent/"
    post(sender, "consent", agree="on")
    assert Case.objects.count() == 1
    assert patient.consents.filter(withdrawn_at__isnull=False, version="2020-01").count() == 1


# -- what must be answered, and what makes no sense -----------------------------------------------
@pytest.mark.parametrize(
    ("step", "missing"),
    [("who", "who"), *(("signs", flag) for flag in FLAGS), ("spot", "how_many"),
     ("place", "region")],
)  # fmt: skip
def test_what_must_be_answered_is_asked_again_with_the_rest_kept(sender, step, missing):
    go(sender, until=step)
    answer = post(sender, step, **{missing: ""})
    assert answer.status_code == 422 and missing in answer.context["form"].errors
    assert sender.get("/send/review/").headers["Location"] == f"/send/{step}/"
    kept = Draft.objects.get().entered
    others = {key: value for key, value in USUAL[step].items() if key not in (missing, "lesion")}
    assert others.items() <= kept.items() and missing not in kept


@pytest.mark.parametrize(
    ("step", "field", "value"),
    [("size", "diameter_mm", "nan"), ("size", "diameter_mm", "-3"),
     ("size", "duration_weeks", "6.5"), ("size", "duration_weeks", "9" * 30),
     ("changes", "itch", "perhaps"), ("place", "region", "moon"), ("notes", "notes", "x" * 10**5),
     ("spot", "lesion", "999"), ("spot", "how_many", "7"), ("who", "who", "\0")],
)  # fmt: skip
def test_answers_that_make_no_sense_are_refused_beside_their_field(sender, step, field, value):
    cast.send_case(sender.user)
    go(sender, until=step)
    answer = post(sender, step, **{field: value})
    assert answer.status_code == 422
    [said] = answer.context["form"].errors[field]
    assert not re.search("Ensure|valid choice|field is required", said), "Django's words, not ours"


def test_a_problem_with_a_question_reads_as_two_sentences(sender):
    go(sender, until="signs")
    page = post(sender, "signs", over_half_body="").text
    assert "half of your body? Choose yes, no or not sure.</a>" in page and "?:" not in page


def test_not_sure_is_kept_as_unknown(sender):
    go(sender, signs={"over_half_body": "unsure"}, changes={"itch": "unsure"})
    send(sender)
    case = Case.objects.get()
    assert case.symptoms.over_half_body is None and case.symptoms.itch is None
    assert "red_flag_unsure" in [reason["code"] for reason in case.reasons]
    assert case.urgency <= Urgency.SOON


def test_not_sure_of_a_symptom_is_no_doubt_about_an_emergency(sender):
    go(sender, changes={"itch": "unsure"})
    send(sender)
    assert "red_flag_unsure" not in [reason["code"] for reason in Case.objects.get().reasons]


# -- the same place as before ---------------------------------------------------------------------
def test_a_place_sent_before_can_be_chosen_and_is_not_asked_for_again(sender):
    lesion = cast.send_case(sender.user).lesion
    draft = go(sender, until="spot")
    assert "Yes: Back, first sent on" in sender.get("/send/spot/").text
    assert post(sender, "spot", lesion=str(lesion.pk)).headers["Location"] == "/send/camera/"
    assert sender.get("/send/place/").headers["Location"] == "/send/camera/"
    finish(sender, "camera", draft)
    assert lesion.cases.count() == 2 and Lesion.objects.count() == 1


def test_from_a_case_s_page_its_place_is_chosen_already(sender, people):
    case = cast.send_case(people.patient)
    draft = begin(sender, again=case.reference)
    assert draft.entered["lesion"] == str(case.lesion_id)
    assert sender.get("/send/?again=%00").status_code == 200


def test_another_spot_never_joins_a_form_that_is_open(sender, people):
    case = cast.send_case(people.patient)
    draft = go(sender, until="camera")
    page = sender.get(f"/send/?again={case.reference}").text
    assert "First send or throw away" in page
    sender.post(f"/send/?again={case.reference}")
    draft.refresh_from_db()
    assert draft.entered["region"] == "back-upper-left" and draft.entered["lesion"] == "new"


def test_somebody_else_s_place_cannot_be_chosen(sender, people):
    cast.send_case(people.patient)
    theirs = cast.send_case(people.patient2)
    go(sender, until="spot")
    assert post(sender, "spot", lesion=str(theirs.lesion.pk)).status_code == 422
    Draft.objects.all().delete()
    assert "lesion" not in begin(sender, again=theirs.reference).entered


def test_a_place_tapped_on_the_drawing_is_chosen_in_the_list_without_a_script(sender):
    go(sender, until="place")
    page = sender.get("/send/place/?region=front-hand-left").text
    assert 'value="front-hand-left" selected' in page
    assert "region" not in Draft.objects.get().entered, "looking changes nothing"
    assert "selected" not in sender.get("/send/place/?region=moon").text.split('name="region"')[1]


def test_the_consent_page_of_somebody_who_has_agreed_leads_to_the_review(sender):
    go(sender, until="review")
    patient = Draft.objects.get().patient
    patients.grant_consent(actor=patient.user, patient=patient, kind=ConsentKind.CARE)
    assert sender.get("/send/consent/").headers["Location"] == "/send/review/"
