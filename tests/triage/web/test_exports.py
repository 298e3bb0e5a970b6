"""Exports on pages: who gets which file."""

import pytest

from triage import second_readings


@pytest.mark.parametrize(
    ("form", "kind", "start"),
    [
        ("fhir", "application/fhir+json", b"{"),
        ("pdf", "application/pdf", b"%PDF-"),
        ("dicom", "application/zip", b"PK"),
    ],
)
def test_a_dermatologist_saves_a_case_and_nobody_else(people, browser, case, form, kind, start):
    url = f"/worklist/{case.reference}/export/{form}/"
    answer = browser(people.dermatologist).get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    assert answer.content.startswith(start)
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]
    for user in (people.patient, people.outsider, people.administrator):
        assert browser(user).get(url).status_code == 404


def test_an_unknown_form_is_not_there(people, browser, case):
    answer = browser(people.dermatologist).get(f"/worklist/{case.reference}/export/doc/")
    assert answer.status_code == 404


def test_who_reads_blind_exports_nothing(people, browser, case):
    second_readings.ask(actor=people.dermatologist, case=case, colleague=people.dermatologist2)
    answer = browser(people.dermatologist2).get(f"/worklist/{case.reference}/export/fhir/")
    assert answer.status_code == 404


def test_a_lost_photo_is_told_and_not_half_exported(people, browser, case):
    case.photos.get().file.delete(save=False)
    answer = browser(people.dermatologist).get(
        f"/worklist/{case.reference}/export/fhir/", follow=True
    )
    assert "cannot be read now" in answer.content.decode()


def test_the_administrator_sees_what_training_would_get_and_why_not(people, browser, case):
    page = browser(people.administrator).get("/training-set/").content.decode()
    assert "no consent to improvement, or withdrawn" in page
    assert case.reference not in page
