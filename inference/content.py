"""What a picture shows, as far as a look at its pixels tells: a lesion, and which picture it is.

For advice to whoever took the photo, never for a decision. Pure Python over some thousand pixels:
the process that decodes has neither the time nor the memory to load an array library.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from PIL import Image, ImageFilter

SIDE = 64  # pixels, longest side of what is looked at
STANDS_OUT = 0.12  # natural logarithm of light: an eighth darker or lighter than the skin around
OVER_NOISE = 3.0  # times the usual difference from the skin around
SPECK = 0.0008  # of the picture's area: what is smaller may be a hair or dust


def fingerprint(grey: Image.Image) -> str:
    """64 bits, hexadecimal: whether each ninth of a row is darker than the next, over eight rows.

    Two encodings, sizes or slight crops of one picture differ in few bits.
    """
    small = grey.resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = "".join(
        "1" if small[9 * y + x] < small[9 * y + x + 1] else "0" for y in range(8) for x in range(8)
    )
    return f"{int(bits, 2):016x}"


def find_lesion(picture: Image.Image) -> float:
    """The share of the picture's area that the largest spot takes which stands out from the skin
    around it; 0 where nothing does.

    Light counts by its logarithm, so that a spot is as plain on dark skin as on fair skin, and
    the slope of the light over the picture is taken off first.
    """
    small = picture.copy()
    small.thumbnail((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=None)
    small = small.filter(ImageFilter.GaussianBlur(0.8))
    width, height = small.size
    bands = [_levelled(band.tobytes(), width) for band in small.split()]
    away = [max(abs(r), abs(g), abs(b)) for r, g, b in zip(*bands, strict=True)]
    limit = max(STANDS_OUT, OVER_NOISE * _median(away))
    share = _largest({n for n, one in enumerate(away) if one > limit}, width) / len(away)
    return round(share, 4) if share >= SPECK else 0.0


def _levelled(band: bytes, width: int) -> list[float]:
    """The logarithm of one channel's light less a plane laid through it, around its median."""
    points = [(n % width, n // width, math.log(value + 4)) for n, value in enumerate(band)]
    on_skin = points
    for _ in range(3):  # each time without what stood out before
        level, across, down = _plane(on_skin)
        rest = [light - level - across * x - down * y for x, y, light in points]
        middle = _median(rest)
        rest = [value - middle for value in rest]
        usual = 2 * _median(map(abs, rest)) + 1e-9
        on_skin = [at for at, value in zip(points, rest, strict=True) if abs(value) <= usual]
    return rest


def _median(values: Iterable[float]) -> float:
    # `statistics` would cost a fifth of this process's start.
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def _plane(points: list[tuple[int, int, float]]) -> tuple[float, float, float]:
    """Level and slopes of the plane with the least squares."""
    many = len(points)
    x0, y0 = sum(p[0] for p in points) / many, sum(p[1] for p in points) / many
    z0 = sum(p[2] for p in points) / many
    xx = yy = xy = xz = yz = 0.0
    for x, y, z in points:
        dx, dy, dz = x - x0, y - y0, z - z0
        xx, yy, xy = xx + dx * dx, yy + dy * dy, xy + dx * dy
        xz, yz = xz + dx * dz, yz + dy * dz
    det = xx * yy - xy * xy
    if det < 1e-9:  # all in one line
        return z0, 0.0, 0.0
    across, down = (xz * yy - yz * xy) / det, (yz * xx - xz * xy) / det
    return z0 - across * x0 - down * y0, across, down


def _largest(pixels: set[int], width: int) -> int:
    """How many pixels the largest connected patch has."""
    most = 0
    while pixels:
        patch, edge = 0, [pixels.pop()]
        while edge:
            here = edge.pop()
            patch += 1
            column = here % width
            beside = [here - width, here + width]
            beside += [here - 1] * (column > 0) + [here + 1] * (column < width - 1)
            for near in beside:
                if near in pixels:
                    pixels.remove(near)
                    edge.append(near)
        most = max(most, patch)
    return most
