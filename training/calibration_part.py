"""The part of a run's report on how far its probabilities can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inference.probability import Temperatures
from training import charts, page
from training.metrics import RESAMPLES
from training.page import Markup, shown

if TYPE_CHECKING:
    from training.evaluate import Evaluation


def calibration_part(evaluation: Evaluation) -> Markup:
    figures, rows = [], []
    for name, one in evaluation.sets.items():
        before = evaluation.uncalibrated[name]
        rows.append(
            [
                name,
                one.photos,
                shown(before["calibration_error"]),
                shown(one["calibration_error"]),
                f"{one.calibration_noise:.3f}",
            ]
        )
        title = f"Reliability, {name}"
        bins = [
            [
                f"{place * 10} to {place * 10 + 10}%",
                part.photos,
                f"{part.confidence:.3f}",
                shown(part.correct),
            ]
            for place, part in enumerate(one.reliability)
            if part.photos
        ]
        figures.append(
            page.figure(
                charts.reliability(title, one.reliability),
                f"{title}: on the dotted line, a network that is 70% sure is right in 70%.",
                page.table(title, ["Confidence", "Photos", "Mean confidence", "Right"], bins),
            )
        )
    return page.joined(
        [
            page.paragraph(_heat(evaluation.calibration.temperatures)),
            page.table(
                "Expected calibration error, ten bins",
                ["Photos of", "Photos", "As trained", "Calibrated", "By chance alone"],
                rows,
            ),
            page.paragraph(
                "By chance alone: the error that as many perfectly calibrated answers would show "
                f"on average ({RESAMPLES:,} draws in which each is right with the probability that "
                "it states). An error near or below it can't be told from none.",
                "soft",
            ),
            page.side_by_side(figures),
        ]
    )


def _heat(found: Temperatures) -> str:
    how = "(fitted on the validation part, each data set counting the same)."
    if found.clinical == found.dermoscopic:
        return f"Logits are divided by {found.clinical} {how}"
    return (
        f"Logits are divided by {found.clinical} where the photo is by a camera or telephone and "
        f"by {found.dermoscopic} where it is dermoscopic, mixed by how far the network's features "
        f"look like either {how}"
    )
