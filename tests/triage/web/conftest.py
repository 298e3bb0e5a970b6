"""Browsers without a screen, one for each of the cast."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # this file is read before Django is set up
    from django.test import Client

    from portal.accounts.models import User
    from tests.cast import Cast

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
