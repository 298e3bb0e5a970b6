"""Augmented views of photos, made on the CPU beside the network's work.

A view is fixed by its seed: the same seed, photos and preset give the same pixels, which is what
makes a run repeatable and lets teacher and student look at one and the same view.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Augmentation:
    """How far a view may depart from the photo; every draw is uniform."""

    rotation: float = 180.0  # degrees, either way
    zoom: tuple[float, float] = (0.6, 1.1)  # side of the view, as a part of the photo's
    stretch: float = 0.1  # width against height, either way
    shift: float = 0.4  # of what the zoom leaves over, so 1 reaches the photo's edge
    move: float = 0.0  # of the photo's side, either way in x and y, whatever the zoom
    shear: float = 0.0  # sideways for a unit of height, either way
    flip: bool = True  # left to right
    upside_down: bool = True  # flipped top to bottom
    brightness: tuple[float, float] = (0.75, 1.2)  # factor
    contrast: tuple[float, float] = (0.8, 1.25)  # factor, about the view's mean
    saturation: tuple[float, float] = (0.8, 1.25)  # factor, about the view's grey
    light: float = 0.05  # factor of each channel alone, either way: the colour of the light


NONE = Augmentation(
    rotation=0, zoom=(1, 1), stretch=0, shift=0, flip=False, upside_down=False,
    brightness=(1, 1), contrast=(1, 1), saturation=(1, 1), light=0,
)  # fmt: skip

STUDY_B = replace(NONE, rotation=180, zoom=(0.9, 1.1), move=0.1, flip=True, upside_down=True)
"""Rotation to 180 degrees, shifts in x and y, zoom, both flips; the last three amounts aren't given
there: a tenth."""

STUDY_C = replace(NONE, rotation=20, zoom=(0.8, 1.2), move=0.2, shear=0.2, flip=True)
"""Rotation 20, shifts 0.2, shear 0.2, zoom 0.2, horizontal flips. Keras would read that shear as
0.2 degrees, which is nothing to be seen; here it is what was meant."""

STUDY_D = replace(NONE, rotation=20, move=0.1)
"""Rotation and shift; the amounts aren't given there."""


def views(pixels: np.ndarray, size: int, how: Augmentation, seed: tuple[int, ...]) -> np.ndarray:
    """(N, size, size, 3) uint8 views of ``pixels`` (N, H, W, 3) uint8, by draws from ``seed``.

    Beyond the photo's edge it is mirrored, so that no view has a border that tells of its turn.
    """
    rng = np.random.default_rng(seed)
    images = _placed(pixels, size, _transforms(len(pixels), pixels.shape[1:3], size, how, rng))
    return _lit(images, how, rng)


def _transforms(
    count: int, source: tuple[int, ...], size: int, how: Augmentation, rng: np.random.Generator
) -> np.ndarray:
    """(N, 8) projective transforms from places of the view to places of the photo."""
    angle = np.deg2rad(rng.uniform(-how.rotation, how.rotation, count))
    zoom = rng.uniform(*how.zoom, count)
    stretch = np.exp(rng.uniform(-how.stretch, how.stretch, count))
    side = np.stack([zoom * stretch, zoom / stretch])  # (2, N) of the photo: x, y
    turn = np.ones((2, count))
    if how.flip or how.upside_down:
        may_turn = np.array([[how.flip], [how.upside_down]])
        turn = np.where((rng.random((2, count)) < 0.5) & may_turn, -1.0, 1.0)
    room = np.maximum(0, 1 - side) / 2 * how.shift
    centre = 0.5 + rng.uniform(-1, 1, (2, count)) * room
    # Drawn only where asked for, so that a recipe without them keeps its views.
    if how.move:
        centre += rng.uniform(-how.move, how.move, (2, count))
    shear = rng.uniform(-how.shear, how.shear, count) if how.shear else np.zeros(count)
    height, width = source
    scale = side * turn * np.array([[width], [height]]) / size
    cos, sin = np.cos(angle), np.sin(angle)
    matrix = np.stack(
        [
            cos * scale[0],
            (shear * cos - sin) * scale[1],
            sin * scale[0],
            (shear * sin + cos) * scale[1],
        ]
    )
    middle = (size - 1) / 2
    target = centre * np.array([[width], [height]]) - 0.5
    offset_x = target[0] - (matrix[0] + matrix[1]) * middle
    offset_y = target[1] - (matrix[2] + matrix[3]) * middle
    nothing = np.zeros(count)
    return np.stack(
        [matrix[0], matrix[1], offset_x, matrix[2], matrix[3], offset_y, nothing, nothing], axis=1
    ).astype(np.float32)


def _placed(pixels: np.ndarray, size: int, transforms: np.ndarray) -> np.ndarray:
    import tensorflow as tf

    with tf.device("CPU"):
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=tf.cast(pixels, tf.float32),
            transforms=transforms,
            output_shape=(size, size),
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="REFLECT",
        ).numpy()


def _lit(images: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Brightness, contrast, saturation and the colour of the light, on float32 of 0 to 255."""
    count = len(images)

    def factor(low: float, high: float, channels: int = 1) -> np.ndarray:
        return rng.uniform(low, high, (count, 1, 1, channels)).astype(np.float32)

    grey = images.mean(-1, keepdims=True)
    images = grey + (images - grey) * factor(*how.saturation)
    mean = images.mean((1, 2, 3), keepdims=True)
    images = mean + (images - mean) * factor(*how.contrast)
    images *= factor(*how.brightness) * factor(1 - how.light, 1 + how.light, 3)
    return np.clip(np.rint(images), 0, 255).astype(np.uint8)
