"""What is computed of one set of photos, and of its parts."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from inference.labels import BINARY, ISIC2019
from tests.training import judged
from training.assessment import MEASURES, assess, calibrate
from training.datasets import HAM, PAD
from training.metrics import Figure
from training.predictions import RISKS, OtherPhotos, Predictions
from training.subgroups import MIN_OF_A_KIND, MIN_PHOTOS, age_band, region, subgroups

FEW = 60  # draws, where the intervals aren't looked at


@pytest.fixture(scope="module")
def photos():
    return [*judged.examples(HAM, 400), *judged.examples(PAD, 120)]


def test_every_figure_of_the_report_is_there_within_its_interval(photos):
    predictions = judged.predictions(photos)
    found = assess(predictions, calibrate(predictions).thresholds)
    assert set(found.figures) == set(MEASURES)
    for key in set(MEASURES) - {"calibration_error"}:  # drawing anew adds noise to it
        assert found[key].low <= found[key].value <= found[key].high, key
    assert found["accuracy"].high - found["accuracy"].low < 0.12
    assert found.photos == 520 and found.groups == 260
    assert found.confusion.sum() == 520
    assert sum(one.photos for one in found.reliability) == 520


def test_the_accuracy_is_the_diagonal_and_the_recall_its_rows(photos):
    found = assess(judged.predictions(photos), resamples=FEW)
    assert found["accuracy"].value == pytest.approx(np.trace(found.confusion) / 520)
    for place, one in enumerate(found.by_label):
        row = found.confusion[place]
        if row.sum():
            assert one.recall.value == pytest.approx(row[place] / row.sum())
        assert one.photos == row.sum()


def test_the_risk_of_malignancy_is_the_sum_of_its_conditions(photos):
    predictions = judged.predictions(photos)
    by_label = dict(zip(predictions.labels, predictions.probabilities.T, strict=True))
    together = by_label["BCC"] + by_label["MEL"] + by_label["SCC"]
    assert predictions.risks["malignancy"] == pytest.approx(together)
    assert predictions.risks["melanoma"] == pytest.approx(by_label["MEL"])
    counts = Counter(one.label for one in photos)
    assert predictions.positives("malignancy").sum() == sum(
        counts[label] for label in ("BCC", "MEL", "SCC")
    )


def test_a_label_that_the_network_lacks_is_told_and_still_counts_as_malignant(photos):
    labels = tuple(label for label in ISIC2019 if label != "SCC")
    predictions = judged.predictions(photos, labels=labels)
    cancers = sum(one.label == "SCC" for one in photos)
    found = assess(predictions, resamples=FEW)
    assert found.unnamed == {"SCC": cancers} and cancers > 0
    assert found.confusion.sum() == 520 - cancers
    assert found.positives["malignancy"] == sum(
        one.label in ("BCC", "MEL", "SCC") for one in photos
    )


def test_a_network_that_tells_only_benign_from_malignant_is_judged_by_that(photos):
    malignant = np.array([one.label in ("BCC", "MEL", "SCC") for one in photos])
    logits = np.stack([~malignant, malignant], axis=1) * 2.0
    predictions = Predictions(photos, BINARY, logits)
    found = assess(predictions, resamples=FEW)
    assert found["accuracy"].value == found["malignancy_auc"].value == 1
    assert set(found.positives) == {"malignancy"} and not found.unnamed
    assert not found["melanoma_auc"].known


def test_photos_of_another_condition_are_neither_malignant_nor_benign(photos):
    others = [replace(one, label="OTHER") for one in photos[:50]]
    with_others = judged.predictions([*others, *photos[50:]])
    without = with_others.where(np.arange(520) >= 50)
    for risk in RISKS:
        key = f"{risk}_auc"
        one, other = assess(with_others, resamples=FEW), assess(without, resamples=FEW)
        assert one[key].value == other[key].value
    assert one.unnamed == {"OTHER": 50}


def test_thresholds_reach_their_sensitivity_in_every_data_set_that_can_say():
    validation = judged.predictions([*judged.examples(HAM, 2000), *judged.examples(PAD, 600)])
    chosen = calibrate(validation)
    calibrated = chosen.calibrated(validation)
    for name, part in calibrated.by_data_set().items():
        found = assess(part, chosen.thresholds, resamples=FEW)
        for risk in RISKS:
            if found.positives[risk] >= 20:
                assert found[f"{risk}_sensitivity"].value >= 0.95, (name, risk)
    assert assess(calibrated, resamples=FEW)["calibration_error"].value < 0.05


def test_without_a_melanoma_there_is_no_threshold_for_it():
    photos = [one for one in judged.examples(HAM, 100) if one.label != "MEL"]
    assert set(calibrate(judged.predictions(photos)).thresholds) == {"malignancy"}


def test_all_right_is_not_certainty(photos):
    predictions = judged.predictions(photos[:40], skill=50)
    right = assess(predictions, {"malignancy": 0.5})
    assert right["accuracy"].value == right["accuracy"].high == 1
    assert right["accuracy"].low == pytest.approx(0.025 ** (1 / 20), abs=1e-6)
    ill = {one.group for one in photos[:40] if one.label in ("BCC", "MEL", "SCC")}
    found = right["malignancy_sensitivity"]
    assert found.low == pytest.approx(0.025 ** (1 / len(ill)), abs=1e-6)


def test_answers_that_are_not_numbers_or_not_for_these_photos_are_refused(photos):
    with pytest.raises(ValueError, match="not a number"):
        Predictions(photos[:2], ISIC2019, np.full((2, 8), np.nan))
    with pytest.raises(ValueError, match="don't fit"):
        Predictions(photos[:2], ISIC2019, np.zeros((3, 8)))


def test_answers_are_stored_by_the_photos_names(photos, tmp_path):
    predictions = replace(judged.predictions(photos), temperature=1.5)
    predictions.save(tmp_path / "answers.npz")
    found = Predictions.load(tmp_path / "answers.npz", photos[::-1])
    assert found.examples == photos and found.temperature == 1.5
    assert found.logits == pytest.approx(predictions.logits, abs=1e-6)
    with pytest.raises(OtherPhotos, match="not in the data"):
        Predictions.load(tmp_path / "answers.npz", photos[1:])


def test_subgroups_are_compared_within_a_data_set_and_cover_it(photos):
    found = subgroups(judged.predictions(photos), {}, resamples=FEW)
    kinds = [one for one in found if one.dimension == "kind of photo"]
    assert {one.value: one.photos for one in kinds} == {"clinical": 120, "dermoscopic": 400}
    for dimension in ("skin type (Fitzpatrick)", "sex", "age", "site", "diagnosis"):
        for scope, count in ((HAM, 400), (PAD, 120)):
            parts = [one for one in found if (one.scope, one.dimension) == (scope, dimension)]
            assert sum(one.photos for one in parts) == count


def test_a_subgroup_too_small_to_judge_has_no_figures(photos):
    found = subgroups(judged.predictions(photos), {"malignancy": 0.3}, resamples=FEW)
    dark = next(one for one in found if (one.scope, one.value) == (PAD, "V or VI"))
    assert dark.photos == 0 and not any(figure.known for figure in dark.figures.values())
    for one in found:
        if one.photos < MIN_PHOTOS:
            assert not any(figure.known for figure in one.figures.values())
        if one.malignant < MIN_OF_A_KIND:
            assert not one.figures["malignancy_sensitivity"].known
            assert not one.figures["malignancy_auc"].known
    assert any(one.figures["malignancy_auc"].known for one in found)


def test_a_subgroups_figures_are_those_of_its_photos_alone(photos):
    predictions = judged.predictions(photos)
    found = subgroups(predictions, {}, resamples=FEW)
    biopsied = next(one for one in found if (one.scope, one.value) == (HAM, "biopsied only"))
    chosen = [one.data_set == HAM and bool(one.proven) for one in photos]
    alone = assess(predictions.where(np.array(chosen)), resamples=FEW)
    assert biopsied.photos == alone.photos == sum(chosen)
    assert biopsied.figures["accuracy"] == alone["accuracy"]
    assert isinstance(alone["accuracy"], Figure)


def test_ages_and_sites_are_told_in_words(photos):
    one = photos[0]
    ages = {None: "not recorded", 29.5: "under 30", 30: "30 to 49", 70: "70 and over"}
    for age, band in ages.items():
        assert age_band(replace(one, age=age)) == band
    sites = {
        "ABDOMEN": "trunk",
        "anterior torso": "trunk",
        "face": "head and neck",
        "forearm": "arm",
        "lower extremity": "leg",
        "palms/soles": "hand or foot",
        "genital": "genital",
        "unknown": "not recorded",
        None: "not recorded",
    }
    for site, name in sites.items():
        assert region(replace(one, site=site)) == name
