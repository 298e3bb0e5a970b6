"""Every labelled photo under a folder, on a side of a split that never moves.

``python -m training.datasets --data DIR --out DIR`` writes what there is: ``manifest.json`` (every
photo with its side, what was left out, counts) and ``data.html`` (`training.data_report`).

A photo's side is fixed by the hash of its patient's name, else its lesion's. A photo of which
neither is known goes with the photos that show the same picture, or by its own name. The same
picture is never on two sides, across data sets too: where two patients or lesions turn out to share
one and their sides differ, the test part keeps its own, then the validation part, and the others
are left out. Nothing that is left out is silent: it is in the manifest and the report, with why.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inference.patient import PatientFacts, Sex
from training import duplicates, layouts
from training.duplicates import Inspection
from training.layouts import HAM, ISIC, PAD, DataSet, Kind, Problem, Record

__all__ = [
    "HAM", "ISIC", "PAD", "DataMissing", "Example", "Kind", "Sex", "Split", "Survey",
    "manifest", "read", "split_of", "survey",
]  # fmt: skip

log = logging.getLogger(__name__)

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
_TRAIN, _VALIDATION = 0.70, 0.15  # the rest is for the test


class DataMissing(Exception):
    """There is no data set that can be read under this folder."""


@dataclass(frozen=True)
class Example:
    """One labelled photo."""

    path: Path
    label: str  # a code of inference.labels
    data_set: str
    group: str  # the patient, else the lesion, else near-duplicates: never on two sides
    split: Split
    kind: Kind = "unknown"
    skin_type: int | None = None  # Fitzpatrick 1 to 6 where it is recorded
    sex: Sex | None = None
    age: float | None = None  # years
    site: str | None = None  # as inference.patient.site_of
    proven: bool | None = None  # diagnosis by histology, where it is recorded
    patient: PatientFacts | None = None  # all that is recorded besides the photo


@dataclass(frozen=True)
class Photo:
    """A photo that was read, used or not."""

    record: Record
    file: str  # relative to the folder of all data
    sha256: str  # of the file
    size: tuple[int, int]  # width, height in pixels
    group: str
    split: Split
    left_out: str = ""  # why it is used on no side; empty: it is used


@dataclass(frozen=True)
class Side:
    """Where a photo belongs."""

    group: str
    split: Split
    left_out: str = ""


@dataclass(frozen=True)
class Survey:
    """All that lies under a folder."""

    sets: tuple[DataSet, ...]
    photos: tuple[Photo, ...]  # ordered by data set and name
    problems: tuple[Problem, ...]  # broken files, unknown labels, unreadable rows
    same: tuple[tuple[int, int], ...]  # pairs of photos, by place, that show the same picture

    @property
    def examples(self) -> list[Example]:
        return [_example(photo) for photo in self.photos if not photo.left_out]


def read(root: Path, cache: Path | None = None) -> list[Example]:
    """Every example of every data set under ``root`` or its folders, by data set and name.

    What is left out is named in the log. ``cache``: see `survey`. Raises `DataMissing`.
    """
    found = survey(root, cache)
    name_left_out(found)
    return found.examples


def name_left_out(found: Survey) -> None:
    """Say in the log what is not used, and why."""
    for problem in found.problems:
        log.warning("%s: %s: %s", problem.data_set, problem.what, problem.reason)
    for photo in found.photos:
        if photo.left_out:
            log.warning("%s: %s: %s", photo.record.data_set, photo.record.id, photo.left_out)


def survey(root: Path, cache: Path | None = None) -> Survey:
    """Read all data sets, look at every photo, and find each one's side.

    Looking at 25,000 photos takes minutes and is kept in ``cache`` (a folder; by default
    ``~/.cache/lesion-portal``, or below ``XDG_CACHE_HOME``). Raises `DataMissing`.
    """
    sets = layouts.find(root)
    records = sorted(
        (record for one in sets for record in one.records if record.path),
        key=lambda record: (record.data_set, record.path.stem, record.id),
    )
    if not records:
        raise DataMissing(f"There is neither {PAD} nor {HAM} nor other labelled data under {root}.")
    seen = duplicates.inspect([record.path for record in records], cache or _default_cache())
    problems = [problem for one in sets for problem in one.problems]
    problems += [
        Problem(records[place].data_set, records[place].path.relative_to(root).as_posix(), reason)
        for place, reason in sorted(seen.broken.items())
    ]
    sides = _without_copies(records, seen, place_photos(records, seen.same))
    kept = [place for place in range(len(records)) if place not in seen.broken]
    where = {place: number for number, place in enumerate(kept)}
    return Survey(
        sets=tuple(sets),
        photos=tuple(_photo(root, records[at], seen, at, sides[at]) for at in kept),
        problems=tuple(problems),
        same=tuple((where[one], where[other]) for one, other in seen.same),
    )


def _photo(root: Path, record: Record, seen: Inspection, place: int, side: Side) -> Photo:
    return Photo(
        record=record,
        file=record.path.relative_to(root).as_posix(),
        sha256=seen.sha256[place],
        size=seen.sizes[place],
        group=side.group,
        split=side.split,
        left_out=side.left_out,
    )


def split_of(group: str) -> Split:
    """The part that a patient's or lesion's photos belong to: a fixed hash of its name."""
    place = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8], "big") / 2**64
    if place < _TRAIN:
        return "train"
    return "validation" if place < _TRAIN + _VALIDATION else "test"


def place_photos(records: Sequence[Record], same: Sequence[tuple[int, int]]) -> list[Side]:
    """The side of each record; ``same`` are pairs of places that show the same picture.

    Records of one identity keep the side of that identity's hash or are left out; others go where
    the pictures that they show again are.
    """
    first: dict[str, int] = {}
    bound = [
        (first.setdefault(record.identity, place), place)
        for place, record in enumerate(records)
        if record.identity
    ]
    members: dict[int, list[int]] = {}
    for place, root in enumerate(duplicates.groups(len(records), [*bound, *same])):
        members.setdefault(root, []).append(place)
    sides: dict[int, Side] = {}
    for together in members.values():
        sides |= _place_together(records, together)
    return [sides[place] for place in range(len(records))]


def _place_together(records: Sequence[Record], places: Sequence[int]) -> dict[int, Side]:
    """Sides of photos that belong on one."""
    identities = {records[place].identity for place in places} - {None}
    names = identities or {f"{records[place].data_set}:{records[place].id}" for place in places}
    held = max(
        (split_of(name) for name in identities), key=SPLITS.index, default=split_of(min(names))
    )
    # The two sets that models were first released on give a shared group its name.
    group = min(
        (name for name in names if split_of(name) == held or not identities),
        key=lambda name: (not name.startswith((PAD, HAM)), name),
    )
    sides = {}
    for place in places:
        identity = records[place].identity
        own = split_of(identity) if identity else held
        reason = "" if own == held else f"shows a patient or lesion of the {held} part"
        sides[place] = Side(group, own, reason)
    return sides


def _without_copies(records: Sequence[Record], seen: Inspection, sides: list[Side]) -> list[Side]:
    """Leave out what a data set repeats of another, and one picture under two labels."""
    labels: dict[str, set[str]] = {}
    for record, sha256 in zip(records, seen.sha256, strict=True):
        labels.setdefault(sha256, set()).add(record.label)
    result, first = [], {}
    for record, sha256, side in zip(records, seen.sha256, sides, strict=True):
        reason = side.left_out
        names = [sha256, f"{record.lesion_of or record.data_set}:{record.id}"]
        known = next((first[name] for name in names if name in first), None)
        if sha256 and len(labels[sha256]) > 1:
            reason = reason or f"one file, labelled {' and '.join(sorted(labels[sha256]))}"
        elif sha256 and known and known.data_set != record.data_set:
            reason = reason or f"the same picture as {known.id} of {known.data_set}"
        if sha256 and not reason:
            first |= dict.fromkeys(names, record)
        result.append(Side(side.group, side.split, reason))
    return result


def manifest(found: Survey) -> str:
    """JSON, one photo a line; the same photos give the same bytes wherever they lie."""
    used = [photo for photo in found.photos if not photo.left_out]
    counts = Counter((one.record.data_set, one.split, one.record.label) for one in used)
    head = {
        "format": 1,
        "counts": _nested(counts),
        "used": len(used),
        "left_out": dict(sorted(Counter(p.left_out for p in found.photos if p.left_out).items())),
        "problems": [[one.data_set, one.what, one.reason] for one in found.problems],
    }
    lines = [
        json.dumps(
            {
                "id": photo.record.id,
                "data_set": photo.record.data_set,
                "label": photo.record.label,
                "group": photo.group,
                "split": photo.split,
                "left_out": photo.left_out,
                "file": photo.file,
                "sha256": photo.sha256,
            },
            ensure_ascii=False,
        )
        for photo in found.photos
    ]
    top = json.dumps(head, indent=1, ensure_ascii=False)[:-2]
    return top + ',\n "photos": [\n  ' + ",\n  ".join(lines) + "\n ]\n}\n"


def _nested(counts: Mapping[tuple[str, str, str], int]) -> dict[str, dict[str, dict[str, int]]]:
    tree: dict[str, dict[str, dict[str, int]]] = {}
    for (data_set, split, label), count in sorted(
        counts.items(), key=lambda item: (item[0][0], SPLITS.index(item[0][1]), item[0][2])
    ):
        tree.setdefault(data_set, {}).setdefault(split, {})[label] = count
    return tree


def _example(photo: Photo) -> Example:
    record, facts = photo.record, photo.record.facts
    return Example(
        path=record.path,
        label=record.label,
        data_set=record.data_set,
        group=photo.group,
        split=photo.split,
        kind=record.kind,
        skin_type=facts.skin_type,
        sex=facts.sex,
        age=facts.age,
        site=facts.site,
        proven=record.proven,
        patient=facts if facts.known else None,
    )


def _default_cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "lesion-portal" / "photos"


def main(arguments: Sequence[str] | None = None) -> int:
    from training import data_report

    parser = argparse.ArgumentParser(prog="python -m training.datasets", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    chosen = parser.parse_args(arguments)
    try:
        found = survey(chosen.data)
    except (DataMissing, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    for problem in found.problems:
        print(f"{problem.data_set}: {problem.what}: {problem.reason}", file=sys.stderr)
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "manifest.json").write_text(manifest(found))
    (chosen.out / "data.html").write_text(data_report.page(found))
    left = sum(bool(photo.left_out) for photo in found.photos)
    print(f"{len(found.photos) - left} photos used, {left} left out; see {chosen.out}/data.html")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
