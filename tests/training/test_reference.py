"""What drift is measured against: photos as patients send them, taken in as the portal does."""

import json
import shutil
from bisect import bisect_right
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from inference import artifact as artifacts
from inference import image
from inference.artifact import Artifact, Spread
from inference.classifier import Classifier
from training import generated, reference
from training.datasets import Example, read
from training.procedural import KINDS, lesion_photo
from training.runs import fingerprint, labelled

CARD = "MODEL_CARD.md"


@pytest.fixture(scope="module")
def lighter() -> Artifact:
    return artifacts.load("2026.11.20-mobilenetv2-upright")


def photos(folder: Path, count: int, *, kind: str, size: tuple[int, int]) -> list[Example]:
    """``count`` validation photos of one kind, of which ten are drawn and all are named."""
    for n in range(10):
        photo = lesion_photo(n, skin_tone=1 + n % 6, kind=KINDS[n % len(KINDS)], size=size)
        photo.save(folder / f"{kind}-{n}.jpg", quality=90)
    return [
        Example(
            path=folder / f"{kind}-{n % 10}.jpg", label="NV", data_set="generated",
            group=f"{kind} {n}", split="validation", kind=kind,
        )
        for n in range(count)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def clinical(tmp_path_factory) -> list[Example]:
    return photos(tmp_path_factory.mktemp("clinical"), 100, kind="clinical", size=(640, 480))


@pytest.fixture(scope="module")
def dermoscopic(tmp_path_factory) -> list[Example]:
    folder = tmp_path_factory.mktemp("dermoscopic")
    return photos(folder, 100, kind="dermoscopic", size=(200, 150))


@pytest.fixture(scope="module")
def found(lighter, clinical, dermoscopic) -> dict[str, Spread]:
    return reference.reference(lighter, [*dermoscopic, *clinical])


def test_every_quantity_is_of_the_clinical_photos(found):
    assert tuple(found) == artifacts.QUANTITIES
    assert {(one.kind, one.n) for one in found.values()} == {("clinical", 100)}


def test_it_is_what_the_portal_would_measure_and_store_of_the_same_uploads(
    found, lighter, clinical
):
    classifier = Classifier.of(lighter, engine="openvino-f32")
    uploads = [image.clean_isolated(one.path.read_bytes()) for one in clinical[:10]]
    cases = classifier.predict_cases([[upload.jpeg] for upload in uploads])
    seen = {name: [getattr(one, name) for one in uploads] for name in ("brightness", "sharpness")}
    scores = ("domain_score", "melanoma_risk", "malignancy_risk")
    seen |= {name: [getattr(case, name) for case in cases] for name in scores}
    for name, values in seen.items():
        places = [bisect_right(found[name].edges, value) for value in values]
        shares = np.bincount(places, minlength=len(found[name].shares)) / len(values)
        assert np.allclose(shares, found[name].shares, atol=0.001), name


def test_photos_smaller_than_what_sharpness_is_measured_on_have_none(lighter, dermoscopic):
    measured = list(reference.measure(Classifier.of(lighter), dermoscopic[:3]))
    assert [one.sharpness for one in measured] == [None, None, None]
    assert all(0 < one.brightness < 1 for one in measured)


def test_where_few_clinical_photos_are_kept_it_is_of_all_and_says_so(clinical, dermoscopic):
    kind, chosen = reference.like_a_patients([*dermoscopic, *clinical[:79]])
    assert (kind, len(chosen)) == ("all", 179)
    kind, chosen = reference.like_a_patients([*dermoscopic, *clinical[:80]])
    assert (kind, len(chosen)) == ("clinical", 80)


def test_of_too_few_photos_there_is_none(lighter, clinical):
    assert reference.reference(lighter, clinical[:79]) == {}


def test_a_photo_that_the_portal_would_refuse_is_left_out(lighter, clinical, tmp_path):
    (tmp_path / "text.jpg").write_text("no photo")
    broken = replace(clinical[0], path=tmp_path / "text.jpg")
    assert len(list(reference.measure(Classifier.of(lighter), [broken, clinical[1]]))) == 1


def test_bins_hold_twenty_photos_at_least_and_are_ten_at_most():
    values = np.random.default_rng(0).normal(size=1000)
    for count, bins in ((1000, 10), (200, 10), (199, 9), (92, 4)):
        one = reference.spread(values[:count], "all")
        assert len(one.shares) == bins
        assert min(one.shares) * count >= 20
        assert np.allclose(one.shares, 1 / bins, atol=0.01)


def test_equal_values_share_a_bin():
    assert reference.spread([0.5] * 100, "all").shares == (0.0, 1.0)


@pytest.fixture
def copy(lighter, tmp_path) -> Artifact:
    return artifacts.read(Path(shutil.copytree(lighter.path, tmp_path / lighter.version)))


def test_a_resealed_model_differs_in_nothing_but_the_reference(copy, lighter, found):
    resealed = reference.reseal(copy, found)
    assert resealed.reference == found and resealed.sha256 != lighter.sha256
    told = {"path": lighter.path, "sha256": lighter.sha256, "reference": lighter.reference}
    assert replace(resealed, **told) == lighter
    assert "| Sharpness | 100 clinical |" in resealed.file(CARD).read_text()


def test_sealing_what_a_model_has_already_changes_no_byte(copy, lighter):
    reference.reseal(copy, lighter.reference)
    for name in (artifacts.FILE, CARD):
        assert copy.file(name).read_bytes() == lighter.file(name).read_bytes()


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("generated")
    assert generated.main(["--out", str(folder), "--plain"]) == 0
    return folder


def made_with(copy: Artifact, data: Path) -> Artifact:
    fields = json.loads(copy.file(artifacts.FILE).read_text())
    fields["training"]["data_sha256"] = fingerprint(labelled(read(data), copy.labels))
    copy.file(artifacts.FILE).write_text(json.dumps(fields))
    return artifacts.read(copy.path)


def test_the_command_adds_the_reference_of_the_validation_part(copy, data, capsys, monkeypatch):
    monkeypatch.setattr(reference, "LEAST", 10)
    made_with(copy, data)
    assert reference.main([str(copy.path), "--data", str(data)]) == 0
    stored = artifacts.read(copy.path).reference
    clinical = [one for one in read(data) if one.split == "validation" and one.kind == "clinical"]
    assert {one.n for one in stored.values()} == {sum(one.label in copy.labels for one in clinical)}
    assert "brightness: " in capsys.readouterr().out


def test_other_data_than_the_model_s_are_refused(copy, data, capsys):
    before = copy.file(artifacts.FILE).read_bytes()
    assert reference.main([str(copy.path), "--data", str(data)]) == 1
    assert "does not hold the photos" in capsys.readouterr().err
    assert copy.file(artifacts.FILE).read_bytes() == before


@pytest.mark.parametrize("version", artifacts.released())
def test_released_models_have_one_of_photos_like_a_patient_s(version):
    stored = artifacts.described(version).reference
    assert {"brightness", "domain_score", "melanoma_risk", "malignancy_risk"} <= set(stored)
    assert {one.kind for one in stored.values()} == {"clinical"}
    assert all(one.n >= reference.LEAST for one in stored.values())
    described = json.loads((artifacts.directory() / version / artifacts.FILE).read_text())
    assert described["reference"] == json.loads(
        json.dumps({name: asdict(one) for name, one in stored.items()})
    )
