"""What is refused: files that can't be read as a photo, and pictures of things that aren't skin."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from inference import image
from inference.domain import Domain
from training import not_skin, procedural
from training.domain import darkened

PICTURES = 40  # of each kind of thing that isn't skin

FeaturesOf = Callable[[np.ndarray], np.ndarray]  # (N, H, W, 3) uint8 -> (N, F) float32


@dataclass(frozen=True)
class Refusals:
    """Parts refused, 0 to 1."""

    photos: Mapping[str, float]  # real ones by data set, and the same underexposed: few is good
    skin_types: Mapping[str, float]  # generated lesions on skin I to VI: few is good
    not_skin: Mapping[str, float]  # by kind of picture: many is good
    damaged: Mapping[str, bool]  # kind of broken file -> refused


def judge(
    domain: Domain,
    features_of: FeaturesOf,
    *,
    pixels: np.ndarray,
    features: np.ndarray,
    data_sets: np.ndarray,
) -> Refusals:
    """What ``domain`` refuses: of (N, H, W, 3) uint8 photos of the test part, of the same darkened,
    of generated lesions and of other things; and what the reading of files refuses."""
    size = pixels.shape[1]

    def rejected(pictures: np.ndarray, known: np.ndarray | None = None) -> float:
        found = features_of(pictures) if known is None else known
        return round(float((domain.scores(pictures, found) < 0.5).mean()), 4)

    def drawn(pictures) -> np.ndarray:
        return np.stack([np.asarray(one.resize((size, size))) for one in pictures])

    photos = {
        str(name): rejected(pixels[data_sets == name], features[data_sets == name])
        for name in np.unique(data_sets)
    }
    photos["all of them, underexposed"] = rejected(darkened(np.asarray(pixels), seed=1))
    return Refusals(
        photos=photos,
        skin_types={f"type {tone}": rejected(drawn(_lesions(tone))) for tone in range(1, 7)},
        not_skin={
            kind: rejected(drawn(not_skin.picture(kind, seed) for seed in range(PICTURES)))
            for kind in not_skin.KINDS
        },
        damaged={kind: _is_refused(data) for kind, data in damaged_files().items()},
    )


def damaged_files() -> dict[str, bytes]:
    """Kind of broken file -> its bytes; the portal must refuse each."""
    photo = procedural.lesion_photo(7, size=(640, 480))
    jpeg, png = _encoded(photo, "JPEG"), _encoded(photo, "PNG")
    flipped = bytearray(png)
    flipped[len(png) // 2] ^= 0xFF
    frames = [photo.resize((200, 150)), photo.resize((200, 150)).rotate(90)]
    gif = io.BytesIO()
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:])
    return {
        "empty file": b"",
        "text named as a photo": b"This is not a photo.\n" * 50,
        "JPEG cut off half-way": jpeg[: len(jpeg) // 2],
        "JPEG's first bytes alone": jpeg[:64],
        "PNG with a changed byte": bytes(flipped),
        "PDF": b"%PDF-1.7\n" + jpeg,
        "animated GIF": gif.getvalue(),
        "photo of 60 by 45 pixels": _encoded(photo.resize((60, 45)), "JPEG"),
        "strip of 3000 by 110 pixels": _encoded(photo.resize((3000, 110)), "JPEG"),
    }


def _lesions(tone: int):
    for kind in procedural.KINDS:
        for dark in (False, True):
            yield procedural.lesion_photo(7, skin_tone=tone, kind=kind, size=(640, 480), dark=dark)


def _encoded(picture: Image.Image, file_format: str) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, file_format)
    return stream.getvalue()


def _is_refused(data: bytes) -> bool:
    try:
        image.clean(data)
    except image.PhotoRejected:
        return True
    return False
