"""Clean photo bytes -> the array that the network sees.

The one implementation for training and for serving: a model only ever meets pixels made here.
`VERSION` changes whenever the same bytes would give other numbers; an artifact names the version
that it was trained with and refuses to run with another.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

VERSION = "1"

Colour = Literal["as_is", "shades_of_grey", "white_patch"]
_MINKOWSKI_NORM = 6  # Finlayson and Trezzi 2004: best of the shades-of-grey family
_WHITE_PERCENTILE = 99.0  # a glint of the lamp or a broken pixel is brighter, and no white patch


@dataclass(frozen=True)
class InputSpec:
    """What a network expects of its input; stored in the artifact."""

    size: int  # pixels, height and width
    mean: tuple[float, float, float]  # subtracted per channel, on the scale 0 to 1
    std: tuple[float, float, float]  # divided by, after the mean
    colour: Colour = "as_is"  # colour constancy before normalising


class UndecodablePhoto(Exception):
    """These bytes are not a photo that can be decoded; says why, in the decoder's words."""


def read_pixels(photo: bytes, size: int) -> np.ndarray:
    """(size, size, 3) uint8 of a clean photo, the whole picture scaled to a square.

    For bytes that `inference.image` made, or that come from a data set one trusts. Raises
    `UndecodablePhoto`.
    """
    try:
        with Image.open(io.BytesIO(photo), formats=("JPEG", "PNG")) as picture:  # noqa: TID251
            # Let the JPEG decoder do the coarse part of the shrinking, never below twice the size.
            picture.draft("RGB", (2 * size, 2 * size))
            rgb = picture.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UndecodablePhoto(str(error)) from error
    # Pillow's bilinear filter widens with the scale, so it is antialiased and deterministic.
    small = rgb.resize((size, size), Image.Resampling.BILINEAR, reducing_gap=None)
    return np.asarray(small, dtype=np.uint8)


def normalise(pixels: np.ndarray, spec: InputSpec) -> np.ndarray:
    """float32 of the same shape as ``pixels`` (..., H, W, 3), uint8, as the network expects it."""
    image = pixels.astype(np.float32) / np.float32(255)
    if spec.colour == "shades_of_grey":
        image = shades_of_grey(image)
    elif spec.colour == "white_patch":
        image = white_patch(image)
    return (image - np.float32(spec.mean)) / np.float32(spec.std)


def prepare(photo: bytes, spec: InputSpec) -> np.ndarray:
    """(size, size, 3) float32 of a clean photo. Raises `UndecodablePhoto`."""
    return normalise(read_pixels(photo, spec.size), spec)


def shades_of_grey(image: np.ndarray) -> np.ndarray:
    """Remove the light's colour: scale each channel so that its Minkowski mean is grey.

    ``image`` is (..., H, W, 3) on 0 to 1; so is the result (clipped). Finlayson and Trezzi 2004.
    """
    power = np.power(image, _MINKOWSKI_NORM).mean(axis=(-3, -2), keepdims=True)
    light = np.power(power, 1 / _MINKOWSKI_NORM)
    grey = np.linalg.norm(light, axis=-1, keepdims=True) / np.sqrt(3.0)
    return np.clip(image * grey / np.maximum(light, 1e-6), 0, 1).astype(np.float32)


def white_patch(image: np.ndarray, percentile: float = _WHITE_PERCENTILE) -> np.ndarray:
    """Remove the light's colour: scale each channel so that its brightest part is white.

    ``image`` is (..., H, W, 3) on 0 to 1; so is the result (clipped). The brightest part is the
    ``percentile`` of the channel, between neighbours linear; 100 is the maximum, the retinex of
    Land and McCann 1971.
    """
    light = np.percentile(image, percentile, axis=(-3, -2), keepdims=True)
    return np.clip(image / np.maximum(light, 1e-6), 0, 1).astype(np.float32)
