"""Pathology on pages: the list, a result by hand, a file, telling the patient."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.triage.records import answer
from tests.triage.test_pathology import enter
from tests.triage.test_pathology_import import HEADER, line
from tests.triage.test_reviews import decision
from triage import pathology, reviews
from triage.models import Case, PathologyResult


def text(answer) -> str:
    return answer.content.decode()


def test_with_nothing_to_tell_the_list_says_so(reader, case):
    assert "Every patient has been told" in text(reader.get("/pathology/"))
    assert "No result is on record" in text(reader.get("/pathology/?all=1"))


def test_a_result_is_entered_told_and_leaves_the_list(reader, case):
    entered = {"reference": case.reference, "diagnosis": "MEL", "reported_on": "2026-10-01",
               "specimen": "punch"}  # fmt: skip
    page = reader.post("/pathology/new/", entered, follow=True)
    assert "Now tell the patient" in text(page)
    row = PathologyResult.objects.get()
    assert case.reference in text(reader.get("/pathology/"))
    refused = reader.post(f"/pathology/{row.pk}/tell/", {"text": ""})
    assert (refused.status_code, "what happens next" in text(refused)) == (422, True)
    told = reader.post(f"/pathology/{row.pk}/tell/", {"text": "It was a melanoma."}, follow=True)
    assert "Told to the patient" in text(told)
    assert case.reference not in text(reader.get("/pathology/"))
    assert case.reference in text(reader.get("/pathology/?all=1"))


def test_what_was_typed_stays_where_something_is_wrong(reader, case):
    page = text(reader.post("/pathology/new/", {"reference": "2222-2222-2222", "diagnosis": "MEL",
                                                "reported_on": "2026-10-01", "specimen": "punch",
                                                "report": "Clark II"}))  # fmt: skip
    assert "No case of your clinic has this reference." in page
    assert "Clark II" in page


def test_a_file_is_looked_at_then_entered(reader, case):
    def send(content: str):
        return reader.post(
            "/pathology/import/", {"file": SimpleUploadedFile("r.csv", content.encode())}
        )

    assert "urn:lesion-portal:case" in text(reader.get("/pathology/import/"))
    assert "must name the columns" in text(send("a,b\n1,2\n"))
    looked = text(send(HEADER + line(case)))
    assert "1 result would be entered." in looked
    assert not PathologyResult.objects.exists()
    done = reader.post("/pathology/import/", {"confirmed": "1"}, follow=True)
    assert "1 result is on record." in text(done)
    again = reader.post("/pathology/import/", {"confirmed": "1"}, follow=True)
    assert "no longer kept" in text(again)


def test_a_reference_typed_small_and_without_dashes_finds_the_case(reader, case):
    fields = {"diagnosis": "MEL", "reported_on": "2026-10-01", "specimen": "punch"}
    for typed in (case.reference.replace("-", "").lower(), f" {case.reference.replace('-', ' ')} "):
        reader.post("/pathology/new/", fields | {"reference": typed})
    assert PathologyResult.objects.filter(case=case).count() == 2


def test_a_file_with_a_wrong_cell_quotes_it_and_keeps_the_help_on_columns(reader, case):
    content = f"reference,diagnosis,reported_on\n{case.reference},BCC,1.10.26\n"
    file = SimpleUploadedFile("r.csv", content.encode())
    page = text(reader.post("/pathology/import/", {"file": file}))
    assert page.count("1.10.26") == 1
    assert "Columns of a CSV file" in page and "laboratory_number" in page


def test_a_wrong_result_is_corrected_and_leads_to_the_new_one(people, reader, case):
    row = enter(people, case)
    page = reader.post(
        f"/pathology/{row.pk}/correct/",
        {"diagnosis": "NV", "reported_on": "2026-10-02", "specimen": "punch"}, follow=True,
    )  # fmt: skip
    assert "The first result stays readable" in text(page)
    assert "This result was corrected" in text(reader.get(f"/pathology/{row.pk}/"))


def test_pages_ask_the_database_little(people, reader, case, django_assert_max_num_queries):
    row = enter(people, case)
    for url in ("/pathology/", "/pathology/?all=1", f"/pathology/{row.pk}/", "/pathology/new/"):
        reader.get(url)
        with django_assert_max_num_queries(12):
            assert reader.get(url).status_code == 200


def test_the_patient_is_told_in_the_portal_and_reads_the_clinician_s_words(
    people, reader, case, browser
):
    row = enter(people, case)
    mine = browser(people.patient)
    assert (
        "Result from the laboratory" not in mine.get(f"/cases/{case.reference}/").content.decode()
    )
    reader.post(f"/pathology/{row.pk}/tell/", {"text": "It was a melanoma, taken out whole."})
    page = mine.get(f"/cases/{case.reference}/").content.decode()
    assert "It was a melanoma, taken out whole." in page
    assert "P-1" not in page
    news = mine.get("/notifications/").content.decode()
    assert "There is news from the laboratory" in news
    assert "melanoma" not in news[news.index("<main") :].lower()


# -- a cancer that the answer missed ---------------------------------------------------------------
MISSED = "Cancer not recognised, answer not amended"
CALLED = "I have called the patient and will amend the answer now"
INSTEAD = "The laboratory found something else"


def amend(people, case: Case, **changes: object) -> None:
    reviews.amend(
        actor=people.dermatologist2, review=case.reviews.signed().last(), reason="Histology",
        decision=decision(**{"diagnosis": "MEL", "urgency": 1, "outcome": "urgent", **changes}),
    )  # fmt: skip


@pytest.fixture
def missed(people, case) -> PathologyResult:
    """A melanoma of a case that was answered as a mole, to be looked at in twelve weeks."""
    answer(people, case, follow_up_weeks=12)
    return enter(people, case)


def told(people, row: PathologyResult) -> None:
    pathology.tell(
        actor=people.dermatologist, result=row, text="It is a melanoma: come today.", called=True
    )


def test_of_a_missed_cancer_the_patient_is_told_once_they_were_called(reader, missed):
    page = text(reader.get(f"/pathology/{missed.pk}/"))
    assert MISSED in page and CALLED in page
    said = {"text": "It was a melanoma."}
    refused = reader.post(f"/pathology/{missed.pk}/tell/", said)
    assert refused.status_code == 422
    assert "Amend the answer first, or call the patient and tick this." in text(refused)
    assert "It was a melanoma." in text(refused), "what was typed stays"
    reader.post(f"/pathology/{missed.pk}/tell/", {**said, "called": "on"})
    assert PathologyResult.objects.get().told_text == "It was a melanoma."


def test_with_the_answer_amended_no_tick_is_asked_for(people, reader, case, missed):
    amend(people, case)
    assert CALLED not in text(reader.get(f"/pathology/{missed.pk}/"))
    reader.post(f"/pathology/{missed.pk}/tell/", {"text": "It was a melanoma."})
    assert PathologyResult.objects.get().told_at


def test_a_missed_cancer_stays_on_the_list_until_the_answer_is_amended(
    people, reader, case, missed
):
    told(people, missed)
    page = text(reader.get("/pathology/"))
    assert case.reference in page and MISSED in page
    assert MISSED in text(reader.get(f"/pathology/{missed.pk}/"))
    amend(people, case)
    assert "Every patient has been told" in text(reader.get("/pathology/"))
    assert MISSED not in text(reader.get(f"/pathology/{missed.pk}/"))


def test_the_patient_reads_the_laboratory_first_and_the_answer_as_the_earlier_one(
    people, case, missed, browser
):
    mine, address = browser(people.patient), f"/cases/{case.reference}/"
    assert INSTEAD not in text(mine.get(address)), "a clinician tells it first"
    told(people, missed)
    page = text(mine.get(address))
    assert page.index("It is a melanoma: come today.") < page.index(INSTEAD)
    assert page.index(INSTEAD) < page.index("The earlier answer") < page.index("You need no")
    assert "The dermatologist’s answer" not in page and page.count("come today") == 1
    amend(people, case)
    page = text(mine.get(address))
    assert INSTEAD not in page and "<dt>What it is</dt>" in page, "the laboratory proved it"
    assert page.index("The dermatologist’s answer") < page.index("come today")


def test_my_lesions_stop_saying_only_what_the_laboratory_refuted(people, case, missed, browser):
    mine = browser(people.patient)
    one = f"/lesions/{case.lesion.public_id}/"
    for page in (text(mine.get("/lesions/")), text(mine.get(one))):
        assert INSTEAD not in page and "Look again on" in page
    told(people, missed)
    page = text(mine.get("/lesions/"))
    assert INSTEAD in page and "says the dermatologist" not in page
    assert f'href="/cases/{case.reference}/"' in page and "Look again on" not in page
    page = text(mine.get(one))
    assert page.index(INSTEAD) < page.index("The earlier answer") and "Look again on" not in page
    amend(people, case)
    page = text(mine.get("/lesions/"))
    assert INSTEAD not in page and "Melanoma, says the dermatologist" in page
