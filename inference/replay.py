"""A past assessment done again, from the stored photos and facts, by the artifact of its hash."""

import hashlib

from django.core.files.storage import default_storage

from inference.classifier import CasePrediction, Classifier, PhotoError
from inference.engines import NAMES
from inference.patient import PatientFacts
from inference.serving import UNUSABLE, WORKER, usable
from triage import replays
from triage.models import Assessment, Replay


class CannotReplay(Exception):
    """This assessment cannot be done again; the message says why."""


def replay(asked: Replay) -> None:
    """Do what was asked for and keep what comes out, or why nothing does."""
    try:
        classifier = as_then(asked.assessment)
        said = again(classifier, asked.assessment)
    except (*UNUSABLE, CannotReplay) as problem:
        replays.finish(worker=WORKER, replay=asked, problem=str(problem))
        return
    replays.finish(
        worker=WORKER, replay=asked, engine=classifier.engine.name, numbers=numbers_of(said)
    )


def as_then(assessment: Assessment) -> Classifier:
    """The artifact and, where this machine has it, the engine of an assessment, loaded. Raises
    CannotReplay and what UNUSABLE names."""
    model = replays.model_of(assessment)
    if model is None:
        raise CannotReplay(f"No worker has model {assessment.model_version} with this hash.")
    engine = "keras" if assessment.engine.startswith("keras") else assessment.engine
    return usable(model, engine if engine in NAMES else "openvino")  # its best precision


def again(classifier: Classifier, assessment: Assessment) -> CasePrediction:
    """The prediction from the stored photos and facts. Raises CannotReplay."""
    stored = {photo.sha256: photo for photo in assessment.case.photos.all()}
    contents = []
    for place, sha256 in enumerate(assessment.photo_sha256s, start=1):
        if sha256 not in stored:
            raise CannotReplay(f"Photo {place} is no longer stored.")
        try:
            with default_storage.open(stored[sha256].file.name) as file:
                content = file.read()
        except OSError as problem:
            raise CannotReplay(f"Photo {place} cannot be read: {type(problem).__name__}.")
        if hashlib.sha256(content).hexdigest() != sha256:
            raise CannotReplay(f"Photo {place} is not the one that was assessed: its hash differs.")
        contents.append(content)
    (said,) = classifier.predict_cases([contents], [PatientFacts(**(assessment.facts or {}))])
    if isinstance(said, PhotoError):
        raise CannotReplay(said.message)
    return said


def numbers_of(said: CasePrediction) -> dict[str, float]:
    """By the names that triage.replays.numbers_of gives a stored assessment's."""
    found = {
        "malignancy risk": said.malignancy_risk,
        "melanoma risk": said.melanoma_risk,
        "uncertainty": said.uncertainty,
        "domain score": said.domain_score,
    } | said.by_label
    if said.with_history is None:
        return found
    fused = zip(said.labels, said.with_history.probabilities, strict=True)
    return found | {
        "malignancy risk with history": said.with_history.malignancy_risk,
        "melanoma risk with history": said.with_history.melanoma_risk,
        **{f"{code} with history": probability for code, probability in fused},
    }
