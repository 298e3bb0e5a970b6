"""The list of places and the gazetteer as CSV: read, checked row by row, imported whole or not at
all, written out again in the same columns."""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.audit.export import safe_cell
from portal.audit.ledger import record
from triage import places
from triage.csv_rows import rows_of
from triage.models import Locality, Offer, Place

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PLACE_COLUMNS = ("name", "address", "postcode", "latitude", "longitude", "phone", "website",
                 *DAYS, "offers", "walk_in")  # fmt: skip
LOCALITY_COLUMNS = ("name", "postcode", "latitude", "longitude")
NEEDED = {"name", "latitude", "longitude"}
ROWS = 20_000
BYTES = 900_000  # it travels back in the form that confirms
_YES = ("yes", "y", "true", "1")
_NO = ("no", "n", "false", "0", "")
_OFFERS = {str(code).lower(): code for code in Offer.values}


@dataclass(frozen=True)
class Problem:
    """What is wrong with one row, or with the file where `row` is 0."""

    row: int  # as a spreadsheet counts: the headings are row 1
    text: str


@dataclass(frozen=True)
class Row:
    """One checked row: what it says, and what importing it would do."""

    number: int
    fields: Mapping[str, Any]
    existing: int | None = None  # primary key of the row of ours with the same name and postcode
    differs: tuple[str, ...] = ()  # fields that importing would change


@dataclass(frozen=True)
class Reading:
    """A file as it was read. With problems, none of it is imported."""

    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def new(self) -> list[Row]:
        return [row for row in self.rows if row.existing is None]

    @property
    def changed(self) -> list[Row]:
        return [row for row in self.rows if row.existing is not None and row.differs]

    @property
    def same(self) -> list[Row]:
        return [row for row in self.rows if row.existing is not None and not row.differs]


class NotImported(Exception):
    """The file has problems, so nothing of it was imported."""


# -- reading --------------------------------------------------------------------------------------
def text_of(content: bytes) -> str:
    """As a spreadsheet saves it: UTF-8, with or without its mark, else Windows' own letters."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_places(text: str) -> Reading:
    return _read(text, PLACE_COLUMNS, Place, _place, _known_places)


def read_localities(text: str) -> Reading:
    return _read(text, LOCALITY_COLUMNS, Locality, _locality, _known_localities)


def _read(text: str, columns: tuple[str, ...], model: Any, made: Any, known: Any) -> Reading:
    try:
        lines = [cells for _line, cells in rows_of(text)]
    except csv.Error:
        return Reading(problems=[Problem(0, _("This is not a CSV file."))])
    if not lines:
        return Reading(problems=[Problem(0, _("The file is empty."))])
    headings = [heading.strip().lower().replace(" ", "_") for heading in lines[0]]
    if missing := NEEDED - set(headings):
        text = _("These columns are missing: %(names)s.") % {"names": ", ".join(sorted(missing))}
        return Reading(problems=[Problem(1, text)])
    if unknown := [heading for heading in headings if heading not in columns]:
        text = _("These columns are not known: %(names)s.") % {"names": ", ".join(unknown)}
        return Reading(problems=[Problem(1, text)])
    if len(lines) > ROWS + 1:
        return Reading(problems=[Problem(0, _("The file has more than %d rows.") % ROWS)])
    rows, problems = _rows(lines[1:], headings, model, made)
    ours = known()
    return Reading([_compared(row, ours) for row in rows], problems)


def _rows(
    lines: list[list[str]], headings: list[str], model: Any, made: Any
) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    seen: dict[tuple[str, str], int] = {}
    for number, line in enumerate(lines, start=2):
        if not any(cell.strip() for cell in line):
            continue
        said = {name: _said(cell) for name, cell in zip(headings, line, strict=False)}
        wrong: list[str] = []
        if len(line) > len(headings):
            wrong.append(_("It has more cells than there are columns."))
        fields = made(said, wrong)
        wrong += _invalid(model, fields)
        key = _key(fields)
        if key in seen:
            wrong.append(_("It repeats row %d.") % seen[key])
        seen.setdefault(key, number)
        problems += [Problem(number, text) for text in wrong]
        rows.append(Row(number, fields))
    return rows, problems


def _said(cell: str) -> str:
    """Without the mark that `write_places` puts before what looks like a formula."""
    cell = cell.strip()
    return cell[1:] if safe_cell(cell[1:]) == cell else cell


def _place(said: Mapping[str, str], wrong: list[str]) -> dict[str, Any]:
    named = [part.strip() for part in said.get("offers", "").replace("|", ";").split(";")]
    offers = [_OFFERS.get(name.lower().replace(" ", "_")) for name in named if name]
    unknown = [n for n in named if n and n.lower().replace(" ", "_") not in _OFFERS]
    if unknown:
        known = ", ".join(Offer.values)
        wrong.append(
            _("offers: “%(said)s” is not known. There are: %(known)s.")
            % {"said": ", ".join(unknown), "known": known}
        )
    walk_in = said.get("walk_in", "").lower()
    if walk_in not in (*_YES, *_NO):
        wrong.append(_("walk_in: write yes or no."))
    return {
        **_where(said, wrong),
        "address": said.get("address", ""),
        "phone": said.get("phone", ""),
        "website": said.get("website", ""),
        "opening": [said.get(day, "") for day in DAYS],
        "offers": [offer for offer in offers if offer],
        "walk_in": walk_in in _YES,
    }


def _locality(said: Mapping[str, str], wrong: list[str]) -> dict[str, Any]:
    return _where(said, wrong)


def _where(said: Mapping[str, str], wrong: list[str]) -> dict[str, Any]:
    return {
        "name": said.get("name", ""),
        "postcode": said.get("postcode", "").upper(),
        "latitude": _degrees(said, "latitude", 90, wrong),
        "longitude": _degrees(said, "longitude", 180, wrong),
    }


def _degrees(said: Mapping[str, str], name: str, limit: int, wrong: list[str]) -> float:
    try:
        degrees = float(said.get(name, "").replace(",", "."))
    except ValueError:
        degrees = math.nan
    if not -limit <= degrees <= limit:  # NaN fails too
        text = _("%(name)s: write degrees from -%(limit)d to %(limit)d, such as 51.5.")
        wrong.append(text % {"name": name, "limit": limit})
        return 0.0
    return degrees


def _invalid(model: Any, fields: Mapping[str, Any]) -> list[str]:
    try:
        model(**fields).clean_fields()
    except ValidationError as error:
        return [f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items()]
    return []


def _key(fields: Mapping[str, Any]) -> tuple[str, str]:
    return fields["name"].lower(), fields["postcode"].upper().replace(" ", "")


# -- against what is there ------------------------------------------------------------------------
def _known_places() -> dict[tuple[str, str], Place]:
    return {(place.name.lower(), place.postcode_key): place for place in Place.objects.all()}


def _known_localities() -> dict[tuple[str, str], Locality]:
    return {(one.name_key, one.postcode_key): one for one in Locality.objects.all()}


def _compared(row: Row, known: Mapping[tuple[str, str], models.Model]) -> Row:
    existing = known.get(_key(row.fields))
    if existing is None:
        return row
    differs = [name for name, value in row.fields.items() if getattr(existing, name) != value]
    if getattr(existing, "removed_at", None) is not None:
        differs.append("removed_at")
    return Row(row.number, row.fields, existing.pk, tuple(differs))


# -- importing ------------------------------------------------------------------------------------
def import_places(*, actor: User | str, text: str) -> Reading:
    """All of the file in one transaction. Raises NotAllowed, NotImported."""
    places.check(actor)
    with transaction.atomic():
        reading = read_places(text)
        if reading.problems:
            raise NotImported
        for row in reading.new:
            places.add(actor=actor, fields=row.fields)
        for row in reading.changed:
            place = Place.objects.get(pk=row.existing)
            places.change(actor=actor, place=place, fields=row.fields)
            if place.removed_at is not None:
                places.put_back(actor=actor, place=place)
        record(actor=actor, action="places.imported", object_type="place",
               added=len(reading.new), changed=len(reading.changed))  # fmt: skip
    return reading


def import_localities(*, actor: User | str, text: str) -> Reading:
    """All of the file in one transaction; what it doesn't name stays. Raises NotAllowed,
    NotImported."""
    places.check(actor)
    with transaction.atomic():
        reading = read_localities(text)
        if reading.problems:
            raise NotImported
        Locality.objects.bulk_create(Locality(**row.fields) for row in reading.new)
        Locality.objects.bulk_update(
            [Locality(pk=row.existing, **row.fields) for row in reading.changed],
            ["name", "postcode", "latitude", "longitude"],
            batch_size=500,
        )
        record(actor=actor, action="gazetteer.imported", object_type="locality",
               added=len(reading.new), changed=len(reading.changed))  # fmt: skip
    return reading


# -- writing out ----------------------------------------------------------------------------------
def write_places() -> str:
    """The places that are listed, safe in a spreadsheet, in the columns of `read_places`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(PLACE_COLUMNS)
    for place in Place.objects.standing().order_by("name", "pk"):
        writer.writerow(
            [*map(safe_cell, (place.name, place.address, place.postcode)),
             place.latitude, place.longitude,  # numbers: "-1.5" is no formula
             *map(safe_cell, (place.phone, place.website, *place.opening)),
             "; ".join(place.offers), "yes" if place.walk_in else "no"]
        )  # fmt: skip
    return out.getvalue()
