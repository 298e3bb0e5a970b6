"""Batches of augmented views with what is to be learnt from each, made ahead of the network."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from inference.preprocessing import InputSpec, normalise
from training import augment, synthetic
from training.photos import Photos
from training.presets import Preset
from training.teachers import Teachers

_AHEAD = 3  # batches that may be ready and waiting for the network
_SMARTPHONE = "clinical"
_MIXUP, _SHUFFLING = 1, 2  # draws of their own, beside those of the views


class Batches:
    """The batches of each epoch, each fixed by the preset's seed, the epoch and its place.

    ``photos`` are squares of `synthetic.photo_size`. A sample is a piece of a photo, which is all
    of it unless the preset makes synthetic ones.
    """

    def __init__(self, preset: Preset, photos: Photos, teachers: Teachers):
        self._preset, self._photos, self._teachers = preset, photos, teachers
        self._pieces = synthetic.PIECES[preset.synthetic]
        self._labels = np.array([preset.labels.index(one.label) for one in photos.examples])
        self._chances = chances(preset, photos, self._labels)
        self.draws = preset.draws or len(photos.examples) * len(self._pieces)

    def __len__(self) -> int:
        return max(1, self.draws // self._preset.batch)

    def epoch(self, number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """(images (B, S, S, 3) float32, targets (B, labels) float32: a distribution each)."""
        order = self._order(number)
        with ThreadPoolExecutor(1, thread_name_prefix="views") as thread:
            ahead: deque[Future] = deque()
            for place in range(len(self)):
                chosen = order[place * self._preset.batch : (place + 1) * self._preset.batch]
                seed = (self._preset.seed, number, place)
                ahead.append(thread.submit(self._batch, chosen, seed))
                if len(ahead) > _AHEAD:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def _order(self, number: int) -> np.ndarray:
        """(draws,) samples: place of the photo times the pieces of each, plus the piece's place."""
        rng = np.random.default_rng((self._preset.seed, number))
        count = len(self._labels) * len(self._pieces)
        if self._chances is not None:
            each = np.repeat(self._chances / len(self._pieces), len(self._pieces))
            return rng.choice(count, self.draws, p=each)
        rounds = -(-self.draws // count)
        return np.concatenate([rng.permutation(count) for _ in range(rounds)])[: self.draws]

    def _batch(self, chosen: np.ndarray, seed: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        preset = self._preset
        photos, pieces = np.divmod(chosen, len(self._pieces))
        views = augment.views(
            self._samples(photos, pieces, seed), preset.size, preset.augmentation, seed
        )
        count = len(preset.labels)
        targets = np.eye(count)[self._labels[photos]] * (1 - preset.smoothing)
        targets += preset.smoothing / count
        if self._teachers:
            said = self._teachers.probabilities(views)
            targets = preset.teaching * said + (1 - preset.teaching) * targets
        images = normalise(views, InputSpec(preset.size, preset.mean, preset.std, preset.colour))
        if preset.mixup:
            rng = np.random.default_rng((*seed, _MIXUP))
            images, targets = mixed(images, targets, preset.mixup, rng)
        return images, targets.astype(np.float32)

    def _samples(self, photos: np.ndarray, pieces: np.ndarray, seed: tuple[int, ...]) -> np.ndarray:
        pixels = np.stack([self._photos.pixels[place] for place in photos])
        if self._preset.synthetic == "none":
            return pixels
        asked = [self._pieces[piece] for piece in pieces]
        return synthetic.made(pixels, asked, np.random.default_rng((*seed, _SHUFFLING)))


def chances(preset: Preset, photos: Photos, labels: np.ndarray) -> np.ndarray | None:
    """(N,) how likely each photo is drawn; None where each is seen once an epoch."""
    if not preset.balance and not preset.smartphone_share:
        return None
    counts = np.bincount(labels, minlength=len(preset.labels)).astype(float)
    weights = counts[labels] ** -preset.balance
    smartphone = np.array([one.kind == _SMARTPHONE for one in photos.examples])
    if preset.smartphone_share and smartphone.any() and not smartphone.all():
        weights[smartphone] *= preset.smartphone_share / weights[smartphone].sum()
        weights[~smartphone] *= (1 - preset.smartphone_share) / weights[~smartphone].sum()
    return weights / weights.sum()


def mixed(
    images: np.ndarray, targets: np.ndarray, alpha: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Each image and target blended with the next one's (mixup, Zhang et al. 2018)."""
    share = rng.beta(alpha, alpha, len(images))
    share = np.maximum(share, 1 - share).astype(np.float32)
    by_image, by_target = share[:, None, None, None], share[:, None]
    images = by_image * images + (1 - by_image) * np.roll(images, 1, axis=0)
    return images, by_target * targets + (1 - by_target) * np.roll(targets, 1, axis=0)
