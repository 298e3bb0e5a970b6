"""Both public data sets, in every layout, with a split that never moves."""

import csv
import random
from pathlib import Path

import pytest
from PIL import Image

from tests.inference.shared import ROOT
from training.datasets import HAM, PAD, DataMissing, read, split_of

PAD_ROWS = [
    ("PAT_1", "PAT_1_11_1.png", "ACK", "2.0", "False"),
    ("PAT_1", "PAT_1_12_2.png", "BCC", "2.0", "True"),
    ("PAT_2", "PAT_2_13_3.png", "MEL", "", "True"),
    ("PAT_3", "PAT_3_14_4.png", "NEV", "5.0", "False"),
    ("PAT_3", "PAT_3_15_5.png", "SCC", "5.0", "True"),
    ("PAT_4", "PAT_4_16_6.png", "SEK", "", "False"),
    ("PAT_5", "PAT_5_17_7.png", "SEK", "", "False"),  # named in the table, not on the disk
]
HAM_ROWS = [
    (f"HAM_{n // 2}", f"ISIC_{n}", dx, "histo" if n % 2 else "follow_up")
    for n, dx in enumerate(("akiec", "bcc", "bkl", "df", "mel", "nv", "vasc"))
]


def write_table(path: Path, columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])


def write_photo(path: Path) -> None:
    """A picture of its own for every name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    grey = random.Random(path.stem).randbytes(8 * 6)
    Image.frombytes("L", (8, 6), grey).convert("RGB").resize((64, 48)).save(path)


def write_pad(root: Path, published: bool) -> None:
    columns = ("patient_id", "img_id", "diagnostic", "fitspatrick", "biopsed")
    write_table(root / "metadata.csv", columns, PAD_ROWS)
    for n, row in enumerate(PAD_ROWS[:-1]):
        name = row[1] if published else Path(row[1]).with_suffix(".jpg").name
        part = f"imgs_part_{1 + n % 3}/" if published else ""
        write_photo(root / "images" / f"{part}{name}")


def write_ham(root: Path, published: bool) -> None:
    table = "HAM10000_metadata.csv" if published else "metadata.csv"
    write_table(root / table, ("lesion_id", "image_id", "dx", "dx_type"), HAM_ROWS)
    for n, row in enumerate(HAM_ROWS):
        folder = f"HAM10000_images_part_{1 + n % 2}" if published else "images"
        write_photo(root / folder / f"{row[1]}.jpg")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(params=[True, False], ids=["published", "flat"])
def data(request, tmp_path):
    write_pad(tmp_path / "pad", request.param)
    write_ham(tmp_path / "ham", request.param)
    return tmp_path


def labels_of(examples, data_set):
    return [one.label for one in examples if one.data_set == data_set]


def test_both_sets_are_read_with_their_labels(data):
    examples = read(data)
    assert labels_of(examples, PAD) == ["AK", "BCC", "MEL", "NV", "SCC", "BKL"]
    assert labels_of(examples, HAM) == ["AK", "BCC", "BKL", "DF", "MEL", "NV", "VASC"]
    assert all(one.path.is_file() for one in examples)


def test_one_set_alone_is_read_from_its_own_folder(data):
    assert {one.data_set for one in read(data / "pad")} == {PAD}


def test_what_is_known_of_the_photo_is_kept(data):
    by_stem = {one.path.stem: one for one in read(data)}
    assert by_stem["PAT_3_14_4"].skin_type == 5 and by_stem["PAT_2_13_3"].skin_type is None
    assert by_stem["PAT_1_12_2"].proven and not by_stem["PAT_1_11_1"].proven
    assert by_stem["ISIC_1"].proven and not by_stem["ISIC_0"].proven


def test_a_patient_and_a_lesion_are_on_one_side_of_the_split(data):
    sides: dict[str, set[str]] = {}
    for one in read(data):
        sides.setdefault(one.group, set()).add(one.split)
    assert len(sides) == 4 + 4
    assert all(len(found) == 1 for found in sides.values())


def test_the_split_is_where_it_was_yesterday():
    patients = {n: split_of(f"{PAD}:PAT_{n}") for n in (1, 10, 15, 16, 18, 24, 25)}
    assert [n for n, side in patients.items() if side == "train"] == [1, 15]
    assert [n for n, side in patients.items() if side == "validation"] == [10, 16, 25]
    assert [n for n, side in patients.items() if side == "test"] == [18, 24]


def test_the_split_has_the_sizes_it_says():
    sides = [split_of(f"somebody {n}") for n in range(4000)]
    assert sides.count("train") / 4000 == pytest.approx(0.70, abs=0.02)
    assert sides.count("validation") / 4000 == pytest.approx(0.15, abs=0.02)


def test_a_folder_without_data_is_named(tmp_path):
    with pytest.raises(DataMissing, match=r"neither PAD-UFES-20 nor HAM10000"):
        read(tmp_path)


def test_the_real_sets_have_the_counts_they_are_known_for():
    if not (ROOT / "data" / "ham10000").is_dir():
        pytest.skip("the public data sets are not on this machine (SHARED_DIR)")
    examples = read(ROOT / "data")
    assert len(labels_of(examples, PAD)) == 640 and labels_of(examples, PAD).count("MEL") == 40
    assert len(labels_of(examples, HAM)) == 9000 and labels_of(examples, HAM).count("NV") == 6046
