"""The public data sets that may lie beside the repository."""

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("SHARED_DIR", Path(__file__).resolve().parents[3] / "shared"))


def shared_photos(data_set: str, count: int) -> list[bytes]:
    """``count`` photos of ``pad_ufes_20`` or ``ham10000``, spread evenly over its files."""
    photos = sorted((ROOT / "data" / data_set / "images").glob("*.jpg"))
    if not photos:
        pytest.skip(f"{data_set} is not on this machine (SHARED_DIR)")
    return [path.read_bytes() for path in photos[:: max(1, len(photos) // count)][:count]]
