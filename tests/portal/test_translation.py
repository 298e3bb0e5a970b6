"""The second language: complete, compiled, chosen by the browser or by the person."""

import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.template import defaultfilters as template_filters
from django.utils import translation
from django.utils.formats import date_format

GERMAN = Path("locale/de/LC_MESSAGES")
SOURCES = ("portal", "triage", "inference", "templates", "locale", "manage.py")
needs_gettext = pytest.mark.skipif(not shutil.which("msgfmt"), reason="gettext is not installed")


@needs_gettext
def test_the_compiled_catalogue_is_that_of_its_source(tmp_path):
    made = tmp_path / "django.mo"
    source = settings.BASE_DIR / GERMAN / "django.po"
    subprocess.run(["msgfmt", "--check", "-o", made, source], check=True)
    assert made.read_bytes() == (settings.BASE_DIR / GERMAN / "django.mo").read_bytes(), (
        "Run: msgfmt --check -o locale/de/LC_MESSAGES/django.mo locale/de/LC_MESSAGES/django.po"
    )


@needs_gettext
def test_every_text_of_the_portal_is_translated(tmp_path):
    for name in SOURCES:
        place = settings.BASE_DIR / name
        copy = shutil.copytree if place.is_dir() else shutil.copy
        copy(place, tmp_path / name)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "-l", "de", "--no-location",
         "--no-obsolete", "--no-wrap", "--verbosity=0"],
        cwd=tmp_path, env=os.environ, check=True,
    )  # fmt: skip
    counted = subprocess.run(
        ["msgfmt", "--statistics", "-o", "/dev/null", tmp_path / GERMAN / "django.po"],
        capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    assert re.fullmatch(r"\d+ translated messages\.\n", counted), (
        f"{counted.strip()} Run manage.py makemessages -l de and translate what is new."
    )


def test_the_browser_s_language_is_spoken(client):
    page = client.get("/", headers={"Accept-Language": "de-AT,de;q=0.9"}).content.decode()
    assert '<html lang="de"' in page
    assert "Eine Hautveränderung ansehen lassen" in page
    other = client.get("/", headers={"Accept-Language": "fr"}).content.decode()
    assert '<html lang="en-gb"' in other


def test_a_language_that_was_chosen_stays_and_holds_for_mails_too(db, client):
    from tests import cast

    user = cast.gather().patient
    client.force_login(user)
    answer = client.post("/language/", {"language": "de", "next": "/lesions/"})
    assert (answer.status_code, answer["Location"]) == (302, "/lesions/")
    user.refresh_from_db()
    assert user.language == "de"
    page = client.get("/lesions/", headers={"Accept-Language": "en"}).content.decode()
    assert "Meine Hautveränderungen" in page


def test_a_language_that_is_not_there_changes_nothing(db, client):
    from tests import cast

    user = cast.gather().patient
    client.force_login(user)
    client.post("/language/", {"language": "tlh"})
    user.refresh_from_db()
    assert user.language == ""


def test_after_choosing_a_language_nobody_is_sent_to_another_site(client):
    answer = client.post("/language/", {"language": "de", "next": "https://evil.example/"})
    assert answer["Location"] == "/"


@pytest.mark.parametrize(
    ("language", "written"), [("en-gb", "3 August 2026"), ("de", "3. August 2026")]
)
def test_a_day_is_written_as_its_language_writes_it(language, written):
    with translation.override(language):
        assert date_format(date(2026, 8, 3), "DATE_FORMAT") == written
        assert template_filters.date(date(2026, 8, 3), "DATE_FORMAT") == written


def test_a_language_is_offered_by_its_own_name(db, client):
    page = client.get("/accounts/login/", headers={"accept-language": "de"}).content.decode()
    buttons = re.findall(r'name="language" value="[^>]*>([^<]*)<', page)
    assert buttons == ["British English", "Deutsch"]
