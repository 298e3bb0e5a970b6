"""What the portal's watch on drift compares with: validation photos as the portal would have them.

``python -m training.reference ARTIFACT --data DIR`` measures them for a released model (a folder)
and writes ``reference`` into its description, its card and nothing else: the network, thresholds
and every prediction stay, the description's own hash changes. `training.release` does the same for
a new one. A portal that has met the model already takes other files of one version for a mistake
and doesn't load them: such a model is released under a new version instead.

Each photo goes through the code that takes an upload (`inference.image.clean`) and, as one case,
through the classifier that serves. Patients send photos by a telephone, so the reference is of the
*clinical* photos; of all only where too few of those were kept for validation. A reference of
dermoscopic photos would alarm on the first day, and say nothing.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from inference import artifact as artifacts
from inference import image
from inference.artifact import QUANTITIES, Artifact, Spread
from inference.classifier import Classifier
from training import datasets
from training.card import model_card
from training.datasets import DataMissing, Example
from training.export import CARD
from training.runs import is_same_data, write_text

log = logging.getLogger(__name__)

BINS = 10
PHOTOS_A_BIN = 20  # fewer bins rather than fewer photos in each: chance alone moves those
LEAST = 4 * PHOTOS_A_BIN
_CHUNK = 64  # photos in memory together


class OtherData(Exception):
    """Not the photos that the model was made with: it may have learnt from any of them."""


@dataclass(frozen=True)
class Measured:
    """One photo, by the names of `inference.artifact.QUANTITIES`."""

    brightness: float
    sharpness: float | None  # None: smaller than what sharpness is measured on, so not comparable
    domain_score: float
    melanoma_risk: float
    malignancy_risk: float


def reference(artifact: Artifact, validation: Sequence[Example]) -> dict[str, Spread]:
    """Quantity -> its spread over the validation photos that are like a patient's.

    A quantity is left out where fewer than LEAST photos have it.
    """
    kind, examples = like_a_patients(validation)
    classifier = Classifier.of(artifact, engine="openvino-f32")
    measured = list(measure(classifier, examples))
    found = {}
    for name in QUANTITIES:
        values = [value for one in measured if (value := getattr(one, name)) is not None]
        if len(values) >= LEAST:
            found[name] = spread(values, kind)
        else:
            log.warning("No reference of %s: %d photos have it.", name, len(values))
    return found


def like_a_patients(validation: Sequence[Example]) -> tuple[str, Sequence[Example]]:
    """The clinical ones, or all where those are too few; and which of the two."""
    clinical = [one for one in validation if one.kind == "clinical"]
    return ("clinical", clinical) if len(clinical) >= LEAST else ("all", validation)


def measure(classifier: Classifier, examples: Sequence[Example]) -> Iterator[Measured]:
    """Each photo as a case of its own; those that the portal would not take are left out."""
    remaining = iter(examples)
    while chunk := list(islice(remaining, _CHUNK)):
        photos = [photo for one in chunk if (photo := _as_stored(one.path)) is not None]
        cases = classifier.predict_cases([[photo.jpeg] for photo in photos])
        for photo, case in zip(photos, cases, strict=True):
            comparable = max(photo.width, photo.height) >= image.MEASURED_SIDE
            yield Measured(
                brightness=photo.brightness,
                sharpness=photo.sharpness if comparable else None,
                domain_score=case.domain_score,
                melanoma_risk=case.melanoma_risk,
                malignancy_risk=case.malignancy_risk,
            )


def _as_stored(path: Path) -> image.CleanPhoto | None:
    try:
        return image.clean(path.read_bytes())
    except image.PhotoRejected as rejected:
        log.warning("%s is left out: %s", path.name, rejected.message)
        return None


def spread(values: Sequence[float], kind: str) -> Spread:
    """At most BINS bins with equally many values in each, as far as equal values allow."""
    bins = max(1, min(BINS, len(values) // PHOTOS_A_BIN))
    cuts = np.quantile(values, np.arange(1, bins) / bins)
    edges = sorted({float(f"{cut:.4g}") for cut in cuts})
    places = np.searchsorted(edges, values, side="right")
    shares = np.bincount(places, minlength=len(edges) + 1) / len(values)
    return Spread(kind, len(values), tuple(edges), tuple(round(float(one), 4) for one in shares))


def reseal(artifact: Artifact, found: Mapping[str, Spread]) -> Artifact:
    """Write the reference into a released model's description and card; read it back."""
    described = artifact.file(artifacts.FILE)
    fields = json.loads(described.read_text())
    fields["reference"] = {name: asdict(one) for name, one in found.items()}
    write_text(described, json.dumps(fields, indent=1, allow_nan=False) + "\n")
    resealed = artifacts.read(artifact.path)
    write_text(artifact.file(CARD), model_card(resealed))
    return resealed


def add(path: Path, data: Path) -> Artifact:
    """Measure and write the reference of the released model in the folder ``path``.

    Raises `OtherData`, `DataMissing`, `ArtifactMissing`, `ArtifactCorrupt`: nothing is written.
    """
    artifact = artifacts.read(path)
    examples = datasets.read(data)
    if not is_same_data(artifact.training, artifact.labels, examples):
        raise OtherData(f"{data} does not hold the photos that {artifact.version} was made with.")
    validation = [
        one for one in examples if one.split == "validation" and one.label in artifact.labels
    ]
    return reseal(artifact, reference(artifact, validation))


EXPLAINED = (OtherData, DataMissing, artifacts.ArtifactMissing, artifacts.ArtifactCorrupt)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.reference", description=__doc__)
    parser.add_argument("artifact", type=Path, help="folder of a released model")
    parser.add_argument("--data", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        artifact = add(chosen.artifact, chosen.data)
    except EXPLAINED as problem:
        print(problem, file=sys.stderr)
        return 1
    for name, one in artifact.reference.items():
        print(f"{name}: {one.n} {one.kind} photos, edges {one.edges}, shares {one.shares}")
    print(f"artifact.json: {artifact.sha256}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
