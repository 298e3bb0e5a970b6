"""Pictures of things that aren't skin, drawn from numbers: what a model must refuse.

People do send screenshots, documents, pets and the view from a window. No public set of those
comes with the product, so the kinds are drawn; some are kept for judging alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_WORDS = "the of and a to in is that it was for on are as with his they at be this from have or"
_SIZE = 320


def picture(kind: str, seed: int) -> Image.Image:
    """An RGB picture, 320 px, the same for the same arguments. ``kind`` is one of `KINDS`."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    return _DRAWN[kind](rng).convert("RGB").resize((_SIZE, _SIZE))


def _noise(rng: np.random.Generator, cell: float, channels: int = 1) -> np.ndarray:
    """(320, 320, channels) on 0 to 1."""
    cells = max(2, round(_SIZE / cell))
    fields = [
        Image.fromarray(rng.random((cells, cells)).astype(np.float32)).resize(
            (_SIZE, _SIZE), Image.Resampling.BICUBIC
        )
        for _ in range(channels)
    ]
    return np.clip(np.stack([np.asarray(field) for field in fields], axis=-1), 0, 1)


def _image(pixels: np.ndarray) -> Image.Image:
    return Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))


def _colour(rng: np.random.Generator) -> tuple[int, ...]:
    return tuple(int(level) for level in rng.integers(0, 256, 3))


def _plain(rng: np.random.Generator) -> Image.Image:
    return Image.new("RGB", (_SIZE, _SIZE), _colour(rng))


def _gradient(rng: np.random.Generator) -> Image.Image:
    start, end = rng.random(3), rng.random(3)
    along = np.linspace(0, 1, _SIZE)[:, None, None]
    pixels = np.broadcast_to(start + along * (end - start), (_SIZE, _SIZE, 3))
    return _image(np.rot90(pixels, int(rng.integers(4))))


def _static(rng: np.random.Generator) -> Image.Image:
    return _image(rng.random((_SIZE, _SIZE, 3)))


def _clouds(rng: np.random.Generator) -> Image.Image:
    """Coloured blobs: smooth noise, each channel its own."""
    return _image(_noise(rng, float(rng.uniform(10, 60)), 3))


def _page(rng: np.random.Generator) -> Image.Image:
    """A photographed page of text, sometimes yellowish."""
    paper = 255 - rng.integers(0, 40) - np.array([0, 0, rng.integers(0, 30)])
    page = Image.new("RGB", (_SIZE, _SIZE), tuple(int(level) for level in paper))
    draw, words = ImageDraw.Draw(page), _WORDS.split()
    size = int(rng.integers(9, 20))
    for top in range(8, _SIZE - size, int(size * 1.5)):
        line = " ".join(rng.choice(words, 14))
        draw.text((10, top), line, fill=(25, 25, 30), font=ImageFont.load_default(size))
    return page.rotate(float(rng.uniform(-12, 12)), fillcolor=_colour(rng))


def _screenshot(rng: np.random.Generator) -> Image.Image:
    """An application's window: bars, boxes, rows of text."""
    screen = Image.new("RGB", (_SIZE, _SIZE), tuple(int(v) for v in rng.integers(225, 256, 3)))
    draw, font = ImageDraw.Draw(screen), ImageFont.load_default(11)
    draw.rectangle((0, 0, _SIZE, 34), fill=_colour(rng))
    for _ in range(int(rng.integers(3, 9))):
        x, y = rng.integers(0, 260, 2)
        draw.rounded_rectangle(
            (int(x), int(y) + 40, int(x) + 110, int(y) + 80), 8, fill=_colour(rng)
        )
    for row in range(50, _SIZE, 22):
        draw.text((14, row), " ".join(rng.choice(_WORDS.split(), 8)), fill=(40, 40, 45), font=font)
    return screen


def _landscape(rng: np.random.Generator) -> Image.Image:
    """Sky over hills over a field."""
    height = np.linspace(0, 1, _SIZE)[:, None, None]
    sky = np.array([0.45, 0.65, 0.92]) + (1 - height) * 0.1 + 0.25 * _noise(rng, 60) * (1 - height)
    ground = np.array([0.25, 0.42, 0.15]) * (0.6 + 0.8 * _noise(rng, 5))
    ridge = 0.35 + 0.3 * _noise(rng, 90)[0, :, 0]
    return _image(np.where(height > ridge[None, :, None], ground, sky))


def _leaves(rng: np.random.Generator) -> Image.Image:
    base = np.array([0.2, 0.5, 0.12]) * (0.5 + _noise(rng, 6)) + 0.15 * _noise(rng, 20)
    picture = _image(base)
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        x, y, r = (*rng.integers(0, _SIZE, 2), rng.integers(6, 26))
        green = (int(rng.integers(20, 120)), int(rng.integers(90, 200)), int(rng.integers(10, 80)))
        draw.ellipse((int(x - r), int(y - r // 2), int(x + r), int(y + r // 2)), fill=green)
    return picture


def _boxes(rng: np.random.Generator) -> Image.Image:
    """A room's worth of hard-edged things."""
    picture = _image(
        np.broadcast_to(rng.random(3), (_SIZE, _SIZE, 3)) * (0.8 + 0.2 * _noise(rng, 80))
    )
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(5, 16))):
        left, top = (int(v) for v in rng.integers(-20, 280, 2))
        draw.rectangle(
            (left, top, left + int(rng.integers(20, 180)), top + int(rng.integers(20, 180))),
            fill=_colour(rng),
        )
    return picture


def _checks(rng: np.random.Generator) -> Image.Image:
    """Woven or tiled patterns."""
    cell, (one, two) = int(rng.integers(6, 40)), (rng.random(3), rng.random(3))
    rows, columns = np.indices((_SIZE, _SIZE)) // cell
    return _image(np.where(((rows + columns) % 2)[..., None], one, two))


def _night(rng: np.random.Generator) -> Image.Image:
    """Lights in the dark, or the inside of a pocket."""
    pixels = 0.05 * _noise(rng, 30, 3)
    for _ in range(int(rng.integers(0, 12))):
        x, y = rng.integers(0, _SIZE, 2)
        rows, columns = np.indices((_SIZE, _SIZE))
        glow = np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / rng.uniform(30, 400))
        pixels = pixels + glow[..., None] * rng.random(3)
    return _image(pixels)


def _chart(rng: np.random.Generator) -> Image.Image:
    picture = Image.new("RGB", (_SIZE, _SIZE), "white")
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(1, 5))):
        walk = 160 + np.cumsum(rng.normal(0, 9, 30))
        draw.line([(20 + 10 * i, float(y)) for i, y in enumerate(walk)], fill=_colour(rng), width=3)
    draw.line([(20, 10), (20, 300), (310, 300)], fill="black", width=2)
    return picture


def _fur(rng: np.random.Generator) -> Image.Image:
    """An animal's coat: short strokes of brown, grey or black in one direction."""
    coat = np.array([[0.45, 0.35, 0.25], [0.5, 0.5, 0.5], [0.12, 0.11, 0.1]])[rng.integers(3)]
    picture = _image(np.broadcast_to(coat, (_SIZE, _SIZE, 3)) * (0.6 + 0.6 * _noise(rng, 30)))
    draw, lean = ImageDraw.Draw(picture), rng.uniform(0, np.pi)
    for _ in range(3500):
        x, y = rng.uniform(0, _SIZE, 2)
        bend, length = lean + rng.normal(0, 0.25), rng.uniform(8, 24)
        shade = tuple(int(v) for v in np.clip(coat * rng.uniform(0.3, 1.9), 0, 1) * 255)
        draw.line((x, y, x + length * np.cos(bend), y + length * np.sin(bend)), fill=shade)
    return picture


def _sky(rng: np.random.Generator) -> Image.Image:
    blue, white = np.array([0.35, 0.58, 0.9]), np.array([0.96, 0.96, 0.98])
    share = np.clip(1.6 * _noise(rng, 50) + 0.6 * _noise(rng, 12) - 0.9, 0, 1)
    return _image(blue + share * (white - blue))


_DRAWN: dict[str, Callable[[np.random.Generator], Image.Image]] = {
    "plain": _plain,
    "gradient": _gradient,
    "static": _static,
    "clouds": _clouds,
    "page": _page,
    "landscape": _landscape,
    "leaves": _leaves,
    "boxes": _boxes,
    "screenshot": _screenshot,
    "checks": _checks,
    "night": _night,
    "chart": _chart,
    "fur": _fur,
    "sky": _sky,
}
KINDS = tuple(_DRAWN)
