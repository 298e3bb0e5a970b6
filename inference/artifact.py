"""A released model: its weights and everything one must know to run and to judge it.

``artifacts/<version>/artifact.json`` names each file of the release with its SHA-256; loading
checks them all. Weights never travel without it, and every result stores its version and hash.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args

from inference.preprocessing import InputSpec
from inference.probability import Temperatures

FILE = "artifact.json"
FORMAT = 5

KERAS_WEIGHTS = "network.npz"
OPENVINO_MODEL = "network.xml"
OPENVINO_WEIGHTS = "network.bin"
DOMAIN = "domain.npz"
KIND = "kind.npz"
FILES = (KERAS_WEIGHTS, OPENVINO_MODEL, OPENVINO_WEIGHTS, DOMAIN, KIND)
INT8_MODEL = "network-int8.xml"
INT8_WEIGHTS = "network-int8.bin"
INT8_FILES = (INT8_MODEL, INT8_WEIGHTS)  # only where rounding to 8 bits cost little: `has_int8`
FUSION = "fusion.npz"  # only where the patient's history was learned too: `has_fusion`

# What `Artifact.reference` can hold: of a photo the first two, of a case's scores the others.
QUANTITIES = ("brightness", "sharpness", "domain_score", "melanoma_risk", "malignancy_risk")

Role = Literal["default", "lighter"]  # `lighter` is taken only where somebody chooses it


class ArtifactMissing(Exception):
    """There is no such released model in the directory of models."""


class ArtifactCorrupt(Exception):
    """The released model's files are not the ones that were released."""


@dataclass(frozen=True)
class Spread:
    """How one quantity was spread over the photos that a model was released on.

    Raises ``ValueError`` where the parts don't fit together.
    """

    kind: str  # of those photos: clinical, or all
    n: int  # how many they were
    edges: tuple[float, ...]  # between the bins, rising; a value on an edge belongs above it
    shares: tuple[float, ...]  # of the photos, bin by bin: one more than edges

    def __post_init__(self) -> None:
        ends = (-math.inf, *self.edges, math.inf)
        if not all(low < high for low, high in pairwise(ends)):
            raise ValueError(f"{self} has edges that don't rise.")
        whole = all(share >= 0 for share in self.shares) and abs(sum(self.shares) - 1) < 1e-3
        if not whole or len(self.shares) != len(self.edges) + 1 or self.n < 1:
            raise ValueError(f"{self} has shares that don't make a whole.")


@dataclass(frozen=True)
class Artifact:
    """One released model. Made by `training.release`, loaded by `load`."""

    version: str  # also the folder's name
    role: Role
    path: Path  # the folder
    sha256: str  # of artifact.json, which holds the hash of every other file
    network: str  # a key of inference.model.BUILDERS
    mirrored: bool  # answers are the mean over a photo and its mirror images
    labels: tuple[str, ...]  # of inference.labels, in the order of every array of probabilities
    input: InputSpec
    preprocessing: str  # inference.preprocessing.VERSION that it was trained with
    temperatures: Temperatures  # logits are divided by them before the softmax
    thresholds: Mapping[str, float]  # melanoma, malignancy: on the risk, for 95 % sensitivity
    history_thresholds: Mapping[str, float]  # on those with history; {} without a fusion
    metrics: Mapping[str, Any]  # on the test part, by data set
    bfloat16: bool  # found close enough to float32 on the test part to serve with
    training: Mapping[str, Any]  # how it was made: command, seed, what it started from
    data: tuple[Mapping[str, str], ...]  # what it was trained on: name, licence, citation
    reference: Mapping[str, Spread]  # of QUANTITIES, what drift is measured against; see training
    files: Mapping[str, str]  # name -> SHA-256

    def file(self, name: str) -> Path:
        return self.path / name

    @property
    def has_int8(self) -> bool:
        return INT8_MODEL in self.files

    @property
    def has_fusion(self) -> bool:
        return FUSION in self.files


def directory() -> Path:
    """Where released models are: ``MODEL_DIR``, else the ones that come with the product."""
    configured = os.environ.get("MODEL_DIR")
    return Path(configured) if configured else Path(__file__).resolve().parent / "artifacts"


def released() -> tuple[str, ...]:
    """Versions that can be loaded, oldest first (versions sort by name)."""
    names = (path.parent.name for path in directory().glob(f"*/{FILE}"))
    return tuple(sorted(name for name in names if not name.startswith(".")))  # . is being written


def default_version() -> str:
    """The newest whose role is ``default``: what a new portal begins with. Which model a portal
    uses is said by its registry (`triage.registry`).

    Raises `ArtifactMissing`, or `ArtifactCorrupt` where a description on the way can't be read.
    """
    versions = released()
    for version in reversed(versions):
        if _described(directory() / version).role == "default":
            return version
    if versions:
        raise ArtifactMissing(f"None of the released models is a default: {', '.join(versions)}.")
    raise ArtifactMissing(f"There is no released model in {directory()}.")


def load(version: str | None = None) -> Artifact:
    """The artifact with every file's hash checked.

    Raises `ArtifactMissing` or `ArtifactCorrupt`, whose messages name the file.
    """
    version = version or default_version()
    if version not in released():
        known = ", ".join(released()) or "none"
        raise ArtifactMissing(f"There is no model {version!r} in {directory()} (known: {known}).")
    return read(directory() / version)


def described(version: str) -> Artifact:
    """What its artifact.json says, before any other file is looked at.

    Raises `ArtifactMissing` or `ArtifactCorrupt`.
    """
    return _described(directory() / version)


def read(path: Path) -> Artifact:
    """`load` for an artifact's folder anywhere. Raises `ArtifactMissing` or `ArtifactCorrupt`."""
    artifact = _described(path)
    for name, expected in artifact.files.items():
        _check(path / name, expected)
    return artifact


def _described(path: Path) -> Artifact:
    """What artifact.json says, before any other file is looked at."""
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
    expected = {*FILES, *(INT8_FILES if artifact.has_int8 else ())}
    if expected - set(artifact.files):
        raise ArtifactCorrupt(f"{described} lacks {sorted(expected - set(artifact.files))}.")
    if artifact.has_fusion != bool(artifact.history_thresholds):
        raise ArtifactCorrupt(f"{described} has a fusion or thresholds for one, but not both.")
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
    if not isinstance(fields["mirrored"], bool):
        raise ValueError(f"mirrored {fields['mirrored']!r}")
    if fields["role"] not in get_args(Role):
        raise ValueError(f"role {fields['role']!r}")
    spec = fields["input"]
    return Artifact(
        version=fields["version"],
        role=fields["role"],
        path=path,
        sha256=sha256,
        network=fields["network"],
        mirrored=fields["mirrored"],
        labels=tuple(fields["labels"]),
        input=InputSpec(
            size=int(spec["size"]),
            mean=tuple(spec["mean"]),
            std=tuple(spec["std"]),
            colour=spec["colour"],
        ),
        preprocessing=fields["preprocessing"],
        temperatures=Temperatures(**{k: float(v) for k, v in fields["temperatures"].items()}),
        thresholds=_thresholds(fields["thresholds"]),
        history_thresholds=_thresholds(fields["history_thresholds"]),
        metrics=fields["metrics"],
        bfloat16=fields["bfloat16"] is True,
        training=fields["training"],
        data=tuple(fields["data"]),
        reference={name: _spread(name, one) for name, one in dict(fields["reference"]).items()},
        files=dict(fields["files"]),
    )


def _spread(name: str, fields: Mapping[str, Any]) -> Spread:
    if name not in QUANTITIES:
        raise ValueError(f"a reference of {name!r}")
    edges, shares = (tuple(map(float, fields[key])) for key in ("edges", "shares"))
    return Spread(kind=fields["kind"], n=int(fields["n"]), edges=edges, shares=shares)


def _thresholds(fields: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in fields.items()}
