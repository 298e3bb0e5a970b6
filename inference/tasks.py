"""The Celery tasks: claim, predict, record. The only module here that knows Django.

The message carries no case: it wakes a worker, and the worker takes what waits in Postgres.
"""

import logging
import socket
import time
from collections.abc import Iterator
from functools import cache

from celery import shared_task
from django.conf import settings
from django.core.files.storage import default_storage

from inference.artifact import ArtifactCorrupt, ArtifactMissing
from inference.classifier import CasePrediction, Classifier, PhotoError
from portal.celery import ring
from triage import scoring

log = logging.getLogger(__name__)
WORKER = socket.gethostname()
BUDGET = settings.SCORING_LEASE / 3  # of batches in one task; what is left rings again


@shared_task(name="inference.tasks.score_waiting")
def score_waiting() -> None:
    """Score what waits, most urgent first, for about BUDGET."""
    try:
        classifier = loaded()
    except (ArtifactMissing, ArtifactCorrupt) as problem:
        log.error("no usable model, cases wait for humans: %s", problem)
        scoring.report(worker=WORKER, problem=f"No usable model: {problem}")
        return
    scoring.report(
        worker=WORKER, engine=classifier.engine.name, model_version=classifier.artifact.version
    )
    until = time.monotonic() + BUDGET.total_seconds()
    while claims := scoring.claim_batch(worker=WORKER):
        score(classifier, claims)
        if time.monotonic() > until:
            ring()
            break


@cache
def loaded() -> Classifier:
    """The released model, loaded once in each worker child, on first use."""
    return Classifier.load(engine=settings.INFERENCE_ENGINE)


def score(classifier: Classifier, claims: list[scoring.Claim]) -> None:
    """Predict a batch with no transaction open, then record case by case."""
    started = time.monotonic()
    predictions = classifier.predict_cases([list(photo_bytes(claim)) for claim in claims])
    share = round((time.monotonic() - started) * 1000 / len(claims))
    for claim, prediction in zip(claims, predictions, strict=True):
        if isinstance(prediction, PhotoError):
            scoring.fail(worker=WORKER, claim=claim, problem=prediction.message)
        else:
            result = as_result(claim, prediction, share)
            scoring.record_assessment(worker=WORKER, claim=claim, result=result)


def photo_bytes(claim: scoring.Claim) -> Iterator[bytes]:
    for photo in claim.photos:
        try:
            with default_storage.open(photo.file) as file:
                yield file.read()
        except OSError as problem:
            log.error("a photo of %s cannot be read: %s", claim.reference, type(problem).__name__)
            yield b""  # not decodable: this case alone fails, with the classifier's reason


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
        photos=tuple(
            scoring.PhotoResult(
                photo_id=photo.id,
                probabilities=dict(zip(said.labels, finding.probabilities, strict=True)),
                in_domain=finding.in_domain,
                activation_map=finding.activation_map,
                activation_label=finding.explained,
            )
            for photo, finding in zip(claim.photos, said.photos, strict=True)
        ),
    )
