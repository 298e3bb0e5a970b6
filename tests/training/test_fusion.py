"""What a patient's history adds to the photo, and that what is missing adds nothing."""

from dataclasses import replace

import numpy as np
import pytest

from inference.fusion import FACTS, KNOTS, Fusion
from inference.patient import SITES, PatientFacts
from tests.inference.shared import ROOT
from training import fusion, layouts
from training.datasets import Example
from training.layouts import HAM, PAD, Record
from training.metrics import auc
from training.patient import FOLDS, SHRINKAGE, Told, fold_of, hold_signs, log_ratios
from training.predictions import Predictions

LABELS = ("BCC", "DF", "NV")


def record(number: int, label: str, facts: PatientFacts, data_set: str = PAD) -> Record:
    identity = {"patient": f"P{number}"} if data_set == PAD else {"lesion": f"L{number}"}
    return Record(f"{number}", None, label, data_set, kind="clinical", facts=facts, **identity)


def photo_of(row: Record, split: str = "validation") -> Example:
    return Example(
        None, row.label, row.data_set, row.identity, split, kind="clinical", patient=row.facts
    )


def unsure(rows: list[Record], labels: tuple[str, ...] = LABELS) -> Predictions:
    """A network that sees nothing in any photo."""
    return Predictions([photo_of(row) for row in rows], labels, np.zeros((len(rows), len(labels))))


def learn(said: Predictions, rows: list[Record]) -> fusion.Learned:
    return fusion.learn(said, rows, resamples=30)


def bleeding(count: int = 300, often: float = 0.8, seldom: float = 0.1) -> list[Record]:
    """BCC bleed often, naevi seldom."""
    rng = np.random.default_rng(5)
    labels = np.where(rng.random(count) < 0.5, "BCC", "NV")
    odds = np.where(labels == "BCC", often, seldom)
    return [
        record(n, str(label), PatientFacts(bleed=bool(rng.random() < odd)))
        for n, (label, odd) in enumerate(zip(labels, odds, strict=True))
    ]


# ---- what is missing says nothing ------------------------------------------------------------


def with_mask_telling_all(rows: list[Record], values: np.ndarray) -> list[Record]:
    """Known for every BCC and for no naevus, with values that have nothing to do with either."""
    return [
        replace(row, facts=PatientFacts(bleed=bool(value), age=40 + 20 * float(value)))
        if row.label == "BCC"
        else replace(row, facts=PatientFacts())
        for row, value in zip(rows, values, strict=True)
    ]


def test_where_only_the_missing_tells_the_label_nothing_is_learned():
    rows = with_mask_telling_all(bleeding(), np.random.default_rng(1).random(300) < 0.5)
    indicator = np.array([bool(row.facts.known) for row in rows])
    truth = np.array([row.label == "BCC" for row in rows])
    assert auc(indicator.astype(float), truth) == 1.0, "the trap is set"
    said = unsure(rows)
    told = Told(rows, LABELS)
    fused = fusion.out_of_fold(fusion.Known.of(said, told), told)
    assert fused == pytest.approx(said.probabilities, abs=1e-12)
    assert auc(fused[:, 0].round(9), truth) == 0.5


def test_where_values_are_drawn_alike_for_every_label_who_is_asked_tells_nothing():
    """Known for nine of ten BCC and one of ten naevi; over many draws the AUC is that of chance."""
    found = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        rows = [
            replace(row, facts=PatientFacts(bleed=bool(rng.random() < 0.3)))
            if rng.random() < (0.9 if row.label == "BCC" else 0.1)
            else replace(row, facts=PatientFacts())
            for row in bleeding(200)
        ]
        told = Told(rows, LABELS)
        fused = fusion.out_of_fold(fusion.Known.of(unsure(rows), told), told)
        found.append(auc(fused[:, 0], np.array([row.label == "BCC" for row in rows])))
    assert abs(np.mean(found) - 0.5) < 0.08


def test_taking_a_fact_from_most_rows_of_one_label_leaves_what_it_says():
    whole = bleeding(3000)
    rng = np.random.default_rng(2)
    thinned = [
        replace(row, facts=PatientFacts())
        if row.label == "NV" and rng.random() < 0.7
        else row
        for row in whole
    ]  # fmt: skip
    one, other = (Told(rows, LABELS).ratios()["bleed"] for rows in (whole, thinned))
    assert other == pytest.approx(one, abs=0.15)
    assert one[1, 0] - one[1, 2] == pytest.approx(np.log(0.8 / 0.1), abs=0.3)


def test_a_photo_without_facts_keeps_its_own_probabilities():
    rows = bleeding()
    learned = learn(unsure(rows), rows)
    photo = np.array([0.3, 0.3, 0.4])
    assert learned.fusion.probabilities(photo, PatientFacts()) == pytest.approx(photo, abs=0)


# ---- what is known says what it is worth -----------------------------------------------------


def test_log_ratios_by_hand():
    counts = np.array([[10.0, 30.0], [30.0, 10.0]])
    by_hand = np.log(np.array([[10, 30], [30, 10]]) + SHRINKAGE) - np.log(20 + SHRINKAGE)
    assert log_ratios(counts, np.array([True, True])) == pytest.approx(by_hand)


def test_a_value_that_was_never_seen_and_a_label_without_rows_say_nothing():
    counts = np.array([[10.0, 30.0, 0.0], [0.0, 0.0, 0.0]])
    ratios = log_ratios(counts, np.array([True, True, False]))
    assert ratios[1].tolist() == [0, 0, 0]
    assert ratios[:, 2].tolist() == [0, 0]


def test_the_number_of_rows_of_a_label_is_not_said_again():
    rows = bleeding(2000)
    many = [row for row in rows if row.label == "BCC" or int(row.id) % 10 == 0]
    one, other = (Told(kept, LABELS).ratios()["bleed"] for kept in (rows, many))
    assert other[:, 0] == pytest.approx(one[:, 0], abs=0.15)


def test_what_the_portal_s_kind_of_photo_lacks_comes_from_elsewhere_compared_within_it():
    """All of HAM's people are old; its dermatofibromas no older than the rest of it."""
    young = [record(n, ("BCC", "NV")[n % 2], PatientFacts(age=30)) for n in range(100)]
    old = [
        record(n, LABELS[n % 3], PatientFacts(age=80, sex="male"), HAM) for n in range(1000, 1300)
    ]
    ratios = Told([*young, *old], LABELS).ratios()
    assert ratios["age"] == pytest.approx(np.zeros_like(ratios["age"]), abs=1e-9)
    assert ratios["itch"].tolist() == np.zeros((2, 3)).tolist()


def test_history_is_worth_more_than_a_photo_that_shows_nothing():
    rows = bleeding()
    learned = learn(unsure(rows), rows)
    assert learned.photo_alone["malignancy_auc"].value == pytest.approx(0.5)
    assert learned.with_history["malignancy_auc"].value > 0.8
    assert learned.gained["accuracy"].low > 0
    assert learned.lost_without["bleed"]["malignancy_auc"].low > 0
    assert learned.lost_without["hurt"]["malignancy_auc"].value == pytest.approx(0)
    assert (learned.known["bleed"], learned.known["hurt"]) == (1, 0)
    said = learned.fusion.probabilities(np.full(3, 1 / 3), PatientFacts(bleed=True))
    assert said[0] > said[2]


def test_at_the_threshold_the_greater_risk_finds_no_fewer_and_alarms_no_less():
    rows = bleeding()
    rng = np.random.default_rng(3)
    said = replace(unsure(rows), logits=rng.normal(0, 1, (len(rows), len(LABELS))))
    learned = fusion.learn(said, rows, thresholds={"malignancy": 0.4}, resamples=30)
    key = "malignancy_sensitivity"
    for one in (learned.photo_alone, learned.with_history):
        assert learned.as_ranked[key].value >= one[key].value
    assert learned.as_ranked[key].value > learned.photo_alone[key].value
    key = "malignancy_specificity"
    for one in (learned.photo_alone, learned.with_history):
        assert learned.as_ranked[key].value <= one[key].value
    assert learn(unsure(rows), rows).as_ranked == {}


def answers(risks: list[float], split: str = "validation") -> Predictions:
    """Of photos whose malignancy is so likely; every second one is malignant."""
    rows = [record(n, ("NV", "BCC")[n % 2], PatientFacts()) for n in range(len(risks))]
    share = np.array(risks)[:, None]
    logits = np.log(np.hstack([share, np.full_like(share, 1e-9), 1 - share]))
    return Predictions([photo_of(row, split) for row in rows], ("BCC", "MEL", "NV"), logits)


def test_a_threshold_with_history_is_for_95_percent_sensitivity():
    """40 malignant photos at 0.41, 0.42 ... 0.80; two of them, 5 %, may be missed."""
    rising = [value for n in range(40) for value in (0.01, 0.41 + n / 100)]
    found = fusion.own_thresholds(answers(rising), answers(rising), {"malignancy": 0.9})
    assert found == {"malignancy": pytest.approx(0.43, abs=2e-4)}


def test_few_that_have_it_choose_it_too_and_none_leave_the_photo_s():
    """What the photo flags is flagged anyway: the lowest of three is where a history adds."""
    said = answers([0.1, 0.5, 0.2, 0.8, 0.3, 0.9])
    found = fusion.own_thresholds(said, said, {"malignancy": 0.04, "melanoma": 0.02})
    assert found == {"malignancy": pytest.approx(0.5, abs=2e-4), "melanoma": 0.02}


def test_photos_of_the_test_part_choose_no_threshold():
    mine, other = answers([0.1, 0.9, 0.4, 0.9]), answers([0.9, 0.1] * 40, "test")
    thresholds = {"malignancy": 0.3}
    both = Predictions.joined([mine, other])
    chosen = fusion.own_thresholds(both, both, thresholds)
    assert chosen == fusion.own_thresholds(mine, mine, thresholds)


def test_two_facts_that_say_the_same_count_less_each():
    rows = bleeding()
    twice = [replace(row, facts=replace(row.facts, itch=row.facts.bleed)) for row in rows]
    once_strength = learn(unsure(rows), rows).strengths["bleed"]
    assert learn(unsure(twice), twice).strengths["bleed"] < once_strength


def test_nobody_s_own_row_speaks_for_their_photo():
    """With each label drawn by lot, an honest judge finds nothing; one who peeks finds much."""
    rng = np.random.default_rng(8)
    rows = [
        record(n, str(rng.choice(["BCC", "NV"])), PatientFacts(site=str(rng.choice(SITES))))
        for n in range(160)
    ]
    truth = np.array([row.label == "BCC" for row in rows])
    told = Told(rows, LABELS)
    known = fusion.Known.of(unsure(rows), told)
    ratios = told.ratios()
    peeked = known.terms({"site": ratios["site"]}, truth | ~truth)[:, 0, 0]
    assert auc(peeked, truth) > 0.58
    honest = fusion.out_of_fold(known, told, ["site"])
    assert auc(honest[:, 0], truth) < 0.56


def test_photos_of_a_patient_who_is_in_no_table_are_refused():
    rows = bleeding(50)
    with pytest.raises(fusion.NothingToLearnFrom, match="is in no table"):
        learn(unsure(rows), rows[1:])


def test_photos_without_history_are_refused():
    with pytest.raises(fusion.NothingToLearnFrom):
        learn(unsure([]), bleeding(50))


def test_every_fold_gets_its_part():
    folds = np.bincount([fold_of(f"{PAD}:PAT_{n}") for n in range(2000)])
    assert len(folds) == FOLDS and folds.min() > 300


def test_what_was_learned_is_saved_for_the_portal(tmp_path):
    rows = bleeding()
    learned = learn(unsure(rows), rows)
    learned.fusion.save(tmp_path / fusion.FILE)
    stored = Fusion.load(tmp_path / fusion.FILE)
    assert stored.labels == LABELS and set(stored.ratios) == set(FACTS) == {*KNOTS, "site"}
    assert "with history: accuracy" in fusion.table(learned)
    assert learned.described()["photos"] == 300


# ---- the real table --------------------------------------------------------------------------


def test_in_pad_ufes_20_who_was_asked_gives_the_label_away_but_not_to_the_fusion():
    """Every known value is drawn anew for everybody alike; what is missing stays missing."""
    sets = {one.name: one.records for one in layouts.find(ROOT / "data")}
    if PAD not in sets:
        pytest.skip(f"{PAD} is not on this machine (SHARED_DIR)")
    rows = sets[PAD]
    labels = tuple(sorted({row.label for row in rows}))
    truth = np.array([row.label in ("BCC", "MEL", "SCC") for row in rows])
    asked = np.array([row.facts.skin_type is not None for row in rows])
    assert auc(asked.astype(float), truth) > 0.75, "the trap is set"
    drawn = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        shuffled = [shuffled_facts(rows, name, rng) for name in rows[0].facts.__dict__]
        strangers = [
            replace(row, facts=PatientFacts(**dict(zip(row.facts.__dict__, values, strict=True))))
            for row, values in zip(rows, zip(*shuffled, strict=True), strict=True)
        ]
        told = Told(strangers, labels)
        fused = fusion.out_of_fold(fusion.Known.of(unsure(strangers, labels), told), told)
        malignant = [label in ("BCC", "MEL", "SCC") for label in labels]
        drawn.append(auc(fused[:, malignant].sum(1), truth))
    assert abs(np.mean(drawn) - 0.5) < 0.05


def shuffled_facts(rows, name, rng) -> list:
    """The fact of every row, known values drawn from all known ones."""
    known = [value for row in rows if (value := getattr(row.facts, name)) is not None]
    return [
        None if getattr(row.facts, name) is None else known[rng.integers(len(known))]
        for row in rows
    ]


def test_a_warning_sign_never_speaks_against_a_cancer_nor_its_absence_for_one():
    labels = ("BKL", "MEL", "BCC")
    ratios = np.array([[0.2, 0.3, -0.4], [-0.2, -0.5, 0.6]])
    hold_signs(ratios, labels)
    assert ratios.tolist() == [[0.2, 0.0, -0.4], [-0.2, 0.0, 0.6]]
