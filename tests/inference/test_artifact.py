"""A released model is loaded whole and unchanged, or not at all."""

import json
import shutil
from pathlib import Path

import pytest

from inference import artifact as artifacts
from inference.artifact import Artifact, ArtifactCorrupt, ArtifactMissing
from inference.labels import ISIC2019


@pytest.fixture
def copy(released: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The released model in a directory of its own."""
    monkeypatch.setenv("MODEL_DIR", str(tmp_path))
    shutil.copytree(released.path, tmp_path / released.version)
    return tmp_path / released.version


def test_the_product_comes_with_a_model(released):
    assert released.labels == ISIC2019
    assert released.version == artifacts.default_version()
    assert set(released.thresholds) == {"melanoma", "malignancy"}
    assert all(0 < value < 0.5 for value in released.thresholds.values())


def test_the_model_says_what_it_was_made_from(released):
    licences = {row["name"]: row["licence"] for row in released.data}
    assert licences == {"PAD-UFES-20": "CC BY 4.0", "HAM10000": "CC BY-NC 4.0"}
    card = released.file("MODEL_CARD.md").read_text()
    assert released.version in card and "Dark skin" in card


@pytest.mark.parametrize("version", artifacts.released())
def test_each_model_is_small_enough_for_the_repository(version):
    files = [path for path in (artifacts.directory() / version).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 40 * 1024 * 1024


def test_a_copy_elsewhere_is_the_same_model(copy, released):
    assert artifacts.load().sha256 == released.sha256


@pytest.mark.parametrize("name", artifacts.FILES)
def test_one_changed_bit_is_found(copy, released, name):
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    with pytest.raises(ArtifactCorrupt, match=f"{name} is not the file that was released"):
        artifacts.load(released.version)


def test_a_missing_file_is_named(copy):
    (copy / artifacts.KERAS_WEIGHTS).unlink()
    with pytest.raises(ArtifactCorrupt, match="network.npz is missing"):
        artifacts.load()


def test_a_description_that_does_not_say_whether_it_mirrors_is_refused(copy, released):
    fields = json.loads((copy / artifacts.FILE).read_text())
    (copy / artifacts.FILE).write_text(json.dumps({**fields, "mirrored": "yes"}))
    with pytest.raises(ArtifactCorrupt, match="mirrored 'yes'"):
        artifacts.load(released.version)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": 99}', "{"])
def test_an_unreadable_description_is_named(copy, content):
    (copy / artifacts.FILE).write_text(content)
    with pytest.raises(ArtifactCorrupt, match=r"artifact\.json can't be read"):
        artifacts.load()


def test_a_model_in_another_models_folder_is_refused(copy):
    copy.rename(copy.with_name("zzz"))
    with pytest.raises(ArtifactCorrupt, match="calls itself"):
        artifacts.load("zzz")


def test_a_file_left_out_of_the_description_is_named(copy):
    fields = json.loads((copy / artifacts.FILE).read_text())
    del fields["files"][artifacts.DOMAIN]
    (copy / artifacts.FILE).write_text(json.dumps(fields))
    with pytest.raises(ArtifactCorrupt, match="lacks"):
        artifacts.load()


@pytest.mark.parametrize("version", ["1999", "../artifacts", "..", "/etc"])
def test_an_unknown_version_is_missing(version):
    with pytest.raises(ArtifactMissing, match="There is no model"):
        artifacts.load(version)


def test_an_empty_directory_has_no_default(tmp_path, monkeypatch):
    monkeypatch.setenv("MODEL_DIR", str(tmp_path))
    assert artifacts.released() == ()
    with pytest.raises(ArtifactMissing, match="There is no released model"):
        artifacts.load()


def described(folder: Path, **changes: object) -> Path:
    """The same model under another name, its description changed."""
    other = folder.with_name(str(changes["version"]))
    shutil.copytree(folder, other)
    fields = json.loads((folder / artifacts.FILE).read_text()) | changes
    (other / artifacts.FILE).write_text(json.dumps(fields))
    return other


def test_the_newest_is_the_default(copy):
    described(copy, version="1999")
    described(copy, version="zzz")
    assert artifacts.load().version == "zzz"


def test_a_lighter_model_is_loaded_only_where_it_is_named(copy, released):
    described(copy, version="zzz", role="lighter")
    assert artifacts.default_version() == released.version
    assert (artifacts.load("zzz").version, artifacts.load("zzz").role) == ("zzz", "lighter")


def test_of_lighter_models_alone_none_is_the_default(copy):
    described(copy, version="zzz", role="lighter")
    shutil.rmtree(copy)
    with pytest.raises(ArtifactMissing, match="None of the released models is a default: zzz"):
        artifacts.load()


def test_an_unknown_role_is_corrupt(copy):
    described(copy, version="zzz", role="best")
    with pytest.raises(ArtifactCorrupt, match="role 'best'"):
        artifacts.load("zzz")


def test_a_fusion_comes_with_thresholds_of_its_own(copy, released):
    assert set(released.history_thresholds) == {"melanoma", "malignancy"}
    described(copy, version="zzz", history_thresholds={})
    with pytest.raises(ArtifactCorrupt, match="not both"):
        artifacts.load("zzz")


def test_half_of_an_8_bit_network_is_named(copy):
    fields = json.loads((copy / artifacts.FILE).read_text())
    fields["files"] = dict.fromkeys((*artifacts.FILES, artifacts.INT8_MODEL), "0")
    (copy / artifacts.FILE).write_text(json.dumps(fields))
    with pytest.raises(ArtifactCorrupt, match="lacks .'network-int8.bin'"):
        artifacts.load()


def test_a_description_is_read_without_its_files(copy):
    (copy / artifacts.KERAS_WEIGHTS).unlink()
    assert artifacts.described(copy.name).version == copy.name


GOOD = {"kind": "clinical", "n": 4, "edges": [0.25, 0.5], "shares": [0.25, 0.25, 0.5]}


def test_a_reference_for_drift_is_read_with_its_bins(copy):
    described(copy, version="zzz", reference={"brightness": GOOD})
    one = artifacts.load("zzz").reference["brightness"]
    assert (one.kind, one.n, one.edges, one.shares) == (
        "clinical", 4, (0.25, 0.5), (0.25, 0.25, 0.5),
    )  # fmt: skip


@pytest.mark.parametrize(
    "reference",
    [
        None,
        {"weight": GOOD},
        {"brightness": {**GOOD, "edges": [0.5, 0.25]}},
        {"brightness": {**GOOD, "shares": [0.5, 0.5]}},
        {"brightness": {**GOOD, "shares": [0.5, 0.5, 0.5]}},
        {"brightness": {**GOOD, "shares": [-0.5, 1.0, 0.5]}},
        {"brightness": {**GOOD, "edges": [0.25, float("nan")]}},
        {"brightness": {**GOOD, "n": 0}},
        {"brightness": {"edges": [0.5], "shares": [0.5, 0.5]}},
    ],
)
def test_a_reference_that_does_not_fit_together_is_corrupt(copy, reference):
    described(copy, version="zzz", reference=reference)
    with pytest.raises(ArtifactCorrupt, match=r"artifact\.json can't be read"):
        artifacts.load("zzz")
