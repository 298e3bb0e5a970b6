"""Judging a model before it is released: on the test part, through every engine that serves it."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from inference import artifact as artifacts
from inference import engines
from inference.artifact import Artifact
from inference.domain import Domain
from training import fusion, refusals
from training.assessment import Assessment, assess
from training.evaluate import plain
from training.features import network_outputs, predictions_of
from training.fusion import Learned
from training.layouts import Record
from training.metrics import Figure
from training.photos import Photos
from training.predictions import Predictions
from training.subgroups import Subgroup, subgroups

log = logging.getLogger(__name__)

FLOATS_AGREE_WITHIN = 0.02
HISTORY_FIGURES = (
    "accuracy",
    "balanced_accuracy",
    "malignancy_auc",
    "malignancy_sensitivity_at_95",
    "malignancy_sensitivity",
    "malignancy_specificity",
    "melanoma_sensitivity",
    "melanoma_specificity",
    "calibration_error",
)


class EnginesDisagree(Exception):
    """Two engines give different probabilities for the same photos: nothing was released."""


@dataclass(frozen=True)
class Difference:
    """How far an engine's probabilities are from the default one's, on the same photos."""

    at_most: float  # 0 to 1
    mean: float  # 0 to 1
    other_top: float  # part of the photos whose most probable label is another

    @classmethod
    def between(cls, one: np.ndarray, other: np.ndarray) -> Difference:
        """From (N, K) probabilities each."""
        apart, changed = np.abs(one - other), one.argmax(1) != other.argmax(1)
        figures = (apart.max(), apart.mean(), changed.mean())
        return cls(*(round(float(figure), 5) for figure in figures))


def judge(artifact: Artifact, test: Photos) -> dict[str, object]:
    """Every figure of the card, ready for JSON, in float32. Raises `EnginesDisagree`."""
    engine = engines.create(artifact, "openvino-f32")
    outputs = network_outputs(engine, test.pixels, artifact.input)
    predictions = predictions_of(artifact, test.examples, outputs)
    dark = sum(one.skin_type in (5, 6) for one in test.examples)
    return {
        "engine": engine.name,
        "engines": {
            name: asdict(difference)
            for name, difference in compare(artifact, predictions, test).items()
        },
        "test": {
            name: of_assessment(assess(part, artifact.thresholds))
            for name, part in predictions.by_data_set().items()
        },
        "subgroups": [of_subgroup(one) for one in subgroups(predictions, artifact.thresholds)],
        "photos_of_skin_type_5_or_6": int(dark),
        "refused": asdict(
            refusals.judge(
                Domain.load(artifact.file(artifacts.DOMAIN)),
                lambda pixels: network_outputs(engine, pixels, artifact.input).features,
                pixels=test.pixels,
                features=outputs.features,
                data_sets=predictions.data_sets,
            )
        ),
    }


def learn_history(
    artifact: Artifact, photos: Sequence[Photos], records: Sequence[Record]
) -> Learned | None:
    """What a patient's history adds to this artifact's answers; None where no photo has one.

    From ``photos`` that the network was not trained on, out of fold: see `training.fusion`, which
    also needs the ``records`` of all tables.
    """
    engine = engines.create(artifact, "openvino-f32")
    told = []
    for part in photos:
        chosen = np.flatnonzero([fusion.has_history(one) for one in part.examples])
        if len(chosen):
            outputs = network_outputs(engine, part.pixels[chosen], artifact.input)
            told.append(predictions_of(artifact, [part.examples[at] for at in chosen], outputs))
    if not told:
        return None
    said = Predictions.joined(told)
    try:
        return fusion.learn(said, records, thresholds=artifact.thresholds)
    except fusion.NothingToLearnFrom as problem:
        log.warning("The patients' history is left out: %s", problem)
        return None


def of_history(learned: Learned) -> dict[str, object]:
    """Ready for JSON: the figures that the card shows."""
    described = plain(learned.described())
    tables = ("photo_alone", "history_alone", "with_history", "as_ranked", "gained")
    for name in tables:
        described[name] = _shown(described[name])
    described["lost_without"] = {
        fact: _shown(lost) for fact, lost in described["lost_without"].items()
    }
    return described


def _shown(figures: Mapping[str, object]) -> dict[str, object]:
    return {key: figures[key] for key in HISTORY_FIGURES if key in figures}


def bears_bfloat16(metrics: Mapping[str, object]) -> bool:
    """Whether what `judge` measured lets the model be served in bfloat16.

    Not where the processor has none, as nothing was measured there.
    """
    measured = metrics["engines"].get("openvino-bf16")
    return measured is not None and measured["at_most"] <= FLOATS_AGREE_WITHIN


def compare(artifact: Artifact, said: Predictions, test: Photos) -> dict[str, Difference]:
    """Engine -> how it differs from float32 on OpenVINO, which ``said`` this of the test part.

    Raises `EnginesDisagree` where Keras is too far away.
    """
    found = {}
    for engine in engines.every(artifact):
        if engine.name == "openvino-f32":
            continue
        outputs = network_outputs(engine, test.pixels, artifact.input)
        other = predictions_of(artifact, test.examples, outputs).probabilities
        found[engine.name] = Difference.between(said.probabilities, other)
    for name, difference in found.items():
        if name.startswith("keras") and difference.at_most > FLOATS_AGREE_WITHIN:
            raise EnginesDisagree(f"The probabilities differ by up to {difference.at_most}.")
    return found


def of_assessment(assessment: Assessment) -> dict[str, object]:
    return {
        "photos": assessment.photos,
        "groups": assessment.groups,
        "positives": dict(assessment.positives),
        "figures": of_figures(assessment.figures),
        "calibration_noise": known(assessment.calibration_noise),
        "recall": {
            one.label: {"photos": one.photos, "recall": of_figure(one.recall)}
            for one in assessment.by_label
            if one.photos
        },
        "confusion": assessment.confusion.tolist(),
    }


def of_subgroup(subgroup: Subgroup) -> dict[str, object]:
    return asdict(subgroup) | {"figures": of_figures(subgroup.figures)}


def of_figures(figures: Mapping[str, Figure]) -> dict[str, list[float | None]]:
    return {key: of_figure(figure) for key, figure in figures.items()}


def of_figure(figure: Figure) -> list[float | None]:
    """Value, low, high; None where it can't be known, as JSON has no nan."""
    return [known(value) for value in (figure.value, figure.low, figure.high)]


def known(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
