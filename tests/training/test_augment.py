"""Augmented views: what a recipe allows, and that a recipe's views never change."""

from dataclasses import replace

import numpy as np
import pytest

from training.augment import NONE, STUDY_B, STUDY_C, STUDY_D, Augmentation, views

SEED = (1, 2, 3)
NOISE = np.random.default_rng(7).integers(0, 256, (4, 20, 20, 3), dtype=np.uint8)


def dark_with(*places: tuple[int, int], size: int = 41, count: int = 60) -> np.ndarray:
    """``count`` black photos with white dots at (row, column)."""
    photos = np.zeros((count, size, size, 3), np.uint8)
    for row, column in places:
        photos[:, row, column] = 255
    return photos


def centres(photos: np.ndarray) -> np.ndarray:
    """(N, 2) row and column of each photo's light, in pixels from the middle."""
    light = photos[..., 0].astype(float)
    places = np.arange(photos.shape[1]) - (photos.shape[1] - 1) / 2
    total = light.sum((1, 2))
    return np.stack([light.sum(2) @ places, light.sum(1) @ places], 1) / total[:, None]


def test_the_default_views_of_a_seed_never_change():
    """Runs under way would go on with other views than they began with."""
    seen = views(NOISE, 16, Augmentation(), SEED)
    row = [
        [31, 122, 57], [145, 84, 59], [57, 54, 26], [114, 99, 75], [204, 219, 175],
        [109, 34, 58], [51, 120, 187], [93, 126, 156], [92, 112, 106], [156, 176, 224],
        [76, 154, 106], [95, 113, 149], [62, 184, 133], [90, 168, 221], [99, 159, 218],
        [136, 142, 193],
    ]  # fmt: skip
    assert np.abs(seen[3, 8].astype(int) - row).max() <= 1  # rounding may differ by processor
    assert np.abs(seen.reshape(4, -1).sum(1) - [93000, 78004, 82685, 102735]).max() <= 40


def test_the_same_seed_gives_the_same_views_and_another_gives_others():
    first = views(NOISE, 16, Augmentation(), SEED)
    assert np.array_equal(first, views(NOISE, 16, Augmentation(), SEED))
    assert not np.array_equal(first, views(NOISE, 16, Augmentation(), (1, 2, 4)))


def test_without_augmentation_a_view_is_the_photo():
    assert np.array_equal(views(NOISE, 20, NONE, SEED), NOISE)


def test_zoom_takes_the_middle_of_the_photo():
    seen = views(NOISE, 10, replace(NONE, zoom=(0.5, 0.5)), SEED)
    assert np.array_equal(seen, NOISE[:, 5:15, 5:15])


def test_a_view_of_half_the_size_is_the_mean_of_four_pixels():
    blocks = NOISE.reshape(4, 10, 2, 10, 2, 3).mean((2, 4))
    assert np.abs(views(NOISE, 10, NONE, SEED) - blocks).max() <= 0.5


@pytest.mark.parametrize(
    ("how", "turned"),
    [
        (replace(NONE, flip=True), lambda photo: photo[:, ::-1]),
        (replace(NONE, upside_down=True), lambda photo: photo[::-1]),
    ],
    ids=["left to right", "upside down"],
)
def test_each_flip_is_allowed_by_itself(how, turned):
    photos = np.broadcast_to(NOISE[0], (40, *NOISE[0].shape))
    seen = views(photos, 20, how, SEED)
    is_turned = [np.array_equal(view, turned(NOISE[0])) for view in seen]
    is_same = [np.array_equal(view, NOISE[0]) for view in seen]
    assert all(one != other for one, other in zip(is_turned, is_same, strict=True))
    assert 10 < sum(is_turned) < 30


def test_both_flips_give_four_views():
    photos = np.broadcast_to(NOISE[0], (40, *NOISE[0].shape))
    seen = views(photos, 20, replace(NONE, flip=True, upside_down=True), SEED)
    assert len({view.tobytes() for view in seen}) == 4


def test_a_move_does_not_wait_for_a_zoom():
    photos = dark_with((20, 20))
    moved = centres(views(photos, 41, replace(NONE, move=0.2), SEED))
    assert np.abs(moved).max() <= 0.2 * 41
    assert (np.abs(moved).max(0) > 0.15 * 41).all()
    assert (moved.min(0) < 0).all() and (moved.max(0) > 0).all()
    assert np.abs(centres(views(photos, 41, replace(NONE, shift=1.0), SEED))).max() == 0


def test_a_shift_reaches_no_further_than_the_zoom_leaves_over():
    photos = dark_with((20, 20))
    seen = centres(views(photos, 41, replace(NONE, zoom=(0.8, 0.8), shift=1.0), SEED))
    # A tenth of the side on either side is left over, and 0.8 of the photo fill the view.
    assert 0.08 * 41 / 0.8 < np.abs(seen).max() <= 0.1 * 41 / 0.8 + 0.5


def test_shear_moves_rows_against_each_other_and_keeps_the_middle():
    photos = dark_with(*((row, 20) for row in range(41)))
    columns = np.arange(41) - 20
    light = views(photos, 41, replace(NONE, shear=0.2), SEED)[..., 0].astype(float)
    place = (light @ columns) / light.sum(2)  # (N, rows): where the line is
    slope = (place[:, 40] - place[:, 0]) / 40
    assert np.abs(place[:, 20]).max() == 0
    assert np.abs(slope).max() <= 0.2 + 1e-3
    assert slope.min() < -0.15 and slope.max() > 0.15
    assert np.allclose(place, slope[:, None] * columns, atol=0.05)


@pytest.mark.parametrize(("how", "most"), [(STUDY_C, 20), (STUDY_B, 180)])
def test_a_photo_turns_as_far_as_the_study_turned_it(how, most):
    photos = dark_with((20, 38), (20, 37))
    turned_only = replace(NONE, rotation=how.rotation)
    row, column = centres(views(photos, 41, turned_only, SEED)).T
    angle = np.abs(np.rad2deg(np.arctan2(row, column)))
    assert 0.85 * most < angle.max() <= most + 0.5


@pytest.mark.parametrize("how", [Augmentation(), STUDY_B, STUDY_C, STUDY_D])
def test_no_view_has_a_border_that_tells_of_its_turn(how):
    plain = np.full((20, 24, 24, 3), 120, np.uint8)
    seen = views(plain, 24, how, SEED).reshape(20, -1, 3)
    assert (seen.min(1) == seen.max(1)).all()


@pytest.mark.parametrize("how", [STUDY_B, STUDY_C, STUDY_D])
def test_the_studies_left_the_light_as_it_was(how):
    plain = np.full((20, 24, 24, 3), 120, np.uint8)
    assert (views(plain, 24, how, SEED) == 120).all()


def test_brightness_is_a_factor():
    plain = np.full((50, 4, 4, 3), 100, np.uint8)
    seen = views(plain, 4, replace(NONE, brightness=(0.5, 1.5)), SEED)[:, 0, 0, 0]
    assert 50 <= seen.min() < 60 and 140 < seen.max() <= 150


def test_contrast_keeps_the_mean_and_saturation_the_grey():
    halves = np.full((30, 4, 4, 3), 80, np.uint8)
    halves[:, 2:] = 120
    spread = views(halves, 4, replace(NONE, contrast=(0.5, 1.5)), SEED).astype(int)
    assert np.abs(spread.mean((1, 2, 3)) - 100).max() <= 0.5
    assert np.ptp(spread[:, 3, 0, 0]) > 10
    grey = views(halves, 4, replace(NONE, saturation=(0, 2)), SEED)
    assert np.array_equal(grey, halves)


def test_the_colour_of_the_light_changes_each_channel_alone():
    plain = np.full((50, 4, 4, 3), 100, np.uint8)
    seen = views(plain, 4, replace(NONE, light=0.1), SEED)[:, 0, 0].astype(int)
    assert seen.min() >= 90 and seen.max() <= 110
    assert np.ptp(seen, axis=1).max() > 5
