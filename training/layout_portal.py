"""The portal's training export: signed cases of patients who agreed to the improvement of models.

A folder (or its unpacked archive) of

``manifest.json``
    ``format``: `FORMAT`; ``version``: `VERSION`; ``exported_at``: ISO 8601, UTC; ``portal``: the
    portal's version; ``consent``: the version of the consent text that was agreed to; ``files``:
    name -> SHA-256 of ``cases.csv`` and of every photo; ``left_out``: reason -> number of photos,
    such as ``{"consent withdrawn": 3, "photos not adequate": 8}``, so that what is not there is
    known. Whoever withdraws consent is in no later export.
``images/<photo>.jpg``
    as the portal keeps them: upright, without metadata. Locating views are not exported.
``cases.csv``
    one row a photo, columns as in `COLUMNS`; an empty cell is 'not known', never 'no'.

Pseudonyms are drawn anew for each export and say nothing of the portal's own numbers; there are no
names, dates, places or notes. Ages over 89 are given as 90.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from dataclasses import fields
from pathlib import Path

from inference.patient import PatientFacts, site_of
from training.layouts import DataSet, Problem, Record, is_label, unknown_labels

FORMAT = "skin-lesion portal: training export"
VERSION = 1
NAME = "portal export"
KINDS = {"close_up": "clinical", "side": "clinical", "dermoscopic": "dermoscopic"}
FACTS = tuple(item.name for item in fields(PatientFacts))
COLUMNS = (
    "photo",  # file name without .jpg: a pseudonym
    "case",  # pseudonym
    "lesion",  # pseudonym, unique in the export
    "patient",  # pseudonym, unique in the export
    "kind",  # a key of KINDS
    "diagnosis",  # condition code of the last signed review
    "proven",  # True: by histology; False: by a clinician's reading
    "confidence",  # 1 to 3, the reader's own
    "model_version",  # of the assessment that the reader was shown; empty: none
    "model_first",  # that assessment's likeliest condition; empty: none
    *FACTS,  # as in inference.patient.PatientFacts: True, False, a number, a word
)


def is_export(folder: Path) -> bool:
    """Whether this folder says that it is one, of whatever version."""
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        return False
    try:
        described = json.loads(manifest.read_text())
    except ValueError:
        return False
    return isinstance(described, dict) and described.get("format") == FORMAT


def read(folder: Path) -> DataSet:
    """Its photos; those whose file is missing or altered are named.

    Raises ``ValueError`` for another version and for a table that was altered.
    """
    manifest = json.loads((folder / "manifest.json").read_text())
    if manifest.get("version") != VERSION:
        raise ValueError(f"{folder}: version {manifest.get('version')!r}, not {VERSION}.")
    table, hashes = (folder / "cases.csv").read_bytes(), manifest["files"]
    if hashlib.sha256(table).hexdigest() != hashes.get("cases.csv"):
        raise ValueError(f"{folder / 'cases.csv'} is not the file that was exported.")
    records, problems, unknown = [], [], Counter()
    for row in csv.DictReader(table.decode().splitlines()):
        name = f"images/{row['photo']}.jpg"
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != hashes.get(name):
            problems.append(Problem(NAME, name, "missing, or not the file that was exported"))
        elif not is_label(row["diagnosis"]):
            unknown[row["diagnosis"]] += 1
        else:
            records.append(_record(row, path))
    problems += unknown_labels(NAME, unknown)
    problems += [
        Problem(NAME, reason, f"{count} photos were not exported")
        for reason, count in sorted(manifest.get("left_out", {}).items())
    ]
    return DataSet(NAME, folder, tuple(records), tuple(problems), FACTS)


def _record(row: dict[str, str], path: Path) -> Record:
    return Record(
        id=row["photo"],
        path=path,
        label=row["diagnosis"],
        data_set=NAME,
        patient=row["patient"],
        lesion=row["lesion"],
        kind=KINDS.get(row["kind"], "unknown"),
        proven={"True": True, "False": False}.get(row["proven"]),
        facts=PatientFacts(**{name: _fact(name, row[name]) for name in FACTS}),
        missing=tuple(name for name in FACTS if not row[name]),
    )


def _fact(name: str, text: str) -> bool | float | int | str | None:
    if not text:
        return None
    if name in ("age", "diameter_mm"):
        return float(text)
    if name == "skin_type":
        return int(text)
    if name == "site":
        return site_of(text)
    if name == "sex":
        return text if text in ("female", "male") else None
    return {"True": True, "False": False}[text]
