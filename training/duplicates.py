"""The same picture twice: by its bytes, or by a fingerprint of what it shows.

The fingerprint is the fine detail of the photo at 32x32 pixels: grey, less its surroundings, scaled
to length one. Two photos show the same where their fingerprints agree (correlation) by `SAME` or
more, upright, turned by quarters or mirrored. Size, compression, brightness and colour cast don't
matter to it; a crop does.

`SAME` was chosen on HAM10000 and PAD-UFES-20 (9,641 photos, all eight ways up): 82 pairs of one
lesion or patient agree by 0.96 or more and one pair of two lesions does (0.997: one photo with
another colour cast, published under two lesion numbers). The next pair of two lesions agrees by
0.948 and is two naevi.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from inference.preprocessing import UndecodablePhoto, read_pixels

log = logging.getLogger(__name__)

SAME = 0.96
_SIDE, _AROUND, _MARGIN = 32, 3, 2  # pixels; the surroundings are 7x7; the margin is cut off
_DIM = 1.5  # grey levels of deviation of the detail; below it there is nothing to compare
_ROWS = 1024  # fingerprints compared at a time
_GREY = np.float32([0.299, 0.587, 0.114])
_CACHE_VERSION = 2


@dataclass(frozen=True)
class Inspection:
    """What was found in a list of files, by their places in it."""

    sha256: tuple[str, ...]  # of the file; "" where it can't be read
    sizes: tuple[tuple[int, int], ...]  # width, height in pixels; (0, 0) where it can't be read
    broken: dict[int, str]  # why it can't be read
    same: tuple[tuple[int, int], ...]  # pairs of places that show the same picture, ordered


def inspect(paths: Sequence[Path], cache: Path | None = None) -> Inspection:
    """Read every file whole and compare all with all.

    With ``cache``, a folder, a second call for the same unchanged files costs nothing; a folder
    that can't be written to is named in the log.
    """
    stored = cache / f"{_key(paths)}.json" if cache else None
    if stored and stored.is_file():
        return _parse(json.loads(stored.read_text()))
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        looks = list(threads.map(_look, paths))
    inspection = Inspection(
        sha256=tuple(look.sha256 for look in looks),
        sizes=tuple(look.size for look in looks),
        broken={place: look.problem for place, look in enumerate(looks) if look.problem},
        same=tuple(sorted(_same([look.pixels for look in looks], [one.sha256 for one in looks]))),
    )
    if stored:
        _store(stored, inspection)
    return inspection


def groups(count: int, pairs: Sequence[tuple[int, int]]) -> list[int]:
    """For each of ``count`` places the least place that it hangs together with (union-find)."""
    root = list(range(count))

    def find(place: int) -> int:
        while root[place] != place:
            root[place] = root[root[place]]
            place = root[place]
        return place

    for one, other in pairs:
        low, high = sorted((find(one), find(other)))
        root[high] = low
    return [find(place) for place in range(count)]


def fingerprints(pixels: np.ndarray) -> np.ndarray:
    """(N, 28, 28) float32 of length one, or all 0 where there is no detail; of (N, 32, 32, 3)."""
    grey = pixels.astype(np.float32) @ _GREY
    wide = np.pad(grey, ((0, 0), (_AROUND, _AROUND), (_AROUND, _AROUND)), mode="edge")
    window = 2 * _AROUND + 1
    around = np.lib.stride_tricks.sliding_window_view(wide, (window, window), axis=(1, 2))
    detail = (grey - around.mean((3, 4)))[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    detail -= detail.mean((1, 2), keepdims=True)
    length = np.sqrt((detail**2).sum((1, 2), keepdims=True))
    least = _DIM * np.sqrt(detail[0].size) if len(detail) else 0
    return np.where(length > least, detail / np.maximum(length, 1e-6), 0).astype(np.float32)


def same_pictures(prints: np.ndarray) -> Iterator[tuple[int, int]]:
    """Pairs of places, the lower first, of fingerprints (N, 28, 28) that agree in any way up."""
    flat = np.ascontiguousarray(prints.reshape(len(prints), -1))
    for turned in _ways_up(prints):
        other = np.ascontiguousarray(turned.reshape(len(prints), -1))
        for start in range(0, len(flat), _ROWS):
            agree = flat[start : start + _ROWS] @ other[start:].T
            rows, columns = np.nonzero(agree >= SAME)
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
                if row < column:
                    yield start + row, start + column


def _ways_up(prints: np.ndarray) -> Iterator[np.ndarray]:
    for quarter in range(4):
        turned = np.rot90(prints, quarter, (1, 2))
        yield turned
        yield turned[:, :, ::-1]


@dataclass(frozen=True)
class _Look:
    sha256: str
    size: tuple[int, int]
    pixels: np.ndarray | None  # (32, 32, 3) uint8
    problem: str = ""


def _look(path: Path) -> _Look:
    try:
        content = path.read_bytes()
        pixels = read_pixels(content, _SIDE)
        with Image.open(io.BytesIO(content)) as picture:  # noqa: TID251  read_pixels took it
            size = picture.size
    except (OSError, UndecodablePhoto) as error:
        return _Look("", (0, 0), None, _reason(error))
    return _Look(hashlib.sha256(content).hexdigest(), size, pixels)


def _reason(error: Exception) -> str:
    """In one line, and the same on every machine: without the addresses of files in memory."""
    if isinstance(error, OSError):
        return error.strerror or "can't be read"
    return " ".join(re.sub(r"<[^>]*>", "", str(error)).split()) or "can't be read"


def _same(pixels: Sequence[np.ndarray | None], hashes: Sequence[str]) -> set[tuple[int, int]]:
    first: dict[str, int] = {}
    pairs = {
        (first[sha256], place)
        for place, sha256 in enumerate(hashes)
        if sha256 and first.setdefault(sha256, place) != place
    }
    sound = [place for place, one in enumerate(pixels) if one is not None]
    if sound:
        prints = fingerprints(np.stack([pixels[place] for place in sound]))
        pairs |= {(sound[one], sound[other]) for one, other in same_pictures(prints)}
    return pairs


def _key(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256(f"{_CACHE_VERSION}".encode())
    for path in paths:
        file = path.stat()
        digest.update(f"\n{path.resolve()}:{file.st_size}:{file.st_mtime_ns}".encode())
    return digest.hexdigest()[:32]


def _store(path: Path, found: Inspection) -> None:
    fields = [found.sha256, found.sizes, sorted(found.broken.items()), found.same]
    unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(fields))
        unfinished.rename(path)
    except OSError as error:
        log.warning("%s: what was found in the photos is not kept (%s)", path.parent, error)


def _parse(fields: list) -> Inspection:
    sha256, sizes, broken, same = fields
    return Inspection(
        tuple(sha256),
        tuple((width, height) for width, height in sizes),
        dict(map(tuple, broken)),
        tuple((one, other) for one, other in same),
    )
