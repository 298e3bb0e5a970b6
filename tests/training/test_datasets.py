"""Every photo of every data set on one side of a split that never moves."""

import csv
import hashlib
import json
import random
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.inference.shared import ROOT
from training.datasets import (
    HAM,
    ISIC,
    PAD,
    SPLITS,
    DataMissing,
    Side,
    main,
    manifest,
    place_photos,
    read,
    split_of,
    survey,
)
from training.generated import write_data_set
from training.layouts import Record

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


def a_record(number: int, who: int | None, data_set: str) -> Record:
    """A photo of patient ``who``; of nobody known where that is None."""
    return Record(
        id=str(number),
        path=Path(f"{number}.jpg"),
        label="NV",
        data_set=data_set,
        patient=None if who is None else f"PAT_{who}",
    )


@st.composite
def data_sets(draw) -> tuple[list[Record], list[tuple[int, int]]]:
    """Records of patients and of nobody known, and pairs that show the same picture."""
    whose = draw(st.lists(st.none() | st.integers(0, 12), min_size=1, max_size=25))
    records = [
        a_record(number, who, draw(st.sampled_from((PAD, HAM, "folders"))))
        for number, who in enumerate(whose)
    ]
    place = st.integers(0, len(records) - 1)
    pairs = draw(st.lists(st.tuples(place, place).filter(lambda pair: pair[0] < pair[1])))
    return records, pairs


@given(data_sets())
def test_no_patient_and_no_picture_is_on_two_sides(drawn):
    records, same = drawn
    sides = place_photos(records, same)
    for one, other in same:
        if not sides[one].left_out and not sides[other].left_out:
            assert (sides[one].split, sides[one].group) == (sides[other].split, sides[other].group)
    of_groups: dict[str, set[str]] = {}
    of_identities: dict[str, set[str]] = {}
    for record, side in zip(records, sides, strict=True):
        if not side.left_out:
            of_groups.setdefault(side.group, set()).add(side.split)
        if record.identity:
            of_identities.setdefault(record.identity, set()).add(side.split)
    assert all(len(splits) == 1 for splits in (*of_groups.values(), *of_identities.values()))


@given(data_sets())
def test_nobody_who_is_known_ever_moves_and_every_group_is_on_its_names_side(drawn):
    records, same = drawn
    for record, side in zip(records, place_photos(records, same), strict=True):
        if record.identity:
            assert side.split == split_of(record.identity)
        if not side.left_out:
            assert side.split == split_of(side.group)


@given(data_sets())
def test_without_shared_pictures_nothing_is_left_out_or_joined(drawn):
    records, _ = drawn
    for record, side in zip(records, place_photos(records, []), strict=True):
        assert side == Side(
            record.identity or f"{record.data_set}:{record.id}", side.split, left_out=""
        )


@given(data_sets())
def test_the_most_held_out_side_keeps_its_photos(drawn):
    records, same = drawn
    sides = place_photos(records, same)
    for one, other in same:
        for photo, twin in ((one, other), (other, one)):
            if SPLITS.index(sides[photo].split) < SPLITS.index(sides[twin].split):
                assert sides[photo].left_out
    assert not any(side.left_out for side in sides if side.split == "test")


def named_on(side: str, pattern: str) -> str:
    """A patient's or lesion's number whose hash is on that side."""
    names = (pattern.format(number) for number in range(1000))
    return next(name for name in names if split_of(name) == side).split(":")[1]


def pad_with_two(root: Path, first: str, second: str) -> None:
    """Two patients on two sides, with one photo of each and one more of the first."""
    columns = ("patient_id", "img_id", "diagnostic")
    rows = [(first, "A", "NEV"), (second, "B", "NEV"), (first, "C", "NEV")]
    write_table(root / "metadata.csv", columns, rows)
    for _, name, _ in rows:
        write_photo(root / "images" / f"{name}.png")


def test_a_photo_that_shows_a_tested_patients_lesion_again_is_left_out_of_training(tmp_path):
    train, test = named_on("train", PAD + ":PAT_{}"), named_on("test", PAD + ":PAT_{}")
    pad_with_two(tmp_path, train, test)
    again = Image.open(tmp_path / "images" / "A.png").transpose(Image.Transpose.ROTATE_180)
    again.save(tmp_path / "images" / "B.png")
    found = survey(tmp_path)
    left = {photo.record.id: photo.left_out for photo in found.photos}
    assert left["B"] == ""
    assert left["A"] == left["C"] == "shows a patient or lesion of the test part"
    assert [one.split for one in found.examples] == ["test"]


def test_photos_of_nobody_known_join_the_lesion_that_they_show_again(tmp_path):
    write_ham(tmp_path / "ham", published=True)
    copied = tmp_path / "moles" / "nevus" / "copy.png"
    for name in ("melanoma", "nevus"):
        write_photo(tmp_path / "moles" / name / f"{name}.png")
    original = Image.open(tmp_path / "ham" / "HAM10000_images_part_2" / "ISIC_5.jpg")
    original.resize((96, 72)).save(copied)
    by_stem = {one.path.stem: one for one in read(tmp_path)}
    assert by_stem["copy"].group == by_stem["ISIC_5"].group == f"{HAM}:HAM_2"
    assert by_stem["copy"].split == by_stem["ISIC_5"].split
    assert by_stem["nevus"].group == "moles:nevus/nevus.png"


def test_a_picture_that_two_data_sets_hold_is_used_once(tmp_path):
    write_ham(tmp_path / "ham", published=True)
    labels = ("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC")
    rows = [("ISIC_5", *(str(float(label == "NV")) for label in labels)),
            ("ISIC_77", *(str(float(label == "NV")) for label in labels))]  # fmt: skip
    write_table(tmp_path / "isic" / "ISIC_2019_Training_GroundTruth.csv", ("image", *labels), rows)
    told = [("ISIC_5", "HAM_2"), ("ISIC_77", "HAM_2")]
    table = tmp_path / "isic" / "ISIC_2019_Training_Metadata.csv"
    write_table(table, ("image", "lesion_id"), told)
    for row in rows:
        write_photo(tmp_path / "isic" / f"{row[0]}.jpg")
    found = survey(tmp_path)
    left = {(one.record.data_set, one.record.id): one.left_out for one in found.photos}
    assert left[ISIC, "ISIC_5"] == "the same picture as ISIC_5 of HAM10000"
    assert left[HAM, "ISIC_5"] == left[ISIC, "ISIC_77"] == ""
    (other,) = [one for one in found.examples if one.data_set == ISIC]
    assert other.group == f"{HAM}:HAM_2"


def test_one_file_under_two_labels_is_used_under_neither(tmp_path):
    for name in ("melanoma", "nevus"):
        write_photo(tmp_path / "moles" / name / "same.png")
        write_photo(tmp_path / "moles" / name / f"{name}.png")
    found = survey(tmp_path)
    assert [one.path.stem for one in found.examples] == ["melanoma", "nevus"]
    assert {one.left_out for one in found.photos} == {"", "one file, labelled MEL and NV"}


def write_generated(root: Path) -> None:
    for layout in ("pad", "ham", "isic", "folders", "portal"):
        write_data_set(
            root / layout, layout=layout, photos=30, size=(96, 72), plain=True, copies=2, broken=1
        )


def test_in_every_layout_no_picture_is_on_two_sides(tmp_path):
    write_generated(tmp_path)
    found = survey(tmp_path)
    kept = [(one, other) for one, other in found.same
            if not found.photos[one].left_out and not found.photos[other].left_out]  # fmt: skip
    assert len({photo.record.data_set for photo in found.photos}) == 5 and found.same
    for one, other in kept:
        assert found.photos[one].split == found.photos[other].split
        assert found.photos[one].group == found.photos[other].group


def test_broken_files_are_named_and_skipped(tmp_path, capsys, caplog):
    write_generated(tmp_path / "data")
    assert main(["--data", str(tmp_path / "data"), "--out", str(tmp_path / "out")]) == 0
    said, page = capsys.readouterr().err, (tmp_path / "out" / "data.html").read_text()
    found = survey(tmp_path / "data")
    broken = [one.what for one in found.problems if one.what.endswith((".jpg", ".png"))]
    assert len(broken) == 5  # one a layout
    for name in broken:
        assert name in said and name.rsplit("/", 1)[1] in page
    read(tmp_path / "data")
    assert all(name in caplog.text for name in broken)
    assert not {one.path.name for one in found.examples if one.data_set == PAD} & {
        Path(name).name for name in broken
    }


def test_the_manifest_is_the_same_to_the_byte_wherever_the_photos_lie(tmp_path):
    write_generated(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    first, again = (manifest(survey(tmp_path / name)) for name in ("one", "other"))
    assert first == again
    assert manifest(survey(tmp_path / "one")) == first  # from what was kept of the first look


def test_the_manifest_names_each_photo_with_its_hash_and_counts_them(tmp_path):
    write_generated(tmp_path)
    found = survey(tmp_path)
    written = json.loads(manifest(found))
    assert len(written["photos"]) == len(found.photos)
    for line in written["photos"]:
        content = (tmp_path / line["file"]).read_bytes()
        assert line["sha256"] == hashlib.sha256(content).hexdigest()
    counted = sum(
        count
        for splits in written["counts"].values()
        for labels in splits.values()
        for count in labels.values()
    )
    assert counted == written["used"] == len(found.examples)
    assert written["used"] + sum(written["left_out"].values()) == len(found.photos)


def test_the_command_says_in_one_line_that_there_is_nothing(tmp_path, capsys):
    assert main(["--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "There is neither" in capsys.readouterr().err and not (tmp_path / "out").exists()


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
    with pytest.raises(DataMissing, match=r"neither PAD-UFES-20 nor HAM10000 nor other"):
        read(tmp_path)


@pytest.fixture
def real():
    if not (ROOT / "data" / "ham10000").is_dir():
        pytest.skip("the public data sets are not on this machine (SHARED_DIR)")
    return survey(ROOT / "data")


def test_the_real_sets_have_the_counts_and_the_one_shared_picture_they_are_known_for(real):
    labels = [photo.record.label for photo in real.photos if photo.record.data_set == PAD]
    assert len(labels) == 640 and labels.count("MEL") == 40
    labels = [photo.record.label for photo in real.photos if photo.record.data_set == HAM]
    assert len(labels) == 9001 and labels.count("NV") == 6047
    left = [photo.record.id for photo in real.photos if photo.left_out]
    assert left == ["ISIC_0030074"]  # ISIC_0025226 in other light, under another lesion's number
    assert not real.problems
    assert [one.split for one in real.examples].count("test") == 1347 + 97
