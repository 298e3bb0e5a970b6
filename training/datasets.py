"""Readers for the public data sets, with a split that never moves.

Both the published layouts and flat ones (``images/`` beside ``metadata.csv``) are taken. A photo
named in the table but absent from the disk is left out; a photo on disk that the table doesn't
name is never read.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inference.patient import PatientFacts

Split = Literal["train", "validation", "test"]
Kind = Literal["dermoscopic", "clinical", "unknown"]
Sex = Literal["female", "male"]
_TRAIN, _VALIDATION = 0.70, 0.15  # the rest is for the test

PAD = "PAD-UFES-20"
HAM = "HAM10000"
_PAD_LABELS = {"ACK": "AK", "BCC": "BCC", "MEL": "MEL", "NEV": "NV", "SCC": "SCC", "SEK": "BKL"}
# `akiec` is actinic keratosis and Bowen's disease, which is squamous cell carcinoma in situ; the
# table doesn't tell them apart, so both are called AK here.
_HAM_LABELS = {
    "akiec": "AK",
    "bcc": "BCC",
    "bkl": "BKL",
    "df": "DF",
    "mel": "MEL",
    "nv": "NV",
    "vasc": "VASC",
}
_TABLES = ("metadata.csv", "HAM10000_metadata.csv", "HAM10000_metadata")


class DataMissing(Exception):
    """There is no data set that can be read under this folder."""


@dataclass(frozen=True)
class Example:
    """One labelled photo."""

    path: Path
    label: str  # a code of inference.labels
    data_set: str  # PAD or HAM
    group: str  # the patient (PAD) or the lesion (HAM): never on two sides of a split
    split: Split
    kind: Kind = "unknown"
    skin_type: int | None = None  # Fitzpatrick 1 to 6 where it is recorded
    sex: Sex | None = None
    age: float | None = None  # years
    site: str | None = None  # in the data set's own words
    proven: bool | None = None  # diagnosis by histology, where it is recorded
    patient: PatientFacts | None = None  # what the patient said, where the data set has it


def read(root: Path) -> list[Example]:
    """Every example of every data set under ``root`` or its folders, ordered by path.

    Raises `DataMissing`.
    """
    tables = sorted(
        {path for name in _TABLES for path in (*root.glob(name), *root.glob(f"*/{name}"))}
    )
    examples = [example for table in tables for example in _read_table(table)]
    if not examples:
        raise DataMissing(f"There is neither {PAD} nor {HAM} with photos under {root}.")
    return sorted(examples, key=lambda example: (example.data_set, example.path.stem))


def split_of(group: str) -> Split:
    """The part that a patient's or lesion's photos belong to: a fixed hash of its name."""
    place = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") / 2**64
    if place < _TRAIN:
        return "train"
    return "validation" if place < _TRAIN + _VALIDATION else "test"


def _read_table(table: Path) -> Iterator[Example]:
    photos = {
        path.stem: path
        for path in sorted(table.parent.rglob("*"))
        if path.suffix.lower() in (".jpg", ".jpeg", ".png")
    }
    with table.open(newline="") as stream:
        rows = csv.DictReader(stream)
        columns = set(rows.fieldnames or ())
        if {"diagnostic", "patient_id", "img_id"} <= columns:
            yield from (example for row in rows for example in _pad_example(row, photos))
        elif {"dx", "lesion_id", "image_id"} <= columns:
            yield from (example for row in rows for example in _ham_example(row, photos))


def _pad_example(row: dict[str, str], photos: dict[str, Path]) -> Iterator[Example]:
    path = photos.get(Path(row["img_id"]).stem)
    if path is None:
        return
    group = f"{PAD}:{row['patient_id']}"
    skin_type = row.get("fitspatrick") or ""
    yield Example(
        path=path,
        label=_PAD_LABELS[row["diagnostic"]],
        data_set=PAD,
        group=group,
        split=split_of(group),
        kind="clinical",
        skin_type=int(float(skin_type)) if skin_type else None,
        proven=row.get("biopsed") == "True",
    )


def _ham_example(row: dict[str, str], photos: dict[str, Path]) -> Iterator[Example]:
    path = photos.get(row["image_id"])
    if path is None:
        return
    group = f"{HAM}:{row['lesion_id']}"
    yield Example(
        path=path,
        label=_HAM_LABELS[row["dx"]],
        data_set=HAM,
        group=group,
        split=split_of(group),
        kind="dermoscopic",
        proven=row.get("dx_type") == "histo",
    )
