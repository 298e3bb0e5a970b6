"""Chosen photos for a demonstration: ``python -m training.samples --out DIR PHOTO...``.

A PHOTO is KIND:TONE:SEED for a lesion (see `procedural`; append ``:dark`` for an underexposed one)
or KIND:not-skin:SEED for a picture of something else (see `not_skin`). The photos are written as
0.jpg, 1.jpg, ... in their order, each marked GENERATED.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from training import not_skin, procedural

SIZE = (1200, 900)


def sample(photo: str) -> Image.Image:
    """The picture that ``photo`` names. ValueError, KeyError: there is no such picture."""
    kind, tone, seed, *dark = photo.split(":")
    if tone == "not-skin":
        return procedural.marked(not_skin.picture(kind, int(seed)).resize(SIZE))
    return procedural.lesion_photo(
        int(seed), skin_tone=int(tone), kind=kind, size=SIZE, dark=dark == ["dark"]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.samples", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("photos", nargs="+", metavar="PHOTO")
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    for number, photo in enumerate(chosen.photos):
        sample(photo).save(chosen.out / f"{number}.jpg", "JPEG", quality=90)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
