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
    white_patch,
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


CONSTANCY = {"shades_of_grey": shades_of_grey, "white_patch": white_patch}


@pytest.mark.parametrize("remove", CONSTANCY.values(), ids=CONSTANCY)
def test_colour_constancy_takes_the_lamp_out_of_the_picture(lesion, remove):
    image = np.asarray(lesion, dtype=np.float32) / 255 * 0.8
    yellow = image * np.float32([1.0, 0.9, 0.6])
    one, other = (remove(lit) / remove(lit).mean() for lit in (yellow, image))
    assert np.abs(one - other).max() < 0.01


def test_shades_of_grey_as_computed_by_hand():
    # Red is 0.5 in one of two pixels: its mean of 6th powers is 0.5**6 / 2, the root of that
    # 0.5 * 2**(-1/6). Green is 0.25 and blue 0.5 in both, so those are their own means.
    image = np.float32([[[0.5, 0.25, 0.5], [0.0, 0.25, 0.5]]])
    red = 0.5 * 2 ** (-1 / 6)
    grey = ((red**2 + 0.25**2 + 0.5**2) / 3) ** 0.5
    expected = [[[0.5 * grey / red, grey, grey], [0.0, grey, grey]]]
    assert np.allclose(shades_of_grey(image), expected, atol=1e-6)
    assert grey == pytest.approx(0.412684, abs=1e-6)


def test_a_plain_colour_is_grey_after_shades_of_grey():
    # sqrt((0.2**2 + 0.4**2 + 0.4**2) / 3) = sqrt(0.12)
    plain = np.broadcast_to(np.float32([0.2, 0.4, 0.4]), (3, 5, 3))
    assert np.allclose(shades_of_grey(plain), 0.12**0.5, atol=1e-6)


def test_white_patch_as_computed_by_hand():
    # Red 0.2 and 0.5: the brightest, 0.5, becomes 1 and 0.2 becomes 0.4. Green is doubled.
    image = np.float32([[[0.2, 0.1, 0.8], [0.5, 0.5, 0.8]]])
    expected = [[[0.4, 0.2, 1.0], [1.0, 1.0, 1.0]]]
    assert np.allclose(white_patch(image, percentile=100), expected, atol=1e-6)


def test_the_white_patch_may_be_less_than_the_maximum():
    # Of five values the 75th percentile is the fourth: 0.5 becomes white and 0.9 stays clipped.
    column = np.float32([0.1, 0.2, 0.3, 0.5, 0.9])[:, None, None] * np.ones(3, np.float32)
    expected = np.float32([0.2, 0.4, 0.6, 1.0, 1.0])[:, None, None] * np.ones(3)
    assert np.allclose(white_patch(column, percentile=75), expected, atol=1e-6)


def test_one_glint_does_not_decide_what_is_white():
    image = np.full((20, 20, 3), 0.4, np.float32)
    image[0, 0] = 1.0
    assert np.allclose(white_patch(image)[1:], 1.0)
    assert np.allclose(white_patch(image, percentile=100)[1:], 0.4)


@pytest.mark.parametrize("remove", CONSTANCY.values(), ids=CONSTANCY)
def test_photos_in_a_batch_do_not_share_their_light(lesion, remove):
    image = np.asarray(lesion.resize((40, 30)), dtype=np.float32) / 255
    other = image[::-1] * np.float32([0.5, 0.9, 1.0])
    assert np.array_equal(
        remove(np.stack([image, other])), np.stack([remove(image), remove(other)])
    )


@pytest.mark.parametrize("colour", CONSTANCY)
def test_colour_constancy_is_what_the_artifact_asks_for(lesion, colour):
    pixels = read_pixels(encoded(lesion), 64)
    balanced = InputSpec(64, SPEC.mean, SPEC.std, colour)
    image = CONSTANCY[colour](pixels.astype(np.float32) / 255)
    expected = (image - np.float32(SPEC.mean)) / np.float32(SPEC.std)
    assert np.allclose(normalise(pixels, balanced), expected, atol=1e-6)
    assert not np.allclose(normalise(pixels, balanced), normalise(pixels, SPEC))


@pytest.mark.parametrize("remove", CONSTANCY.values(), ids=CONSTANCY)
def test_black_stays_black_under_colour_constancy(remove):
    assert np.all(remove(np.zeros((8, 8, 3), np.float32)) == 0)
