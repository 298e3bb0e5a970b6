"""Which released model scores: found by workers, tried as a shadow, promoted by two, rolled back.

A model's facts are what a worker read in its artifact; web processes never look at a model. The
gate that a promotion must pass is in triage/gate.py.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.ledger import record
from triage.gate import Condition, Verdict, verdict_of
from triage.models import ModelApproval, ModelState, ModelVersion

APPROVALS_NEEDED = 2
SEEN_STEP = timedelta(minutes=1)  # how exactly `seen_at` is kept


class NotAllowed(Exception):
    """Only an administrator changes which model scores."""


class NotNow(Exception):
    """That cannot be done with this model as things stand."""


class GateFailed(Exception):
    """The model does not pass the gate: nobody can promote it."""


@dataclass(frozen=True)
class Found:
    """A released model as a worker found it."""

    version: str
    sha256: str  # of artifact.json
    facts: dict[str, Any]  # artifact.json


@dataclass(frozen=True)
class Serving:
    """Which models workers run now."""

    active: ModelVersion | None
    shadow: ModelVersion | None


def found(*, worker: str, models: Sequence[Found], default: str | None) -> None:
    """Register what a worker found. Where nobody has chosen yet, `default` becomes the active one.

    A registered version with another hash is not the model that was registered: that is kept as
    its problem, and workers do not load it.
    """
    known = {model.version: model for model in ModelVersion.objects.defer("facts")}
    now = timezone.now()
    for one in models:
        model = known.get(one.version)
        if model is None:
            _register(worker, one)
        elif model.sha256 != one.sha256:
            report_problem(version=one.version, problem=f"{worker} has other files of this name.")
        elif now - model.seen_at > SEEN_STEP:
            ModelVersion.objects.filter(pk=model.pk).update(seen_at=now)
    if default is not None and all(model.state == ModelState.CANDIDATE for model in known.values()):
        _begin_with(worker, default)


def serving() -> Serving:
    models = {
        model.state: model
        for model in ModelVersion.objects.defer("facts").filter(
            state__in=[ModelState.ACTIVE, ModelState.SHADOW]
        )
    }
    return Serving(models.get(ModelState.ACTIVE), models.get(ModelState.SHADOW))


def report_problem(*, version: str, problem: str) -> None:
    """Why a worker could not load a model, or "" once it could."""
    ModelVersion.objects.filter(version=version).exclude(problem=problem[:300]).update(
        problem=problem[:300]
    )


def start_shadow(*, actor: User, model: ModelVersion, reason: str) -> ModelVersion:
    """Let a candidate score live cases unseen. Raises NotAllowed, NotNow."""
    with transaction.atomic():
        model = _locked(actor, model, reason)
        if model.state != ModelState.CANDIDATE:
            raise NotNow(_("Only a candidate can be tried as a shadow."))
        if ModelVersion.objects.shadow():
            raise NotNow(_("Another model is on trial; end its trial first."))
        _move(actor, model, ModelState.SHADOW, reason)
    return model


def stop_shadow(*, actor: User, model: ModelVersion, reason: str) -> ModelVersion:
    """End a trial; what the model said stays for the record. Raises NotAllowed, NotNow."""
    with transaction.atomic():
        model = _locked(actor, model, reason)
        if model.state != ModelState.SHADOW:
            raise NotNow(_("This model is not on trial."))
        _move(actor, model, ModelState.CANDIDATE, reason)
    return model


def retire(*, actor: User, model: ModelVersion, reason: str) -> ModelVersion:
    """Put a candidate away, or take it out again. Raises NotAllowed, NotNow."""
    with transaction.atomic():
        model = _locked(actor, model, reason)
        if model.state == ModelState.CANDIDATE:
            _move(actor, model, ModelState.RETIRED, reason)
        elif model.state == ModelState.RETIRED:
            _move(actor, model, ModelState.CANDIDATE, reason)
        else:
            raise NotNow(_("A model that scores is not retired: end its trial, or replace it."))
    return model


def approve(
    *, actor: User, model: ModelVersion, reason: str, gate: Sequence[Condition], overrides: bool
) -> bool:
    """One administrator's word for the shadow, on the gate as they saw it; the second promotes it.

    True once it is the active one. `overrides`: although the gate cannot be assessed; then both
    must say so. Raises NotAllowed, NotNow, GateFailed.
    """
    with transaction.atomic():
        model = _locked(actor, model, reason)
        if model.state != ModelState.SHADOW:
            raise NotNow(_("Only a model on trial can be promoted."))
        verdict = verdict_of(gate)
        if verdict is Verdict.FAILS:
            raise GateFailed
        if verdict is Verdict.UNKNOWN and not overrides:
            raise NotNow(_("The gate cannot be assessed: tick that you promote it all the same."))
        standing = model.approvals.filter(spent_at__isnull=True)
        if standing.filter(administrator=actor).exists():
            raise NotNow(_("You have approved this model; another administrator must as well."))
        overridden = verdict is Verdict.UNKNOWN
        ModelApproval.objects.create(
            model=model, administrator=actor, reason=reason.strip(), overrides=overridden,
            gate=[asdict(condition) for condition in gate], created_at=timezone.now(),
        )  # fmt: skip
        record(actor=actor, action="model.approved", about=model, version=model.version,
               sha256=model.sha256, overrides=overridden,
               gate={condition.name: condition.verdict for condition in gate})  # fmt: skip
        enough = standing.filter(overrides=True) if overridden else standing
        if enough.count() < APPROVALS_NEEDED:
            return False
        _put_away_active(actor, ModelState.RETIRED, reason)
        _move(actor, model, ModelState.ACTIVE, reason)
    return True


def before_active() -> ModelVersion | None:
    """The model that a roll-back returns to: the one that was active before."""
    return _were_active().first()


def roll_back(*, actor: User, reason: str) -> ModelVersion:
    """Return to the model that was active before; the present one is a candidate again. Open cases
    that stand by its word are scored again by the one returned to.

    Raises NotAllowed, NotNow.
    """
    with transaction.atomic():
        before = _were_active().select_for_update().first()
        if before is None:
            raise NotNow(_("No model was active before this one."))
        _check(actor, reason)
        _put_away_active(actor, ModelState.CANDIDATE, reason)
        _move(actor, before, ModelState.ACTIVE, reason)
        before.rescores_open = True
        before.save(update_fields=["rescores_open"])
    return before


def rescore_open(*, actor: User, model: ModelVersion, reason: str) -> ModelVersion:
    """Let the active model also score the open cases that another one scored; workers do so when
    nothing waits. Raises NotAllowed, NotNow."""
    with transaction.atomic():
        model = _locked(actor, model, reason)
        if model.state != ModelState.ACTIVE:
            raise NotNow(_("Only the active model scores open cases again."))
        if model.rescores_open:
            raise NotNow(_("Open cases are scored again already."))
        model.rescores_open = True
        model.save(update_fields=["rescores_open"])
        record(actor=actor, action="model.rescores_open_cases", about=model,
               version=model.version, reason=reason.strip()[:500])  # fmt: skip
    return model


def _were_active() -> QuerySet[ModelVersion]:
    return ModelVersion.objects.filter(
        state=ModelState.RETIRED, active_before__isnull=False
    ).order_by("-active_before")


def _check(actor: User, reason: str) -> None:
    if not (actor.is_active and actor.is_administrator):
        raise NotAllowed
    if not reason.strip():
        raise NotNow(_("Say why."))


def _locked(actor: User, model: ModelVersion, reason: str) -> ModelVersion:
    _check(actor, reason)
    return ModelVersion.objects.select_for_update().get(pk=model.pk)


def _put_away_active(actor: User, to: ModelState, reason: str) -> None:
    active = ModelVersion.objects.select_for_update().active()
    if active is not None:
        _move(actor, active, to, reason)


def _move(actor: User | str, model: ModelVersion, to: ModelState, reason: str) -> None:
    """Write the new state. What was approved was the model as it stood: such words are void now."""
    now, before = timezone.now(), model.state
    was_active = before == ModelState.ACTIVE and to == ModelState.RETIRED
    model.state, model.state_since, model.rescores_open = to, now, False
    model.active_before = now if was_active else None
    model.save(update_fields=["state", "state_since", "rescores_open", "active_before"])
    model.approvals.filter(spent_at__isnull=True).update(spent_at=now)
    record(actor=actor, action=f"model.{to.value}", about=model, version=model.version,
           sha256=model.sha256, before=before, reason=reason.strip()[:500])  # fmt: skip


def _register(worker: str, one: Found) -> None:
    now = timezone.now()
    with transaction.atomic():
        model, new = ModelVersion.objects.get_or_create(
            version=one.version,
            defaults={"sha256": one.sha256, "facts": one.facts, "state": ModelState.CANDIDATE,
                      "state_since": now, "found_at": now, "seen_at": now},
        )  # fmt: skip
        if new:
            record(actor="worker", action="model.registered", about=model, worker=worker,
                   version=one.version, sha256=one.sha256)  # fmt: skip


def _begin_with(worker: str, version: str) -> None:
    """The first start of all: no state was ever changed. Two workers may come here at once: the
    rows decide."""
    with transaction.atomic():
        models = list(ModelVersion.objects.select_for_update().order_by("pk"))
        fresh = all(
            model.state == ModelState.CANDIDATE and model.state_since == model.found_at
            for model in models
        )
        first = next((model for model in models if model.version == version), None)
        if fresh and first is not None:
            _move("worker", first, ModelState.ACTIVE, f"The first start, by {worker}.")
