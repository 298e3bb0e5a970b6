"""Browsers without a screen, one for each of the cast."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # this file is read before Django is set up
    from django.test import Client

    from portal.accounts.models import User
    from tests.cast import Cast
    from triage.models import Case

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def browser() -> Callable[..., Client]:
    """A client that is logged in as somebody; as nobody, where no user is named."""
    from django.test import Client

    def open_as(user: User | None = None, **options: object) -> Client:
        client = Client(**options)
        if user:
            client.force_login(user, backend=BACKEND)
        return client

    return open_as


@pytest.fixture
def sender(people: Cast, browser: Callable[..., Client]) -> Client:
    """The patient's browser; nothing stands between it and the guided form."""
    from datetime import date

    from triage import patients

    patient = patients.patient_of(people.patient)
    patients.update_profile(actor=people.patient, patient=patient, birth_date=date(1970, 3, 31))
    client = browser(people.patient)
    client.user = people.patient
    return client


@pytest.fixture
def reader(people: Cast, browser: Callable[..., Client]) -> Client:
    """The first dermatologist's browser."""
    return browser(people.dermatologist)


@pytest.fixture
def held(people: Cast, case: Case) -> Case:
    """The case on the first dermatologist's desk."""
    from triage import worklist

    assert worklist.claim(actor=people.dermatologist, case=case)
    return case


@pytest.fixture
def opined(reader: Client, held: Case) -> Case:
    """The case, after the first opinion."""
    from tests.triage.web import desk

    assert reader.post(desk.url(held, "opinion"), desk.OPINION).status_code == 302
    return held


@pytest.fixture
def signed(reader: Client, opined: Case) -> Case:
    """The case, answered."""
    from tests.triage.web import desk
    from triage.models import Review

    reader.post(desk.url(opined, "sign"), {**desk.decision(opined), "confirmed": "1"})
    assert Review.objects.signed().count() == 1
    return opined
