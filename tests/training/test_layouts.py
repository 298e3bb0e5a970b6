"""What each layout says is read as it says it, and nothing else."""

import csv
import hashlib
import json
from pathlib import Path

import pytest
from PIL import Image

from inference.labels import BINARY, CONDITIONS
from inference.patient import PatientFacts
from training import layout_portal
from training.generated import PAD_COLUMNS, write_data_set
from training.layout_folders import label_of
from training.layouts import HAM, ISIC, PAD, find

PAD_ROW = dict.fromkeys(PAD_COLUMNS, "") | {
    "patient_id": "PAT_1", "lesion_id": "10", "img_id": "PAT_1_10_100.png", "diagnostic": "SEK",
    "age": "61", "gender": "FEMALE", "region": "FOREARM", "itch": "True", "grew": "UNK",
    "hurt": "False", "changed": "UNK", "bleed": "False", "elevation": "True", "diameter_1": "4.0",
    "diameter_2": "6.0", "skin_cancer_history": "True", "cancer_history": "True",
    "fitspatrick": "4.0", "biopsed": "False",
}  # fmt: skip


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as stream:
        table = csv.DictWriter(stream, list(rows[0]))
        table.writeheader()
        table.writerows(rows)


def write_photo(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (12, 12), "tan").save(path)


def pad(folder: Path, **changes: str):
    """What is read of one row of PAD-UFES-20."""
    write_table(folder / "metadata.csv", [PAD_ROW | changes])
    write_photo(folder / "images" / "PAT_1_10_100.jpg")
    return find(folder)[0]


def test_pad_fills_each_fact_from_its_column(tmp_path):
    (record,) = pad(tmp_path).records
    assert record.facts == PatientFacts(
        age=61, sex="female", site="forearm", itch=True, grew=None, hurt=False, changed=None,
        bleed=False, elevation=True, diameter_mm=6, previous_skin_cancer=True, skin_type=4,
    )  # fmt: skip
    assert (record.label, record.identity, record.kind) == ("BKL", f"{PAD}:PAT_1", "clinical")
    assert record.path.name == "PAT_1_10_100.jpg"


def test_pad_unknown_and_empty_are_missing_and_never_no(tmp_path):
    found = pad(tmp_path, age="", gender="", itch="UNK", diameter_1="", diameter_2="")
    (record,) = found.records
    assert record.facts.itch is record.facts.age is record.facts.diameter_mm is None
    assert {"age", "gender", "itch", "grew", "smoke"} <= set(record.missing)
    assert "hurt" not in record.missing and "diagnostic" not in found.columns


def test_pad_a_diameter_of_nothing_is_not_known(tmp_path):
    (record,) = pad(tmp_path, diameter_1="0.0", diameter_2="0.0").records
    assert record.facts.diameter_mm is None


def test_pad_an_answer_in_other_words_is_named_by_its_row(tmp_path):
    found = pad(tmp_path, itch="perhaps")
    assert not found.records
    assert found.problems[0].what == "row 2" and "perhaps" in found.problems[0].reason


def test_an_unknown_label_is_named_with_its_number_of_photos(tmp_path):
    found = pad(tmp_path, diagnostic="XYZ")
    assert [(one.what, one.reason) for one in found.problems] == [
        ("XYZ", "unknown label: 1 photo left out")
    ]


def test_a_photo_named_twice_is_read_once_and_named(tmp_path):
    write_table(tmp_path / "metadata.csv", [PAD_ROW, PAD_ROW])
    (found,) = find(tmp_path)
    assert len(found.records) == 1
    assert found.problems[0].what == "PAT_1_10_100"


def test_a_row_without_its_photo_is_kept_for_what_the_patient_said(tmp_path):
    write_table(tmp_path / "metadata.csv", [PAD_ROW])
    (record,) = find(tmp_path)[0].records
    assert record.path is None and record.facts.itch is True


def test_ham_fills_age_sex_and_site(tmp_path):
    row = {"lesion_id": "HAM_1", "image_id": "ISIC_1", "dx": "akiec", "dx_type": "histo"}
    unknown = row | {"image_id": "ISIC_2", "age": "", "sex": "unknown", "localization": "unknown"}
    known = row | {"age": "80.0", "sex": "male", "localization": "lower extremity"}
    write_table(tmp_path / "HAM10000_metadata.csv", [known, unknown])
    first, second = find(tmp_path)[0].records
    assert first.facts == PatientFacts(age=80, sex="male", site="lower_limb") and first.proven
    assert second.facts == PatientFacts()
    assert second.missing == ("age", "sex", "localization")
    assert first.label == "AK" and first.identity == f"{HAM}:HAM_1"


def write_isic(folder: Path) -> None:
    labels = ("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC", "UNK")
    chosen = {"ISIC_1": "SCC", "ISIC_2": "UNK", "ISIC_3_downsampled": "AK"}
    write_table(
        folder / "ISIC_2019_Training_GroundTruth.csv",
        [{"image": i} | {c: f"{float(c == one)}" for c in labels} for i, one in chosen.items()]
        + [{"image": "ISIC_4"} | dict.fromkeys(labels, "0.0")],
    )
    told = {"age_approx": "55.0", "anatom_site_general": "anterior torso", "sex": "female"}
    write_table(
        folder / "ISIC_2019_Training_Metadata.csv",
        [
            {"image": "ISIC_1", **told, "lesion_id": "BCN_7"},
            {"image": "ISIC_2", **told, "lesion_id": "HAM_0000118"},
            {"image": "ISIC_3_downsampled", **dict.fromkeys(told, ""), "lesion_id": ""},
        ],
    )
    write_photo(folder / "ISIC_2019_Training_Input" / "ISIC_1.jpg")


def test_isic_2019_joins_its_two_tables(tmp_path):
    write_isic(tmp_path)
    (found,) = find(tmp_path)
    first, second, third = found.records
    assert found.name == ISIC and [one.label for one in found.records] == ["SCC", "OTHER", "AK"]
    assert first.facts == PatientFacts(age=55, sex="female", site="front")
    assert first.path.name == "ISIC_1.jpg" and second.path is None
    assert third.facts == PatientFacts() and "sex" in third.missing
    assert [one.what for one in found.problems] == ["not exactly one diagnosis"]


def test_isic_2019_calls_lesions_of_ham_by_their_own_name(tmp_path):
    write_isic(tmp_path)
    identities = [one.identity for one in find(tmp_path)[0].records]
    assert identities == [f"{ISIC}:BCN_7", f"{HAM}:HAM_0000118", None]


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("melanoma", "MEL"), ("Nevus", "NV"), ("pigmented benign keratosis", "BKL"),
        ("seborrheic keratosis", "BKL"), ("Tinea Ringworm Candidiasis", "TINEA"),
        ("atopic_dermatitis", "ATOPIC"), ("benign", "BENIGN"), ("Malignant", "MALIGNANT"),
        ("4. Basal Cell Carcinoma (BCC) 3323", "BCC"), ("Squamous_cell_carcinoma", "SCC"),
        ("5. Melanocytic Nevi (NV) - 7970", "NV"), ("vascular lesion", "VASC"), ("akiec", "AK"),
        ("9. Tinea Ringworm Candidiasis and other Fungal Infections - 1.7k", "TINEA"),
        ("Actinic Keratoses", "AK"), ("dermatofibroma", "DF"), ("VASC", "VASC"),
        ("non-melanoma", None), ("Melanoma Skin Cancer Nevi and Moles", None),
        ("Psoriasis", None), ("images", None), ("", None),
    ],
)  # fmt: skip
def test_names_of_class_folders_are_read_tolerantly(name, label):
    assert label_of(name) == label


@pytest.mark.parametrize("code", [*CONDITIONS, *BINARY, "OTHER"])
def test_each_code_is_the_name_of_its_own_folder(code):
    assert label_of(code) == label_of(code.lower()) == code


@pytest.mark.parametrize("parts", [("",), ("Train/", "Test/"), ("training/", "val/", "testing/")])
def test_folders_by_class_are_read_with_or_without_parts(tmp_path, parts):
    for part in parts:
        for name in ("melanoma", "nevus", "psoriasis"):
            write_photo(tmp_path / "isic9" / f"{part}{name}" / "a.jpg")
    write_photo(tmp_path / "isic9" / f"{parts[0]}nevus" / "b.JFIF")
    (tmp_path / "isic9" / f"{parts[0]}nevus" / "c.webp").touch()
    for root in (tmp_path, tmp_path / "isic9"):
        (found,) = find(root)
        assert found.name == "isic9"
        labels = [one.label for one in found.records]
        assert labels.count("MEL") == len(parts) and labels.count("NV") == len(parts) + 1
        assert {one.what for one in found.problems} == {f"{parts[0]}nevus/c.webp", "psoriasis"}


def test_a_table_of_something_else_beside_the_folders_changes_nothing(tmp_path):
    for name in ("benign", "malignant"):
        write_photo(tmp_path / "moles" / name / "a.jpg")
    (tmp_path / "moles" / "notes.csv").write_bytes(b"colour;\xff\n")
    (found,) = find(tmp_path)
    assert [one.label for one in found.records] == ["BENIGN", "MALIGNANT"]


def test_folders_without_two_known_classes_are_no_data_set(tmp_path):
    write_photo(tmp_path / "nevus" / "a.jpg")
    write_photo(tmp_path / "images" / "b.jpg")
    assert find(tmp_path) == []


@pytest.fixture
def export(tmp_path) -> Path:
    write_data_set(tmp_path / "export", layout="portal", photos=12, size=(96, 72), plain=True)
    return tmp_path / "export"


def altered(export: Path, change) -> None:
    """Change the manifest, keeping it well-formed."""
    described = json.loads((export / "manifest.json").read_text())
    change(described)
    (export / "manifest.json").write_text(json.dumps(described))


def test_the_portals_export_is_read_with_what_was_left_out(export):
    (found,) = find(export.parent)
    assert len(found.records) == 12 and found.name == layout_portal.NAME
    assert all(one.patient and one.lesion and one.facts.age for one in found.records)
    assert {one.kind for one in found.records} <= {"clinical", "dermoscopic"}
    assert [one.what for one in found.problems] == ["consent withdrawn"]


def test_a_photo_of_an_export_that_was_altered_or_lost_is_named(export):
    first, second, *_ = sorted((export / "images").glob("*.jpg"))
    write_photo(first)
    second.unlink()
    (found,) = find(export)
    named = {one.what for one in found.problems}
    assert {f"images/{first.name}", f"images/{second.name}"} <= named
    assert len(found.records) == 10


def test_a_diagnosis_that_no_network_has_is_named(export):
    table = export / "cases.csv"
    table.write_text(table.read_text().replace(",MEL,", ",XYZ,"))
    sha256 = hashlib.sha256(table.read_bytes()).hexdigest()
    altered(export, lambda described: described["files"].update({"cases.csv": sha256}))
    (found,) = find(export)
    assert any(one.what == "XYZ" and "unknown label" in one.reason for one in found.problems)


def test_an_export_with_another_table_or_of_another_version_is_refused(export):
    table = export / "cases.csv"
    kept = table.read_text()
    table.write_text(kept.replace(",MEL,", ",NV,"))
    with pytest.raises(ValueError, match=r"cases.csv is not the file that was exported"):
        find(export)
    table.write_text(kept)
    altered(export, lambda described: described.update(version=2))
    with pytest.raises(ValueError, match="version 2, not 1"):
        find(export)


def test_another_programs_manifest_is_not_an_export(tmp_path):
    (tmp_path / "manifest.json").write_text('{"name": "a web app"}')
    assert not layout_portal.is_export(tmp_path)
    (tmp_path / "manifest.json").write_text("no JSON")
    assert not layout_portal.is_export(tmp_path)
