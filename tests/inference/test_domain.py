"""Things that aren't skin are refused; skin is not, dark or light."""

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from inference.domain import Domain, statistics
from tests.inference.conftest import encoded
from training.not_skin import KINDS, picture
from training.procedural import KINDS as LESIONS
from training.procedural import lesion_photo


def refused(classifier, photos):
    return [not case.in_domain for case in classifier.predict_cases([[photo] for photo in photos])]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_skin_is_refused(classifier, kind):
    photos = [encoded(picture(kind, 1000 + seed)) for seed in range(10)]
    assert sum(refused(classifier, photos)) >= 9


def test_an_empty_page_and_a_covered_lens_are_refused(classifier):
    photos = [encoded(Image.new("RGB", (800, 600), colour)) for colour in ("white", "black")]
    assert refused(classifier, photos) == [True, True]


def test_a_plain_patch_of_skin_colour_is_refused(classifier):
    photos = [
        encoded(Image.new("RGB", (800, 600), colour))
        for colour in ((224, 184, 158), (173, 122, 90), (84, 54, 41))
    ]
    assert refused(classifier, photos) == [True] * 3


@pytest.mark.parametrize("tone", range(1, 7))
def test_generated_lesions_on_every_skin_are_taken(classifier, tone):
    photos = [
        encoded(lesion_photo(50 + n, skin_tone=tone, kind=kind, size=(640, 480)), quality=90)
        for n, kind in enumerate(LESIONS)
    ]
    assert sum(refused(classifier, photos)) <= 1  # of 8


@pytest.mark.parametrize("data_set", ["pad_ufes_20", "ham10000"])
def test_real_photos_of_skin_are_taken(classifier, real_photos, data_set):
    assert np.mean(refused(classifier, real_photos(data_set, 200))) <= 0.03


def test_underexposed_real_photos_are_taken(classifier, real_photos):
    import io

    dark = [
        encoded(ImageEnhance.Brightness(Image.open(io.BytesIO(photo))).enhance(0.3))
        for photo in real_photos("pad_ufes_20", 100)
    ]
    assert np.mean(refused(classifier, dark)) <= 0.04


def test_a_domain_survives_saving(released, tmp_path, lesion):
    domain = Domain.load(released.file("domain.npz"))
    domain.save(tmp_path / "domain.npz")
    pixels = np.asarray(lesion.resize((160, 160)))[None]
    again = Domain.load(tmp_path / "domain.npz")
    assert np.array_equal(again.appearance(pixels), domain.appearance(pixels))


def test_scores_fall_through_a_half_at_the_limit():
    domain = Domain(
        mean=np.zeros(4, np.float32),
        basis=np.eye(4, dtype=np.float32)[:, :1],
        residual_limit=np.float32(2),
        centres=np.zeros((1, 10), np.float32),
        whitening=np.zeros((1, 10, 10), np.float32),
        appearance_limit=np.float32(1),
    )
    features = np.float32([[9, 0, 0, 0], [9, 2, 0, 0], [0, 0, 0, 20]])
    pixels = np.zeros((3, 16, 16, 3), np.uint8)
    assert domain.scores(pixels, features) == pytest.approx([1, 0.5, 0.0001], abs=1e-3)


def test_statistics_are_finite_for_flat_and_for_black():
    pixels = np.stack([np.full((16, 16, 3), level, np.uint8) for level in (0, 128, 255)])
    assert np.isfinite(statistics(pixels)).all()


def test_statistics_of_colour_hardly_know_how_bright_it_is(lesion):
    pixels = np.asarray(lesion.resize((160, 160)))
    light, dark = statistics(np.stack([pixels, pixels // 3]))
    assert np.abs(light[:2] - dark[:2]).max() < 0.02
