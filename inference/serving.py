"""The models that this worker runs: which ones the registry says, loaded once, changed at once."""

import json
import logging
import socket
from functools import lru_cache

from django.conf import settings

from inference import artifact as artifacts
from inference.artifact import ArtifactCorrupt, ArtifactMissing
from inference.classifier import Classifier
from inference.engines import UnknownEngine
from triage import registry
from triage.models import ModelVersion

log = logging.getLogger(__name__)
WORKER = socket.gethostname()
UNUSABLE = (ArtifactMissing, ArtifactCorrupt, UnknownEngine)


def register_models() -> None:
    """Tell the registry which released models are here, each as its artifact.json has it."""
    found = []
    for version in artifacts.released():
        try:
            artifact = artifacts.described(version)
        except ArtifactCorrupt as problem:
            log.error("a released model cannot be read: %s", problem)
            registry.report_problem(version=version, problem=f"{WORKER}: {problem}")
            continue
        facts = json.loads(artifact.file(artifacts.FILE).read_bytes())
        found.append(registry.Found(version, artifact.sha256, facts))
    try:
        default = artifacts.default_version()
    except (ArtifactMissing, ArtifactCorrupt):
        default = None
    registry.found(worker=WORKER, models=found, default=default)


def active() -> Classifier:
    """The model that the registry says scores, loaded. Raises what UNUSABLE names."""
    model = registry.serving().active
    if model is None:
        raise ArtifactMissing("No model is active: see the page Models.")
    return usable(model)


def usable(model: ModelVersion, engine: str = "") -> Classifier:
    """A registered model, loaded; why not is kept with it. Raises what UNUSABLE names."""
    try:
        classifier = loaded(model.version, model.sha256, engine or settings.INFERENCE_ENGINE)
    except UNUSABLE as problem:
        registry.report_problem(version=model.version, problem=f"{WORKER}: {problem}")
        raise
    if model.problem:
        registry.report_problem(version=model.version, problem="")
    return classifier


@lru_cache(maxsize=3)  # the active one, one on trial, one to replay
def loaded(version: str, sha256: str, engine: str) -> Classifier:
    """A model that was registered with this hash, loaded once in each worker child."""
    artifact = artifacts.load(version)
    if artifact.sha256 != sha256:
        raise ArtifactCorrupt(f"Model {version} is not the one that was registered.")
    return Classifier.of(artifact, engine=engine)
