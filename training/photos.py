"""Decoded photos, cached: each file is decoded once for a size, however many epochs see it."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference import preprocessing
from inference.preprocessing import UndecodablePhoto, read_pixels
from training.datasets import Example

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Photos:
    """Examples with their pixels; broken files are left out of both."""

    examples: list[Example]
    pixels: np.ndarray  # (N, size, size, 3) uint8, on disk where it was cached
    broken: tuple[Path, ...] = ()


def load(examples: Sequence[Example], size: int, cache: Path | None = None) -> Photos:
    """The photos as squares of ``size`` pixels; broken ones are named in the log and left out.

    With ``cache``, a folder, a second call for the same files reads the first one's array.
    Decoding runs on all cores: Pillow lets go of the interpreter while it works.
    """
    if cache is None:
        return _decoded(examples, size)
    stored = cache / f"{_fingerprint(examples, size)}.npy"
    if stored.is_file():
        pixels = np.load(stored, mmap_mode="r")
        names = set(stored.with_suffix(".broken").read_text().splitlines())
        kept = [example for example in examples if str(example.path) not in names]
        _name_broken(broken := tuple(Path(name) for name in sorted(names)))
        return Photos(kept, pixels, broken)
    photos = _decoded(examples, size)
    cache.mkdir(parents=True, exist_ok=True)
    stored.with_suffix(".broken").write_text("\n".join(map(str, photos.broken)))
    unfinished = stored.with_suffix(f".{os.getpid()}.unfinished")
    with unfinished.open("wb") as stream:
        np.save(stream, photos.pixels)
    unfinished.rename(stored)
    return Photos(photos.examples, np.load(stored, mmap_mode="r"), photos.broken)


def _decoded(examples: Sequence[Example], size: int) -> Photos:
    pixels = np.empty((len(examples), size, size, 3), np.uint8)

    def decode(place: int) -> bool:
        try:
            pixels[place] = read_pixels(examples[place].path.read_bytes(), size)
        except UndecodablePhoto:
            return False
        return True

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        good = np.array(list(threads.map(decode, range(len(examples)))), bool)
    kept = [example for example, is_good in zip(examples, good, strict=True) if is_good]
    bad = (example.path for example, is_good in zip(examples, good, strict=True) if not is_good)
    _name_broken(broken := tuple(sorted(bad)))
    return Photos(kept, pixels if good.all() else pixels[good], broken)


def _name_broken(broken: tuple[Path, ...]) -> None:
    for path in broken:
        log.warning("%s cannot be read as a photo and is left out", path)


def _fingerprint(examples: Sequence[Example], size: int) -> str:
    """Changes with the files (name, length, time of change), the size and the preprocessing."""
    digest = hashlib.sha256(f"{preprocessing.VERSION}:{size}".encode())
    for example in examples:
        file = example.path.stat()
        digest.update(f"\n{example.path}:{file.st_size}:{file.st_mtime_ns}".encode())
    return digest.hexdigest()[:24]
