"""The figures mean what their names say: hand-computed, and drawn by patient."""

import time
import warnings

import numpy as np
import pytest

from inference.probability import Temperatures, softmax
from training import metrics
from training.metrics import Confusion, Figure, Reliability, Roc


def once(photos: int) -> np.ndarray:
    return np.ones((1, photos))


#                 a  a  a  a  b  b  c  c
TRUTH = np.array([0, 0, 0, 0, 1, 1, 2, 2])
ANSWER = np.array([0, 0, 0, 1, 1, 0, 2, 1])


@pytest.fixture
def confusion() -> Confusion:
    return Confusion.of(ANSWER, TRUTH, once(8), 3)


def test_a_confusion_matrix_has_the_truth_in_rows(confusion):
    assert confusion.counts[0].tolist() == [[3, 1, 0], [1, 1, 0], [0, 1, 1]]


def test_figures_of_a_confusion_matrix_by_hand(confusion):
    assert confusion.accuracy() == pytest.approx(5 / 8)
    assert confusion.recall()[0] == pytest.approx([3 / 4, 1 / 2, 1 / 2])
    assert confusion.precision()[0] == pytest.approx([3 / 4, 1 / 3, 1])
    assert confusion.balanced_accuracy() == pytest.approx((3 / 4 + 1 / 2 + 1 / 2) / 3)
    assert confusion.macro_f1() == pytest.approx((3 / 4 + 2 / 5 + 2 / 3) / 3)
    by_chance = (4 * 4 + 2 * 3 + 2 * 1) / 64
    assert confusion.kappa() == pytest.approx((5 / 8 - by_chance) / (1 - by_chance))


def test_a_label_that_does_not_occur_has_no_say_and_one_never_answered_has_no_precision():
    confusion = Confusion.of(np.array([0, 3]), np.array([0, 0]), once(2), 4)
    assert confusion.balanced_accuracy() == confusion.recall()[0, 0] == 0.5
    assert confusion.macro_f1() == pytest.approx(2 / 3)
    assert np.isnan(confusion.recall()[0, 1:]).all() and np.isnan(confusion.precision()[0, 1])
    assert confusion.precision()[0, 3] == 0


def test_a_weight_counts_a_photo_that_often():
    weights = np.array([[2, 0, 1, 1, 3, 0, 1, 2.0]])
    repeated = np.repeat(np.arange(8), weights[0].astype(int))
    weighted = Confusion.of(ANSWER, TRUTH, weights, 3)
    plain = Confusion.of(ANSWER[repeated], TRUTH[repeated], once(len(repeated)), 3)
    assert weighted.counts.tolist() == plain.counts.tolist()
    risk = np.array([0.9, 0.3, 0.5, 0.5, 0.2, 0.1, 0.5, 0.4])
    positive = TRUTH == 0
    assert Roc.of(risk, positive, weights).auc() == pytest.approx(
        Roc.of(risk[repeated], positive[repeated], once(len(repeated))).auc()
    )


def test_auc_is_the_chance_that_a_positive_ranks_higher():
    risk, positive = np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])
    assert Roc.of(risk, positive, once(4)).auc() == pytest.approx(3 / 4)
    assert Roc.of(np.zeros(4), positive, once(4)).auc() == pytest.approx(1 / 2)
    tied = np.array([0.1, 0.5, 0.5, 0.8])
    assert Roc.of(tied, positive, once(4)).auc() == pytest.approx(3.5 / 4)


@pytest.mark.parametrize("positive", [np.zeros(3, bool), np.ones(3, bool)])
def test_without_both_kinds_there_is_no_auc_and_no_operating_point(positive):
    roc = Roc.of(np.array([0.1, 0.2, 0.3]), positive, once(3))
    for drawn in (roc.auc(), roc.sensitivity_at(0.9), roc.specificity_at(0.95)):
        assert np.isnan(drawn).all()


def test_operating_points_by_hand():
    # positives at .9 .7 .5 .3, negatives at .8 .4 .2 .1 .05
    risk = np.array([0.9, 0.7, 0.5, 0.3, 0.8, 0.4, 0.2, 0.1, 0.05])
    roc = Roc.of(risk, np.arange(9) < 4, once(9))
    assert roc.sensitivity_at(1.0) == pytest.approx(1 / 4)
    assert roc.sensitivity_at(0.8) == pytest.approx(3 / 4)
    assert roc.sensitivity_at(0.79) == pytest.approx(3 / 4)
    assert roc.sensitivity_at(0.6) == pytest.approx(1)
    assert roc.specificity_at(0.95) == pytest.approx(3 / 5)
    assert roc.specificity_at(0.75) == pytest.approx(4 / 5)


def test_top_k_and_loss_by_hand():
    probabilities = np.array([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [0.1, 0.8, 0.1]])
    truth = np.array([0, 1, 2])
    answers = (probabilities, truth, once(3))
    assert [float(metrics.top_k(*answers, k)[0]) for k in (1, 2, 3)] == pytest.approx(
        [1 / 3, 2 / 3, 1]
    )
    assert metrics.log_loss(*answers) == pytest.approx(-np.log(0.5 * 0.3 * 0.1) / 3)


def test_calibration_error_by_hand():
    # two photos at 0.9 of which one is right, two at 0.6 of which both are
    sure = np.array([0.9, 0.9, 0.6, 0.6])
    probabilities = np.stack([sure, 1 - sure], axis=1)
    reliability = Reliability.of(probabilities, np.array([0, 1, 0, 0]), once(4))
    assert reliability.photos[0, [6, 9]].tolist() == [2, 2]
    assert reliability.correct[0, [6, 9]].tolist() == [1, 0.5]
    assert np.isnan(reliability.correct[0, :6]).all()
    assert reliability.error() == pytest.approx((0.4 + 0.4) / 2)


def test_honest_probabilities_are_calibrated_and_boastful_ones_are_not():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.5, 1, 20_000)
    probabilities = np.stack([sure, 1 - sure], axis=1)
    truth = (rng.random(20_000) > sure).astype(int)
    assert Reliability.of(probabilities, truth, once(20_000)).error() < 0.02
    boastful = np.where(probabilities > 0.5, 0.99, 0.01)
    assert Reliability.of(boastful, truth, once(20_000)).error() > 0.2


@pytest.mark.parametrize("sensitivity", [0.95, 0.975, 1.0])
def test_a_threshold_reaches_the_sensitivity_asked_for_and_no_more(sensitivity):
    rng = np.random.default_rng(1)
    positive = rng.random(1000) < 0.3
    risk = np.where(positive, rng.beta(4, 2, 1000), rng.beta(2, 4, 1000))
    threshold = metrics.threshold_for(risk, positive, sensitivity)

    def reached(threshold: float) -> float:
        return float(metrics.flagged(risk, positive, threshold, once(1000))[0])

    assert reached(threshold) >= sensitivity > reached(np.nextafter(threshold, 1))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_is_found_again(temperature):
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, (20_000, 4))
    truth = (rng.random((20_000, 1)) > softmax(logits).cumsum(1)).sum(1)
    same = np.full(20_000, 0.5)
    found = metrics.fit_temperatures(logits * temperature, truth, np.ones(20_000), same)
    assert found.clinical == found.dermoscopic == pytest.approx(temperature, rel=0.05)


def test_each_kind_s_temperature_is_found_again():
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (40_000, 4))
    truth = (softmax(logits).cumsum(1) > rng.random((40_000, 1))).argmax(1)
    clinical = np.tile([1.0, 0.0, 0.9, 0.2], 10_000)
    heat = Temperatures(2.0, 0.5).mixed(clinical)
    found = metrics.fit_temperatures(logits * heat[:, None], truth, np.ones(40_000), clinical)
    assert found.clinical == pytest.approx(2.0, rel=0.05)
    assert found.dermoscopic == pytest.approx(0.5, rel=0.05)


def test_the_gradient_of_a_temperature_is_that_of_its_loss():
    """One photo, two labels: logits 2 and 0 and the first is right half of the time."""
    logits, truth = np.array([[2.0, 0.0]] * 4), np.array([0, 0, 0, 1])
    found = metrics.fit_temperatures(logits, truth, np.ones(4), np.ones(4))
    assert found.clinical == pytest.approx(2 / np.log(3), rel=1e-3)  # where softmax gives 0.75
    assert found.dermoscopic == pytest.approx(1, abs=1e-3)  # nothing speaks for another


def test_a_network_that_is_wrongly_quite_sure_is_cooled_down_too():
    """Its probability of the truth is 0 to the computer's last digit."""
    logits, truth = np.array([[2000.0, 0.0]] * 2), np.array([0, 1])
    found = metrics.fit_temperatures(logits, truth, np.ones(2), np.ones(2))
    assert found.clinical == pytest.approx(8)  # the warmest that there is


def test_the_calibration_error_of_chance_by_hand():
    """One photo of confidence 0.9 in its bin: off by 0.1 in nine of ten draws, else by 0.9."""
    said = np.array([[0.9, 0.1]])
    assert metrics.calibration_noise(said, resamples=20_000) == pytest.approx(0.18, abs=0.01)
    many = np.tile(said, (10_000, 1))
    assert metrics.calibration_noise(many, resamples=200) < 0.005
    assert np.isnan(metrics.calibration_noise(said[:0]))


def test_draws_take_whole_patients():
    weights = metrics.draws(["a", "b", "a", "c"], resamples=50)
    assert weights.shape == (51, 4)
    assert (weights[0] == 1).all()
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[1:, [0, 1, 3]].sum(1) == 3).all()
    assert len(np.unique(weights, axis=0)) > 5
    assert np.array_equal(weights, metrics.draws(["a", "b", "a", "c"], resamples=50))


def test_an_interval_is_that_of_the_mean_of_independent_patients():
    right = (np.arange(400) % 4 > 0).astype(int)  # 75 % of 400
    confusion = Confusion.of(np.ones(400, int), right, metrics.draws(range(400)), 2)
    found = Figure.of(confusion.accuracy())
    deviation = np.sqrt(0.75 * 0.25 / 400)
    assert found.value == 0.75
    assert found.low == pytest.approx(0.75 - 1.96 * deviation, abs=0.008)
    assert found.high == pytest.approx(0.75 + 1.96 * deviation, abs=0.008)


def test_an_interval_is_wider_when_few_patients_hold_all_photos():
    right = np.repeat(np.arange(20) % 2, 10)

    def width(groups) -> float:
        weights = metrics.draws(groups)
        found = Figure.of(Confusion.of(np.ones(200, int), right, weights, 2).accuracy())
        return found.high - found.low

    assert width(np.arange(200) // 10) > 2 * width(np.arange(200))


def test_draws_that_cannot_tell_are_left_out_and_a_figure_that_cannot_be_known_is_nan():
    found = Figure.of(np.array([0.5, np.nan, 0.4, 0.6, np.nan]))
    assert (found.value, found.known) == (0.5, True) and 0.4 <= found.low < found.high <= 0.6
    unknown = Figure.of(np.full(5, np.nan))
    assert not unknown.known and np.isnan([unknown.low, unknown.high]).all()


def test_no_photos_are_not_an_error():
    nothing, weights = np.zeros((0, 3)), metrics.draws([])
    truth = np.zeros(0, int)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        confusion = Confusion.of(truth, truth, weights, 3)
        for drawn in (
            confusion.accuracy(),
            confusion.balanced_accuracy(),
            confusion.macro_f1(),
            confusion.kappa(),
            Reliability.of(nothing, truth, weights).error(),
            metrics.top_k(nothing, truth, weights, 2),
            Roc.of(np.zeros(0), truth > 0, weights).auc(),
            Roc.of(np.zeros(0), truth > 0, weights).sensitivity_at(0.9),
        ):
            assert np.isnan(drawn).all()


def test_the_figures_agree_with_scikit_learn_where_it_is_installed():
    learn = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 5, 500)
    probabilities = softmax(np.round(rng.normal(0, 1, (500, 5)) + np.eye(5)[truth], 1))
    answer, weights = probabilities.argmax(1), rng.integers(0, 4, 500).astype(float)
    confusion = Confusion.of(answer, truth, weights[None], 5)
    balanced = learn.balanced_accuracy_score(truth, answer, sample_weight=weights)
    macro = learn.f1_score(truth, answer, average="macro", sample_weight=weights)
    assert confusion.balanced_accuracy() == pytest.approx(balanced)
    assert confusion.macro_f1() == pytest.approx(macro)
    kappa = learn.cohen_kappa_score(truth, answer, sample_weight=weights)
    assert confusion.kappa() == pytest.approx(kappa)
    for label in range(5):
        area = learn.roc_auc_score(truth == label, probabilities[:, label], sample_weight=weights)
        roc = Roc.of(probabilities[:, label], truth == label, weights[None])
        assert roc.auc() == pytest.approx(area)


def test_a_thousand_draws_over_1500_photos_take_seconds_not_minutes():
    rng = np.random.default_rng(6)
    weights = metrics.draws(np.arange(1500) // 2)
    start = time.process_time()
    Roc.of(rng.random(1500), rng.random(1500) < 0.3, weights).auc()
    assert time.process_time() - start < 5
