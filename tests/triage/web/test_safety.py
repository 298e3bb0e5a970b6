"""The safety board as administrators see it."""

import csv
import html
import io
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast
from tests.triage.safety.clinic import answered, scored
from triage import registry
from triage.models import ModelVersion, SafetyAlarm, Worker
from triage.safety.hazards import HAZARDS

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> cast.Cast:
    found = cast.gather()
    cast.decide(cases_per_hour=1000)
    registry.found(worker="w", models=[registry.Found("test-1", "0" * 64, {})], default="test-1")
    Worker.objects.create(name="north", seen_at=timezone.now())
    return found


@pytest.fixture
def client(people) -> Client:
    found = Client()
    found.force_login(people.administrator)
    return found


def board_of(client: Client, **window: str) -> str:
    answer = client.get(reverse("triage:safety"), window)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_board_says_what_cannot_be_assessed(client):
    page = board_of(client)
    assert "Cannot be assessed (0)" in page
    assert "No alarm stands" in page


def test_few_cases_cannot_be_assessed_and_enough_are_shown_with_their_interval(client, people):
    answered(people, alarmed=True, diagnosis="MEL")
    assert "Cannot be assessed (1)" in board_of(client, window="30")
    for _ in range(19):
        answered(people, alarmed=True, diagnosis="MEL")
    assert "100.0 % (83.9–100.0), 20/20" in board_of(client, window="365")


def test_no_calibration_error_is_shown_of_a_single_case(client, people):
    answered(people, alarmed=True, diagnosis="MEL")
    row = board_of(client).split("Calibration error</th>")[1].split("</tr>")[0]
    assert "Cannot be assessed (1)" in row and "%" not in row


@pytest.mark.parametrize("figure", ["Kappa before", "Kappa after", "AUC, any cancer"])
def test_no_figure_is_shown_of_two_readings(client, people, figure):
    for diagnosis in ("MEL", "NV"):
        answered(people, alarmed=diagnosis == "MEL", diagnosis=diagnosis)
    row = board_of(client).split(f"{figure}</th>")[1].split("</tr>")[0]
    assert "Cannot be assessed (2)" in row and "1.000" not in row


def test_the_calibration_error_says_what_chance_makes_of_so_few_cases(client, people):
    for _ in range(20):
        answered(people, alarmed=True, diagnosis="MEL")
    row = board_of(client).split("Calibration error</th>")[1].split("</tr>")[0]
    assert "25.0 %; by chance alone about 7.7 %" in row  # each said 75 %, and all were


def test_drift_says_how_many_photos_it_needs(client, people):
    scored(people, alarmed=False)
    assert "At least 300 of each are needed." in board_of(client).split('id="drift"')[1]


def test_one_is_not_many(client, people):
    answered(people, alarmed=True, diagnosis="MEL")
    page = " ".join(board_of(client).split())
    assert "1 case scored, 1 of them" in page and "1 reading in which" in page
    assert "1 worker can score. 0 cases are not scored." in page
    assert "Cannot be assessed: 1 cancer answered." in page
    found = re.findall(r"\b1 (?:cases|workers|readings|cancers|mails)\b", page)
    assert not found


def test_every_hazard_is_on_the_board_in_plain_words(client):
    page = html.unescape(board_of(client))
    assert all(hazard.title in page for hazard in HAZARDS)
    log = page.split('id="hazards"')[1]
    assert "no figures at all" in log
    assert not re.search(r"[*`]|\]\(", log.split("</section>")[0])


def test_the_board_does_not_deny_telephone_numbers(client):
    assert "no telephone number" not in board_of(client)


def test_a_standing_alarm_is_on_the_board_and_told_to_administrators_everywhere(client):
    SafetyAlarm.objects.create(name="stalled", found="3 not scored.", raised_at=timezone.now())
    assert "3 not scored." in board_of(client)
    page = client.get(reverse("accounts:people")).content.decode()
    assert "An alarm of the safety board stands" in page


def test_no_patient_is_on_the_board_or_in_its_file(client, people):
    case = answered(people, alarmed=True, diagnosis="MEL")
    export = b"".join(client.get(reverse("triage:safety_export")).streaming_content).decode()
    for told in (board_of(client), export):
        assert case.reference not in told
        assert people.patient.email not in told


def test_the_file_has_each_group_s_counts_and_no_rate_of_too_few(client, people):
    answered(people, alarmed=True, diagnosis="MEL")
    answer = client.get(reverse("triage:safety_export"), {"window": "all"})
    assert "safety-all-" in answer["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    first = next(row for row in rows if row["group"] == "all" and row["figure"] == "sensitivity")
    assert (first["count"], first["of"], first["assessed"]) == ("1", "1", "cannot be assessed")
    assert Entry.objects.filter(action="safety.exported").count() == 1


@pytest.mark.parametrize("name", ["skin_type", "calibration", "brightness"])
def test_a_plot_is_an_svg(client, people, name):
    scored(people, alarmed=False)
    answer = client.get(reverse("triage:safety_plot", args=[name]))
    assert answer["Content-Type"] == "image/svg+xml"
    assert "<title>" in answer.content.decode()


def plots_of(page: str) -> dict[str, str]:
    """The addresses of a page's plots, by their names."""
    found = re.findall(r'<img class="board-plot" src="(/safety/plots/(\w+)\.svg[^"]*)"', page)
    return {name: html.unescape(address) for address, name in found}


def marks(client: Client, address: str) -> int:
    """How many groups a plot has marks of, or bins."""
    return client.get(address).content.decode().count("<use")


def test_plots_are_of_the_figures_in_the_tables_beside_them(client, people):
    """The figures are counted anew while a page is open: its plots stay, the next page's follow."""
    halves = {"n": 500, "edges": [0.5], "shares": [0.5, 0.5]}
    ModelVersion.objects.update(facts={"reference": {"malignancy_risk": halves}})
    for _ in range(20):
        answered(people, alarmed=True, diagnosis="MEL")
    old = plots_of(board_of(client))
    assert set(old) >= {"sex", "calibration", "malignancy_risk"}
    seen = {name: client.get(old[name]).content for name in ("sex", "malignancy_risk")}
    for _ in range(20):
        answered(people, alarmed=False, diagnosis="NV", patient=people.patient2)
    cache.delete_many(["safety-board-90", f"safety-drift-{ModelVersion.objects.get().pk}"])
    new = plots_of(board_of(client))
    late = marks(client, old["calibration"])  # drawn only now, of what that page showed
    assert late < marks(client, new["calibration"])
    for name, drawn in seen.items():
        assert client.get(old[name]).content == drawn
        assert client.get(new[name]).content != drawn


def test_a_kept_plot_ends_however_often_it_is_looked_at(client, people, monkeypatch):
    scored(people, alarmed=False)
    address = plots_of(board_of(client))["sex"]
    client.get(address)
    asked = []
    monkeypatch.setattr(cache, "set", lambda key, *_rest, **_more: asked.append(key))
    client.get(address)
    assert not asked


@pytest.mark.parametrize("at", ["20200101000000000000", "../x", "1"])
def test_what_no_page_showed_is_not_drawn(client, at):
    address = reverse("triage:safety_plot", args=["sex"])
    assert client.get(address, {"at": at}).status_code == 404


def test_there_is_no_unknown_plot_or_window(client):
    assert client.get(reverse("triage:safety_plot", args=["nothing"])).status_code == 404
    assert client.get(reverse("triage:safety"), {"window": "abc"}).status_code == 404
    assert client.get(reverse("triage:safety_export"), {"window": "abc"}).status_code == 404
    assert "90 days" in board_of(client)


def test_the_board_asks_the_database_little(client, people, django_assert_max_num_queries):
    scored(people, alarmed=False)
    board_of(client)
    with django_assert_max_num_queries(12):
        board_of(client)
