"""The same picture is found however it was saved, and other pictures are not."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageOps

from training import duplicates
from training.procedural import KINDS, lesion_photo

SIZE = (320, 240)


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return lesion_photo(11, kind="melanoma_like", size=SIZE)


def saved(folder: Path, pictures, **how) -> list[Path]:
    paths = []
    for number, picture in enumerate(pictures):
        paths.append(folder / f"{number}.jpg")
        picture.save(paths[-1], **{"quality": 92} | how)
    return paths


CHANGES = {
    "smaller": lambda photo: photo.resize((160, 120)),
    "another shape": lambda photo: photo.resize((224, 224)),
    "darker": lambda photo: ImageEnhance.Brightness(photo).enhance(0.6),
    "less contrast": lambda photo: ImageEnhance.Contrast(photo).enhance(0.7),
    "another colour cast": lambda photo: Image.merge(
        "RGB", [band.point(lambda level, n=n: level * (1, 0.85, 0.6)[n]) for n, band in
                enumerate(photo.split())]
    ),
    "mirrored": ImageOps.mirror,
    "upside down": ImageOps.flip,
    "turned": lambda photo: photo.transpose(Image.Transpose.ROTATE_90),
    "turned and mirrored": lambda photo: photo.transpose(Image.Transpose.TRANSVERSE),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_the_same_photo_changed_is_the_same_picture(photo, tmp_path, change):
    paths = saved(tmp_path, [photo, CHANGES[change](photo)])
    assert duplicates.inspect(paths).same == ((0, 1),)


def test_a_photo_compressed_hard_is_the_same_picture(photo, tmp_path):
    paths = [tmp_path / "fine.png", tmp_path / "coarse.jpg"]
    photo.save(paths[0])
    photo.save(paths[1], quality=20)
    assert duplicates.inspect(paths).same == ((0, 1),)


def test_photos_of_other_lesions_are_other_pictures(tmp_path):
    pictures = [lesion_photo(n, kind=KINDS[n % 8], size=SIZE) for n in range(24)]
    assert duplicates.inspect(saved(tmp_path, pictures)).same == ()


def test_photos_without_any_detail_are_the_same_only_to_the_byte(tmp_path):
    pictures = [Image.new("RGB", SIZE, colour) for colour in ("tan", "tan", "pink")]
    assert duplicates.inspect(saved(tmp_path, pictures)).same == ((0, 1),)


def test_a_broken_file_is_named_with_its_reason_and_the_others_are_compared(photo, tmp_path):
    paths = saved(tmp_path, [photo, photo, photo])
    paths[1].write_bytes(paths[1].read_bytes()[:900])
    (tmp_path / "text.jpg").write_text("no photo")
    found = duplicates.inspect([*paths, tmp_path / "text.jpg"])
    assert set(found.broken) == {1, 3}
    assert "truncated" in found.broken[1] and found.broken[3] == "cannot identify image file"
    assert found.same == ((0, 2),)
    assert found.sha256[1] == "" and found.sha256[0] == found.sha256[2]
    assert found.sizes == (SIZE, (0, 0), SIZE, (0, 0))


def test_what_was_found_is_kept_until_a_file_changes(photo, tmp_path):
    paths, cache = saved(tmp_path, [photo, photo]), tmp_path / "cache"
    first = duplicates.inspect(paths, cache)
    (stored,) = cache.iterdir()
    stored.write_text(stored.read_text().replace("[[0, 1]]", "[]"))
    assert duplicates.inspect(paths, cache).same == ()  # read from the cache
    lesion_photo(12, size=SIZE).save(paths[1])
    assert duplicates.inspect(paths, cache) != first
    assert len(list(cache.iterdir())) == 2


def test_what_is_read_back_is_what_was_found(photo, tmp_path):
    paths = saved(tmp_path, [photo, photo, photo])
    paths[2].write_bytes(b"")
    assert duplicates.inspect(paths, tmp_path / "cache") == duplicates.inspect(
        paths, tmp_path / "cache"
    )


def test_a_cache_that_cannot_be_written_is_named_and_costs_nothing_else(photo, tmp_path, caplog):
    (tmp_path / "cache").write_text("a file, not a folder")
    found = duplicates.inspect(saved(tmp_path, [photo, photo]), tmp_path / "cache")
    assert found.same == ((0, 1),)
    assert "is not kept" in caplog.text


def test_a_fingerprint_has_length_one_or_nothing():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)
    pixels[1] = 128
    lengths = np.sqrt((duplicates.fingerprints(pixels) ** 2).sum((1, 2)))
    assert lengths == pytest.approx([1, 0, 1], abs=1e-5)


def test_comparing_in_parts_finds_what_comparing_at_once_finds(monkeypatch):
    prints = np.random.default_rng(1).standard_normal((40, 28, 28)).astype(np.float32)
    prints[30], prints[39] = prints[3], np.rot90(prints[7], 3)
    prints /= np.sqrt((prints**2).sum((1, 2), keepdims=True))
    at_once = set(duplicates.same_pictures(prints))
    monkeypatch.setattr(duplicates, "_ROWS", 8)
    assert set(duplicates.same_pictures(prints)) == at_once == {(3, 30), (7, 39)}


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=25))
def test_places_hang_together_exactly_where_a_chain_of_pairs_leads(pairs):
    reached = [{place} for place in range(20)]
    for _ in range(20):  # spread along pairs until nothing changes
        for one, other in pairs:
            both = reached[one] | reached[other]
            for place in both:
                reached[place] = reached[place] | both
    assert duplicates.groups(20, pairs) == [min(places) for places in reached]
