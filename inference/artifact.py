"""A released model: its weights and everything one must know to run and to judge it.

``artifacts/<version>/artifact.json`` names each file of the release with its SHA-256; loading
checks them all. Weights never travel without it, and every result stores its version and hash.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.preprocessing import InputSpec

FILE = "artifact.json"
FORMAT = 1

KERAS_WEIGHTS = "network.npz"
OPENVINO_MODEL = "network.xml"
OPENVINO_WEIGHTS = "network.bin"
DOMAIN = "domain.npz"
FILES = (KERAS_WEIGHTS, OPENVINO_MODEL, OPENVINO_WEIGHTS, DOMAIN)


class ArtifactMissing(Exception):
    """There is no such released model in the directory of models."""


class ArtifactCorrupt(Exception):
    """The released model's files are not the ones that were released."""


@dataclass(frozen=True)
class Artifact:
    """One released model. Made by `training.release`, loaded by `load`."""

    version: str  # also the folder's name
    path: Path  # the folder
    sha256: str  # of artifact.json, which holds the hash of every other file
    network: str  # a key of inference.model.BUILDERS
    labels: tuple[str, ...]  # of inference.labels, in the order of every array of probabilities
    input: InputSpec
    preprocessing: str  # inference.preprocessing.VERSION that it was trained with
    temperature: float  # logits are divided by it before the softmax
    thresholds: Mapping[str, float]  # melanoma, malignancy: on the risk, for 95 % sensitivity
    metrics: Mapping[str, Any]  # on the test part, by data set
    data: tuple[Mapping[str, str], ...]  # what it was trained on: name, licence, citation
    files: Mapping[str, str]  # name -> SHA-256

    def file(self, name: str) -> Path:
        return self.path / name


def directory() -> Path:
    """Where released models are: ``MODEL_DIR``, else the ones that come with the product."""
    configured = os.environ.get("MODEL_DIR")
    return Path(configured) if configured else Path(__file__).resolve().parent / "artifacts"


def released() -> tuple[str, ...]:
    """Versions that can be loaded, oldest first (versions sort by name)."""
    names = (path.parent.name for path in directory().glob(f"*/{FILE}"))
    return tuple(sorted(name for name in names if not name.startswith(".")))  # . is being written


def default_version() -> str:
    """``MODEL_VERSION`` where it is set, else the newest. Raises `ArtifactMissing`."""
    configured = os.environ.get("MODEL_VERSION")
    if configured:
        return configured
    versions = released()
    if not versions:
        raise ArtifactMissing(f"There is no released model in {directory()}.")
    return versions[-1]


def load(version: str | None = None) -> Artifact:
    """The artifact with every file's hash checked.

    Raises `ArtifactMissing` or `ArtifactCorrupt`, whose messages name the file.
    """
    version = version or default_version()
    if version not in released():
        known = ", ".join(released()) or "none"
        raise ArtifactMissing(f"There is no model {version!r} in {directory()} (known: {known}).")
    return read(directory() / version)


def read(path: Path) -> Artifact:
    """`load` for an artifact's folder anywhere. Raises `ArtifactMissing` or `ArtifactCorrupt`."""
    described = path / FILE
    if not described.is_file():
        raise ArtifactMissing(f"There is no {described}.")
    content = described.read_bytes()
    try:
        artifact = _parse(json.loads(content), path, hashlib.sha256(content).hexdigest())
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactCorrupt(f"{described} can't be read: {error!r}") from error
    if artifact.version != path.name:
        raise ArtifactCorrupt(f"{described} calls itself {artifact.version!r}.")
    if set(FILES) - set(artifact.files):
        raise ArtifactCorrupt(f"{described} lacks {sorted(set(FILES) - set(artifact.files))}.")
    for name, expected in artifact.files.items():
        _check(path / name, expected)
    return artifact


def file_sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check(path: Path, expected: str) -> None:
    if not path.is_file():
        raise ArtifactCorrupt(f"{path} is missing.")
    if file_sha256(path) != expected:
        raise ArtifactCorrupt(f"{path} is not the file that was released: its hash differs.")


def _parse(fields: dict[str, Any], path: Path, sha256: str) -> Artifact:
    if fields["format"] != FORMAT:
        raise ValueError(f"format {fields['format']!r}, this program reads {FORMAT}")
    spec = fields["input"]
    return Artifact(
        version=fields["version"],
        path=path,
        sha256=sha256,
        network=fields["network"],
        labels=tuple(fields["labels"]),
        input=InputSpec(
            size=int(spec["size"]),
            mean=tuple(spec["mean"]),
            std=tuple(spec["std"]),
            colour=spec["colour"],
        ),
        preprocessing=fields["preprocessing"],
        temperature=float(fields["temperature"]),
        thresholds={name: float(value) for name, value in fields["thresholds"].items()},
        metrics=fields["metrics"],
        data=tuple(fields["data"]),
        files=dict(fields["files"]),
    )
