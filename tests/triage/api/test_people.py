"""Tokens, profile and consents through the API."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.cast import PASSWORD
from tests.triage.api.test_cases import problem
from triage import patients
from triage.models import Patient

TOKEN = "/api/v1/token/"


def log_in(user, **changes):
    body = {"email": user.email, "password": PASSWORD} | changes
    return APIClient().post(TOKEN, body, format="json")


def with_token(secret):
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    return client


def test_a_token_is_made_kept_as_a_hash_and_ended(cast):
    answer = log_in(cast.patient)
    assert answer.status_code == 201, answer.content
    secret = answer.json()["token"]
    assert answer.json()["expiry"] and answer["Cache-Control"] == "no-store"
    assert secret not in str(AuthToken.objects.values_list().get())
    client = with_token(secret)
    assert client.get("/api/v1/me/").json() == {
        "email": cast.patient.email, "name": "patient", "role": "patient",
        "clinic": cast.clinic.name,
    }  # fmt: skip
    assert client.delete(TOKEN).status_code == 204
    problem(client.get("/api/v1/me/"), 401, "authentication-failed")


def test_a_wrong_password_and_an_unknown_address_look_alike(cast):
    wrong = log_in(cast.patient, password="not this one")
    unknown = log_in(cast.patient, email="nobody@example.org")
    assert problem(wrong, 401, "login-refused") == problem(unknown, 401, "login-refused")
    assert wrong["WWW-Authenticate"] == "Token"


def test_five_failures_lock_the_account_for_the_api_as_for_the_page(cast):
    for _ in range(5):
        problem(log_in(cast.patient, password="not this one"), 401, "login-refused")
    problem(log_in(cast.patient), 401, "login-refused")
    assert log_in(cast.patient2).status_code == 201


def test_staff_without_a_second_factor_get_no_token_where_it_is_demanded(cast, settings):
    settings.STAFF_MFA_REQUIRED = True
    problem(log_in(cast.dermatologist), 403, "second-factor-required")
    assert log_in(cast.patient).status_code == 201


def test_who_has_a_second_factor_must_show_it(cast, settings):
    settings.STAFF_MFA_REQUIRED = True
    totp = TOTP.activate(cast.dermatologist, "JBSWY3DPEHPK3PXP")
    assert Authenticator.objects.filter(user=cast.dermatologist).exists()
    problem(log_in(cast.dermatologist), 401, "code-required")
    problem(log_in(cast.dermatologist, code="000000"), 401, "login-refused")
    counter = next(iter(yield_hotp_counters_from_time()))
    code = format_hotp_value(hotp_value("JBSWY3DPEHPK3PXP", counter))
    assert totp and log_in(cast.dermatologist, code=code).status_code == 201


@pytest.mark.parametrize(
    "header", ["Token", "Token x", "Token a b", b"Token \xff\xfe", "Token " + "x" * 5000]
)
def test_a_token_that_is_none_is_refused(db, header):
    answer = APIClient().get("/api/v1/me/", HTTP_AUTHORIZATION=header)
    problem(answer, 401, "authentication-failed")
    assert answer["WWW-Authenticate"] == "Token"


def test_a_disabled_users_token_works_no_more(cast, api):
    client = api(cast.patient)
    cast.patient.is_active = False
    cast.patient.save()
    problem(client.get("/api/v1/me/"), 401, "authentication-failed")


def test_a_patient_fills_in_the_profile(cast, api):
    client = api(cast.patient)
    sent = {"birth_date": "1970-05-01", "skin_type": 2, "previous_skin_cancer": True, "sex": ""}
    answer = client.patch("/api/v1/profile/", sent, format="json")
    assert answer.status_code == 200, answer.content
    body = client.get("/api/v1/profile/").json()
    assert sent.items() <= body.items() and body["family_melanoma"] is None
    assert Patient.objects.get(user=cast.patient).skin_type == 2


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"birth_date": "yesterday"}, "birth_date"),
        ({"birth_date": "2999-01-01"}, "birth_date"),
        ({"skin_type": 9}, "skin_type"),
        ({"sex": "x"}, "sex"),
        ({"medication": "a\0b"}, "medication"),
        ({"height": 180}, "height"),
    ],
)
def test_what_is_wrong_in_a_profile_is_named(cast, api, sent, field):
    answer = api(cast.patient).patch("/api/v1/profile/", sent, format="json")
    assert [fault["field"] for fault in problem(answer, 400, "invalid")["errors"]] == [field]


def test_consents_are_given_and_withdrawn_one_by_one(cast, api):
    client = api(cast.patient)
    url = "/api/v1/consents/"
    given = client.post(url, {"kind": "improvement"}, format="json")
    assert given.status_code == 201 and given.json()["version"]
    kinds = {consent["kind"] for consent in client.get(url).json()["results"]}
    assert kinds == {"care", "improvement"}
    assert client.delete(f"{url}improvement/").status_code == 204
    assert set(patients.consents(patients.patient_of(cast.patient))) == {"care"}
    problem(client.post(url, {"kind": "everything"}, format="json"), 400, "invalid")
    problem(client.delete(f"{url}everything/"), 404, "not-found")
    problem(api(cast.dermatologist).get(url), 404, "not-found")
