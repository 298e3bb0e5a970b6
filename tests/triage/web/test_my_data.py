"""The pages about a patient's own data: looks, consents, download, erasure."""

import io
import json
import zipfile

import pytest
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast
from tests.triage.records import answer, everything_about
from triage import access, erasure, my_data, patients
from triage.models import Erasure

pytestmark = pytest.mark.django_db


def main(got, status: int = 200) -> str:
    assert got.status_code == status
    page = got.content.decode()
    return page[page.index("<main") :]


# -- the way in -----------------------------------------------------------------------------------
def test_every_door_of_my_data_opens(people, browser):
    client = browser(people.patient)
    page = main(client.get("/my-data/"))
    for address in ("/cases/", "/messages/", "/profile/", "/account/", "/my-data/looks/",
                    "/my-data/consents/", "/my-data/download/", "/my-data/erasure/"):  # fmt: skip
        assert f'href="{address}"' in page, address
        assert client.get(address).status_code == 200


# -- who has looked -------------------------------------------------------------------------------
def look(people, case, reader) -> None:
    access.read_case(actor=reader, reference=case.reference)
    access.read_photo(actor=reader, photo_id=str(case.photos.get().pk))


def test_everybody_at_the_clinic_who_looked_is_named_with_role_and_clinic(
    people, browser, django_assert_max_num_queries
):
    cases = [cast.send_case(people.patient) for _ in range(2)]
    for case in cases:
        look(people, case, people.dermatologist)
        look(people, case, people.dermatologist)
    look(people, cases[0], people.dermatologist2)
    client = browser(people.patient)
    client.get(f"/cases/{cases[0].reference}/")
    with django_assert_max_num_queries(12):
        page = main(client.get("/my-data/looks/"))
    assert page.count("<tr>") == 1 + 3, "one line is one person, one case, one day"
    assert page.count(">dermatologist<") == 2 and page.count(">dermatologist2<") == 1
    assert page.count(f"Dermatologist, {people.clinic.name}") == 3
    assert page.count("1 photo") == 3
    assert str(people.patient) not in page.split("<table")[1], "one's own looks are not listed"


def test_nobody_yet(people, browser):
    cast.send_case(people.patient)
    assert "Nobody has looked yet" in main(browser(people.patient).get("/my-data/looks/"))


def test_looks_have_pages_and_reading_them_is_on_record(people, browser, monkeypatch):
    from triage.web import my_data as pages

    monkeypatch.setattr(pages, "LOOKS", 1)
    case = cast.send_case(people.patient)
    look(people, case, people.dermatologist)
    look(people, case, people.dermatologist2)
    assert "Page 1 of 2" in main(browser(people.patient).get("/my-data/looks/"))
    assert Entry.objects.get(action="looks.listed").patient_id == case.patient_id


def test_a_look_that_was_refused_is_no_look(people, browser):
    from triage.models import Case

    case = cast.send_case(people.patient)
    with pytest.raises(Case.DoesNotExist):
        access.read_case(actor=people.outsider, reference=case.reference)
    assert "Nobody has looked yet" in main(browser(people.patient).get("/my-data/looks/"))


# -- consents -------------------------------------------------------------------------------------
def test_both_consents_are_there_with_version_meaning_and_history(people, browser):
    client = browser(people.patient)
    client.post("/profile/consents/care/", {"answer": "withdraw"})
    page = main(client.get("/my-data/consents/"))
    assert page.count('class="portal-panel"') == 2
    assert "Without it you cannot send photos." in page
    assert "Your care is the same whether you agree or not." in page
    history = page[page.index("<h2>History") :]
    assert history.count("<tr>") == 2 and "Holds" not in history
    client.post("/profile/consents/care/", {"answer": "agree"})
    history = main(client.get("/my-data/consents/")).split("<h2>History")[1]
    assert history.count("<tr>") == 3 and history.count("Holds") == 1


# -- download -------------------------------------------------------------------------------------
def test_everything_is_downloaded_by_a_link_that_the_page_gives(people, browser):
    case = everything_about(people, canary="CANARY")
    client = browser(people.patient)
    assert "my-data.zip" not in main(client.get("/my-data/download/"))
    page = main(client.post("/my-data/download/prepare/"))
    [address] = [part.split('"')[0] for part in page.split('href="')[1:] if "download/" in part]
    got = client.get(address)
    assert got["Content-Disposition"] == 'attachment; filename="my-data.zip"'
    assert got["Cache-Control"] == "no-store, private"
    archive = zipfile.ZipFile(io.BytesIO(b"".join(got.streaming_content)))
    tables = json.loads(archive.read("my-data.json"))["tables"]
    assert case.reference in {row["reference"] for row in tables["cases"]}
    assert Entry.objects.filter(action="data.downloaded").count() == 1


def test_somebody_else_s_link_gives_nothing(people, browser):
    token = my_data.ask(actor=people.patient, patient=patients.patient_of(people.patient))
    got = browser(people.patient2).get(f"/my-data/download/{token}/")
    assert "This link has run out" in main(got, 410)
    assert not Entry.objects.filter(action="data.downloaded").exists()
    assert browser(people.dermatologist).get(f"/my-data/download/{token}/").status_code == 404


def test_asking_only_for_the_head_downloads_nothing(people, browser):
    token = my_data.ask(actor=people.patient, patient=patients.patient_of(people.patient))
    assert browser(people.patient).head(f"/my-data/download/{token}/").status_code == 200
    assert not Entry.objects.filter(action="data.downloaded").exists()


# -- erasure --------------------------------------------------------------------------------------
def test_what_goes_and_what_stays_is_told_before_asking(people, browser):
    page = main(browser(people.patient).get("/my-data/erasure/"))
    assert "What is erased" in page and "What stays, and why" in page
    assert "nobody has answered yet" not in page, "there is no open case"


def test_asking_needs_a_sure_word_and_can_be_taken_back(people, browser):
    client = browser(people.patient)
    assert client.post("/my-data/erasure/", {}).status_code == 422
    assert not Erasure.objects.exists()
    assert client.post("/my-data/erasure/", {"sure": "on"}).status_code == 302
    page = main(client.get("/my-data/erasure/"))
    assert "You asked for this on" in page and "An administrator of the portal carries it" in page
    client.post("/my-data/erasure/withdraw/")
    assert not Erasure.objects.standing().exists()
    assert "Ask for erasure" in main(client.get("/my-data/erasure/"))


def test_open_cases_are_told_and_wait_unless_withdrawn(people, browser):
    cast.send_case(people.patient)
    client = browser(people.patient)
    assert client.post("/my-data/erasure/", {"sure": "on"}).status_code == 422, "choose what"
    client.post("/my-data/erasure/", {"sure": "on", "open_cases": "wait"})
    page = main(client.get("/my-data/erasure/"))
    assert "1 case of yours has not been answered" in page and "Withdraw these cases" in page
    client.post("/my-data/erasure/", {"sure": "on"})
    assert Erasure.objects.get().open_cases_too
    assert "Withdraw these cases" not in main(client.get("/my-data/erasure/"))


def test_a_hold_is_told_but_not_its_reason(people, browser):
    patient = patients.patient_of(people.patient)
    erasure.ask(actor=people.patient, patient=patient)
    erasure.place_hold(actor=people.administrator, patient=patient, ground="claim", reason="CANARY")
    page = main(browser(people.patient).get("/my-data/erasure/"))
    assert "Must be kept for now" in page and "CANARY" not in page


# -- as an administrator sees it ------------------------------------------------------------------
def asked(people, **how) -> Erasure:
    patient = patients.patient_of(people.patient)
    return erasure.ask(actor=people.patient, patient=patient, **how)


def test_requests_hold_numbers_and_nothing_clinical(people, browser, django_assert_max_num_queries):
    everything_about(people, canary="CANARY")
    request = asked(people)
    client = browser(people.administrator)
    client.get("/requests/")
    with django_assert_max_num_queries(12):
        page = main(client.get("/requests/"))
    assert people.patient.email in page and "1 case to be answered" in page
    one = main(client.get(f"/requests/{request.pk}/"))
    for text in (page, one):
        assert "CANARY" not in text and "Melanocytic" not in text and "Back" not in text[200:]
    assert "<dt>Cases</dt><dd>2</dd>" in one and "<dt>Photos</dt><dd>2</dd>" in one
    assert Entry.objects.filter(action="erasure.viewed").exists()


def test_carrying_out_asks_first_and_then_the_record_is_gone(
    people, browser, django_capture_on_commit_callbacks
):
    case = cast.send_case(people.patient)
    answer(people, case)
    request = asked(people)
    client = browser(people.administrator)
    address = f"/requests/{request.pk}/carry-out/"
    assert client.post(address, {}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        got = client.post(address, {"sure": "on"}, follow=True)
    page = main(got)
    assert "The record is erased" in page and "Nobody waits to be forgotten" in page
    assert "Carried out lately" in page and people.patient.email not in page
    assert main(client.get(f"/requests/{request.pk}/")).count("Carried out") == 2
    assert client.post(address, {"sure": "on"}, follow=True).status_code == 200
    assert browser(people.dermatologist).get(f"/worklist/{case.reference}/").status_code == 404


def test_what_stands_against_it_is_said_and_nothing_is_erased(people, browser):
    cast.send_case(people.patient)
    request = asked(people)
    client = browser(people.administrator)
    page = main(client.get(f"/requests/{request.pk}/"))
    assert "Erase this patient" not in page and "when these cases are answered" in page
    got = client.post(f"/requests/{request.pk}/carry-out/", {"sure": "on"}, follow=True)
    assert "Nothing was erased" in main(got)
    assert patients.patient_of(people.patient).cases.count() == 1


def test_untold_results_and_second_readings_are_shown_with_the_request(people, browser):
    from tests.triage.test_erasure import result_for
    from triage.models import SecondReading, SecondReadingKind

    case, now = cast.send_case(people.patient), timezone.now()
    answer(people, case)
    result_for(case, people.dermatologist)
    SecondReading.objects.create(
        case=case, kind=SecondReadingKind.RANDOM, reader=people.dermatologist2, blinded=True,
        asked_at=now, due_at=now,
    )  # fmt: skip
    request = asked(people)
    client = browser(people.administrator)
    assert "1 laboratory result to be told" in main(client.get("/requests/"))
    page = main(client.get(f"/requests/{request.pk}/"))
    assert "<dt>Laboratory results not told to the patient</dt><dd>1</dd>" in page
    assert "<dt>Second readings not finished</dt><dd>1." in page
    assert "told the patient what the laboratory found" in page
    assert "Erase this patient" not in page and "Melanocytic" not in page
    got = client.post(f"/requests/{request.pk}/carry-out/", {"sure": "on"}, follow=True)
    assert "Nothing was erased" in main(got)
    own = main(browser(people.patient).get("/my-data/erasure/"))
    assert "still has something to tell you" in own and "Will be carried out" not in own
    assert "laborator" not in own, "the patient learns of it from a clinician"


def test_a_hold_is_placed_with_a_reason_and_lifted(people, browser):
    request = asked(people)
    client = browser(people.administrator)
    address = f"/requests/{request.pk}/hold/"
    assert client.post(address, {"ground": "claim", "reason": " "}).status_code == 422
    assert "Choose what." in main(client.post(address, {"reason": "Claim 17"}), 422)
    said = {"ground": "claim", "reason": "Claim 17"}
    page = main(client.post(address, said, follow=True))
    assert "Claim 17" in page and "Erase this patient" not in page
    assert Entry.objects.get(action="hold.placed").detail["reason"] == "claim"
    hold = erasure.hold_of(patients.patient_of(people.patient))
    lift = f"/requests/holds/{hold.pk}/lift/"
    assert "Claim 17" in main(client.get(lift)) and erasure.hold_of(hold.patient) == hold
    assert "Choose why" in main(client.post(lift), 422), "one click lifts nothing"
    assert erasure.hold_of(hold.patient) == hold
    assert "The hold is lifted" in main(client.post(lift, {"reason": "closed"}, follow=True))
    assert Entry.objects.get(action="hold.lifted").detail["reason"] == "closed"
    assert "lifted before" in main(client.post(lift, {"reason": "closed"}, follow=True))
    assert "Erase this patient" in main(client.get(f"/requests/{request.pk}/"))


def test_a_record_is_held_by_address_or_number_without_a_request(people, browser):
    client = browser(people.administrator)
    patient = patients.patient_of(people.patient2)
    for whose in (people.patient.email.upper(), str(patient.pk)):
        form = {"whose": whose, "ground": "inquiry", "reason": "Inquiry"}
        got = client.post("/requests/holds/", form, follow=True)
        assert "The record is held" in main(got)
    assert patient.holds.count() == 1
    wrong = client.post("/requests/holds/", {**form, "whose": "nobody@example.org"})
    assert "There is no such patient" in main(wrong, 422)
    with_staff = client.post("/requests/holds/", {**form, "whose": people.dermatologist.email})
    assert with_staff.status_code == 422


def test_the_list_of_records_over_their_time_has_few_queries(
    people, browser, django_assert_max_num_queries
):
    from tests.triage.test_retention import last_here

    for user in (people.patient, people.patient2):
        last_here(user, 9)
    client = browser(people.administrator)
    client.get("/requests/retention/")
    with django_assert_max_num_queries(15):
        page = main(client.get("/requests/retention/"))
    assert page.count("Next run") == 2 and "8 years" in page
