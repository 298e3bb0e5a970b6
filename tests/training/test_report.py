"""A run's page says what its figures rest on, and looks like a page without a network."""

from dataclasses import replace

import numpy as np
import pytest

from tests.training import judged
from tests.training.test_evaluate import Outline
from training import charts, page, report
from training.assessment import Bin, Curve
from training.metrics import UNKNOWN, Figure
from training.runs import portable


@pytest.fixture(scope="module")
def evaluation():
    return judged.evaluation()


@pytest.fixture(scope="module")
def text(evaluation) -> str:
    return report.report(evaluation)


def test_each_figure_stands_with_its_interval(evaluation, text):
    for one in evaluation.sets.values():
        for key in ("accuracy", "balanced_accuracy", "melanoma_auc", "malignancy_specificity"):
            found = one[key]
            assert f"{found.value:.3f}<small>{found.low:.3f} to {found.high:.3f}" in text
        for row in one.confusion:
            assert all(f">{count}<" in text for count in row)


def test_every_part_that_was_asked_for_is_there(text):
    for words in (
        "Loss by epoch",
        "Accuracy by epoch",
        "Confusion matrix, HAM10000, photos",
        "Confusion matrix, PAD-UFES-20, parts of each row",
        "ROC curve, melanoma, HAM10000",
        "Reliability, PAD-UFES-20",
        "biopsied only",
        "Damaged and unsuitable files",
        "Photos a second, openvino-bf16",
    ):
        assert words in text


def test_dark_skin_without_photos_cannot_be_assessed(text):
    row = text[text.index("PAD-UFES-20: skin type") :].split("V or VI</th>")[1].split("</tr>")[0]
    assert "Cannot be assessed" in row and ">0<" in row


def test_a_clean_first_look_raises_no_warning(text):
    assert 'class="note"' not in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"openings": (judged.OPENING,) * 3}, "has been opened 3 times"),
        ({"same_data": False}, "not the data that the run was trained with"),
        ({"refusals": None}, "Not judged here"),
        ({"log": ()}, "has no log.csv"),
    ],
)
def test_what_makes_figures_doubtful_is_said_aloud(evaluation, change, words):
    text = report.report(replace(evaluation, **change))
    assert words in text[text.index('class="note"') :]


def test_a_start_that_had_met_the_photos_is_said(evaluation):
    preset = {**evaluation.run["preset"], "start_met": "These weights had met the photos."}
    changed = replace(evaluation, run={**evaluation.run, "preset": preset})
    assert '<p class="note">These weights had met the photos.' in report.report(changed)


def test_commands_are_shown_without_folders_of_this_machine(text):
    assert portable("python -m x --data /home/somebody/photos --n 2") == (
        "python -m x --data photos --n 2"
    )
    assert "/somewhere" not in text and "/home/somebody" not in text


def test_a_hostile_name_is_shown_and_not_run(evaluation):
    preset = {**evaluation.run["preset"], "name": "<script>alert(1)</script>"}
    text = report.report(replace(evaluation, run={**evaluation.run, "preset": preset}))
    assert not Outline(text).all("script") and "&lt;script&gt;" in text


def test_no_heading_of_a_table_is_empty_and_each_matrix_row_adds_up(text):
    assert '<th scope="col"></th>' not in text
    table = page.matrix("m", ["A", "B"], [[3, 1], [0, 0]], parts=True).html
    assert "75%" in table and "25%" in table and table.count(">–<") == 2


def test_a_chart_is_the_same_text_for_the_same_numbers_and_has_a_name():
    lines = {"training": [1.0, 0.5], "validation": [1.1, 0.8]}
    one = charts.curves('Loss of "x" & y', "Loss", lines)
    assert one == charts.curves('Loss of "x" & y', "Loss", lines)
    assert 'role="img" aria-label="Loss of &quot;x&quot; &amp; y"' in one
    assert ">training<" in one and ">validation<" in one  # text stays text
    assert one.startswith("<svg") and one.endswith("</svg>") and len(one) < 40_000


def test_charts_bear_figures_that_are_not_known():
    known, figures = Figure(0.8, 0.7, 0.9), {"a": Figure(0.8, 0.7, 0.9), "b": UNKNOWN}
    drawn = charts.intervals("t", "AUC", figures, {"line": 0.5})
    assert ">a<" in drawn and ">b<" not in drawn
    bins = [Bin(0, float("nan"), UNKNOWN), Bin(5, 0.75, known)]
    assert "Measured" in charts.reliability("r", bins)
    curve = Curve((0.0, 1.0), (0.0, 1.0))
    assert "<svg" in charts.roc("c", curve, {})


def test_two_charts_of_one_page_share_no_identities():
    one, other = (charts.curves(name, "Loss", {"a": [1.0, 2.0]}) for name in ("one", "other"))
    first, second = (
        {attributes["id"] for _, attributes in Outline(text).tags if "id" in attributes}
        for text in (one, other)
    )
    assert first and not first & second
    assert np.all([f"#{identity}" in one for identity in first])
