"""The array that the network sees."""

import numpy as np
import pytest
from PIL import Image

from inference.preprocessing import (
    InputSpec,
    UndecodablePhoto,
    normalise,
    prepare,
    read_pixels,
    shades_of_grey,
)
from tests.inference.conftest import encoded

SPEC = InputSpec(160, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


def test_a_photo_becomes_a_square_of_normalised_floats(lesion):
    array = prepare(encoded(lesion), SPEC)
    assert (array.shape, array.dtype) == ((160, 160, 3), np.float32)
    mean = np.asarray(lesion).mean((0, 1)) / 255
    assert np.allclose(array.mean((0, 1)) * SPEC.std + SPEC.mean, mean, atol=0.01)


def test_the_same_bytes_give_the_same_array(lesion):
    data = encoded(lesion)
    assert np.array_equal(prepare(data, SPEC), prepare(data, SPEC))


def test_shrinking_is_antialiased():
    stripes = np.zeros((1200, 1200, 3), np.uint8)
    stripes[:, ::2] = 255
    pixels = read_pixels(encoded(Image.fromarray(stripes), "PNG"), 150)
    assert pixels.std() < 2
    assert 120 < pixels.mean() < 135


def test_the_fast_jpeg_path_and_the_full_one_agree(lesion):
    large = lesion.resize((2048, 1536))
    fast = read_pixels(encoded(large, quality=95), 160).astype(int)
    full = read_pixels(encoded(large, "PNG"), 160).astype(int)
    assert np.abs(fast - full).mean() < 1.5


def test_grey_photos_have_three_channels(lesion):
    pixels = read_pixels(encoded(lesion.convert("L")), 64)
    assert pixels.shape == (64, 64, 3)
    assert np.array_equal(pixels[..., 0], pixels[..., 2])


@pytest.mark.parametrize("data", [b"", b"hello", b"\xff\xd8\xff\xe0" + b"\0" * 50])
def test_what_is_not_a_photo_is_named(data):
    with pytest.raises(UndecodablePhoto):
        read_pixels(data, 64)


def test_a_photo_cut_short_is_named(lesion):
    data = encoded(lesion)
    with pytest.raises(UndecodablePhoto, match="truncated"):
        read_pixels(data[: len(data) // 2], 64)


def test_colour_constancy_takes_the_lamp_out_of_the_picture(lesion):
    image = np.asarray(lesion, dtype=np.float32) / 255 * 0.8
    yellow = image * np.float32([1.0, 0.9, 0.6])
    one, other = (shades_of_grey(lit) / shades_of_grey(lit).mean() for lit in (yellow, image))
    assert np.abs(one - other).max() < 0.01


def test_colour_constancy_is_what_the_artifact_asks_for(lesion):
    pixels = read_pixels(encoded(lesion), 64)
    grey = InputSpec(64, SPEC.mean, SPEC.std, "shades_of_grey")
    assert not np.allclose(normalise(pixels, grey), normalise(pixels, SPEC))


def test_black_stays_black_under_colour_constancy():
    assert np.all(shades_of_grey(np.zeros((8, 8, 3), np.float32)) == 0)
