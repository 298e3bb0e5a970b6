"""Made-up answers of a network, for tests of what is computed and shown from them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inference.labels import ISIC2019
from training.assessment import assess, calibrate
from training.datasets import HAM, PAD, Example
from training.evaluate import Cost, Evaluation, Opening
from training.predictions import Predictions
from training.refusals import Refusals
from training.speed import Speed
from training.subgroups import subgroups

SHARES = {
    HAM: {"NV": 0.62, "MEL": 0.12, "BKL": 0.12, "BCC": 0.06, "AK": 0.04, "VASC": 0.02, "DF": 0.02},
    PAD: {"BCC": 0.3, "NV": 0.25, "AK": 0.2, "BKL": 0.15, "MEL": 0.06, "SCC": 0.04},
}

OPENING = Opening("2026-11-20 10:00:00", "cd" * 32, 1420, False)


def examples(data_set: str, count: int, seed: int = 0) -> list[Example]:
    """Photos with what such data sets know of them, two photos a patient."""
    rng = np.random.default_rng([seed, len(data_set)])
    labels = rng.choice(list(SHARES[data_set]), count, p=list(SHARES[data_set].values()))
    return [
        Example(
            path=Path(f"/data/{data_set}/photo_{n:05}.jpg"),
            label=str(labels[n]),
            data_set=data_set,
            group=f"{data_set}:{n // 2}",
            split="test",
            kind="dermoscopic" if data_set == HAM else "clinical",
            skin_type=int(rng.integers(1, 5)) if data_set == PAD and n % 3 else None,
            sex=(None, "female", "male")[n % 3],
            age=float(rng.integers(15, 90)) if n % 10 else None,
            site=str(rng.choice(["back", "face", "lower extremity", "abdomen", "hand", "unknown"])),
            proven=bool(rng.random() < 0.5),
        )
        for n in range(count)
    ]


def predictions(
    photos: list[Example], *, labels: tuple[str, ...] = ISIC2019, skill: float = 2.0, seed: int = 0
) -> Predictions:
    """Noise, plus ``skill`` at the truth."""
    rng = np.random.default_rng(seed)
    truth = np.array([[label == one.label for label in labels] for one in photos], float)
    logits = rng.normal(0, 1, (len(photos), len(labels))) + skill * truth
    return Predictions(photos, labels, logits)


def evaluation(*, skill: float = 2.0, name: str = "densenet121") -> Evaluation:
    """Of both data sets, without a network."""
    test = predictions([*examples(HAM, 1300), *examples(PAD, 120)], skill=skill)
    chosen = calibrate(predictions([*examples(HAM, 900, 1), *examples(PAD, 150, 1)], skill=skill))
    calibrated = chosen.calibrated(test)

    def by_set(one: Predictions):
        return {name: assess(part, chosen.thresholds) for name, part in one.by_data_set().items()}

    log = tuple(
        {
            "epoch": float(epoch),
            "loss": 2 / epoch,
            "accuracy": 1 - 0.6 / epoch,
            "validation_loss": 1.8 / epoch + 0.2,
            "validation_accuracy": 0.95 - 0.6 / epoch,
            "validation_balanced_accuracy": 0.9 - 0.6 / epoch,
            "seconds": 300.0,
            "busy": 0.95,
            "seconds_per_step": 0.41,
        }
        for epoch in range(1, 9)
    )
    run = {
        "command": f"python -m training.train {name} --data /somewhere/else/data --init /x/weights",
        "preset": {"name": name, "network": "densenet121", "seed": 1, "start_met": ""},
        "data_sha256": "ab" * 32,
        "photos": {"train": 6700, "validation": 1400, "test": 1420},
        "machine": "x86_64, 2 cores",
        "epochs": 8,
        "seconds": 2400,
    }
    return Evaluation(
        command=f"python -m training.evaluate /home/somebody/runs/{name} --data /somewhere/data",
        run=run,
        labels=test.labels,
        same_data=True,
        openings=(OPENING,),
        calibration=chosen,
        calibrated_on=1050,
        uncalibrated=by_set(test),
        sets=by_set(calibrated),
        subgroups=subgroups(calibrated, chosen.thresholds),
        broken=(),
        cost=Cost(
            7_045_704, {"Weights, float32": 28_400_000}, 2400, (Speed("openvino-bf16", 57.0),)
        ),
        refusals=Refusals(
            photos={HAM: 0.008, PAD: 0.01, "all of them, underexposed": 0.02},
            skin_types={f"type {tone}": 0.0 for tone in range(1, 7)},
            not_skin={"page": 1.0, "fur": 0.4},
            damaged={"empty file": True, "PDF": True},
        ),
        log=log,
    )
