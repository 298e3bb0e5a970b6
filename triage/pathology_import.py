"""Pathology results from a file: CSV with a header, or a FHIR R4 bundle of DiagnosticReports.

Reading changes nothing: it says of each row what it would enter, or what is wrong with it. Only a
file without a wrong row is entered, all of it in one transaction.
"""

import csv
import json
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from portal.accounts.models import User
from triage import conditions, pathology
from triage.csv_rows import rows_of
from triage.models import PathologyResult, PathologySource, Specimen
from triage.models.case import as_reference
from triage.pathology import Result
from triage.permissions import visible_cases

ROWS_MAX = 2_000
BYTES_MAX = 1_000_000
COLUMNS = ("reference", "diagnosis", "reported_on", "taken_on", "specimen", "laboratory_number",
           "report")  # fmt: skip
REQUIRED = COLUMNS[:3]
CELL = 40  # characters of a wrong one that are quoted


class Unreadable(Exception):
    """This file can't be read; the message says why and what to do."""


@dataclass(frozen=True)
class Row:
    number: int  # in the file, as its sender counts
    reference: str
    result: Result | None  # None where there are problems
    problems: tuple[str, ...] = ()
    known: bool = False  # on record already: passed over


@dataclass(frozen=True)
class Parsed:
    source: PathologySource
    rows: tuple[Row, ...]

    @property
    def wrong(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.problems)

    @property
    def fresh(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.problems and not row.known)


def parse(*, reader: User, content: bytes) -> Parsed:
    """What the file says, checked against the cases that `reader` may see. Raises Unreadable."""
    if len(content) > BYTES_MAX:
        raise Unreadable(_("The file is larger than 1 MB: split it."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(_("The file is not UTF-8 text: save it as ‘CSV UTF-8’.")) from None
    is_json = text.lstrip().startswith("{")
    source = PathologySource.FHIR if is_json else PathologySource.CSV
    raw = _from_fhir(text) if is_json else _from_csv(text)
    if not raw:
        raise Unreadable(_("There is no result in the file."))
    if len(raw) > ROWS_MAX:
        raise Unreadable(_("The file has more than 2,000 results: split it."))
    wanted = {as_reference(values["reference"]) for _n, values, _p in raw}
    cases = visible_cases(reader).filter(reference__in=wanted)
    numbers = PathologyResult.objects.filter(case__in=cases).exclude(laboratory_number="")
    known = set(numbers.values_list("case__reference", "laboratory_number"))
    references = set(cases.values_list("reference", flat=True))
    return Parsed(source, _named_once([_row(*one, references, known) for one in raw]))


def _named_once(rows: list[Row]) -> tuple[Row, ...]:
    """A laboratory number that comes twice for one case: the second is wrong."""
    seen: set[tuple[str, str]] = set()
    checked = []
    for row in rows:
        number = row.result.laboratory_number if row.result else ""
        twice = bool(number) and (row.reference, number) in seen
        seen.add((row.reference, number))
        again = (_("This laboratory number stands in the file before."),)
        checked.append(replace(row, result=None, problems=again) if twice else row)
    return tuple(checked)


def enter_all(*, actor: User, parsed: Parsed) -> int:
    """Enter every fresh row, or none; how many. Raises Unreadable where a row is wrong."""
    if parsed.wrong:
        raise Unreadable(_("Some rows are wrong: nothing was entered."))
    with transaction.atomic():
        for row in parsed.fresh:
            pathology.enter(
                actor=actor, reference=row.reference, result=row.result, source=parsed.source
            )
    return len(parsed.fresh)


Raw = tuple[int, dict[str, str], tuple[str, ...]]  # number, columns, what is wrong already


def _from_csv(text: str) -> list[Raw]:
    try:
        rows = list(rows_of(text))
    except csv.Error as problem:
        raise Unreadable(_("This can't be read as CSV: %s.") % problem) from problem
    header = [name.strip().lower() for name in rows[0][1]] if rows else []
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        expected = _("The first line must name the columns: %(columns)s. Missing: %(missing)s.")
        raise Unreadable(expected % {"columns": ", ".join(COLUMNS), "missing": ", ".join(missing)})
    return [
        (line, _named(dict(zip(header, cells, strict=False))), ())
        for line, cells in rows[1:]
        if any(cell.strip() for cell in cells)
    ]


def _named(cells: dict[str, str]) -> dict[str, str]:
    """Every column, '' where it is not said. NUL is no text, and no database takes it."""
    return {name: cells.get(name, "").replace("\0", "").strip() for name in COLUMNS}


def _from_fhir(text: str) -> list[Raw]:
    """Each DiagnosticReport of a bundle; the case's reference is its `basedOn` or an identifier
    of the system `urn:lesion-portal:case`."""
    # only an import needs it, and it costs a second to load
    from fhir.resources.R4B.bundle import Bundle
    from fhir.resources.R4B.diagnosticreport import DiagnosticReport
    from pydantic import ValidationError

    try:
        data = json.loads(text)
        if data.get("resourceType") == "DiagnosticReport":
            reports = [DiagnosticReport.model_validate(data)]
        else:
            bundle = Bundle.model_validate(data)
            found = [entry.resource for entry in bundle.entry or []]
            reports = [one for one in found if isinstance(one, DiagnosticReport)]
    except (json.JSONDecodeError, RecursionError):
        raise Unreadable(_("This is not JSON.")) from None
    except (ValidationError, AttributeError) as problem:
        raise Unreadable(_("This is not a FHIR R4 bundle: %s") % _first(problem)) from problem
    return [(number, *_report(report)) for number, report in enumerate(reports, start=1)]


CASE_SYSTEM = "urn:lesion-portal:case"
LABORATORY_SYSTEM = "urn:lesion-portal:laboratory-number"


def _report(report) -> tuple[dict[str, str], tuple[str, ...]]:
    identifiers = list(report.identifier or [])
    based = [one.identifier for one in report.basedOn or [] if one.identifier]
    reference = next((one.value for one in (*based, *identifiers) if one.system == CASE_SYSTEM), "")
    number = next((one.value for one in identifiers if one.system != CASE_SYSTEM), "")
    codes = [coding for one in report.conclusionCode or [] for coding in one.coding or []]
    taken = getattr(report, "effectiveDateTime", None)
    wrong = () if report.status in ("final", "amended", "corrected") else (
        _("The report's status is ‘%s’: only final reports are entered.") % report.status,
    )  # fmt: skip
    return _named({
        "reference": reference or "",
        "diagnosis": next(filter(None, map(_code_of, codes)), "") or _as_sent(codes),
        "reported_on": str(report.issued.date()) if report.issued else "",
        "taken_on": str(taken)[:10] if taken else "",
        "laboratory_number": number or "",
        "report": report.conclusion or "",
    }), wrong  # fmt: skip


def _code_of(coding) -> str:
    """The condition that a SNOMED CT or ICD-10 coding, or our own code, names."""
    for condition in conditions.CONDITIONS:
        if coding.code and coding.code in (condition.code, condition.snomed):
            return condition.code
    fitting = [c.code for c in conditions.CONDITIONS if c.icd10 and c.icd10 == coding.code]
    return fitting[0] if len(fitting) == 1 else ""  # C44 is two of them


def _as_sent(codes) -> str:
    """Codes of which none decides, to be quoted: '12345678, C44'. Never one that would be read."""
    text = ", ".join(one.code for one in codes if one.code)
    return "" if conditions.find(_diagnosis(text)) else text


def _first(problem: Exception) -> str:
    errors = getattr(problem, "errors", None)
    if errors is None:
        return type(problem).__name__
    first = errors()[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _row(
    number: int, values: dict[str, str], wrong: tuple[str, ...],
    references: set[str], known: set[tuple[str, str]],
) -> Row:  # fmt: skip
    reference = as_reference(values["reference"])
    problems = list(wrong)
    unread: set[str] = set()  # days that are said to be none: not said to be missing too
    if reference not in references:
        text = _("reference: no case of your clinic has the reference ‘%(cell)s’.")
        problems.append(text % {"cell": _cell(values["reference"])})
    result = Result(
        diagnosis=_diagnosis(values["diagnosis"]),
        reported_on=_day(values, "reported_on", problems, unread),
        taken_on=_day(values, "taken_on", problems, unread),
        specimen=values["specimen"].lower() or Specimen.OTHER,
        report=values["report"], laboratory_number=values["laboratory_number"],
    )  # fmt: skip
    try:
        pathology.check(result)
    except pathology.Incomplete as incomplete:
        found = incomplete.problems.items()
        problems += [_about(field, what, values) for field, what in found if field not in unread]
    there = (reference, result.laboratory_number) in known
    return Row(number, reference, None if problems else result, tuple(problems), known=there)


def _diagnosis(text: str) -> str:
    """A condition by code, name or SNOMED CT concept; as written where nothing fits."""
    wanted = text.strip().casefold()
    for condition in conditions.CONDITIONS:
        names = {condition.code.casefold(), condition.name.casefold(), condition.snomed} - {""}
        if wanted in names:
            return condition.code
    return text.strip()


def _day(
    values: dict[str, str], name: str, problems: list[str], unread: set[str]
) -> date | None:  # fmt: skip
    if not values[name]:
        return None
    try:
        return date.fromisoformat(values[name])
    except ValueError:
        unread.add(name)
        text = _("%(name)s: ‘%(cell)s’ can’t be read. Write the day as 2026-11-20.")
        problems.append(text % {"name": name, "cell": _cell(values[name])})
        return None


def _about(field: str, what: str, values: dict[str, str]) -> str:
    """What is wrong with a column, and what stands in it."""
    if not values[field]:
        return f"{field}: {what}"
    text = _("%(name)s, ‘%(cell)s’: %(problem)s")
    return text % {"name": field, "cell": _cell(values[field]), "problem": what}


def _cell(text: str) -> str:
    return text if len(text) <= CELL else f"{text[:CELL]}…"
