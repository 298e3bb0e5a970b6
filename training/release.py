"""Make a released model from public data, in one command.

``python -m training.release --data DIR --init DIR [--out DIR]``

``--data`` holds PAD-UFES-20 and HAM10000 (see `training.datasets`), ``--init`` the initial
weights that the preset names. Writes ``OUT/<version>/`` with the model for both engines, its
``artifact.json`` and ``MODEL_CARD.md``. The same data and weights give the same files.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference import artifact as artifacts
from inference import engines
from inference.artifact import Artifact
from inference.domain import Domain
from inference.labels import ISIC2019
from inference.preprocessing import InputSpec
from training import card, datasets, evaluate, not_skin, procedural
from training.datasets import Example
from training.domain import Seen, darkened, fit_domain
from training.export import round_to_half, write_artifact, write_openvino
from training.features import FLIPS, network_outputs, read_photos
from training.head import Head, fit_head, softmax
from training.presets import (
    DENSENET121_HEAD,
    IMAGENET_MEAN,
    IMAGENET_STD,
    PRESETS,
    HeadPreset,
)

STATED_SENSITIVITY = 0.95
# The initial network has met the validation photos, so its risks there are better separated than
# on new ones: its published melanoma AUC on photos it never met is 0.05 lower. By a binormal
# model that costs about 3 points of sensitivity; the threshold is set that much more careful.
SENSITIVITY_SOUGHT = 0.975
ENGINES_AGREE_WITHIN = 0.02
MIN_POSITIVES = 20  # fewer say nothing about a threshold


class EnginesDisagree(Exception):
    """The two engines give different probabilities for the same photos: nothing was released."""


@dataclass(frozen=True)
class Part:
    """The photos of one side of the split."""

    examples: list[Example]
    pixels: np.ndarray  # (N, H, W, 3) uint8

    @property
    def labels(self) -> np.ndarray:
        return np.array([ISIC2019.index(example.label) for example in self.examples])

    @property
    def groups(self) -> list[str]:
        return [example.group for example in self.examples]

    @property
    def data_sets(self) -> np.ndarray:
        return np.array([example.data_set for example in self.examples])


def release(data: Path, init: Path, out: Path, preset: HeadPreset = DENSENET121_HEAD) -> Artifact:
    """Fit, export, reload, compare, judge, write. Returns the artifact as read back.

    Raises `DataMissing`, `EnginesDisagree`, ``OSError`` for missing weights.
    """
    engines.import_tensorflow()
    import keras

    from inference.model import BUILDERS

    keras.utils.clear_session()  # names that Keras counts up get into the export
    spec = InputSpec(preset.size, IMAGENET_MEAN, IMAGENET_STD, preset.colour)
    parts = read_parts(data, spec.size)
    network = BUILDERS[preset.network](
        classes=len(ISIC2019), weights=str(init / preset.initial_weights)
    )
    round_to_half(network)
    with tempfile.TemporaryDirectory() as scratch:
        exported = Path(scratch) / artifacts.OPENVINO_MODEL
        write_openvino(network, exported)
        engine = engines.OpenVinoEngine(exported, spec.size)
        head, domain = _fit(parts, engine, spec, preset)
        layer = network.get_layer("evidence")
        layer.set_weights([head.kernel, head.bias])
        round_to_half(network)
        head = Head(*(np.asarray(weights) for weights in layer.get_weights()))
        validation = network_outputs(engine, parts["validation"].pixels, spec).features
        temperature, thresholds = calibrate(head.logits(validation), parts["validation"])
        kit = _Kit(preset, spec, network, domain, temperature, thresholds)
        metrics = judge(kit.write(Path(scratch)), parts, domain)
    artifact = kit.write(out, metrics)
    (artifact.path / "MODEL_CARD.md").write_text(card.model_card(artifact, preset))
    return artifact


def read_parts(data: Path, size: int) -> dict[str, Part]:
    """train, validation and test, read and scaled."""
    examples = datasets.read(data)
    parts = {}
    for split in ("train", "validation", "test"):
        chosen = [example for example in examples if example.split == split]
        parts[split] = Part(chosen, read_photos([example.path for example in chosen], size))
    return parts


def weights_of(part: Part, preset: HeadPreset) -> np.ndarray:
    """(N,) what each photo counts in the fit."""
    counts = np.bincount(part.labels, minlength=len(ISIC2019)).astype(float)
    weights = counts[part.labels] ** -preset.balance
    smartphone = part.data_sets == datasets.PAD
    if smartphone.any() and not smartphone.all():
        weights[smartphone] *= preset.smartphone_share / weights[smartphone].sum()
        weights[~smartphone] *= (1 - preset.smartphone_share) / weights[~smartphone].sum()
    return weights


def calibrate(logits: np.ndarray, part: Part) -> tuple[float, dict[str, float]]:
    """Temperature, and the thresholds on the calibrated risks.

    Each data set counts the same for the temperature. Each threshold is the most careful of the
    data sets that have enough positives to say.
    """
    share = np.zeros(len(part.examples))
    for name in np.unique(part.data_sets):
        share[part.data_sets == name] = 1 / (part.data_sets == name).sum()
    temperature = round(evaluate.fit_temperature(logits, part.labels, share), 4)
    risk = evaluate.risks(softmax(logits / temperature))
    truth = evaluate.truths(part.labels)
    thresholds = {}
    for name in risk:
        sets = [part.data_sets == data_set for data_set in np.unique(part.data_sets)]
        telling = [chosen for chosen in sets if truth[name][chosen].sum() >= MIN_POSITIVES]
        thresholds[name] = min(
            evaluate.threshold_for(risk[name][chosen], truth[name][chosen], SENSITIVITY_SOUGHT)
            for chosen in telling or [np.ones(len(part.examples), bool)]
        )
    return temperature, {name: round(value, 4) for name, value in thresholds.items()}


def judge(artifact: Artifact, parts: dict[str, Part], domain: Domain) -> dict[str, object]:
    """Figures of the exported model on the test part. Raises `EnginesDisagree`."""
    spec, test = artifact.input, parts["test"]
    engine = engines.create(artifact, "openvino")
    outputs = network_outputs(engine, test.pixels, spec)
    probabilities = softmax(outputs.logits.astype(np.float64) / artifact.temperature)
    result: dict[str, object] = {"engine": engine.name}
    result["engines_differ_by"] = compare_engines(artifact, probabilities, test)
    for name in np.unique(test.data_sets):
        chosen = test.data_sets == name
        groups = [group for group, is_in in zip(test.groups, chosen, strict=True) if is_in]
        result[str(name)] = evaluate.metrics(
            probabilities[chosen], test.labels[chosen], groups, artifact.thresholds
        )
    dark = [example.skin_type in (5, 6) for example in test.examples]
    result["photos_of_skin_type_5_or_6"] = int(np.sum(dark))
    result["domain"] = judge_domain(engine, spec, domain, test, outputs.features)
    return result


def compare_engines(artifact: Artifact, probabilities: np.ndarray, test: Part) -> float:
    """Greatest difference of a probability between the engines. Raises `EnginesDisagree`."""
    keras = network_outputs(engines.create(artifact, "keras"), test.pixels, artifact.input).logits
    other = softmax(keras.astype(np.float64) / artifact.temperature)
    difference = float(np.abs(other - probabilities).max())
    if difference > ENGINES_AGREE_WITHIN:
        raise EnginesDisagree(f"Probabilities differ by up to {difference:.4f}.")
    return round(difference, 4)


def judge_domain(
    engine: engines.Engine,
    spec: InputSpec,
    domain: Domain,
    test: Part,
    features: np.ndarray,
) -> dict[str, object]:
    """Parts rejected: of real photos, of the same darkened, of generated ones, of other things."""

    def rejected(pixels: np.ndarray, of_pixels: np.ndarray | None = None) -> float:
        if of_pixels is None:
            of_pixels = network_outputs(engine, pixels, spec).features
        return round(float((domain.scores(pixels, of_pixels) < 0.5).mean()), 4)

    def drawn(pictures) -> np.ndarray:
        return np.stack([np.asarray(one.resize((spec.size, spec.size))) for one in pictures])

    by_set = {
        str(name): rejected(test.pixels[chosen], features[chosen])
        for name in np.unique(test.data_sets)
        if (chosen := test.data_sets == name).any()
    }
    tones = {
        str(tone): rejected(
            drawn(
                procedural.lesion_photo(7, skin_tone=tone, kind=kind, size=(640, 480), dark=dark)
                for kind in procedural.KINDS
                for dark in (False, True)
            )
        )
        for tone in range(1, 7)
    }
    others = {
        kind: rejected(drawn(not_skin.picture(kind, seed) for seed in range(40)))
        for kind in not_skin.KINDS
    }
    return {
        "rejected": by_set,
        "rejected_darkened": rejected(darkened(test.pixels, seed=1)),
        "rejected_generated_by_skin_type": tones,
        "rejected_not_skin": others,
    }


def _fit(
    parts: dict[str, Part], engine: engines.Engine, spec: InputSpec, preset: HeadPreset
) -> tuple[Head, Domain]:
    train, validation = parts["train"], parts["validation"]
    turned = [network_outputs(engine, train.pixels, spec, flip=flip).features for flip in FLIPS]
    head = fit_head(
        np.concatenate(turned),
        np.tile(train.labels, len(FLIPS)),
        classes=len(ISIC2019),
        weights=np.tile(weights_of(train, preset), len(FLIPS)),
        decay=preset.decay,
    )

    def seen(pixels: np.ndarray, features: np.ndarray | None = None) -> Seen:
        if features is None:
            features = network_outputs(engine, pixels, spec).features
        return Seen(pixels, features)

    domain = fit_domain(
        train=seen(train.pixels, turned[0]),
        train_darkened=seen(darkened(train.pixels)),
        data_set=list(train.data_sets),
        validation=seen(validation.pixels),
    )
    return head, domain


@dataclass(frozen=True)
class _Kit:
    """What goes into an artifact, but for its figures."""

    preset: HeadPreset
    spec: InputSpec
    network: object  # the Keras model
    domain: Domain
    temperature: float
    thresholds: dict[str, float]

    def write(self, directory: Path, metrics: Mapping[str, object] | None = None) -> Artifact:
        return write_artifact(
            directory,
            version=self.preset.version,
            role="default",
            network=self.network,
            network_name=self.preset.network,
            labels=ISIC2019,
            spec=self.spec,
            domain=self.domain,
            temperature=self.temperature,
            thresholds=self.thresholds,
            metrics=metrics or {},
            training={"start": self.preset.initial_weights},
            data=card.DATA,
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.release", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--init", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=artifacts.directory())
    parser.add_argument("--preset", choices=sorted(PRESETS), default=DENSENET121_HEAD.version)
    chosen = parser.parse_args(arguments)
    artifact = release(chosen.data, chosen.init, chosen.out, PRESETS[chosen.preset])
    print((artifact.path / "MODEL_CARD.md").read_text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
