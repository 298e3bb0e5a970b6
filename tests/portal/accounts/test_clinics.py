"""Clinics: made, renamed, closed to new patients, never so that nobody could sign up."""

import pytest
from django.test import Client

from portal.accounts import clinics, people
from portal.accounts.models import Clinic, Role, User
from portal.audit.models import Entry
from tests.cast import person
from tests.triage.web.test_worklist import queries


@pytest.fixture
def administrator(cast) -> Client:
    client = Client()
    client.force_login(cast.administrator)
    return client


def test_a_new_clinic_is_offered_to_patients_once_somebody_can_read_there(administrator, browser):
    page = administrator.post(
        "/clinics/new/",
        {"name": "North clinic", "takes_new_patients": "on", "reason": "new"}, follow=True,
    )  # fmt: skip
    assert b"North clinic" in page.content
    assert b"Nobody can read" in page.content
    assert b"not offered at sign-up until one has" in page.content
    assert b"North clinic" not in browser.get("/accounts/signup/").content
    reader = person("reader", Role.DERMATOLOGIST, Clinic.objects.get(name="North clinic"))
    assert b"North clinic" in browser.get("/accounts/signup/").content
    assert b"Nobody can read" not in administrator.get("/clinics/").content
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert b"North clinic" not in browser.get("/accounts/signup/").content
    entry = Entry.objects.get(action="clinic.created")
    assert entry.detail["reason"] == "new"


def test_the_only_clinic_is_offered_before_its_first_dermatologist_has_joined(db):
    alone = Clinic.objects.create(name="First clinic")
    assert list(Clinic.objects.taking_patients()) == [alone]
    Clinic.objects.create(name="Second clinic")
    assert not Clinic.objects.taking_patients()


def test_a_change_asks_why_and_is_recorded_with_before_and_after(administrator, cast):
    path = f"/clinics/{cast.clinic.pk}/"
    sent = {"name": "South clinic", "takes_new_patients": "on"}
    assert administrator.post(path, sent).status_code == 422
    administrator.post(path, sent | {"reason": "reorganised"})
    entry = Entry.objects.get(action="clinic.changed")
    assert entry.detail["name"] == [cast.clinic.name, "South clinic"]
    assert entry.detail["reason"] == "reorganised"


def test_an_administrator_gives_the_clinic_s_telephone_number(administrator, cast):
    path = f"/clinics/{cast.clinic.pk}/"
    sent = {"name": cast.clinic.name, "takes_new_patients": "on", "reason": "mistake"}
    assert administrator.post(path, sent | {"phone": "ask Anna"}).status_code == 422
    administrator.post(path, sent | {"phone": "01632 960 001"})
    assert "01632 960 001" in administrator.get("/clinics/").content.decode()
    assert Entry.objects.get(action="clinic.changed").detail["phone"] == ["", "01632 960 001"]


def test_two_clinics_do_not_share_a_name(administrator, cast):
    sent = {"name": cast.other_clinic.name, "takes_new_patients": "on", "reason": "mistake"}
    for path in ("/clinics/new/", f"/clinics/{cast.clinic.pk}/"):
        page = administrator.post(path, sent)
        assert page.status_code == 422 and b"is there already" in page.content


def test_the_last_clinic_that_takes_patients_stays_open(administrator, cast):
    Clinic.objects.exclude(pk=cast.clinic.pk).update(takes_new_patients=False)
    sent = {"name": cast.clinic.name, "reason": "mistake"}
    page = administrator.post(f"/clinics/{cast.clinic.pk}/", sent)
    assert page.status_code == 422 and b"nobody could sign up" in page.content
    cast.clinic.refresh_from_db()
    assert cast.clinic.takes_new_patients


def test_only_administrators_change_clinics(cast):
    with pytest.raises(people.NotAllowed):
        clinics.create(actor=cast.dermatologist, name="x", takes_new_patients=True, reason="new")
    with pytest.raises(people.NotAllowed):
        clinics.change(
            actor=cast.outsider, clinic=cast.clinic, name="x", takes_new_patients=True, reason="new"
        )


def test_the_list_counts_people_in_few_queries(administrator, cast):
    assert len(queries(lambda: administrator.get("/clinics/"))) <= 12
    assert cast.clinic.name in administrator.get("/clinics/").content.decode()
