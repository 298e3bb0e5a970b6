"""The data report shows what one must know before training."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.inference.shared import ROOT
from training import data_report
from training.datasets import Photo, Survey, survey
from training.generated import write_data_set
from training.layouts import DataSet, Problem, Record, find


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> Survey:
    root = tmp_path_factory.mktemp("data")
    write_data_set(root / "pad", layout="pad", photos=120, size=(96, 72), plain=True, copies=12)
    write_data_set(root / "ham", layout="ham", photos=40, size=(64, 48), plain=True, broken=2)
    return survey(root)


def cells(page: str, caption: str) -> list[list[str]]:
    """The rows of the table under that caption, as words."""
    table = re.search(rf"<caption><span>{re.escape(caption)}</span>.*?</table>", page, re.S)[0]
    return [
        [
            re.sub(r"<[^>]+>|&nbsp;", "", cell)
            for cell in re.findall(r"<t[hd].*?>.*?</t[hd]>", row, re.S)
        ]
        for row in re.findall(r"<tr>.*?</tr>", table, re.S)
    ]


def test_it_counts_each_label_on_each_side(found):
    rows = cells(data_report.page(found), "Photos by label and side")
    counted = {
        (row[0], place): int(row[place]) for row in rows[-7:] for place in range(1, 5)
    }  # the last data set: PAD-UFES-20
    for place, split in ((1, "train"), (2, "validation"), (3, "test")):
        for label in ("AK", "BCC", "MEL"):
            assert counted[label, place] == sum(
                one.label == label and one.split == split and one.data_set == "PAD-UFES-20"
                for one in found.examples
            )
    assert counted["all", 4] == sum(one.data_set == "PAD-UFES-20" for one in found.examples)


def test_what_is_missing_by_label_shows_that_it_tells_the_label(found):
    page = data_report.page(found)
    rows = {row[0]: row[1:] for row in cells(page, "PAD-UFES-20: missing, by label")}
    assert rows["Column"] == ["AK", "BCC", "BKL", "MEL", "NV", "SCC", "Spread, points"]
    for column in ("gender", "fitspatrick", "diameter_1"):
        assert rows[column][1] == rows[column][3] == rows[column][5] == "0%"
        assert int(rows[column][-1]) > 40
    told = re.search(r"PAD-UFES-20: being missing gives the label away in ([^.]*)\.", page)[1]
    assert {"gender", "grew", "fitspatrick"} <= set(told.split(", "))
    assert not {"itch", "age", "region"} & set(told.split(", "))


def test_it_says_how_few_photos_are_of_dark_skin(found):
    def of_type(skin_type: int | None, count: int) -> list[Photo]:
        photo = found.photos[0]
        facts = replace(photo.record.facts, skin_type=skin_type)
        return [replace(photo, record=replace(photo.record, facts=facts))] * count

    few = data_report.skin_type_sentence(of_type(5, 4) + of_type(2, 6) + of_type(None, 1990))
    assert few == (
        "Skin type is recorded for 10 of 2,000 photos, and only 4 photos are of Fitzpatrick type "
        "V or VI: no claim about dark skin can rest on this."
    )
    many = data_report.skin_type_sentence(of_type(6, 150))
    assert "no claim" not in many and "150 photos are of Fitzpatrick type V or VI" in many
    used = [one for one in found.photos if not one.left_out]
    assert data_report.skin_type_sentence(used) in data_report.page(found)


def test_broken_and_left_out_photos_are_named(found):
    page = data_report.page(found)
    left = [one.file for one in found.photos if one.left_out]
    assert len([one for one in found.problems if "truncated" in one.reason]) == 2 and left
    for name in (*left, *(one.what for one in found.problems)):
        assert name in page


def test_pictures_under_two_lesions_are_listed(found):
    rows = cells(data_report.page(found), "Under two patients or lesions")
    assert len(rows) - 1 == len(
        [1 for one, other in found.same
         if found.photos[one].record.identity != found.photos[other].record.identity]
    ) > 0  # fmt: skip


def test_names_from_the_data_cannot_put_anything_into_the_page(found):
    nasty = Problem("<b>set</b>", "<script>alert(1)</script>.jpg", "<img src=x>")
    page = data_report.page(replace(found, problems=(nasty,)))
    assert "&lt;script&gt;" in page
    assert "<script" not in page and "<img" not in page and "<b>" not in page


def test_nothing_is_fetched_by_the_page(found):
    assert not re.search(r"(src|href)=.?(https?:)?//", data_report.page(found))


def test_labels_with_few_rows_say_nothing_about_what_is_missing():
    known = [Record("", None, label, "set") for label in ("NV", "MEL") for _ in range(20)]
    few = [Record("", None, "DF", "set", missing=("age",))] * 2
    assert data_report.telling_columns(DataSet("set", Path(), (*known, *few), (), ("age",))) == []
    many = DataSet("set", Path(), (*known, *few * 10), (), ("age",))
    assert data_report.telling_columns(many) == ["age"]


def test_the_leak_of_the_real_pad_is_seen():
    if not (ROOT / "data" / "pad_ufes_20").is_dir():
        pytest.skip("the public data sets are not on this machine (SHARED_DIR)")
    (pad,) = find(ROOT / "data" / "pad_ufes_20")
    telling = set(data_report.telling_columns(pad))
    assert {"gender", "skin_cancer_history", "fitspatrick", "diameter_1", "grew"} <= telling
    assert not {"age", "region", "itch", "hurt", "bleed", "elevation", "biopsed"} & telling
