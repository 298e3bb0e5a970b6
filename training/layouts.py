"""Readers for the layouts that public data sets come in, and for the portal's own export.

`find` takes the layouts as published and flat ones (``images/`` beside the table):

- PAD-UFES-20: a table with ``patient_id``, ``img_id``, ``diagnostic``;
- HAM10000: a table with ``lesion_id``, ``image_id``, ``dx``;
- ISIC 2019: ``ISIC_2019_Training_GroundTruth.csv`` and ``ISIC_2019_Training_Metadata.csv``;
- one folder per class, below ``train/`` and ``test/`` or not (`training.layout_folders`);
- the portal's training export (`training.layout_portal`).

A reader says what the data set says; nothing is guessed, and what it can't use becomes a `Problem`.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from inference.labels import CONDITIONS, OTHER
from inference.patient import PatientFacts, site_of

Kind = Literal["dermoscopic", "clinical", "unknown"]

PAD = "PAD-UFES-20"
HAM = "HAM10000"
ISIC = "ISIC 2019"
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".jfif", ".png")
OTHER_SUFFIXES = (".bmp", ".gif", ".heic", ".tif", ".tiff", ".webp")  # named, never read

_PAD_LABELS = {"ACK": "AK", "BCC": "BCC", "MEL": "MEL", "NEV": "NV", "SCC": "SCC", "SEK": "BKL"}
# `akiec` is actinic keratosis and Bowen's disease, which is squamous cell carcinoma in situ; the
# table doesn't tell them apart, so both are called AK here.
_HAM_LABELS = {"akiec": "AK"} | {
    code.lower(): code for code in ("BCC", "BKL", "DF", "MEL", "NV", "VASC")
}
_ISIC_LABELS = ("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC", "UNK")
_SAYS_NOTHING = ("", "UNK", "unknown", "NA", "nan")
_PAD_SYMPTOMS = ("itch", "grew", "hurt", "changed", "bleed", "elevation")
_NOT_ASKED = ("patient_id", "lesion_id", "img_id", "image_id", "image", "diagnostic", "dx")


@dataclass(frozen=True)
class Record:
    """One row of a data set, in the project's words."""

    id: str  # its name within the data set
    path: Path | None  # None: in the table, not on the disk
    label: str  # a code of inference.labels
    data_set: str
    patient: str | None = None  # whose photo, where that is told
    lesion: str | None = None  # of which lesion, where that is told
    lesion_of: str = ""  # data set that numbered the lesion, where it is another one
    kind: Kind = "unknown"
    proven: bool | None = None  # diagnosis by histology
    facts: PatientFacts = field(default_factory=PatientFacts)
    missing: tuple[str, ...] = ()  # columns of the table that say nothing for it

    @property
    def identity(self) -> str | None:
        """The patient, else the lesion; None where the data set tells neither."""
        known = self.patient or self.lesion
        return f"{self.lesion_of or self.data_set}:{known}" if known else None


@dataclass(frozen=True)
class Problem:
    """Something that was left out, and why."""

    data_set: str
    what: str  # a file relative to the data set's folder, a row's name or a label
    reason: str


@dataclass(frozen=True)
class DataSet:
    """All that one folder holds."""

    name: str
    folder: Path
    records: tuple[Record, ...]
    problems: tuple[Problem, ...] = ()
    columns: tuple[str, ...] = ()  # of the table, but for names and diagnosis


def find(root: Path) -> list[DataSet]:
    """Every data set in ``root`` and in the folders right below it, by name.

    Raises ``ValueError`` for a portal export that this program can't read.
    """
    from training import layout_folders, layout_portal

    if sets := layout_folders.find(root):
        return sets
    for folder in (root, *sorted(path for path in root.glob("*") if path.is_dir())):
        tables = [path for path in sorted(folder.iterdir()) if _may_be_table(path)]
        if layout_portal.is_export(folder):
            sets.append(layout_portal.read(folder))
        elif described := [found for table in tables if (found := _read_table(table))]:
            sets += described
        elif folder != root:
            sets += layout_folders.find(folder)
    return sorted(sets, key=lambda one: (one.name, str(one.folder)))


def photos_below(folder: Path) -> dict[str, Path]:
    """Stem -> file, of every photo in and below ``folder``."""
    return {
        path.stem: path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in PHOTO_SUFFIXES
    }


def _may_be_table(path: Path) -> bool:
    return path.is_file() and (path.suffix == ".csv" or path.name == "HAM10000_metadata")


def _read_table(table: Path) -> DataSet | None:
    """What a table describes; None where it is no table of a known data set."""
    with table.open(newline="", encoding="utf-8-sig", errors="replace") as stream:
        reader = csv.DictReader(stream)
        columns = tuple(reader.fieldnames or ())
        rows = list(reader) if any(needed <= set(columns) for needed, _, _ in _TABLES) else []
    for needed, name, read_row in _TABLES:
        if not needed <= set(columns):
            continue
        if name == ISIC:
            rows, columns = _with_isic_metadata(table, rows)
        asked = tuple(column for column in columns if column not in _NOT_ASKED)
        records, problems = _read_rows(name, table.parent, rows, asked, read_row)
        return DataSet(name, table.parent, records, problems, asked)
    return None


def _read_rows(
    name: str,
    folder: Path,
    rows: Iterable[dict[str, str]],
    asked: tuple[str, ...],
    read_row: Callable[..., Record | str],
) -> tuple[tuple[Record, ...], tuple[Problem, ...]]:
    photos, seen = photos_below(folder), set()
    records, problems, unknown = [], [], Counter()
    for place, row in enumerate(rows, start=2):
        missing = tuple(column for column in asked if (row[column] or "") in _SAYS_NOTHING)
        try:
            record = read_row(row, photos, missing)
        except (KeyError, TypeError, ValueError) as error:
            problems.append(Problem(name, f"row {place}", f"can't be read: {error!r}"))
            continue
        if isinstance(record, str):
            unknown[record] += 1
        elif record.id in seen:
            problems.append(Problem(name, record.id, "named twice in the table"))
        else:
            seen.add(record.id)
            records.append(record)
    problems += unknown_labels(name, unknown)
    return tuple(records), tuple(problems)


def unknown_labels(name: str, counts: Counter[str]) -> Iterator[Problem]:
    """One problem for each label that is none of ours, with the number of its photos."""
    for label, count in sorted(counts.items()):
        yield Problem(name, label, f"unknown label: {count} photo{'s' * (count != 1)} left out")


def _pad_record(
    row: dict[str, str], photos: dict[str, Path], missing: tuple[str, ...]
) -> Record | str:
    """PAD-UFES-20: Pacheco et al. 2020, doi 10.1016/j.dib.2020.106221, table of attributes.

    Fact <- column: age <- age; sex <- gender; site <- region; itch, grew, hurt, changed, bleed,
    elevation <- the same names; diameter_mm <- the greater of diameter_1 and diameter_2 (0 is no
    diameter); skin_type <- fitspatrick; previous_skin_cancer <- skin_cancer_history, which counts
    the family's too. cancer_history is any cancer, own or the family's: no fact of ours, not read.
    """
    if row["diagnostic"] not in _PAD_LABELS:
        return row["diagnostic"]
    diameter = max(_number(row.get("diameter_1")) or 0, _number(row.get("diameter_2")) or 0)
    skin_type = _number(row.get("fitspatrick"))
    stem = Path(row["img_id"]).stem
    return Record(
        id=stem,
        path=photos.get(stem),
        label=_PAD_LABELS[row["diagnostic"]],
        data_set=PAD,
        patient=row["patient_id"],
        lesion=row.get("lesion_id"),
        kind="clinical",
        proven=row.get("biopsed") == "True",
        facts=PatientFacts(
            age=_number(row.get("age")),
            sex=_sex(row.get("gender")),
            site=site_of(row.get("region")),
            **{name: _yes_no(row.get(name)) for name in _PAD_SYMPTOMS},
            diameter_mm=diameter or None,
            previous_skin_cancer=_yes_no(row.get("skin_cancer_history")),
            skin_type=int(skin_type) if skin_type else None,
        ),
        missing=missing,
    )


def _ham_record(
    row: dict[str, str], photos: dict[str, Path], missing: tuple[str, ...]
) -> Record | str:
    """HAM10000: Tschandl et al. 2018, doi 10.7910/DVN/DBW86T."""
    if row["dx"] not in _HAM_LABELS:
        return row["dx"]
    return Record(
        id=row["image_id"],
        path=photos.get(row["image_id"]),
        label=_HAM_LABELS[row["dx"]],
        data_set=HAM,
        lesion=row["lesion_id"],
        kind="dermoscopic",
        proven=row.get("dx_type") == "histo",
        facts=PatientFacts(
            age=_number(row.get("age")),
            sex=_sex(row.get("sex")),
            site=site_of(row.get("localization")),
        ),
        missing=missing,
    )


def _isic_record(
    row: dict[str, str], photos: dict[str, Path], missing: tuple[str, ...]
) -> Record | str:
    """ISIC 2019: challenge.isic-archive.com. It holds HAM10000, whose lesions keep their names."""
    chosen = [label for label in _ISIC_LABELS if float(row.get(label) or 0) == 1]
    if len(chosen) != 1:
        return "not exactly one diagnosis"
    lesion = row.get("lesion_id") or None
    return Record(
        id=row["image"],
        path=photos.get(row["image"]),
        label=OTHER if chosen[0] == "UNK" else chosen[0],
        data_set=ISIC,
        lesion=lesion,
        lesion_of=HAM if (lesion or "").startswith("HAM_") else "",
        kind="dermoscopic",
        facts=PatientFacts(
            age=_number(row.get("age_approx")),
            sex=_sex(row.get("sex")),
            site=site_of(row.get("anatom_site_general")),
        ),
        missing=missing,
    )


def _with_isic_metadata(
    table: Path, rows: list[dict[str, str]]
) -> tuple[list[dict[str, str]], tuple[str, ...]]:
    """The rows with what the other table says of the same photo, and that table's columns."""
    other = table.with_name(table.name.replace("GroundTruth", "Metadata"))
    if other == table or not other.is_file():
        return rows, ()
    with other.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        columns, known = tuple(reader.fieldnames or ()), {row["image"]: row for row in reader}
    nothing = dict.fromkeys(columns, "")
    return [nothing | known.get(row["image"], {}) | row for row in rows], columns


_TABLES = (
    ({"diagnostic", "patient_id", "img_id"}, PAD, _pad_record),
    ({"dx", "lesion_id", "image_id"}, HAM, _ham_record),
    ({"image", *(set(_ISIC_LABELS) - {"UNK"})}, ISIC, _isic_record),
)


def _number(text: str | None) -> float | None:
    return None if (text or "") in _SAYS_NOTHING else float(text)


def _yes_no(text: str | None) -> bool | None:
    """'True' and 'False' in any case; ValueError for other words."""
    if (text or "") in _SAYS_NOTHING:
        return None
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither True nor False")
    return text.lower() == "true"


def _sex(text: str | None) -> Literal["female", "male"] | None:
    plain = (text or "").lower()
    return plain if plain in ("female", "male") else None


def is_label(code: str) -> bool:
    """Whether a photo of the clinic may carry this code."""
    return code in (*CONDITIONS, OTHER)
