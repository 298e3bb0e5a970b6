"""Batches of augmented views with what is to be learnt from each, made ahead of the network."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from inference.preprocessing import InputSpec, normalise
from training import augment
from training.photos import Photos
from training.presets import Preset
from training.teachers import Teachers

_AHEAD = 3  # batches that may be ready and waiting for the network
_SMARTPHONE = "clinical"


class Batches:
    """The batches of each epoch, each fixed by the preset's seed, the epoch and its place."""

    def __init__(self, preset: Preset, photos: Photos, teachers: Teachers):
        self._preset, self._photos, self._teachers = preset, photos, teachers
        self._labels = np.array([preset.labels.index(one.label) for one in photos.examples])
        self._chances = chances(preset, photos, self._labels)
        self.draws = preset.draws or len(photos.examples)

    def __len__(self) -> int:
        return self.draws // self._preset.batch

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
        rng = np.random.default_rng((self._preset.seed, number))
        if self._chances is None:
            return rng.permutation(len(self._labels))[: self.draws]
        return rng.choice(len(self._labels), self.draws, p=self._chances)

    def _batch(self, chosen: np.ndarray, seed: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        preset = self._preset
        pixels = np.stack([self._photos.pixels[place] for place in chosen])
        views = augment.views(pixels, preset.size, preset.augmentation, seed)
        count = len(preset.labels)
        targets = np.eye(count)[self._labels[chosen]] * (1 - preset.smoothing)
        targets += preset.smoothing / count
        if self._teachers:
            said = self._teachers.probabilities(views)
            targets = preset.teaching * said + (1 - preset.teaching) * targets
        images = normalise(views, InputSpec(preset.size, preset.mean, preset.std, preset.colour))
        if preset.mixup:
            images, targets = mixed(images, targets, preset.mixup, np.random.default_rng(seed))
        return images, targets.astype(np.float32)


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
