"""Names inside sentences: small in English, and as each language writes them elsewhere."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from tests import cast
from triage.models import ReviewOutcome
from triage.naming import in_sentence
from triage.web import reading_parts

pytestmark = pytest.mark.django_db
TEMPLATES = Path(settings.BASE_DIR, "templates")


def test_a_name_is_small_in_english_alone():
    name = ReviewOutcome.ROUTINE.label
    assert in_sentence(name) == str(name).lower()
    with translation.override("de"):
        assert in_sentence("Juckreiz") == "Juckreiz"


def test_no_template_writes_a_name_small_in_every_language():
    small = [
        f"{path.relative_to(TEMPLATES)}: {found}"
        for path in TEMPLATES.rglob("*.html")
        for found in re.findall(r"\S+\|lower\b", path.read_text())
    ]
    assert not small


def test_what_was_answered_no_keeps_its_nouns_on_a_german_desk(people):
    case = cast.send_case(people.patient, itch=False, notes="It does not itch.")
    with translation.override("de"):
        itch = str(reading_parts.SHORT["itch"])
        facts = dict(reading_parts.symptom_facts(case))
        counted = [part.counted for part in reading_parts.note_parts(case)]
    assert itch == "Juckreiz" and itch in facts["Mit nein beantwortet"]
    assert any(itch in words for words in counted)
    assert dict(reading_parts.symptom_facts(case))["Answered no"] == "itch"


def test_a_german_reader_gets_the_kind_of_a_photo_as_it_is_written(people, browser):
    case = cast.send_case(people.patient)
    reader = browser(people.dermatologist)
    page = reader.get(f"/worklist/{case.reference}/", headers={"accept-language": "de"}).text
    assert 'alt="Foto 1: Nahaufnahme"' in page
