"""Decoded photos, cached: each file is decoded once for a size, however many epochs see it."""

from __future__ import annotations

import hashlib
import json
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
        pixels = np.empty((len(examples), size, size, 3), np.uint8)
        return _kept(examples, pixels, _decode(examples, pixels))
    stored = cache / f"{_fingerprint(examples, size)}.npy"
    names = stored.with_suffix(".broken.json")
    if not stored.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = stored.with_suffix(f".{os.getpid()}.unfinished")
        shape = (len(examples), size, size, 3)
        # Straight to the disk: a large set has more pixels than a machine has memory.
        pixels = np.lib.format.open_memmap(unfinished, "w+", np.uint8, shape)
        good = _decode(examples, pixels)
        pixels.flush()
        names.write_text(json.dumps([int(place) for place in np.flatnonzero(~good)]))
        unfinished.rename(stored)
    good = np.ones(len(examples), bool)
    good[json.loads(names.read_text())] = False
    return _kept(examples, np.load(stored, mmap_mode="r"), good)


def _decode(examples: Sequence[Example], pixels: np.ndarray) -> np.ndarray:
    """Fill ``pixels``; (N,) bool: which photos could be read."""

    def decode(place: int) -> bool:
        try:
            pixels[place] = read_pixels(examples[place].path.read_bytes(), pixels.shape[1])
        except UndecodablePhoto:
            return False
        return True

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as threads:
        return np.array(list(threads.map(decode, range(len(examples)))), bool)


def _kept(examples: Sequence[Example], pixels: np.ndarray, good: np.ndarray) -> Photos:
    broken = tuple(
        sorted(one.path for one, is_good in zip(examples, good, strict=True) if not is_good)
    )
    _name_broken(broken)
    kept = [one for one, is_good in zip(examples, good, strict=True) if is_good]
    return Photos(kept, pixels if good.all() else pixels[good], broken)


def _name_broken(broken: tuple[Path, ...]) -> None:
    for path in broken:
        log.warning("%s cannot be read as a photo and is left out", path)


def _fingerprint(examples: Sequence[Example], size: int) -> str:
    """Changes with the files (name, length, time of change), the size and the preprocessing."""
    digest = hashlib.sha256(f"photos:{preprocessing.VERSION}:{size}".encode())
    for example in examples:
        file = example.path.stat()
        digest.update(f"\n{example.path}:{file.st_size}:{file.st_mtime_ns}".encode())
    return digest.hexdigest()[:24]
