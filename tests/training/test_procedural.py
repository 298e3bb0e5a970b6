"""Generated photos: plausible, repeatable, marked."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.procedural import KINDS, lesion_photo

ROOT = Path(__file__).resolve().parents[2]
SIZE = (640, 480)


def light(picture: Image.Image) -> float:
    return float(np.asarray(picture.convert("L")).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_a_lesion_stands_out_from_its_skin(kind):
    coarse = lesion_photo(3, skin_tone=2, kind=kind, size=SIZE).resize((32, 24), reducing_gap=None)
    pixels = np.asarray(coarse, dtype=float)
    skin = np.concatenate([pixels[:3].reshape(-1, 3), pixels[:-3, :3].reshape(-1, 3)])
    away = np.abs(pixels[6:18, 8:24] - skin.mean(0)).max(-1)
    assert away.max() > 30 and away.max() > 2 * skin.std(0).max()


def test_skin_gets_darker_from_type_1_to_6():
    tones = [light(lesion_photo(1, skin_tone=tone, size=SIZE)) for tone in range(1, 7)]
    assert tones == sorted(tones, reverse=True)
    assert tones[0] > 2.5 * tones[-1]


def test_a_dark_photo_is_dark():
    assert light(lesion_photo(1, size=SIZE, dark=True)) < 0.5 * light(lesion_photo(1, size=SIZE))


def test_the_same_arguments_give_the_same_photo_and_another_seed_another():
    one, same, other = (lesion_photo(seed, size=SIZE) for seed in (1, 1, 2))
    assert one.tobytes() == same.tobytes() != other.tobytes()


def test_it_is_marked_as_generated_in_a_corner():
    corner = np.asarray(lesion_photo(1, skin_tone=6, size=SIZE).convert("L"))[-40:, -140:]
    assert corner.max() > 225 and corner.min() < 20


def test_unknown_kinds_and_tones_are_refused():
    with pytest.raises(KeyError):
        lesion_photo(1, kind="unicorn")
    with pytest.raises(KeyError):
        lesion_photo(1, skin_tone=7)


def test_a_camera_size_photo_takes_less_than_a_second_of_processor():
    started = time.process_time()
    assert lesion_photo(1, kind="melanoma_like").size == (1600, 1200)
    assert time.process_time() - started < 1


def test_the_command_writes_photos_and_what_they_are(tmp_path):
    command = [sys.executable, "-m", "training.procedural", "--out", str(tmp_path / "new")]
    options = ["--count", "9", "--width", "320", "--height", "240"]
    subprocess.run([*command, *options], cwd=ROOT, check=True, timeout=60)
    rows = json.loads((tmp_path / "new" / "photos.json").read_text())
    assert len(rows) == 9 and {row["kind"] for row in rows} == set(KINDS)
    for row in rows:
        assert Image.open(tmp_path / "new" / row["file"]).size == (320, 240)
        assert 1 <= row["skin_tone"] <= 6


def test_drawing_imports_no_network():
    program = "import sys, training.procedural; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True
    )
    assert {"tensorflow", "keras", "openvino", "django"} & set(ended.stdout.split()) == set()
