"""The figures mean what their names say."""

import numpy as np
import pytest

from inference.labels import ISIC2019
from training import evaluate
from training.head import softmax


def test_auc_is_the_chance_that_a_positive_ranks_higher():
    scores = np.array([0.1, 0.4, 0.35, 0.8])
    assert evaluate.auc(scores, np.array([False, False, True, True])) == pytest.approx(0.75)
    assert evaluate.auc(np.zeros(4), np.array([True, False, True, False])) == pytest.approx(0.5)
    assert np.isnan(evaluate.auc(scores, np.zeros(4, bool)))


def test_balanced_accuracy_gives_each_label_the_same_say():
    labels, predicted = np.array([0] * 9 + [1]), np.zeros(10, int)
    assert evaluate.balanced_accuracy(predicted, labels) == 0.5


def test_calibration_error_of_honest_and_of_boastful_probabilities():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1, 20_000)
    probabilities = np.stack([sure, 1 - sure], axis=1)
    labels = (rng.random(20_000) > sure).astype(int)
    assert evaluate.calibration_error(probabilities, labels) < 0.02
    boastful = np.where(probabilities > 0.5, 0.99, 0.01)
    assert evaluate.calibration_error(boastful, labels) > 0.2


@pytest.mark.parametrize("sensitivity", [0.95, 0.975, 1.0])
def test_a_threshold_reaches_the_sensitivity_asked_for_and_no_more(sensitivity):
    rng = np.random.default_rng(1)
    positive = rng.random(1000) < 0.3
    risk = np.where(positive, rng.beta(4, 2, 1000), rng.beta(2, 4, 1000))
    threshold = evaluate.threshold_for(risk, positive, sensitivity)
    point = evaluate.operating_point(risk, positive, threshold)
    assert point.sensitivity >= sensitivity
    just_above = evaluate.operating_point(risk, positive, np.nextafter(threshold, 1))
    assert just_above.sensitivity < sensitivity
    assert 0 < point.specificity < 1 and point.positives == positive.sum()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_is_found_again(temperature):
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, (20_000, 4))
    chance = softmax(logits).cumsum(1)
    labels = (rng.random((20_000, 1)) > chance).sum(1)
    found = evaluate.fit_temperature(logits * temperature, labels, np.ones(20_000))
    assert found == pytest.approx(temperature, rel=0.05)


def test_an_interval_is_wider_when_few_patients_hold_all_photos():
    rng = np.random.default_rng(3)
    values = np.repeat(rng.normal(0, 1, 20), 10)

    def width(groups: list[str]) -> float:
        low, high = evaluate.interval(lambda drawn: float(values[drawn].mean()), groups)
        return high - low

    by_patient = width([str(n // 10) for n in range(200)])
    by_photo = width([str(n) for n in range(200)])
    assert by_patient > 2 * by_photo


def test_risks_and_truths_are_of_the_same_things():
    certain = np.eye(len(ISIC2019))
    labels = np.arange(len(ISIC2019))
    for name, risk in evaluate.risks(certain).items():
        assert np.array_equal(risk == 1, evaluate.truths(labels)[name])
    malignant = [ISIC2019[n] for n in labels if evaluate.truths(labels)["malignancy"][n]]
    assert malignant == ["BCC", "MEL", "SCC"]


def test_metrics_hold_every_figure_of_the_model_card():
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 8, 300)
    probabilities = softmax(rng.normal(0, 1, (300, 8)) + 2 * np.eye(8)[labels])
    found = evaluate.metrics(
        probabilities, labels, [str(n) for n in range(300)], {"melanoma": 0.1, "malignancy": 0.2}
    )
    from training.card import _FIGURES

    assert {key for key, _ in _FIGURES} <= set(found)
    low, high = found["melanoma_auc_interval"]
    assert low < found["melanoma_auc"] < high
    assert found["recall"]["DF"] == round(
        float((probabilities.argmax(1)[labels == 3] == 3).mean()), 4
    )
