"""A class activation map as a picture: transparent where the model did not look."""

import io

from PIL import Image

LONGEST_SIDE = 640  # pixels; the map is coarse, more would add nothing
OPAQUE = 190  # alpha at 1.0, of 255: the skin still shows through
FAINT = 0.15  # below it nothing is drawn
# Dark violet over orange to light yellow: lightness rises all the way, so that it reads without
# telling red from green, and in grey.
STOPS = ((0.0, (59, 15, 112)), (0.4, (183, 55, 121)), (0.7, (252, 137, 97)), (1.0, (252, 253, 191)))


def draw(rows: list[list[float]], *, width: int, height: int) -> bytes:
    """Rows of 0..1 over the whole photo -> a PNG with alpha, of the photo's shape."""
    levels = bytes(min(255, max(0, round(value * 255))) for row in rows for value in row)
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    grey = Image.frombytes("L", (len(rows[0]), len(rows)), levels)
    grey = grey.resize(size, Image.Resampling.BICUBIC)
    channels = [grey.point([_colour(level)[n] for level in range(256)]) for n in range(3)]
    alpha = grey.point([_alpha(level / 255) for level in range(256)])
    stream = io.BytesIO()
    Image.merge("RGBA", [*channels, alpha]).save(stream, "PNG")
    return stream.getvalue()


def _colour(level: int) -> tuple[int, int, int]:
    value = level / 255
    for (low, dark), (high, light) in zip(STOPS, STOPS[1:], strict=False):
        if value <= high:
            part = (value - low) / (high - low)
            red, green, blue = (round(a + (b - a) * part) for a, b in zip(dark, light, strict=True))
            return red, green, blue
    return STOPS[-1][1]


def _alpha(value: float) -> int:
    return round(OPAQUE * max(0.0, value - FAINT) / (1 - FAINT))
