"""The system page: how the portal is."""

import re
import socket
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast as casting
from tests.triage.web.test_worklist import QUERIES, queries, text
from triage import scoring
from triage.models import Case, Worker

SYSTEM = "/system/"


@pytest.fixture
def admin(people, browser):
    return browser(people.administrator)


def park(case: Case) -> None:
    for _ in range(3):
        (held,) = scoring.claim_batch(worker="w")
        scoring.fail(worker="w", claim=held, problem="The decoder ran out of memory.")


def test_workers_are_shown_as_they_are(admin):
    now = timezone.now()
    Worker.objects.create(name="north", seen_at=now, engine="openvino", model_version="m-1")
    Worker.objects.create(name="east", seen_at=now, problem="The model file is missing.")
    Worker.objects.create(name="west", seen_at=now - timedelta(hours=2))
    page = text(admin.get(SYSTEM))
    assert re.search(r"north Scoring .* openvino m-1", page)
    assert re.search(r"east Cannot score .* The model file is missing\.", page)
    assert re.search(r"west Silent 2 hours ago", page)


def test_the_broker_is_shown_as_the_health_check_sees_it(admin, monkeypatch, client):
    from portal.celery import app

    assert "Broker Answers" in text(admin.get(SYSTEM))
    with socket.create_server(("127.0.0.1", 0)) as mute:  # takes a connection and says nothing
        address = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        monkeypatch.setattr(app.conf, "broker_write_url", address)
        page = text(admin.get(SYSTEM))
        assert "Broker Silent" in page and "nothing is scored" in page
        assert client.get("/readyz").json()["parts"]["broker"] is False


def test_what_waits_and_for_how_long(people, admin):
    assert "Every case is scored." in text(admin.get(SYSTEM))
    old = casting.send_case(people.patient)
    casting.send_case(people.patient)
    Case.objects.filter(pk=old.pk).update(submitted_at=timezone.now() - timedelta(hours=5))
    assert "2 cases not scored yet, the oldest sent 5 hours ago" in text(admin.get(SYSTEM))


def test_failed_cases_are_listed_without_anything_of_the_patient(people, admin):
    case = casting.send_case(people.patient, notes="My name is Pat.", site="nose")
    park(case)
    answer = admin.get(SYSTEM)
    page = text(answer)
    assert f"{case.reference}" in page
    assert "3 The decoder ran out of memory." in page
    for secret in ("Pat", "patient", "ose"):
        assert secret not in page.split("could not score")[1]
    assert "/photos/" not in answer.content.decode()
    entry = Entry.objects.filter(action="system.viewed").latest("id")
    assert entry.detail["references"] == [case.reference]


def test_failed_cases_of_another_clinic_are_not_listed(people, browser):
    case = casting.send_case(people.patient)
    park(case)
    other = casting.person("other-admin", "administrator", people.other_clinic)
    assert case.reference not in text(browser(other).get(SYSTEM))


@pytest.mark.parametrize("name", ["patient", "dermatologist", "outsider"])
def test_only_administrators_have_the_page(people, browser, name):
    user = getattr(people, name)
    assert browser(user).get(SYSTEM).status_code == 404
    assert Entry.objects.filter(actor=user, object_id="system", result="denied").count() == 1


def test_the_page_costs_few_queries(people, admin):
    for _ in range(3):
        Worker.objects.create(name=f"w{_}", seen_at=timezone.now())
        casting.send_case(people.patient)
    assert len(queries(lambda: admin.get(SYSTEM))) <= QUERIES


def test_what_the_model_gave_up_on_is_tried_again_when_asked(people, admin):
    case = casting.send_case(people.patient)
    park(case)
    assert "Score these again" in text(admin.get(SYSTEM))
    answer = admin.post(f"{SYSTEM}score-again/", follow=True)
    assert "Waiting for the model again: 1" in text(answer)
    case.refresh_from_db()
    assert (case.scoring_state, case.scoring_attempts) == ("waiting", 0)
    assert len(scoring.claim_batch(worker="w")) == 1
    entry = Entry.objects.doing("case.scoring_asked_again").get(object_id=case.reference)
    assert entry.actor == people.administrator


def test_another_clinic_s_failures_are_left_alone(people, browser):
    case = casting.send_case(people.patient)
    park(case)
    elsewhere = casting.person("elsewhere", "administrator", people.other_clinic)
    browser(elsewhere).post(f"{SYSTEM}score-again/")
    case.refresh_from_db()
    assert case.scoring_state == "failed"
