"""Wrong settings are named at the start."""

import pytest

from portal import checks


def ids(found) -> list[str]:
    return [message.id for message in found]


@pytest.mark.parametrize(
    "key", ["short", "a" * 60, "django-insecure-1234567890abcdefghijklmnopqrstuvwxyz"]
)
def test_a_guessable_secret_key_is_refused(key, settings):
    settings.SECRET_KEY = key
    assert ids(checks.secrets_are_secret()) == ["portal.E001"]


def test_a_random_secret_key_is_fine_and_the_demo_may_have_any(settings):
    settings.SECRET_KEY = "kq3Jv9-Zr7Lw1Xc5Tn8Bm2Hd4Gf6Ys0Pa"
    assert checks.secrets_are_secret() == []
    settings.SECRET_KEY, settings.DEMO = "short", True
    assert checks.secrets_are_secret() == []


def test_the_demo_does_not_run_where_others_reach_it(settings):
    settings.DEMO, settings.HTTPS, settings.BASE_URL = True, True, "http://127.0.0.1:8000"
    assert ids(checks.a_demo_stays_local()) == ["portal.E002"]
    settings.HTTPS, settings.BASE_URL = False, "https://portal.example.org"
    assert ids(checks.a_demo_stays_local()) == ["portal.W002"]
    settings.BASE_URL = "http://127.0.0.1:8000"
    assert checks.a_demo_stays_local() == []


def test_staff_without_a_second_factor_are_warned_of(settings):
    settings.STAFF_MFA_REQUIRED = False
    assert ids(checks.staff_have_a_second_factor()) == ["portal.W001"]


def test_time_is_utc_everywhere(settings):
    assert checks.time_is_kept_in_utc() == []
    settings.USE_TZ, settings.CELERY_TIMEZONE = False, "Europe/London"
    assert ids(checks.time_is_kept_in_utc()) == ["portal.E003", "portal.E004"]
