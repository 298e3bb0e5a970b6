"""Which model scores: found by workers, tried, promoted by two administrators, rolled back."""

import pytest
from django.db import IntegrityError, transaction

from portal.audit.models import Entry
from tests import cast
from triage import gate, registry
from triage.gate import Condition, Verdict
from triage.models import ModelState, ModelVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(people):
    from portal.accounts.models import Role

    return cast.person("administrator2", Role.ADMINISTRATOR, people.clinic)


def found(*versions: str, default: str | None = "old", sha256: str = "a" * 64) -> None:
    models = [registry.Found(version, sha256, {"role": "default"}) for version in versions]
    registry.found(worker="w", models=models, default=default)


def model(version: str) -> ModelVersion:
    return ModelVersion.objects.get(version=version)


def state(version: str) -> str:
    return model(version).state


def condition(verdict: Verdict) -> Condition:
    return Condition("sensitivity", "Sensitivity is not worse", "", "", verdict)


PASSES = [condition(Verdict.PASSES)]
UNKNOWN = [condition(Verdict.UNKNOWN)]
FAILS = [condition(Verdict.PASSES), condition(Verdict.FAILS)]


def approve(actor, passes=PASSES, *, overrides=False) -> bool:
    return registry.approve(
        actor=actor, model=model("new"), reason="Better.", gate=passes, overrides=overrides
    )


@pytest.fixture
def trial(people) -> ModelVersion:
    found("old", "new")
    return registry.start_shadow(actor=people.administrator, model=model("new"), reason="Try it.")


def test_the_first_start_registers_what_is_there_and_activates_the_default(people):
    found("old", "new")
    assert (state("old"), state("new")) == (ModelState.ACTIVE, ModelState.CANDIDATE)
    actions = Entry.objects.filter(action__startswith="model.").values_list("action", flat=True)
    assert sorted(actions) == ["model.active", "model.registered", "model.registered"]


def test_a_newer_release_is_a_candidate_and_changes_nothing_by_itself():
    found("old")
    found("old", "zzz", default="zzz")
    assert (state("old"), state("zzz")) == (ModelState.ACTIVE, ModelState.CANDIDATE)


def test_without_a_default_model_none_is_active_until_one_comes(people):
    found("light", default=None)
    assert registry.serving().active is None
    found("light", "old", default="old")
    assert state("old") == ModelState.ACTIVE


def test_once_somebody_has_chosen_nothing_becomes_active_by_itself(people):
    found("light", default=None)
    registry.start_shadow(actor=people.administrator, model=model("light"), reason="Try it.")
    registry.stop_shadow(actor=people.administrator, model=model("light"), reason="Enough.")
    found("light", "old", default="old")
    assert registry.serving().active is None


def test_other_files_under_a_registered_name_are_told_and_not_taken():
    found("old")
    found("old", sha256="b" * 64)
    assert model("old").sha256 == "a" * 64
    assert "other files of this name" in model("old").problem


def test_the_database_allows_one_active_model_and_one_trial(trial):
    for taken in ("active", "shadow"):
        with pytest.raises(IntegrityError, match=f"model_one_{taken}"), transaction.atomic():
            ModelVersion.objects.create(
                version=f"other-{taken}", sha256="c" * 64, facts={}, state=taken,
                state_since=trial.state_since, found_at=trial.found_at, seen_at=trial.seen_at,
            )  # fmt: skip


def test_one_administrator_alone_promotes_nothing(people, trial):
    assert approve(people.administrator) is False
    with pytest.raises(registry.NotNow, match="another administrator"):
        approve(people.administrator)
    assert state("old") == ModelState.ACTIVE


def test_the_second_administrator_s_word_promotes(people, second, trial):
    approve(people.administrator)
    assert approve(second) is True
    assert (state("new"), state("old")) == (ModelState.ACTIVE, ModelState.RETIRED)
    assert not model("new").approvals.filter(spent_at=None).exists()


def test_a_model_that_fails_the_gate_is_promoted_by_nobody(people, trial):
    with pytest.raises(registry.GateFailed):
        approve(people.administrator, FAILS, overrides=True)


def test_what_cannot_be_assessed_takes_both_administrators_express_word(people, second, trial):
    with pytest.raises(registry.NotNow, match="cannot be assessed"):
        approve(people.administrator, UNKNOWN)
    assert approve(people.administrator, UNKNOWN, overrides=True) is False
    assert approve(second, UNKNOWN, overrides=True) is True
    assert list(model("new").approvals.values_list("overrides", flat=True)) == [True, True]


def test_a_word_on_a_gate_that_passed_is_no_word_for_an_override(people, second, trial):
    approve(people.administrator, PASSES)
    assert approve(second, UNKNOWN, overrides=True) is False
    assert state("new") == ModelState.SHADOW


def test_every_change_needs_an_administrator_and_a_reason(people, trial):
    with pytest.raises(registry.NotAllowed):
        approve(people.dermatologist)
    with pytest.raises(registry.NotNow, match="Say why"):
        registry.stop_shadow(actor=people.administrator, model=trial, reason=" ")


def test_ending_a_trial_voids_what_was_approved(people, second, trial):
    approve(people.administrator)
    registry.stop_shadow(actor=people.administrator, model=trial, reason="Wait.")
    registry.start_shadow(actor=people.administrator, model=trial, reason="Again.")
    assert approve(second) is False


def test_one_administrator_rolls_back_in_one_step(people, second, trial):
    approve(people.administrator)
    approve(second)
    registry.roll_back(actor=people.administrator, reason="It misses too much.")
    assert (state("old"), state("new")) == (ModelState.ACTIVE, ModelState.CANDIDATE)
    assert model("old").rescores_open
    with pytest.raises(registry.NotNow):
        registry.roll_back(actor=people.administrator, reason="And further.")


def test_only_a_model_on_trial_can_be_promoted(people):
    found("old", "new")
    with pytest.raises(registry.NotNow, match="on trial"):
        approve(people.administrator)


def test_an_active_model_cannot_be_retired(people, trial):
    with pytest.raises(registry.NotNow):
        registry.retire(actor=people.administrator, model=model("old"), reason="Old.")


def test_a_candidate_is_put_away_and_taken_out_again(people):
    found("old", "new")
    for expected in (ModelState.RETIRED, ModelState.CANDIDATE):
        registry.retire(actor=people.administrator, model=model("new"), reason="Not now.")
        assert state("new") == expected


def test_an_empty_gate_passes_nobody():
    assert gate.verdict_of([]) is Verdict.UNKNOWN
