"""The Celery tasks: claim, predict, record. With serving.py and replay.py all that knows Django.

The message carries no case: it wakes a worker, and the worker takes what waits in Postgres.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from celery import shared_task
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DataError, IntegrityError
from django.db.models import QuerySet

from inference.classifier import CasePrediction, Classifier, PhotoError
from inference.patient import PatientFacts, site_of
from inference.replay import replay
from inference.serving import UNUSABLE, WORKER, active, register_models, usable
from portal.celery import ring
from triage import registry, replays, scoring, second_looks
from triage.history import CaseHistory, Moved, WithHistory

log = logging.getLogger(__name__)
BUDGET = settings.SCORING_LEASE / 3  # of batches in one task; what is left rings again


class StorageAway(Exception):
    """The photos cannot be read now: no case's fault."""


@shared_task(name="inference.tasks.score_waiting")
def score_waiting() -> None:
    """Score what waits, most urgent first, for about BUDGET; then what waits for nobody."""
    until = time.monotonic() + BUDGET.total_seconds()
    register_models()
    try:
        classifier = active()
    except UNUSABLE as problem:
        log.error("no usable model, cases wait for humans: %s", problem)
        scoring.report(worker=WORKER, problem=f"No usable model: {problem}")
        return
    scoring.report(
        worker=WORKER, engine=classifier.engine.name, model_version=classifier.artifact.version
    )
    try:
        if score_for(classifier, BUDGET.total_seconds()) or look_again(classifier, until):
            ring()
    except StorageAway as problem:
        log.error("the photo storage does not answer; the sweep tries again: %s", problem)
        scoring.report(worker=WORKER, problem=f"The photo storage does not answer: {problem}")


def look_again(classifier: Classifier, until: float) -> bool:
    """What no case waits for: replays, open cases that another model scored, then the trial.

    True when time ran out, or a live case came in, before it was done.
    """
    while asked := replays.take():
        replay(asked)
        if time.monotonic() >= until:
            return True
    with second_looks.only_worker() as alone:
        if not alone:
            return False
        serving = registry.serving()
        if serving.active and serving.active.version == classifier.artifact.version:
            left = second_looks.left_to_rescore(serving.active)
            if _look_at(left, classifier, until, second_looks.record_rescoring):
                return True
        if serving.shadow:
            try:
                on_trial = usable(serving.shadow)
            except UNUSABLE as problem:
                log.error("the model on trial cannot be loaded: %s", problem)
                return False
            left = second_looks.left_for_trial(serving.shadow)
            return _look_at(left, on_trial, until, second_looks.record_trial)
    return False


IN_VAIN: set[tuple[str, int]] = set()  # model version, case: this process does not try them again


def _look_at(
    left: QuerySet, classifier: Classifier, until: float, keep: Callable[..., int]
) -> bool:
    version = classifier.artifact.version
    while True:
        without = [case for model, case in IN_VAIN if model == version]
        claims = second_looks.claims(left, limit=settings.SCORING_BATCH, without=without)
        if not claims:
            return False
        batch = predict(classifier, claims)
        if batch.problem:
            log.error("a case could not be looked at again: %s", batch.problem)
            IN_VAIN.update((version, claim.case_id) for claim in claims if len(claims) == 1)
            return False
        said = list(zip(claims, batch.said, strict=True))
        IN_VAIN.update(
            (version, claim.case_id) for claim, one in said if isinstance(one, PhotoError)
        )
        results = [
            (claim, as_result(claim, one, batch.duration_ms))
            for claim, one in said
            if not isinstance(one, PhotoError)
        ]
        if keep(worker=WORKER, results=results) == 0:
            return False  # all of them changed meanwhile: the next ring finds them as they are
        if time.monotonic() >= until or second_looks.live_cases_wait():
            return True


def score_for(classifier: Classifier, seconds: float) -> bool:
    """Score batch after batch; True when time ran out before the queue did.

    While a batch is predicted the one before it is recorded. Not so beside a case that has failed
    before: should it break this process again, no other case may be held by it. Raises StorageAway
    once every case that was claimed is recorded or put back.
    """
    until = time.monotonic() + seconds
    predicting: Future | None = None
    away = ""
    with ThreadPoolExecutor(1) as network:
        while (
            not away and time.monotonic() < until and (claims := scoring.claim_batch(worker=WORKER))
        ):
            alone = claims[0].attempt > 1
            if predicting and alone:
                away = record(predicting.result())
                predicting = None
            before, predicting = predicting, network.submit(predict, classifier, claims)
            if before:
                away = record(before.result())
            if alone:
                away = record(predicting.result()) or away
                predicting = None
        if predicting:
            away = record(predicting.result()) or away
    if away:
        raise StorageAway(away)
    return time.monotonic() >= until


@dataclass(frozen=True)
class Predicted:
    """A batch with what the network said of each case; no database was involved."""

    claims: list[scoring.Claim]
    said: list[CasePrediction | PhotoError]
    duration_ms: int = 0  # each case's share
    problem: str = ""  # why the photos could not be read at all, through no fault of the cases


def predict(classifier: Classifier, claims: list[scoring.Claim]) -> Predicted:
    """Read and predict a batch; no transaction is open meanwhile.

    Where no photo of a fresh batch can be read, the storage is at fault; else the one case is.
    """
    started = time.monotonic()
    read = [photos_of(claim) for claim in claims]
    unread = [one for one in read if isinstance(one, PhotoError)]
    if len(unread) == len(read) and claims[0].attempt == 1:
        return Predicted(claims, [], problem=unread[0].message)
    readable = [place for place, one in enumerate(read) if not isinstance(one, PhotoError)]
    predicted = iter(
        classifier.predict_cases(
            [read[place] for place in readable],
            [facts_of(claims[place].history) for place in readable],
        )
    )
    said = [one if isinstance(one, PhotoError) else next(predicted) for one in read]
    return Predicted(claims, said, round((time.monotonic() - started) * 1000 / len(claims)))


def record(batch: Predicted) -> str:
    """Record a batch at once; should the database refuse it, case by case, to find which it is.

    Says why where the photos could not be read; the cases then wait again, unharmed.
    """
    if batch.problem:
        scoring.put_back(worker=WORKER, claims=batch.claims)
        return batch.problem
    results = []
    for claim, said in zip(batch.claims, batch.said, strict=True):
        if isinstance(said, PhotoError):
            scoring.fail(worker=WORKER, claim=claim, problem=said.message)
        else:
            results.append((claim, as_result(claim, said, batch.duration_ms)))
    try:
        scoring.record_assessments(worker=WORKER, results=results)
    except (DataError, IntegrityError) as problem:
        log.warning("a batch was refused, recording case by case: %s", type(problem).__name__)
        for claim, result in results:
            record_alone(claim, result)
    return ""


def record_alone(claim: scoring.Claim, result: scoring.ScoringResult) -> None:
    try:
        scoring.record_assessment(worker=WORKER, claim=claim, result=result)
    except (DataError, IntegrityError) as problem:
        reason = f"The result could not be recorded: {type(problem).__name__}"
        scoring.fail(worker=WORKER, claim=claim, problem=reason)


def photos_of(claim: scoring.Claim) -> list[bytes] | PhotoError:
    """The clean photos' bytes, or which could not be read."""
    found = []
    for place, photo in enumerate(claim.photos):
        try:
            with default_storage.open(photo.file) as file:
                found.append(file.read())
        except FileNotFoundError:
            log.error("a photo of %s is missing", claim.reference)
            found.append(b"")  # not decodable: this case alone fails, with the classifier's reason
        except OSError as problem:
            reason = f"Photo {place + 1} could not be read: {type(problem).__name__}"
            return PhotoError(photo=place, message=reason)
    return found


def facts_of(history: CaseHistory) -> PatientFacts:
    """What is known of the case, in the model's words."""
    told = history.answers
    return PatientFacts(
        age=history.age,
        sex=history.sex if history.sex in ("female", "male") else None,
        site=site_of(history.body_site),
        itch=told.itch,
        grew=told.grew,
        hurt=told.hurt,
        changed=told.changed,
        bleed=told.bleed,
        elevation=told.elevation,
        diameter_mm=told.diameter_mm,
        previous_skin_cancer=history.previous_skin_cancer,
        family_cancer=history.family_melanoma,
        immunosuppressed=history.immunosuppressed,
        skin_type=history.skin_type,
    )


def with_history(said: CasePrediction) -> WithHistory | None:
    """The prediction from photos and history together, with the facts that it rests on."""
    fused = said.with_history
    if fused is None:
        return None
    limits = dict(said.history_thresholds)
    return WithHistory(
        probabilities=dict(zip(said.labels, fused.probabilities, strict=True)),
        melanoma_risk=fused.melanoma_risk,
        malignancy_risk=fused.malignancy_risk,
        melanoma_threshold=limits["melanoma"],
        malignancy_threshold=limits["malignancy"],
        facts={name: getattr(said.facts, name) for name in said.facts.known},
        moved=tuple(Moved(one.fact, one.melanoma, one.malignancy) for one in fused.contributions),
    )


def as_result(
    claim: scoring.Claim, said: CasePrediction, duration_ms: int
) -> scoring.ScoringResult:
    """The prediction in the domain's words."""
    thresholds = dict(said.thresholds)
    return scoring.ScoringResult(
        model_version=said.model_version,
        artifact_sha256=said.artifact_sha256,
        preprocessing_version=said.preprocessing_version,
        engine=said.engine,
        probabilities=said.by_label,
        melanoma_risk=said.melanoma_risk,
        malignancy_risk=said.malignancy_risk,
        uncertainty=said.uncertainty,
        in_domain=said.in_domain,
        domain_score=said.domain_score,
        melanoma_threshold=thresholds["melanoma"],
        malignancy_threshold=thresholds["malignancy"],
        duration_ms=duration_ms,
        history=with_history(said),
        photos=tuple(
            scoring.PhotoResult(
                photo_id=photo.id,
                probabilities=dict(zip(said.labels, finding.probabilities, strict=True)),
                in_domain=finding.in_domain,
                activation_map=finding.activation_map,
                activation_label=finding.explained,
                embedding=finding.embedding,
                domain_score=finding.domain_score,
            )
            for photo, finding in zip(claim.photos, said.photos, strict=True)
        ),
    )
