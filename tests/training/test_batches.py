"""Which photos make up an epoch, and what is to be learnt from each."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.augment import NONE, Augmentation
from training.batches import Batches, chances, mixed
from training.datasets import Example
from training.photos import Photos
from training.presets import Preset, Stage
from training.teachers import Teachers

AS_THEY_ARE = Preset(
    name="trial",
    network="mobilenetv2",
    stages=(Stage(1, 1e-3),),
    labels=("MEL", "NV"),
    size=4,
    mean=(0.0, 0.0, 0.0),
    std=(1 / 255, 1 / 255, 1 / 255),
    batch=4,
    balance=0.0,
    smartphone_share=0.0,
    smoothing=0.0,
    augmentation=NONE,
)


def photos(*labels: str, kinds: str = "", size: int = 5) -> Photos:
    """Plain photos, the first of grey 0, the next of grey 10, and so on; ``kinds``: c, d or u."""
    full = {"c": "clinical", "d": "dermoscopic", "u": "unknown"}
    examples = [
        Example(Path(f"{place}.jpg"), label, "made", str(place), "train", kind=full[kind])
        for place, (label, kind) in enumerate(zip(labels, kinds or "u" * len(labels), strict=True))
    ]
    grey = np.arange(len(labels), dtype=np.uint8) * 10
    return Photos(
        examples, np.broadcast_to(grey[:, None, None, None], (len(labels), size, size, 3))
    )


def batches(preset: Preset, shown: Photos) -> Batches:
    return Batches(preset, shown, Teachers([], preset.labels, preset.size))


def seen(preset: Preset, shown: Photos, epoch: int = 0) -> list[int]:
    """The photos of an epoch, in their order, told by their grey."""
    parts = [images for images, _ in batches(preset, shown).epoch(epoch)]
    return (np.concatenate(parts)[:, 0, 0, 0] / 10).round().astype(int).tolist()


EIGHT = photos(*["MEL", "NV"] * 4)


def test_without_balance_each_photo_is_seen_once_an_epoch_in_another_order_each_time():
    epochs = [seen(AS_THEY_ARE, EIGHT, epoch) for epoch in range(3)]
    assert all(sorted(epoch) == list(range(8)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_more_draws_than_photos_begin_anew_when_all_were_seen():
    order = seen(replace(AS_THEY_ARE, draws=20), EIGHT)
    assert sorted(order[:8]) == sorted(order[8:16]) == list(range(8))
    assert len(order) == 20 and order[:8] != order[8:16]


def test_fewer_photos_than_a_batch_are_one_batch():
    made = batches(AS_THEY_ARE, photos("MEL", "NV"))
    assert len(made) == 1
    [(images, targets)] = made.epoch(0)
    assert (images.shape, targets.shape) == ((2, 4, 4, 3), (2, 2))


def test_the_same_seed_epoch_and_place_give_the_same_batch_and_any_other_gives_another():
    noise = np.random.default_rng(0).integers(0, 256, (16, 5, 5, 3), dtype=np.uint8)
    shown = replace(photos(*["MEL", "NV"] * 8), pixels=noise)
    preset = replace(
        AS_THEY_ARE, augmentation=Augmentation(), balance=0.5, mixup=0.4, synthetic="none"
    )

    def views(preset: Preset, epoch: int) -> list[bytes]:
        made = batches(preset, shown).epoch(epoch)
        return [images.tobytes() + targets.tobytes() for images, targets in made]

    assert views(preset, 1) == views(preset, 1)
    assert len({*views(preset, 1), *views(preset, 2), *views(replace(preset, seed=2), 1)}) == 12


def test_an_epoch_that_is_begun_later_has_the_batches_that_it_would_have_had():
    whole = batches(AS_THEY_ARE, EIGHT)
    list(whole.epoch(0))
    later = [images.tobytes() for images, _ in whole.epoch(1)]
    assert later == [images.tobytes() for images, _ in batches(AS_THEY_ARE, EIGHT).epoch(1)]


def test_a_target_is_the_photos_label_in_the_order_of_the_presets():
    for images, targets in batches(AS_THEY_ARE, EIGHT).epoch(0):
        grey = (images[:, 0, 0, 0] / 10).round().astype(int)
        assert targets.dtype == np.float32
        assert np.array_equal(targets, np.eye(2)[grey % 2])


def test_smoothing_spreads_its_part_over_all_labels():
    _, targets = next(batches(replace(AS_THEY_ARE, smoothing=0.1), EIGHT).epoch(0))
    assert np.allclose(np.sort(targets, axis=1), [0.05, 0.95])


def test_chances_against_imbalance_as_computed_by_hand():
    shown = photos("NV", "NV", "NV", "NV", "MEL")
    labels = np.array([1, 1, 1, 1, 0])

    def at(balance: float) -> np.ndarray:
        return chances(replace(AS_THEY_ARE, balance=balance), shown, labels)

    # Weights 4 ** -0.5 = 0.5 and 1: their sum is 3.
    assert np.allclose(at(0.5), [1 / 6, 1 / 6, 1 / 6, 1 / 6, 1 / 3])
    assert np.allclose(at(1.0), [1 / 8, 1 / 8, 1 / 8, 1 / 8, 1 / 2])
    assert chances(AS_THEY_ARE, shown, labels) is None


def test_smartphone_photos_get_their_share_and_keep_their_balance_among_themselves():
    shown = photos("NV", "MEL", "NV", "NV", kinds="ccdu")
    labels = np.array([1, 0, 1, 1])
    preset = replace(AS_THEY_ARE, smartphone_share=0.4)
    assert np.allclose(chances(preset, shown, labels), [0.2, 0.2, 0.3, 0.3])
    # With all labels alike NV weighs 1/3 and MEL 1: among the smartphone photos 1 to 3.
    balanced = chances(replace(preset, balance=1.0), shown, labels)
    assert np.allclose(balanced, [0.1, 0.3, 0.3, 0.3])


@pytest.mark.parametrize("kinds", ["cccc", "dddd"])
def test_a_share_of_smartphone_photos_needs_both_kinds(kinds):
    shown = photos("NV", "MEL", "NV", "NV", kinds=kinds)
    found = chances(replace(AS_THEY_ARE, smartphone_share=0.4), shown, np.array([1, 0, 1, 1]))
    assert np.allclose(found, 0.25)


def test_photos_are_drawn_as_likely_as_their_chances_say():
    shown = photos("NV", "NV", "NV", "NV", "MEL")
    order = seen(replace(AS_THEY_ARE, balance=1.0, draws=4000), shown)
    assert np.allclose(np.bincount(order) / 4000, [1 / 8, 1 / 8, 1 / 8, 1 / 8, 1 / 2], atol=0.03)


IMAGES = np.float32([0, 100])[:, None, None, None] * np.ones((1, 2, 2, 3), np.float32)
LABELS = np.eye(2)


def test_mixup_by_halves_is_the_mean_of_neighbours():
    # A beta distribution of a huge alpha is one half.
    images, targets = mixed(IMAGES, LABELS, 1e9, np.random.default_rng(0))
    assert np.allclose(images, 50, atol=0.1)
    assert np.allclose(targets, 0.5, atol=0.001)


def test_mixup_of_a_tiny_alpha_leaves_all_as_it_was():
    images, targets = mixed(IMAGES, LABELS, 1e-6, np.random.default_rng(0))
    assert np.array_equal(images, IMAGES) and np.array_equal(targets, LABELS)


def test_mixup_blends_image_and_target_alike_and_keeps_the_greater_part():
    many = np.repeat(np.float32([0, 100]), 50).reshape(2, 50).T.reshape(100)
    images = many[:, None, None, None] * np.ones((1, 2, 2, 3), np.float32)
    labels = np.eye(2)[(many > 0).astype(int)]
    blended, targets = mixed(images, labels, 0.4, np.random.default_rng(0))
    assert np.allclose(blended[:, 0, 0, 0], 100 * targets[:, 1], atol=1e-3)
    assert np.allclose(targets.sum(1), 1)
    own = targets[np.arange(100), (many > 0).astype(int)]
    assert own.min() >= 0.5 and own.min() < 0.6 and own.max() > 0.9


def quartered(count: int) -> Photos:
    """Photos of 8 x 8; slice s of photo n is grey 40 n + 10 s."""
    shown = photos(*["MEL", "NV"] * (count // 2), size=8)
    grey = (np.arange(count) * 40)[:, None, None] + np.kron([[0, 10], [20, 30]], np.ones((4, 4)))
    return replace(shown, pixels=np.repeat(grey[..., None], 3, axis=-1).astype(np.uint8))


def samples(synthetic: str, epoch: int = 0) -> np.ndarray:
    preset = replace(AS_THEY_ARE, synthetic=synthetic)
    parts = list(batches(preset, quartered(4)).epoch(epoch))
    images = np.concatenate([images for images, _ in parts]).round().astype(int)
    targets = np.concatenate([targets for _, targets in parts])
    assert np.array_equal(targets.argmax(1), images.min((1, 2, 3)) // 40 % 2)
    return images[..., 0]


def test_slices_only_are_four_samples_of_a_photo_each_of_one_slice():
    images = samples("slices")
    assert images.shape == (16, 4, 4)
    assert (images == images[:, :1, :1]).all()
    assert sorted(images[:, 0, 0]) == list(range(0, 160, 10))


def test_shuffled_only_is_one_sample_of_a_photo_made_anew_each_epoch():
    images = samples("shuffled")
    ordered = np.kron([[0, 10], [20, 30]], np.ones((2, 2)))
    assert images.shape == (4, 4, 4)
    assert sorted(images[:, 0, 0] // 40) == [0, 1, 2, 3]
    for image in images:
        assert sorted(np.ravel(image % 40)) == sorted(ordered.ravel())
        assert not np.array_equal(image % 40, ordered)
    assert {str(image) for image in samples("shuffled", epoch=1)} != {str(one) for one in images}


def test_all_are_the_slices_the_shuffled_photo_and_the_original():
    images = samples("all")
    ordered = np.kron([[0, 10], [20, 30]], np.ones((2, 2)))
    plain = [image for image in images if image.min() == image.max()]
    whole = [image for image in images if np.array_equal(image % 40, ordered)]
    assert (len(images), len(plain), len(whole)) == (24, 16, 4)
