"""The hazard log has one source, names tests that exist, and its controls are looked at."""

import re
from pathlib import Path

import pytest

from portal.audit.verification import Verification, note_verification
from tests import cast
from tests.triage.safety.clinic import answered
from triage import registry
from triage.models import ModelVersion, Worker
from triage.safety import board, controls, drift, operations
from triage.safety.hazards import HAZARDS, table

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_of_the_docs_is_the_log():
    page = (ROOT / "docs" / "safety.md").read_text()
    written = "\n".join(line for line in page.splitlines() if line.startswith("| "))
    assert written == table(), "Put what `python -m triage.safety.hazards` prints into the page."


def test_every_test_that_the_log_names_exists():
    missing = []
    for hazard in HAZARDS:
        path = None
        for name in re.findall(r"`([^`]+)`", hazard.tests):
            file, _, test = name.partition("::")
            path = ROOT / "tests" / file if file else path
            found = path.exists() and (not test or f"def {test}(" in path.read_text())
            missing += [] if found else [name]
    assert not missing


def test_every_file_that_the_log_names_as_a_control_exists():
    missing = []
    for hazard in HAZARDS:
        folder = ROOT
        for name in re.findall(r"`([\w/]+(?:\.py|/))`", hazard.control):
            path = ROOT / name if "/" in name else folder / name
            folder = path.parent
            missing += [] if path.exists() else [name]
    assert not missing


def test_every_check_is_of_a_hazard():
    assert set(controls.CHECKS) <= {hazard.key for hazard in HAZARDS}


# -- the controls as they stand --------------------------------------------------------------------
def states() -> dict[str, controls.State]:
    return controls.gather(board.gather(None), operations.look(), drift.current())


@pytest.mark.django_db
def test_a_portal_that_nobody_uses_yet_says_what_cannot_be_seen(settings):
    settings.STAFF_MFA_REQUIRED = False
    found = states()
    assert set(found) == set(controls.CHECKS)
    assert found["a-stuck-job-makes-a-case-invisible"].kind == "bad"
    assert found["stale-or-altered-model"] == controls.State("bad", "No model is active.")
    assert found["missed-melanoma-ranked-low"].kind == "attention"
    assert found["the-ledger-is-tampered-with"].text == "The ledger was never verified."
    assert found["somebody-else-sees-a-photo"].kind == "bad"


@pytest.mark.django_db
def test_controls_that_work_are_in_order(settings):
    from django.utils import timezone

    settings.STAFF_MFA_REQUIRED = True
    people = cast.gather()
    cast.decide(cases_per_hour=1000)
    registry.found(worker="w", models=[registry.Found("test-1", "0" * 64, {})], default="test-1")
    Worker.objects.create(name="north", seen_at=timezone.now())
    for _ in range(board.LEAST):
        answered(people, alarmed=True, diagnosis="MEL")
    note_verification(actor="command line", found=Verification(links=1, head="00", seconds=0.1))
    found = states()
    assert found["missed-melanoma-ranked-low"].text == "20 of 20 cancers were called suspicious."
    for key in (
        "a-stuck-job-makes-a-case-invisible", "missed-melanoma-ranked-low", "automation-bias",
        "the-ledger-is-tampered-with", "somebody-else-sees-a-photo", "worse-model-put-in-charge",
    ):  # fmt: skip
        assert found[key].kind == "good", key
    ModelVersion.objects.update(problem="w: its files are gone")
    cast.decide(commit_then_reveal=False)
    found = states()
    assert found["stale-or-altered-model"].text == "w: its files are gone"
    assert found["automation-bias"].kind == "bad"


def test_every_hazard_has_a_key_of_its_own_and_a_known_severity():
    assert len({hazard.key for hazard in HAZARDS}) == len(HAZARDS)
    grades = {"Catastrophic", "Major", "Considerable", "Minor"}
    assert {hazard.severity for hazard in HAZARDS} <= grades
