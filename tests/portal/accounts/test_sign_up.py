"""A patient's own registration."""

import time
from datetime import timedelta

from django.core import mail
from django.test import Client

from portal.accounts.models import Clinic, User
from tests.portal.accounts.steps import PASSWORD, actions, link_in_mail, log_in


def sign_up(client: Client, email: str = "New.Patient@example.org", **changes: object):
    form = {"name": "New Patient", "email": email, "password1": PASSWORD, "password2": PASSWORD}
    return client.post("/accounts/signup/", form | changes)


def only(clinic: Clinic) -> None:
    Clinic.objects.exclude(pk=clinic.pk).update(takes_new_patients=False)


def test_signing_up_and_opening_the_link_makes_a_logged_in_patient_of_the_clinic(browser, cast):
    only(cast.clinic)
    assert sign_up(browser)["Location"] == "/accounts/confirm-email/"
    assert browser.get("/account/").status_code == 302

    browser.post(link_in_mail())

    user = User.objects.get(email="new.patient@example.org")
    assert (user.role, user.clinic, user.name) == ("patient", cast.clinic, "New Patient")
    assert browser.get("/account/").status_code == 200
    assert actions(actor_id=user.pk) == ["user.signed_up", "user.email_verified", "user.logged_in"]


def test_nobody_logs_in_before_the_address_is_confirmed(browser, cast):
    only(cast.clinic)
    sign_up(browser)
    fresh = Client()
    assert log_in(fresh, User(email="new.patient@example.org"))["Location"] == (
        "/accounts/confirm-email/"
    )
    assert fresh.get("/account/").status_code == 302


def test_opening_the_link_alone_confirms_nothing_because_mail_scanners_open_links(browser, cast):
    only(cast.clinic)
    sign_up(browser)
    browser.get(link_in_mail())
    assert "user.email_verified" not in actions()


def test_with_several_clinics_the_patient_chooses_one(browser, cast):
    page = browser.get("/accounts/signup/").content.decode()
    assert cast.clinic.name in page
    assert cast.other_clinic.name in page
    sign_up(browser, clinic=cast.other_clinic.pk)
    assert User.objects.get(email="new.patient@example.org").clinic == cast.other_clinic


def test_a_clinic_that_takes_no_patients_cannot_be_chosen(browser, cast):
    full = Clinic.objects.create(name="Full", takes_new_patients=False)
    assert full.name not in browser.get("/accounts/signup/").content.decode()
    assert sign_up(browser, clinic=full.pk).status_code == 200
    assert not User.objects.filter(email="new.patient@example.org").exists()


def test_sign_up_is_closed_when_no_clinic_takes_patients(browser, cast):
    Clinic.objects.update(takes_new_patients=False)
    assert "No clinic takes new patients" in browser.get("/accounts/signup/").content.decode()
    sign_up(browser)
    assert not User.objects.filter(email="new.patient@example.org").exists()


def test_a_role_cannot_be_smuggled_into_the_form(browser, cast):
    only(cast.clinic)
    sign_up(browser, role="administrator", is_active="on", clinic_id=cast.other_clinic.pk)
    assert User.objects.get(email="new.patient@example.org").role == "patient"


def test_an_address_that_is_taken_gets_the_same_answer_and_only_its_owner_is_told(browser, cast):
    only(cast.clinic)
    fresh = sign_up(Client(), email="unused@example.org")
    taken = sign_up(browser, email=cast.patient.email.upper())
    assert (taken.status_code, taken["Location"]) == (fresh.status_code, fresh["Location"])
    assert browser.get(taken["Location"]).status_code == 200
    assert mail.outbox[-1].to == [cast.patient.email]
    assert "has an account already" in mail.outbox[-1].body
    assert User.objects.filter(email__iexact=cast.patient.email).count() == 1


def test_sign_up_takes_its_time_whoever_asks(browser, cast, settings):
    """That known and unknown then look the same is measured by `make bench`."""
    only(cast.clinic)
    settings.SIGN_UP_TAKES = timedelta(seconds=0.4)
    for email in ("unused@example.org", cast.patient.email):
        began = time.monotonic()
        sign_up(Client(), email=email)
        assert time.monotonic() - began >= 0.4


def test_a_weak_password_is_refused_beside_its_field(browser, cast):
    page = sign_up(browser, clinic=cast.clinic.pk, password1="password", password2="password")
    assert b'id="id_password1_error"' in page.content
    assert b"There is a problem" in page.content
