"""What a picture shows: a spot on skin of any colour, and whether it is the same picture again."""

import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from inference.content import find_lesion, fingerprint
from training.procedural import lesion_photo


def skin(colour: tuple[int, int, int], seed: int = 0) -> Image.Image:
    """Skin with its grain and light from one side, and nothing on it."""
    random = np.random.default_rng(seed)
    light = np.linspace(0.8, 1.1, 400)[None, :, None]
    grain = random.normal(0, 4, (300, 400, 1))
    pixels = np.clip(np.array(colour) * light + grain, 0, 255).astype("uint8")
    return Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1))


def with_spot(picture: Image.Image, radius: int) -> Image.Image:
    """A round spot, a third darker than what is around it."""
    y, x = np.mgrid[:300, :400]
    inside = (x - 220) ** 2 + (y - 140) ** 2 <= radius**2
    pixels = np.asarray(picture).astype(float)
    pixels[inside] *= 0.65
    return Image.fromarray(pixels.astype("uint8"))


FAIR, BROWN, DARK = (225, 190, 170), (150, 105, 80), (70, 45, 35)


@pytest.mark.parametrize("colour", [FAIR, BROWN, DARK])
def test_plain_skin_has_no_lesion(colour):
    assert find_lesion(skin(colour)) == 0.0


@pytest.mark.parametrize("colour", [FAIR, BROWN, DARK])
@pytest.mark.parametrize("radius", [10, 25, 60])
def test_a_spot_is_found_with_its_size_on_any_skin(colour, radius):
    share = find_lesion(with_spot(skin(colour), radius))
    assert share == pytest.approx(np.pi * radius**2 / 120_000, rel=0.3)


@pytest.mark.parametrize("tone", range(1, 7))
def test_generated_lesions_are_found_on_every_skin_type(tone):
    shares = [find_lesion(lesion_photo(seed, skin_tone=tone, size=(640, 480))) for seed in range(6)]
    assert min(shares) > 0.006, "none of them counts as taken from too far away"


def test_a_lighter_spot_counts_too():
    picture = np.asarray(skin(BROWN)).astype(float)
    picture[100:160, 100:160] *= 1.4
    assert find_lesion(Image.fromarray(picture.astype("uint8"))) > 0.02


def test_the_same_picture_keeps_its_fingerprint_through_encoding_size_and_light():
    grey = lesion_photo(5, size=(900, 700)).convert("L")
    stream = io.BytesIO()
    grey.resize((600, 467)).save(stream, "JPEG", quality=50)
    changed = ImageEnhance.Brightness(Image.open(stream)).enhance(1.1)
    assert bits_apart(grey, changed) <= 4


def test_other_pictures_have_other_fingerprints():
    pictures = [lesion_photo(seed, size=(450, 350)).convert("L") for seed in range(8)]
    apart = [bits_apart(a, b) for n, a in enumerate(pictures) for b in pictures[:n]]
    assert min(apart) > 4


def test_a_picture_of_one_colour_and_one_pixel_high_is_no_trouble():
    assert find_lesion(Image.new("RGB", (800, 100), "white")) == 0.0
    assert fingerprint(Image.new("L", (9, 8))) == "0" * 16


def bits_apart(one: Image.Image, other: Image.Image) -> int:
    return (int(fingerprint(one), 16) ^ int(fingerprint(other), 16)).bit_count()
