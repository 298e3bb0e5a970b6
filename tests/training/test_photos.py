"""Decoded photos: the same pixels as in serving, kept between runs, broken files named."""

import logging
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference.preprocessing import read_pixels
from training import photos
from training.datasets import Example


@pytest.fixture
def examples(tmp_path: Path) -> list[Example]:
    rng = np.random.default_rng(3)
    made = []
    for number in range(5):
        path = tmp_path / f"{number}.png"
        Image.fromarray(rng.integers(0, 256, (40, 60, 3), np.uint8)).save(path)
        made.append(Example(path, "NV", "set", f"lesion {number}", "train"))
    return made


def test_photos_are_what_serving_reads(examples):
    loaded = photos.load(examples, 24)
    assert loaded.pixels.shape == (5, 24, 24, 3)
    for example, pixels in zip(loaded.examples, loaded.pixels, strict=True):
        assert (pixels == read_pixels(example.path.read_bytes(), 24)).all()


def test_a_second_run_reads_the_cached_array(examples, tmp_path):
    first = photos.load(examples, 24, tmp_path / "cache")
    (stored,) = (tmp_path / "cache").glob("*.npy")
    written = stored.stat().st_mtime_ns
    second = photos.load(examples, 24, tmp_path / "cache")
    assert (first.pixels == second.pixels).all()
    assert stored.stat().st_mtime_ns == written
    photos.load(examples, 16, tmp_path / "cache")
    assert len(list((tmp_path / "cache").glob("*.npy"))) == 2


def test_a_changed_file_is_decoded_anew(examples, tmp_path):
    before = photos.load(examples, 24, tmp_path / "cache")
    path = examples[0].path
    Image.new("RGB", (40, 60), (200, 0, 0)).save(path)
    os.utime(path, (1, 1))
    after = photos.load(examples, 24, tmp_path / "cache")
    assert (after.pixels[0] != before.pixels[0]).any()
    assert (after.pixels[1:] == before.pixels[1:]).all()


@pytest.mark.parametrize("again", [False, True], ids=["first read", "from the cache"])
def test_a_broken_file_is_named_and_its_example_left_out(examples, tmp_path, caplog, again):
    examples[2].path.write_bytes(b"not a photo")
    if again:
        photos.load(examples, 24, tmp_path / "cache")
        caplog.clear()
    with caplog.at_level(logging.WARNING, logger="training.photos"):
        loaded = photos.load(examples, 24, tmp_path / "cache")
    assert str(examples[2].path) in caplog.text
    assert loaded.broken == (examples[2].path,)
    assert [one.path.stem for one in loaded.examples] == ["0", "1", "3", "4"]
    for example, pixels in zip(loaded.examples, loaded.pixels, strict=True):
        assert (pixels == read_pixels(example.path.read_bytes(), 24)).all()
