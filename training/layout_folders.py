"""One folder per class, as most data sets for classifying pictures come.

``FOLDER/CLASS/*.jpg``, or ``FOLDER/{train,test,...}/CLASS/*.jpg``. The parts that a data set came
in are not its split here: the published test parts of several hold photos of their training parts.
Names of classes are read tolerantly: 'Melanoma', '02_melanoma' and 'MEL' are the same.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from inference.labels import BINARY, CONDITIONS, OTHER
from training.layouts import (
    OTHER_SUFFIXES,
    PHOTO_SUFFIXES,
    DataSet,
    Problem,
    Record,
    unknown_labels,
)

_PARTS = ("train", "training", "test", "testing", "val", "valid", "validation")
# Words of a class's name -> label. A longer phrase is taken before a shorter one within it.
_PHRASES = {
    "actinic keratos": "AK",
    "solar keratos": "AK",
    "atopic dermatitis": "ATOPIC",
    "basal cell": "BCC",
    "benign keratos": "BKL",
    "pigmented benign keratos": "BKL",
    "seborrheic keratos": "BKL",
    "seborrhoeic keratos": "BKL",
    "dermatofibroma": "DF",
    "melanoma": "MEL",
    "melanocytic nev": "NV",
    "melanocytic naev": "NV",
    "nevus": "NV",
    "nevi": "NV",
    "naevus": "NV",
    "naevi": "NV",
    "squamous cell": "SCC",
    "tinea": "TINEA",
    "ringworm": "TINEA",
    "candid": "TINEA",
    "vascular": "VASC",
    "benign": "BENIGN",
    "malignant": "MALIGNANT",
}
_WHOLE = {code.lower(): code for code in (*CONDITIONS, *BINARY, OTHER)} | {
    "akiec": "AK", "bkl": "BKL", "nev": "NV", "sek": "BKL", "ack": "AK", "unknown": OTHER,
    "none of these": OTHER, "normal": OTHER,
}  # fmt: skip


def label_of(name: str) -> str | None:
    """The label that a class's folder means; None where it means none of ours, or two."""
    words = re.sub(r"[^a-z]+", " ", name.lower()).strip()
    if words in _WHOLE:
        return _WHOLE[words]
    if re.search(r"\b(non|not|no)\b", words):
        return None
    found = set()
    for phrase in sorted(_PHRASES, key=len, reverse=True):
        if re.search(rf"\b{phrase}", words):
            found.add(_PHRASES[phrase])
            words = re.sub(rf"\b{phrase}", " ", words)
    conditions = found - set(BINARY)  # 'benign' beside a condition's name adds nothing
    chosen = conditions or found
    return chosen.pop() if len(chosen) == 1 else None


def find(folder: Path) -> list[DataSet]:
    """The data set in this folder, if its sub-folders are named after at least two classes."""
    classes = _class_folders(folder)
    labels = {label for one in classes if (label := label_of(one.name))}
    if len(labels) < 2:
        return []
    records, problems, unknown = [], [], Counter()
    for one in classes:
        label = label_of(one.name)
        for path in sorted(one.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.suffix.lower() in OTHER_SUFFIXES:
                problems.append(Problem(folder.name, name, "neither JPEG nor PNG"))
            elif path.suffix.lower() not in PHOTO_SUFFIXES:
                continue
            elif label is None:
                unknown[one.name] += 1
            else:
                records.append(Record(id=name, path=path, label=label, data_set=folder.name))
    problems += unknown_labels(folder.name, unknown)
    return [DataSet(folder.name, folder, tuple(records), tuple(problems))] if records else []


def _class_folders(folder: Path) -> list[Path]:
    below = sorted(path for path in folder.glob("*") if path.is_dir())
    parts = [path for path in below if path.name.lower() in _PARTS]
    return [path for part in parts for path in sorted(part.glob("*")) if path.is_dir()] or below
