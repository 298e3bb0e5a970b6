"""Fit and judge what a patient's history adds to the photo: ``python -m training.fusion RUN``.

``python -m training.fusion RUN --data DIR`` adds `fusion.npz` (see `inference.fusion`) and
`fusion.json` (its figures) to a run's folder.

How it is fitted. For each fact, rows where it is known are counted by diagnosis and value, and the
log-ratio of the count seen to the count expected is shrunk towards 0 where counts are small. Rows
where the fact is unknown are not looked at, so what is missing cannot speak for a diagnosis, and
at serving an unknown fact adds nothing. Facts overlap with each other and with the photo, so each
one's ratios are scaled by a strength, fitted on photos that the network was not trained on.
Diagnoses that PAD-UFES-20 lacks (dermatofibroma, vascular lesions) take age, sex and site from
HAM10000, compared within HAM10000 only: the kind of photo never speaks for a diagnosis.

How it is judged. Patients are dealt into folds; the ratios and strengths used for a photo were
fitted without its patient, and the network never trained on it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from inference.fusion import FACTS, Fusion
from inference.probability import softmax
from training import assessment, datasets, photos
from training.answers import ask
from training.datasets import Example
from training.evaluate import record_opening
from training.layouts import Record
from training.metrics import RESAMPLES, Figure, draws, flagged, threshold_for
from training.minimise import minimise
from training.patient import Told, fold_of, levels_of
from training.predictions import Predictions
from training.runs import load_run

USUAL_STRENGTH, PULL = 0.6, 5.0  # where strengths are pulled to, and how hard
FILE, FIGURES = "fusion.npz", "fusion.json"


class NothingToLearnFrom(Exception):
    """There are no photos with a history, a label of the network's and a patient in a table."""


@dataclass(frozen=True)
class Known:
    """Photos whose diagnosis and history are known, with what the network said of them."""

    truth: np.ndarray  # (N,) place of the label
    photo: np.ndarray  # (N, K) the photo's own probabilities, calibrated
    levels: Mapping[str, np.ndarray]  # fact -> (N, L), zeros where it is not known
    folds: np.ndarray  # (N,)

    @classmethod
    def of(cls, predictions: Predictions, told: Told) -> Known:
        """Raises `NothingToLearnFrom`: nobody's history may be on both sides of a fold."""
        facts = [example.patient for example in predictions.examples]
        if not facts or None in facts or (predictions.truth < 0).any():
            raise NothingToLearnFrom(NothingToLearnFrom.__doc__)
        if unknown := set(predictions.groups) - told.groups:
            raise NothingToLearnFrom(f"{min(unknown)} is in no table.")
        return cls(
            predictions.truth,
            predictions.probabilities,
            {fact: levels_of(fact, facts) for fact in FACTS},
            np.array([fold_of(group) for group in predictions.groups], dtype=int),
        )

    def terms(self, ratios: Mapping[str, np.ndarray], chosen: np.ndarray) -> np.ndarray:
        """(n, F, K) of the ``chosen`` (N,) photos, in the order of ``ratios``."""
        return np.stack([self.levels[fact][chosen] @ table for fact, table in ratios.items()], 1)


@dataclass(frozen=True)
class Learned:
    """A fusion and what it is worth."""

    fusion: Fusion
    strengths: Mapping[str, float]  # fact -> what its ratios were multiplied by
    photos: int
    patients: int
    photo_alone: Mapping[str, Figure]  # by `training.assessment.MEASURES`
    with_history: Mapping[str, Figure]  # out of fold
    history_alone: Mapping[str, Figure]  # out of fold, every photo saying the labels' shares
    thresholds: Mapping[str, float]  # on the risks with history: see `own_thresholds`
    chosen_on: Mapping[str, int]  # risk -> validation photos with it, which they rest on
    as_ranked: Mapping[str, Figure]  # flagged: either risk is at its own threshold
    gained: Mapping[str, Figure]  # with history less photo alone, on the same draws of patients
    lost_without: Mapping[str, Mapping[str, Figure]]  # fact -> what leaving it out costs
    known: Mapping[str, float]  # fact -> part of the photos for which it is known

    def described(self) -> dict[str, object]:
        """Ready for JSON: [value, low, high] for each figure."""
        return _plain({name: value for name, value in vars(self).items() if name != "fusion"})


def learn(
    predictions: Predictions,
    records: Sequence[Record],
    *,
    thresholds: Mapping[str, float] | None = None,
    resamples: int = RESAMPLES,
) -> Learned:
    """Fit and judge on photos that the network was not trained on.

    ``predictions``, calibrated, of photos with a history (`has_history`); ``records``: every row of
    the tables, theirs among them; ``thresholds`` by risk. Raises `NothingToLearnFrom`.
    """
    told = Told(records, predictions.labels)
    known = Known.of(predictions, told)
    weights = draws(predictions.groups, resamples=resamples)

    shares = np.bincount(known.truth, minlength=len(told.labels)) / len(known.truth)
    joined = out_of_fold(known, told)
    with_history = _saying(predictions, joined)
    own = own_thresholds(predictions, with_history, thresholds or {})

    def judged(probabilities: np.ndarray, at: Mapping[str, float] = own) -> dict[str, np.ndarray]:
        return assessment.values(_saying(predictions, probabilities), weights, at)

    photo, fused = judged(known.photo, thresholds or {}), judged(joined)
    unseen = replace(known, photo=np.tile(shares, (len(known.truth), 1)))
    lost = {
        fact: _less(fused, judged(out_of_fold(known, told, [one for one in FACTS if one != fact])))
        for fact in FACTS
    }
    return Learned(
        fusion=fit(known, told),
        strengths=dict(zip(FACTS, _strengths(known, told, FACTS).tolist(), strict=True)),
        photos=len(predictions),
        patients=len(set(predictions.groups)),
        photo_alone=_figures(photo),
        with_history=_figures(fused),
        history_alone=_figures(judged(out_of_fold(unseen, told))),
        thresholds=own,
        chosen_on={
            risk: int(predictions.where(_validation(predictions)).positives(risk).sum())
            for risk in own
        },
        as_ranked=_figures(
            _as_ranked((predictions, thresholds or {}), (with_history, own), weights)
        ),
        gained=_less(fused, photo),
        lost_without=lost,
        known={fact: float(known.levels[fact].any(1).mean()) for fact in FACTS},
    )


def _saying(predictions: Predictions, probabilities: np.ndarray) -> Predictions:
    """Other probabilities for the same photos."""
    return replace(predictions, logits=_log(probabilities), temperature=1.0)


def own_thresholds(
    alone: Predictions, with_history: Predictions, thresholds: Mapping[str, float]
) -> dict[str, float]:
    """By risk, from when on one with history counts; chosen on the validation photos among these.

    The greatest that reaches `assessment.STATED_SENSITIVITY`, as for the photo alone. It may rest
    on few positives (`training.card` says on how many), as whatever the photo alone flags at its
    ``thresholds`` is flagged in any case: this one decides what a history adds. A risk that none
    of them has keeps the photo's threshold.
    """
    both, found = with_history.where(_validation(alone)), dict(thresholds)
    for risk in thresholds.keys() & both.risks.keys():
        positive = both.positives(risk)
        if positive.any():
            chosen = threshold_for(both.risks[risk], positive, assessment.STATED_SENSITIVITY)
            found[risk] = assessment.rounded_down(chosen)
    return found


def _validation(said: Predictions) -> np.ndarray:
    """(N,) bool"""
    return np.array([one.split == "validation" for one in said.examples], dtype=bool)


def _as_ranked(
    photo: tuple[Predictions, Mapping[str, float]],
    history: tuple[Predictions, Mapping[str, float]],
    weights: np.ndarray,
) -> dict[str, np.ndarray]:
    """Sensitivity and specificity by risk: (D,) each; answers with their thresholds."""
    found = {}
    for risk in history[1]:
        over = np.any([said.risks[risk] >= limits[risk] for said, limits in (photo, history)], 0)
        positive = photo[0].positives(risk)
        found[f"{risk}_sensitivity"] = flagged(over, positive, 1, weights)
        found[f"{risk}_specificity"] = 1 - flagged(over, ~positive, 1, weights)
    return found


def _figures(values: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    return {key: Figure.of(drawn) for key, drawn in values.items()}


def _less(more: Mapping[str, np.ndarray], less: Mapping[str, np.ndarray]) -> dict[str, Figure]:
    return _figures({key: more[key] - less[key] for key in more})


def _plain(value: object) -> object:
    if isinstance(value, Figure):
        return [round(part, 4) for part in (value.value, value.low, value.high)]
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def fit(known: Known, told: Told, facts: Sequence[str] = FACTS) -> Fusion:
    """From all of them: strengths on ratios that never counted the photo's own patient."""
    strengths = _strengths(known, told, facts)
    ratios = told.ratios()
    return Fusion(
        told.labels,
        {fact: ratios[fact] * strength for fact, strength in zip(facts, strengths, strict=True)},
    )


def out_of_fold(known: Known, told: Told, facts: Sequence[str] = FACTS) -> np.ndarray:
    """(N, K) probabilities with the history, each fitted without the photo's own patient."""
    fused = known.photo.copy()
    for fold in np.unique(known.folds):
        held = known.folds == fold
        strengths = _strengths(known, told, facts, outside=int(fold))
        terms = known.terms(_only(told.ratios(without=[fold]), facts), held)
        fused[held] = softmax(_log(known.photo[held]) + np.einsum("nfk,f->nk", terms, strengths))
    return fused


def _strengths(
    known: Known, told: Told, facts: Sequence[str], *, outside: int | None = None
) -> np.ndarray:
    """(F,) of 0 or more, fitted on the photos that are not in the fold ``outside``."""
    terms, kept = [], []
    for fold in np.unique(known.folds):
        if fold != outside:
            chosen = known.folds == fold
            without = [fold] if outside is None else [fold, outside]
            terms.append(known.terms(_only(told.ratios(without=without), facts), chosen))
            kept.append(np.flatnonzero(chosen))
    places = np.concatenate(kept)
    return strengths_of(np.concatenate(terms), known.photo[places], known.truth[places])


def strengths_of(terms: np.ndarray, photo: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(F,) of 0 or more: least cross-entropy plus a pull to USUAL_STRENGTH.

    ``terms`` (N, F, K), ``photo`` (N, K) probabilities, ``truth`` (N,) int.
    """
    log_photo, target = _log(photo), np.eye(photo.shape[1])[truth]

    def loss(strengths: np.ndarray) -> tuple[float, np.ndarray]:
        fused = softmax(log_photo + np.einsum("nfk,f->nk", terms, strengths))
        away = strengths - USUAL_STRENGTH
        value = -np.log(np.maximum((fused * target).sum(1), 1e-12)).sum() + PULL * away @ away
        return float(value), np.einsum("nfk,nk->f", terms, fused - target) + 2 * PULL * away

    return np.maximum(minimise(loss, np.full(terms.shape[1], USUAL_STRENGTH), steps=200), 0.0)


def _only(ratios: Mapping[str, np.ndarray], facts: Sequence[str]) -> dict[str, np.ndarray]:
    return {fact: ratios[fact] for fact in facts}


def _log(probabilities: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(probabilities, 1e-9))


def has_history(example: Example) -> bool:
    """Whether a photo can say what a history adds: taken by a patient's or doctor's camera.

    The portal's photos are such. Age and site of a dermoscopic photo say as much of what is
    examined with a dermatoscope as of a diagnosis.
    """
    return example.kind == "clinical" and example.patient is not None


def of_run(folder: Path, data: Path) -> Learned:
    """A run's fusion, from its validation and test photos; writes FILE and FIGURES beside it.

    The temperature is chosen on the validation part; opening the test part is recorded. Raises
    `DataMissing`, `NothingToLearnFrom`, ``FileNotFoundError``.
    """
    run = load_run(folder)
    found = datasets.survey(data)
    examples = [one for one in found.examples if one.label in run.labels and one.split != "train"]

    def ask_about(chosen: list[Example]) -> Predictions:
        return ask(
            run.network, photos.load(chosen, run.spec.size), run.labels, run.spec
        ).predictions

    validation = ask_about([one for one in examples if one.split == "validation"])
    opened = [one for one in examples if one.split == "test" and has_history(one)]
    record_opening(folder, opened)
    test = ask_about(opened)
    mine = validation.where(np.array([has_history(one) for one in validation.examples], dtype=bool))
    calibration = assessment.calibrate(validation)
    said = calibration.calibrated(Predictions.joined([mine, test]))
    records = [record for one in found.sets for record in one.records]
    learned = learn(said, records, thresholds=calibration.thresholds)
    learned.fusion.save(folder / FILE)
    (folder / FIGURES).write_text(json.dumps(learned.described(), indent=1) + "\n")
    return learned


SHOWN = ("accuracy", "balanced_accuracy", "malignancy_auc", "calibration_error", "loss")


def table(learned: Learned) -> str:
    """The figures for a reader: with 95 % intervals by patient."""
    rows = [f"{learned.photos} photos of {learned.patients} patients, out of fold"]
    for title in ("photo_alone", "history_alone", "with_history", "gained"):
        rows.append(_row(title.replace("_", " "), getattr(learned, title)))
    rows.append("What leaving a fact out costs:")
    rows += [
        _row(
            f"{fact} ({learned.known[fact]:.0%} known, strength {learned.strengths[fact]:.2f})",
            lost,
        )
        for fact, lost in learned.lost_without.items()
    ]
    return "\n".join(rows)


def _row(title: str, figures: Mapping[str, Figure]) -> str:
    shown = (f"{key} {one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
             for key in SHOWN if (one := figures[key]))  # fmt: skip
    return f"  {title}: " + ", ".join(shown)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.fusion", description=__doc__)
    parser.add_argument("run", type=Path, help="folder that training.train has written")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    chosen = parser.parse_args(arguments)
    try:
        print(table(of_run(chosen.run, chosen.data)))
    except (datasets.DataMissing, NothingToLearnFrom, FileNotFoundError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
