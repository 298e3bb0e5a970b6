"""The administrators' pages of models and replays."""

import pytest
from django.test import Client
from django.urls import reverse

from inference import artifact as artifacts
from portal.accounts.models import Role
from portal.audit.models import Entry
from tests import cast
from triage import registry, replays, scoring, second_looks
from triage.models import ModelState, ModelVersion, Replay

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(people) -> Client:
    found = Client()
    found.force_login(people.administrator)
    return found


@pytest.fixture
def trial(people) -> ModelVersion:
    """test-1 is active, test-2 on trial."""
    facts = {"network": "densenet121", "thresholds": {"melanoma": 0.0566}}
    found = [registry.Found(version, "0" * 64, facts) for version in ("test-1", "test-2")]
    registry.found(worker="w", models=found, default="test-1")
    model = ModelVersion.objects.get(version="test-2")
    return registry.start_shadow(actor=people.administrator, model=model, reason="Try it.")


def change(client: Client, what: str, **said: object):
    return client.post(reverse("triage:model_change", args=["test-2", what]), said)


def state(version: str) -> str:
    return ModelVersion.objects.get(version=version).state


def scored_by_both(people, trial, count: int) -> None:
    for _ in range(count):
        cast.send_case(people.patient)
    for claim in scoring.claim_batch(worker="w", limit=count):
        scoring.record_assessment(worker="w", claim=claim, result=cast.said())
    claims = second_looks.claims(second_looks.left_for_trial(trial), limit=count, without=())
    said = cast.said(model_version="test-2", malignancy_risk=0.5)
    second_looks.record_trial(worker="w", results=[(claim, said) for claim in claims])


def test_an_empty_registry_says_what_fills_it(client):
    assert "first worker that starts" in client.get(reverse("triage:models")).content.decode()


def test_the_list_says_which_model_scores(client, trial, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        page = client.get(reverse("triage:models")).content.decode()
    assert "Active: its results are used" in page
    assert "Shadow: scores live cases unseen" in page


def test_the_page_of_a_released_model_shows_its_artifact_s_facts(client):
    import json

    artifact = artifacts.load()
    facts = json.loads(artifact.file(artifacts.FILE).read_text())
    found = registry.Found(artifact.version, artifact.sha256, facts)
    registry.found(worker="w", models=[found], default=artifact.version)
    page = client.get(reverse("triage:model", args=[artifact.version])).content.decode()
    assert artifact.sha256 in page
    assert "HAM10000" in page
    assert "skin type V or VI: 2" in page
    assert f"{artifact.thresholds['melanoma']:g}" in page


def test_a_trial_is_compared_on_the_cases_that_both_have_scored(
    client, people, trial, django_assert_max_num_queries
):
    scored_by_both(people, trial, 3)
    page = client.get(reverse("triage:model", args=["test-2"])).content.decode()
    with django_assert_max_num_queries(12):  # what took many is kept for minutes
        assert client.get(reverse("triage:model", args=["test-2"])).content.decode()
    assert "3 cases were scored by both" in page
    assert "Of the newest 3 cases, 3 would be more urgent" in page
    assert "Cannot be assessed" in page


def test_two_administrators_promote_what_cannot_be_assessed_by_saying_so(client, people, trial):
    answer = change(client, "approve", reason="A hospital's own study.")
    assert answer.status_code == 422
    change(client, "approve", reason="A hospital's own study.", overrides="on")
    assert state("test-2") == ModelState.SHADOW
    other = Client()
    other.force_login(cast.person("administrator2", Role.ADMINISTRATOR, people.clinic))
    change(other, "approve", reason="I have read it too.", overrides="on")
    assert (state("test-2"), state("test-1")) == (ModelState.ACTIVE, ModelState.RETIRED)
    page = client.get(reverse("triage:models")).content.decode()
    assert "Roll back to test-1" in page
    client.post(reverse("triage:model_roll_back"), {"reason": "It is slower."})
    assert (state("test-2"), state("test-1")) == (ModelState.CANDIDATE, ModelState.ACTIVE)


def test_a_change_asks_for_its_reason(client, trial):
    answer = change(client, "stop", reason=" ")
    assert answer.status_code == 422
    assert state("test-2") == ModelState.SHADOW
    change(client, "stop", reason="Enough seen.")
    assert state("test-2") == ModelState.CANDIDATE


def test_what_cannot_be_done_now_is_not_done(client, trial):
    answer = client.get(reverse("triage:model_change", args=["test-1", "retire"]), follow=True)
    assert "cannot be done with this model" in answer.content.decode()


def test_no_page_of_models_names_a_patient(client, people, trial):
    scored_by_both(people, trial, 1)
    for address in (
        reverse("triage:models"),
        reverse("triage:model", args=["test-2"]),
        reverse("triage:replays"),
    ):
        page = client.get(address).content.decode()
        assert people.patient.email not in page
        assert people.patient.name not in page.replace("patients", "")


def test_a_replay_is_found_by_number_or_photo_and_waits_for_a_worker(client, people, trial):
    scored_by_both(people, trial, 1)
    case = people.patient.patient.cases.get()
    wanted = case.photos.get().sha256
    page = client.post(reverse("triage:replays"), {"wanted": wanted}).content.decode()
    assert case.reference in page
    assert "on trial" in page
    number = case.assessments.get().pk
    answer = client.post(reverse("triage:replays"), {"assessment": number}, follow=True)
    assert "Waiting" in answer.content.decode()
    row = Replay.objects.get()
    numbers = replays.numbers_of(row.assessment)
    replays.finish(worker="w", replay=row, engine="test", numbers=numbers)
    page = client.get(reverse("triage:replay_state", args=[row.pk])).content.decode()
    assert "The same" in page
    numbers["MEL"] += 0.01
    Replay.objects.update(numbers=numbers)
    page = client.get(reverse("triage:replay", args=[row.pk])).content.decode()
    assert "Different" in page


def test_an_unknown_hash_finds_nothing(client, people):
    answer = client.post(reverse("triage:replays"), {"wanted": "ab" * 32})
    assert answer.status_code == 422
    assert "No assessment has this number or hash." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_hash_of_a_ledger_entry_finds_the_assessment(people):
    """Entries are chained when they are committed."""
    case = cast.send_case(people.patient)
    (claim,) = [c for c in scoring.claim_batch(worker="w") if c.case_id == case.pk]
    scoring.record_assessment(worker="w", claim=claim, result=cast.said())
    entry = Entry.objects.filter(action="case.scored", object_id=case.reference).get()
    found = replays.find(actor=people.administrator, wanted=bytes(entry.link.hash).hex())
    assert found == [case.assessments.get()]
