"""People and browsers for the tests of accounts. Imports wait until Django is set up."""

from datetime import timedelta

import pytest


@pytest.fixture
def cast(db: None, settings):
    """The fixed cast; all limits as if nobody had tried anything yet, and no waiting."""
    from django.core.cache import cache

    from tests import cast as people

    cache.clear()
    settings.SIGN_UP_TAKES = timedelta(0)
    return people.gather()


@pytest.fixture
def browser(cast):
    """Somebody who is not logged in."""
    from django.test import Client

    return Client()


@pytest.fixture
def administrator(cast):
    """The administrator's browser, logged in."""
    from django.test import Client

    client = Client()
    client.force_login(cast.administrator)
    return client


@pytest.fixture
def mfa_required(settings) -> None:
    settings.STAFF_MFA_REQUIRED = True
