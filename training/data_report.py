"""One page about the data: how much, of whom, what is missing, what was left out and why.

Made by ``python -m training.datasets``; a single HTML file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from inference.labels import BINARY, CONDITIONS, OTHER
from training import page as html
from training.datasets import SPLITS, Photo, Survey
from training.layouts import DataSet, Problem
from training.page import Heading, Markup

TELLING = 0.10  # a column missing this much oftener with one label than with another tells it
_FEW = 10  # labels with fewer rows say nothing about what is missing
_LISTED = 50  # lines of a list; beyond it the manifest has them
_AGES = ((20, "under 20"), (40, "20 to 39"), (60, "40 to 59"), (80, "60 to 79"))
_SKIN = ("I", "II", "III", "IV", "V", "VI")
_UNKNOWN = "not recorded"


def page(found: Survey) -> str:
    """HTML of the whole report."""
    used = [photo for photo in found.photos if not photo.left_out]
    sections = [
        ("Counts", html.joined((_data_sets(found), _counts(used)))),
        ("What the tables leave out", _missing(found.sets)),
        ("Whose photos they are", _people(used)),
        ("Kinds and sizes of photo", _sizes(used)),
        ("The same picture twice", _duplicates(found)),
        ("Left out", _left_out(found)),
    ]
    lead = [
        html.paragraph(
            f"{_photos(len(used))} used, of {', '.join(one.name for one in found.sets)}."
        ),
        html.paragraph(skin_type_sentence(used), "note"),
    ]
    return html.document("The data", lead, sections)


def skin_type_sentence(used: Sequence[Photo]) -> str:
    """What may be said about dark skin; belongs wherever figures stand."""
    known = [photo.record.facts.skin_type for photo in used if photo.record.facts.skin_type]
    dark = sum(skin_type >= 5 for skin_type in known)
    told = f"Skin type is recorded for {len(known):,} of {_photos(len(used))}"
    if dark >= 100:
        return f"{told}; {_photos(dark)} are of Fitzpatrick type V or VI."
    return (
        f"{told}, and only {_photos(dark)} {'is' if dark == 1 else 'are'} of Fitzpatrick type V "
        "or VI: no claim about dark skin can rest on this."
    )


def missing_by_label(one: DataSet) -> dict[str, dict[str, float]]:
    """Column -> label -> part of the rows, with a photo or without, where it says nothing.

    Only columns that are missing somewhere, and labels with enough rows to say.
    """
    rows = Counter(record.label for record in one.records)
    labels = [label for label in _order(rows) if rows[label] >= _FEW]
    missing = Counter((column, record.label) for record in one.records for column in record.missing)
    parts = {
        column: {label: missing[column, label] / rows[label] for label in labels}
        for column in one.columns
    }
    return {column: by_label for column, by_label in parts.items() if any(by_label.values())}


def telling_columns(one: DataSet) -> list[str]:
    """Columns of which alone the being missing says something about the label."""
    return [
        column
        for column, parts in missing_by_label(one).items()
        if max(parts.values()) - min(parts.values()) >= TELLING
    ]


def _order(labels) -> list[str]:
    return [label for label in (*CONDITIONS, OTHER, *BINARY) if label in labels]


def _photos(count: int) -> str:
    return f"{count:,} photo{'' if count == 1 else 's'}"


def _data_sets(found: Survey) -> Markup:
    rows = []
    for one in found.sets:
        here = [photo for photo in found.photos if photo.record.data_set == one.name]
        on_disk = sum(record.path is not None for record in one.records)
        rows.append(
            (
                one.name,
                len(one.records),
                on_disk,
                sum(not photo.left_out for photo in here),
                sum(bool(photo.left_out) for photo in here),
                on_disk - len(here),
                len({photo.group for photo in here if not photo.left_out}),
            )
        )
    columns = ("Data set", "Rows", "Photos here", "Used", "Left out", "Broken", "Groups")
    return html.joined(
        (
            html.table("What was found", columns, rows),
            html.paragraph(
                "A group is a patient, else a lesion, else photos that show the same picture; it "
                "is on one side of the split only.",
                "soft",
            ),
        )
    )


def _counts(used: Sequence[Photo]) -> Markup:
    counts = Counter((one.record.data_set, one.record.label, one.split) for one in used)
    rows: list[Heading] = []
    for name in sorted({data_set for data_set, _, _ in counts}):
        labels = _order({label for data_set, label, _ in counts if data_set == name})
        lines = []
        for label in labels:
            by_split = [counts[name, label, split] for split in SPLITS]
            lines.append((label, *by_split, sum(by_split)))
        totals = [sum(line[place] for line in lines) for place in range(1, 5)]
        rows.append((name, [*lines, ("all", *totals)]))
    columns = ("Label", "Train", "Validation", "Test", "All")
    return html.table("Photos by label and side", columns, rows)


def _missing(sets: Sequence[DataSet]) -> Markup:
    parts = [
        html.paragraph(
            "Part of the rows, with a photo here or without, in which a column is empty or "
            "unknown. Where that differs between labels, a model that sees 'missing' as a value "
            "reads the label from it and looks better than it is: drop the column, or fill it by "
            "draws that don't depend on the label."
        )
    ]
    for one in sets:
        found = missing_by_label(one)
        if not found:
            parts.append(html.paragraph(f"{one.name}: nothing is missing, or nothing is asked."))
            continue
        telling, labels = telling_columns(one), list(next(iter(found.values())))
        if telling:
            parts.append(
                html.paragraph(
                    f"{one.name}: being missing gives the label away in {', '.join(telling)}.",
                    "note",
                )
            )
        lines = [
            (column, *(_shaded(part) for part in by_label.values()),
             f"{100 * (max(by_label.values()) - min(by_label.values())):.0f}")
            for column, by_label in found.items()
        ]  # fmt: skip
        parts.append(
            html.table(
                f"{one.name}: missing, by label", ("Column", *labels, "Spread, points"), lines
            )
        )
    return html.joined(parts)


def _shaded(part: float) -> Markup:
    return Markup(f'<span class="s{round(10 * part)}">&nbsp;{part:.0%}&nbsp;</span>')


def _people(used: Sequence[Photo]) -> Markup:
    return html.joined(
        (
            _by_data_set("Age in years", used, _age, [name for _, name in _AGES] + ["80 and over"]),
            _by_data_set(
                "Sex", used, lambda one: one.record.facts.sex or _UNKNOWN, ["female", "male"]
            ),
            _by_data_set("Fitzpatrick skin type", used, _skin_type, list(_SKIN)),
            html.paragraph(skin_type_sentence(used), "note"),
            _by_data_set("Site", used, _site, []),
            _by_data_set("What the diagnosis rests on", used, _proof, []),
        )
    )


def _age(photo: Photo) -> str:
    age = photo.record.facts.age
    if age is None:
        return _UNKNOWN
    return next((name for limit, name in _AGES if age < limit), "80 and over")


def _skin_type(photo: Photo) -> str:
    known = photo.record.facts.skin_type
    return _SKIN[known - 1] if known else _UNKNOWN


def _site(photo: Photo) -> str:
    return (photo.record.facts.site or _UNKNOWN).replace("_", " ")


def _proof(photo: Photo) -> str:
    return {True: "histology", False: "other: a clinician, follow-up, confocal"}.get(
        photo.record.proven, _UNKNOWN
    )


def _by_data_set(
    title: str, used: Sequence[Photo], value: Callable[[Photo], str], first: list[str]
) -> Markup:
    counts = Counter((value(photo), photo.record.data_set) for photo in used)
    sets = sorted({photo.record.data_set for photo in used})
    present = {name for name, _ in counts}
    names = [*first, *sorted(present - {*first, _UNKNOWN}), *sorted(present & {_UNKNOWN})]
    rows = [(name, *(counts[name, one] for one in sets)) for name in names]
    return html.table(title, (title, *sets), rows)


def _sizes(used: Sequence[Photo]) -> Markup:
    sizes = Counter((one.record.data_set, one.size) for one in used)
    common: list[Heading] = []
    for name in sorted({data_set for data_set, _ in sizes}):
        here = [(size, n) for (data_set, size), n in sizes.items() if data_set == name]
        here.sort(key=lambda item: (-item[1], item[0]))
        lines = [(f"{width} x {height}", count) for (width, height), count in here[:5]]
        if here[5:]:
            lines.append((f"{len(here) - 5} other sizes", sum(count for _, count in here[5:])))
        common.append((name, lines))
    return html.joined(
        (
            _by_data_set("Kind", used, lambda one: one.record.kind, []),
            html.table("Size in pixels", ("Width x height", "Photos"), common),
        )
    )


def _duplicates(found: Survey) -> Markup:
    pairs = [(found.photos[one], found.photos[other]) for one, other in found.same]
    across = [pair for pair in pairs if pair[0].record.identity != pair[1].record.identity]
    twice = [pair for pair in pairs if pair[0].record.label != pair[1].record.label]
    parts = [
        html.paragraph(
            f"{len(pairs):,} pairs of photos show the same picture; {len(across):,} of them under "
            f"two patients or lesions, {len(twice):,} under two labels."
        )
    ]
    for title, chosen in (("Under two patients or lesions", across), ("Two labels", twice)):
        if chosen:
            rows = [
                (one.file, other.file, f"{one.record.label}, {other.record.label}",
                 f"{one.split}, {other.split}")
                for one, other in chosen[:_LISTED]
            ]  # fmt: skip
            columns = ("Photo", "Photo", "Labels", "Sides")
            parts.append(html.table(title, columns, rows, text_columns=4))
            parts.append(_rest(len(chosen)))
    return html.joined(parts)


def _left_out(found: Survey) -> Markup:
    lines: list[Problem] = [
        Problem(photo.record.data_set, photo.file, photo.left_out)
        for photo in found.photos
        if photo.left_out
    ]
    lines += found.problems
    absent = [
        (one.name, absent)
        for one in found.sets
        if (absent := sum(record.path is None for record in one.records))
    ]
    parts = [
        html.paragraph(f"{name}: {count:,} rows of the table have no photo here.")
        for name, count in absent
    ]
    if lines:
        rows = [(one.what, one.data_set, one.reason) for one in lines[:_LISTED]]
        columns = ("What", "Data set", "Why")
        parts.append(html.table("Not used", columns, rows, text_columns=3))
    else:
        parts.append(html.paragraph("No file is broken, no label unknown, no photo left out."))
    parts.append(_rest(len(lines)))
    return html.joined(parts)


def _rest(count: int) -> Markup:
    more = count - _LISTED
    return html.paragraph(f"And {more:,} more: see manifest.json." if more > 0 else "", "soft")
