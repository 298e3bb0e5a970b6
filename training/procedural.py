"""Photos of lesions that never were: drawn from numbers, for demonstrations and tests.

They look plausible enough to try the portal with and mean nothing clinically: no model is
trained on their labels, and each is marked GENERATED in a corner.

``python -m training.procedural --out DIR`` writes a set of them with ``photos.json`` beside.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

# Skin in daylight by Fitzpatrick type, sRGB 0 to 1.
_SKIN = {
    1: (0.93, 0.80, 0.73),
    2: (0.89, 0.72, 0.62),
    3: (0.81, 0.62, 0.49),
    4: (0.68, 0.48, 0.35),
    5: (0.49, 0.32, 0.23),
    6: (0.33, 0.21, 0.16),
}


@dataclass(frozen=True)
class _Look:
    """How a kind of lesion looks. Colours multiply the skin's, as pigment and blood do."""

    tint: tuple[float, float, float]  # of the whole lesion
    patches: tuple[tuple[float, float, float], ...]  # further colours, in irregular areas
    radius: tuple[float, float]  # least and greatest, as a part of the shorter side
    ragged: float  # 0 round, 1 very irregular outline
    edge: float  # softness of the border, as a part of the radius
    scale: float = 0.0  # whitish scale or crust, 0 to 1
    dots: int = 0  # milia-like or dark dots
    vessels: int = 0  # branching red lines
    shine: float = 0.0  # a pearly highlight


_LOOKS = {
    "naevus": _Look((0.62, 0.50, 0.44), ((0.52, 0.40, 0.35),), (0.09, 0.15), 0.12, 0.10),
    "melanoma_like": _Look(
        (0.45, 0.34, 0.30),
        ((0.20, 0.15, 0.15), (0.34, 0.32, 0.38), (0.75, 0.45, 0.42)),
        (0.14, 0.24),
        0.75,
        0.06,
        dots=14,
    ),
    "bcc_like": _Look(
        (0.98, 0.76, 0.73), ((0.90, 0.62, 0.60),), (0.10, 0.17), 0.2, 0.16, vessels=9, shine=0.5
    ),
    "squamous_like": _Look(
        (0.92, 0.60, 0.55), ((0.75, 0.42, 0.38),), (0.11, 0.19), 0.4, 0.12, scale=0.8
    ),
    "keratosis_like": _Look(
        (0.66, 0.53, 0.42),
        ((0.50, 0.40, 0.33), (0.78, 0.66, 0.52)),
        (0.12, 0.2),
        0.3,
        0.03,
        dots=40,
    ),
    "actinic_like": _Look(
        (0.97, 0.78, 0.73), ((0.93, 0.68, 0.63),), (0.12, 0.22), 0.5, 0.3, scale=0.5
    ),
    "dermatofibroma_like": _Look(
        (0.78, 0.62, 0.55), ((0.95, 0.88, 0.84),), (0.09, 0.13), 0.15, 0.25
    ),
    "vascular_like": _Look(
        (0.72, 0.32, 0.36), ((0.52, 0.22, 0.32),), (0.08, 0.15), 0.3, 0.08, shine=0.3
    ),
}
KINDS = tuple(_LOOKS)


def lesion_photo(
    seed: int,
    *,
    skin_tone: int = 2,
    kind: str = "naevus",
    size: tuple[int, int] = (1600, 1200),
    dark: bool = False,
) -> Image.Image:
    """An RGB close-up, the same for the same arguments.

    ``skin_tone`` is a Fitzpatrick type 1 to 6, ``kind`` one of `KINDS`, ``size`` (width, height)
    in pixels, ``dark`` an underexposed photo. Raises ``KeyError`` for another tone or kind.
    """
    rng = np.random.default_rng([seed, skin_tone, KINDS.index(kind) if kind in KINDS else 99])
    look, (width, height) = _LOOKS[kind], size
    picture = _skin(rng, _SKIN[skin_tone], width, height)
    depth, angle, mask = _outline(rng, look, width, height)
    picture *= 1 - mask[..., None] * (1 - _pigment(rng, look, depth, width, height))
    if look.scale:
        picture = _crusted(rng, look.scale, picture, mask)
    if look.shine:
        glow = np.exp(-((depth - 0.55) ** 2) / 0.02) * np.clip(np.cos(angle + 2.2), 0, 1)
        picture += (look.shine * 0.35 * glow * mask)[..., None]
    picture = _lit(rng, picture, dark)
    drawn = Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8), "RGB")
    _draw_details(rng, look, drawn, depth, skin_tone)
    drawn = drawn.filter(ImageFilter.GaussianBlur(max(width, height) / 2200))
    return _grainy(rng, marked(drawn))


def spot(
    rng: np.random.Generator, colour: tuple[int, int, int], size: tuple[int, int]
) -> Image.Image:
    """A round spot of one colour on skin, with specks of its own: what any network can tell."""
    picture = Image.new("RGB", size, (224, 190, 166))
    draw, unit = ImageDraw.Draw(picture), min(size)
    x, y = rng.uniform(0.4, 0.6, 2) * size
    radius = unit * rng.uniform(0.3, 0.4)
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    for across, down, wide, shade in rng.uniform(0, 1, (60, 4)):
        x, y, radius = across * size[0], down * size[1], (0.5 + wide) * unit / 24
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, outline=(int(255 * shade),) * 3)
    return marked(picture)


def _noise(rng: np.random.Generator, width: int, height: int, cell: float) -> np.ndarray:
    """Smooth noise (height, width) float32 about 0 with deviation near 1; ``cell`` in pixels."""
    across, down = max(2, round(width / cell) + 2), max(2, round(height / cell) + 2)
    coarse = Image.fromarray(rng.standard_normal((down, across)).astype(np.float32))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))


def _skin(
    rng: np.random.Generator, colour: tuple[float, float, float], width: int, height: int
) -> np.ndarray:
    unit = min(width, height)
    mottle = _noise(rng, width, height, unit / 5) + 0.6 * _noise(rng, width, height, unit / 18)
    redness = _noise(rng, width, height, unit / 9)
    # Furrows: valleys of two crossed noises, as skin lines run in two directions.
    lines = np.minimum(
        np.abs(_noise(rng, width, height, unit / 60)), np.abs(_noise(rng, width, height, unit / 90))
    )
    furrows = np.exp(-lines * 9) * (0.035 + 0.02 * rng.random())
    pores = np.clip(_noise(rng, width, height, unit / 240) - 1.6, 0, None) * 0.05
    tone = np.float32(colour) * (1 + rng.normal(0, 0.03, 3)).astype(np.float32)
    light = 1 + 0.025 * mottle - furrows - pores
    blush = np.stack([0.008 * redness, -0.016 * redness, -0.016 * redness], axis=-1)
    return (tone * (light[..., None] + blush)).astype(np.float32)


def _outline(
    rng: np.random.Generator, look: _Look, width: int, height: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth (0 at the middle, 1 at the border), angle, and the mask 0 to 1: (height, width)."""
    unit = min(width, height)
    radius = unit * rng.uniform(*look.radius)
    x = np.arange(width, dtype=np.float32) - width * rng.uniform(0.42, 0.58)
    y = np.arange(height, dtype=np.float32)[:, None] - height * rng.uniform(0.42, 0.58)
    turn, squash = rng.uniform(0, np.pi), 1 - rng.uniform(0, 0.25 + 0.2 * look.ragged)
    across = x * np.float32(np.cos(turn)) + y * np.float32(np.sin(turn))
    down = (y * np.float32(np.cos(turn)) - x * np.float32(np.sin(turn))) / np.float32(squash)
    angle = np.arctan2(down, across)
    border = np.ones_like(angle)
    for wave in range(2, 8):
        swing = look.ragged * rng.normal(0, 0.28) / wave
        border += swing * np.cos(wave * angle + np.float32(rng.uniform(0, 2 * np.pi)))
    border += 0.06 * look.ragged * _noise(rng, width, height, radius / 4)
    depth = np.hypot(across, down) / (radius * np.clip(border, 0.45, 1.8))
    mask = 1 / (1 + np.exp(np.clip((depth - 1) / (look.edge * 0.5), -30, 30)))
    return depth, angle, mask.astype(np.float32)


def _pigment(
    rng: np.random.Generator, look: _Look, depth: np.ndarray, width: int, height: int
) -> np.ndarray:
    """What multiplies the skin's colour inside the lesion: (height, width, 3)."""
    unit = min(width, height)
    colour = np.broadcast_to(np.float32(look.tint), (*depth.shape, 3)).copy()
    for patch in look.patches:
        area = _noise(rng, width, height, unit / 11) + 0.5 * _noise(rng, width, height, unit / 30)
        share = 1 / (1 + np.exp(-np.clip(6 * (area - 0.5), -30, 30)))
        colour += share[..., None] * (np.float32(patch) - colour)
    grain = 1 + 0.05 * _noise(rng, width, height, unit / 70)
    colour *= (grain * (0.94 + 0.10 * np.clip(depth, 0, 1)))[..., None]
    return np.clip(colour, 0.05, 1.1)


def _crusted(
    rng: np.random.Generator, amount: float, picture: np.ndarray, mask: np.ndarray
) -> np.ndarray:
    height, width = mask.shape
    flakes = _noise(rng, width, height, 26) + 0.7 * _noise(rng, width, height, 9)
    share = np.clip(flakes - 0.5, 0, 1)[..., None] * mask[..., None] * amount
    return picture + share * (np.float32((0.93, 0.88, 0.76)) * picture.max() - picture)


def _lit(rng: np.random.Generator, picture: np.ndarray, dark: bool) -> np.ndarray:
    height, width = picture.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    slope = rng.normal(0, 0.06, 2)
    light = 1 + np.float32(slope[0]) * x + np.float32(slope[1]) * y - 0.07 * (x * x + y * y)
    lamp = np.float32((1, 1, 1) + rng.normal(0, 0.025, 3))
    return picture * light[..., None] * lamp * np.float32(0.32 if dark else rng.uniform(0.9, 1.04))


def _draw_details(
    rng: np.random.Generator, look: _Look, picture: Image.Image, depth: np.ndarray, skin_tone: int
) -> None:
    draw, unit = ImageDraw.Draw(picture, "RGBA"), min(picture.size)
    inside = np.argwhere(depth[::8, ::8] < 0.8) * 8
    for _ in range(look.dots):
        y, x = inside[rng.integers(len(inside))]
        r = unit * rng.uniform(0.002, 0.006)
        shade = (
            (235, 215, 180, 120) if look.scale == 0 and rng.random() < 0.4 else (30, 20, 18, 130)
        )
        draw.ellipse((x - r, y - r, x + r, y + r), fill=shade)
    for _ in range(look.vessels):
        y, x = inside[rng.integers(len(inside))]
        walk = np.cumsum(rng.normal(0, unit / 130, (14, 2)) + rng.normal(0, unit / 160, 2), axis=0)
        draw.line(
            [(x + dx, y + dy) for dx, dy in walk], fill=(165, 40, 45, 110), width=unit // 450 + 1
        )
    hair = (40, 28, 20, 170) if skin_tone > 2 else (95, 70, 45, 150)
    for _ in range(int(rng.integers(0, 16))):
        start = rng.uniform(0, 1, 2) * picture.size
        bend = np.linspace(0, rng.uniform(-1, 1), 12) + rng.uniform(0, 2 * np.pi)
        step = unit * rng.uniform(0.012, 0.03)
        path = start + np.cumsum(np.stack([np.cos(bend), np.sin(bend)], 1) * step, axis=0)
        draw.line([tuple(point) for point in path], fill=hair, width=unit // 500 + 1, joint="curve")


def marked(picture: Image.Image) -> Image.Image:
    draw, unit = ImageDraw.Draw(picture), min(picture.size)
    draw.text(
        (picture.width - unit * 0.02, picture.height - unit * 0.02),
        "GENERATED",
        fill="white",
        stroke_fill="black",
        stroke_width=max(1, unit // 500),
        font=ImageFont.load_default(max(10, unit // 28)),
        anchor="rs",
    )
    return picture


def _grainy(rng: np.random.Generator, picture: Image.Image) -> Image.Image:
    pixels = np.asarray(picture, dtype=np.int16)
    grain = rng.integers(-4, 5, pixels.shape[:2], dtype=np.int16)[..., None]
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8), "RGB")


def write_set(directory: Path, *, count: int, size: tuple[int, int], seed: int = 0) -> list[dict]:
    """Write ``count`` JPEGs going round the kinds and the skin tones, and ``photos.json``.

    Each row of the list: ``file``, ``kind``, ``skin_tone``, ``seed``.
    """
    directory.mkdir(parents=True, exist_ok=True)
    rows = []
    for index in range(count):
        kind, tone = KINDS[index % len(KINDS)], 1 + (index * 5 + index // len(KINDS)) % 6
        name = f"{index:03d}-{kind}-tone{tone}.jpg"
        photo = lesion_photo(seed + index, skin_tone=tone, kind=kind, size=size)
        photo.save(directory / name, "JPEG", quality=90)
        rows.append({"file": name, "kind": kind, "skin_tone": tone, "seed": seed + index})
    (directory / "photos.json").write_text(json.dumps(rows, indent=1) + "\n")
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training.procedural", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--count", type=int, default=24, help="photos (default 24)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--width", type=int, default=1600)
    parser.add_argument("--height", type=int, default=1200)
    chosen = parser.parse_args(arguments)
    write_set(chosen.out, count=chosen.count, size=(chosen.width, chosen.height), seed=chosen.seed)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
