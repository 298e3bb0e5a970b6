"""Slices, shuffled and joined again, against arrays written by hand."""

from itertools import permutations

import numpy as np

from training.synthetic import PIECES, cut, halved, joined, made, photo_size, shuffled

# One photo of 4 x 4 pixels, the same in all three channels; its slices are 2 x 2.
GREY = [
    [1, 2, 11, 12],
    [3, 4, 13, 14],
    [21, 22, 31, 32],
    [23, 24, 33, 34],
]
TOP_LEFT, TOP_RIGHT = [[1, 2], [3, 4]], [[11, 12], [13, 14]]
BOTTOM_LEFT, BOTTOM_RIGHT = [[21, 22], [23, 24]], [[31, 32], [33, 34]]


def photos(*grey: list[list[int]]) -> np.ndarray:
    return np.repeat(np.array(grey, np.uint8)[..., None], 3, axis=-1)


def grey(images: np.ndarray) -> list:
    assert (images == images[..., :1]).all()
    return images[..., 0].tolist()


def test_a_photo_is_cut_into_four_slices_in_reading_order():
    slices = cut(photos(GREY))
    assert grey(slices[:, 0]) == [TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT]


def test_slices_in_another_order_are_joined_as_written_by_hand():
    turned = joined(photos(BOTTOM_RIGHT, TOP_LEFT, BOTTOM_LEFT, TOP_RIGHT)[:, None])
    assert grey(turned[0]) == [
        [31, 32, 1, 2],
        [33, 34, 3, 4],
        [21, 22, 11, 12],
        [23, 24, 13, 14],
    ]


def test_joining_is_the_reverse_of_cutting():
    noise = np.random.default_rng(0).integers(0, 256, (5, 6, 6, 3), dtype=np.uint8)
    assert np.array_equal(joined(cut(noise)), noise)


def test_half_the_size_is_the_rounded_mean_of_four_pixels():
    # (1 + 2 + 3 + 4) / 4 = 2.5 and so on: halves are rounded up
    assert grey(halved(photos(GREY))[0]) == [[3, 13], [23, 33]]
    assert grey(halved(photos([[255, 255], [255, 254]]))[0]) == [[255]]


def test_shuffling_moves_whole_slices_and_never_leaves_all_in_place():
    seen = {str(grey(image)) for image in shuffled(photos(*[GREY] * 500), np.random.default_rng(0))}
    slices = (TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT)
    possible = {
        str([a[0] + b[0], a[1] + b[1], c[0] + d[0], c[1] + d[1]])
        for a, b, c, d in permutations(slices)
    }
    assert seen == possible - {str(GREY)}


def test_each_photo_is_shuffled_from_its_own_slices():
    dark, light = photos(GREY), photos(GREY) + 100
    one, other = shuffled(np.concatenate([dark, light]), np.random.default_rng(0))
    assert sorted(one.ravel()) == sorted(dark.ravel())
    assert sorted(other.ravel()) == sorted(light.ravel())


def test_the_four_experiments():
    assert PIECES["none"] == ("whole",)
    assert PIECES["slices"] == (0, 1, 2, 3)
    assert PIECES["shuffled"] == ("shuffled",)
    assert set(PIECES["all"]) == {"whole", 0, 1, 2, 3, "shuffled"}


def test_every_sample_is_the_piece_asked_for():
    rng = np.random.default_rng(0)
    samples = made(photos(*[GREY] * 6), PIECES["all"], rng)
    whole, *slices, mixed = (grey(sample) for sample in samples)
    assert whole == [[3, 13], [23, 33]]
    assert slices == [TOP_LEFT, TOP_RIGHT, BOTTOM_LEFT, BOTTOM_RIGHT]
    assert sorted(np.ravel(mixed)) == [3, 13, 23, 33] and mixed != whole


def test_slices_are_cut_from_photos_of_twice_the_size_of_a_view():
    assert photo_size("slices", 224) == photo_size("all", 224) == 448
    assert photo_size("none", 128) == 160
