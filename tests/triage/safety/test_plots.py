"""Plots: the same for the same figures, described, and without styles that the policy refuses."""

import xml.etree.ElementTree as ET

import pytest

from triage.safety import figures, plots
from triage.safety.board import Group
from triage.safety.drift import compare

SVG = "{http://www.w3.org/2000/svg}"


def group(value: str, cancers: int) -> Group:
    rate = figures.rate
    return Group("sex", value, 100, 90, rate(cancers, cancers), rate(30, 50), rate(3, 4),
                 rate(2, 3), rate(3, 3), rate(1, 9))  # fmt: skip


def drawn() -> list[str]:
    moved = compare(
        "brightness", None, [n / 500 for n in range(500)], [n / 400 for n in range(400)]
    )
    bins = figures.calibration([n / 100 for n in range(100)], [n % 3 == 0 for n in range(100)])
    return [
        plots.by_group("By sex", [group("female", 40), group("male", 3)]),
        plots.calibration("Calibration", bins),
        plots.drift(moved),
        plots.by_group("Nothing yet", []),
    ]


@pytest.mark.parametrize("which", range(4))
def test_a_plot_has_a_title_a_description_and_no_style(which):
    svg = drawn()[which]
    root = ET.fromstring(svg)  # noqa: S314  (our own)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text
    assert not list(root.iter(f"{SVG}style"))
    assert all("style" not in element.attrib for element in root.iter())


def test_the_same_figures_give_the_same_bytes():
    assert drawn() == drawn()


def test_a_group_with_too_few_cases_has_no_mark():
    """Ten more cancers, enough to be assessed, add one mark with its interval."""
    few = plots.by_group("By sex", [group("male", 3)])
    enough = plots.by_group("By sex", [group("male", 30)])
    assert few.count("<use") < enough.count("<use")
