"""The command: one line of JSON a photo."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from inference import artifact as artifacts
from tests.inference.conftest import encoded

ROOT = Path(artifacts.__file__).resolve().parents[1]


def predict(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as somebody without the portal runs it: no settings, no database."""
    import os

    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "inference.predict", *map(str, arguments)],
        cwd=ROOT,
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def files(lesion, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("photos")
    contents = {
        "mole.jpg": encoded(lesion),
        "mole.jfif": encoded(lesion),
        "mole.heic": encoded(lesion, "PNG"),
        "notes.txt": b"hello",
        "bomb.jpg": encoded(Image.new("L", (8000, 6300))),
        "empty.jpg": b"",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return {name: folder / name for name in contents}


def test_each_photo_gives_a_line_in_order(files, released):
    ended = predict(files["mole.jpg"], files["mole.heic"], "--engine", "openvino")
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line["file"] for line in lines] == [str(files["mole.jpg"]), str(files["mole.heic"])]
    for line in lines:
        assert set(line) == {
            "file",
            "probabilities",
            "top",
            "malignancy_risk",
            "in_domain",
            "model_version",
        }
        assert list(line["probabilities"]) == ["AK", "BCC", "BKL", "DF", "MEL", "NV", "SCC", "VASC"]
        assert sum(line["probabilities"].values()) == pytest.approx(1, abs=1e-4)
        best = line["top"][0]
        assert line["probabilities"][best["condition"]] == best["probability"]
        assert line["model_version"] == released.version
        assert line["in_domain"] is True


def test_a_bad_file_has_its_own_line_and_the_rest_are_predicted(files):
    names = ["notes.txt", "mole.jfif", "bomb.jpg", "empty.jpg", "absent.jpg"]
    paths = [files.get(name, Path("/nowhere") / name) for name in names]
    ended = predict(*paths, "--engine", "openvino")
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 1
    assert [set(line) == {"file", "error"} for line in lines] == [True, False, True, True, True]
    assert "is not a photo" in lines[0]["error"]
    assert "50 million pixels" in lines[2]["error"]
    assert "is empty" in lines[3]["error"]
    assert "No such file" in lines[4]["error"]


def test_keras_prints_the_same_prediction(files):
    one, other = (
        json.loads(predict(files["mole.jpg"], "--engine", engine).stdout)
        for engine in ("keras", "openvino")
    )
    for label, probability in one["probabilities"].items():
        assert probability == pytest.approx(other["probabilities"][label], abs=0.02)


def test_an_unknown_version_stops_with_the_known_ones(files, released):
    ended = predict(files["mole.jpg"], "--artifact", "1999")
    assert ended.returncode == 2
    assert "There is no model '1999'" in ended.stderr and released.version in ended.stderr


def test_no_model_at_all_is_said(files, tmp_path):
    ended = predict(files["mole.jpg"], MODEL_DIR=str(tmp_path))
    assert ended.returncode == 2
    assert "There is no released model" in ended.stderr
