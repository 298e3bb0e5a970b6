"""Results from files: looked at first, entered whole or not at all."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from triage import pathology_import
from triage.models import Case, PathologyResult, PathologySource, Specimen
from triage.pathology_import import Unreadable

pytestmark = pytest.mark.django_db
HEADER = "reference,diagnosis,reported_on,taken_on,specimen,laboratory_number,report\n"


def parse(people, text: str) -> pathology_import.Parsed:
    return pathology_import.parse(reader=people.dermatologist, content=text.encode())


def line(case: Case, diagnosis: str = "Melanoma", number: str = "P-1") -> str:
    return (
        f'{case.reference.lower()},{diagnosis},2026-10-01,2026-09-20,punch,{number},"So, it is."\n'
    )


def test_a_csv_file_is_read_by_the_names_of_its_columns(people, case):
    parsed = parse(people, "\ufeff" + HEADER + line(case))
    (row,) = parsed.fresh
    assert (row.reference, row.result.diagnosis) == (case.reference, "MEL")
    assert row.result.specimen == Specimen.PUNCH
    assert row.result.report == "So, it is."
    assert PathologyResult.objects.count() == 0, "looking changes nothing"
    assert pathology_import.enter_all(actor=people.dermatologist, parsed=parsed) == 1
    assert PathologyResult.objects.get().source == PathologySource.CSV


def test_semicolons_part_columns_too(people, case):
    text = f"Reference;Diagnosis;Reported_on\n{case.reference};BCC;2026-10-01\n"
    assert parse(people, text).fresh[0].result.diagnosis == "BCC"


def test_a_file_that_was_entered_is_passed_over_the_second_time(people, case):
    text = HEADER + line(case)
    pathology_import.enter_all(actor=people.dermatologist, parsed=parse(people, text))
    again = parse(people, text)
    assert (again.fresh, again.wrong) == ((), ())
    assert pathology_import.enter_all(actor=people.dermatologist, parsed=again) == 0


def test_one_wrong_row_keeps_the_whole_file_out_and_is_named(people, case):
    text = HEADER + line(case) + "2222-2222-2222,Melanoma,2026-10-01,,,,\n" + (
        f"{case.reference},Toothache,01.10.2026,,,,\n"
    )  # fmt: skip
    parsed = parse(people, text)
    assert [row.number for row in parsed.wrong] == [3, 4]
    assert "reference" in parsed.wrong[0].problems[0]
    assert any("2026-11-20" in problem for problem in parsed.wrong[1].problems)
    with pytest.raises(Unreadable):
        pathology_import.enter_all(actor=people.dermatologist, parsed=parsed)
    assert PathologyResult.objects.count() == 0


def test_a_number_that_comes_twice_in_a_file_is_wrong(people, case):
    parsed = parse(people, HEADER + line(case) + line(case, "NV"))
    assert [row.number for row in parsed.wrong] == [3]


def test_another_clinic_s_case_is_as_unknown_as_none(people, case):
    content = (HEADER + line(case)).encode()
    parsed = pathology_import.parse(reader=people.outsider, content=content)
    assert len(parsed.wrong) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"a,b,c\n1,2,3\n", HEADER.encode(), b"{", b'{"resourceType": "Patient"}',
     b"{" * 100_000, b"x" * 1_000_001],
)  # fmt: skip
def test_what_is_no_such_file_is_refused_with_the_reason(people, content):
    with pytest.raises(Unreadable) as problem:
        pathology_import.parse(reader=people.dermatologist, content=content)
    assert str(problem.value)


def bundle(case: Case, **changes: object) -> str:
    report = {
        "resourceType": "DiagnosticReport", "status": "final", "code": {"text": "Histology"},
        "identifier": [{"system": "urn:lesion-portal:laboratory-number", "value": "P-7"}],
        "basedOn": [{"identifier": {"system": "urn:lesion-portal:case", "value": case.reference}}],
        "effectiveDateTime": "2026-09-20", "issued": "2026-10-01T09:00:00Z",
        "conclusion": "Superficial spreading melanoma.",
        "conclusionCode": [{"coding": [{"system": "http://snomed.info/sct", "code": "93655004"}]}],
        **changes,
    }  # fmt: skip
    entry = [{"resource": report}]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry})


def test_a_fhir_bundle_of_reports_is_read(people, case):
    parsed = parse(people, bundle(case))
    (row,) = parsed.fresh
    assert (row.reference, row.result.diagnosis) == (case.reference, "MEL")
    assert str(row.result.reported_on) == "2026-10-01"
    assert str(row.result.taken_on) == "2026-09-20"
    assert row.result.laboratory_number == "P-7"
    pathology_import.enter_all(actor=people.dermatologist, parsed=parsed)
    assert PathologyResult.objects.get().source == PathologySource.FHIR


def test_what_no_database_takes_is_left_out_of_a_report(people, case):
    parsed = parse(people, bundle(case, conclusion="Melanoma\0, in situ."))
    pathology_import.enter_all(actor=people.dermatologist, parsed=parsed)
    assert PathologyResult.objects.get().report == "Melanoma, in situ."


def test_a_report_that_is_not_final_is_not_entered(people, case):
    (row,) = parse(people, bundle(case, status="preliminary")).wrong
    assert "preliminary" in row.problems[0]


def test_a_code_of_two_conditions_is_asked_about(people, case):
    coding = [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "C44"}]}]
    (row,) = parse(people, bundle(case, conclusionCode=coding)).wrong
    assert row.problems == ("diagnosis, ‘C44’: Choose what was found.",)


def test_a_code_that_nobody_here_knows_is_quoted(people, case):
    codings = [{"system": "http://snomed.info/sct", "code": code} for code in ("1", "22")]
    (row,) = parse(people, bundle(case, conclusionCode=[{"coding": codings}])).wrong
    assert row.problems == ("diagnosis, ‘1, 22’: Choose what was found.",)
    (row,) = parse(people, bundle(case, conclusionCode=[])).wrong
    assert row.problems == ("diagnosis: Choose what was found.",)


def test_a_code_is_never_read_for_a_name_because_it_is_quoted(people, case):
    coding = [{"coding": [{"system": "urn:another", "code": "melanoma"}]}]
    assert parse(people, bundle(case, conclusionCode=coding)).wrong


def test_the_example_of_the_docs_is_read(people, case):
    page = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
    example = re.search(r"## Pathology as FHIR.*?```json\n(.*?)```", page, re.DOTALL)[1]
    (row,) = parse(people, example.replace("B2C3-D4F5-G6H7", case.reference)).fresh
    assert (row.reference, row.result.diagnosis) == (case.reference, "MEL")
    assert row.result.laboratory_number == "H26-1017"


# The first bundle costs a second: its library is loaded then.
@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: (HEADER + text).encode()))
@example(b"0\r0")
@example(b'{"resourceType": "Bundle"}')
@example(f"{HEADER}\0,\0,\0".encode())
def test_any_file_is_read_or_refused_and_never_breaks(people, content):
    try:
        parsed = pathology_import.parse(reader=people.dermatologist, content=content)
    except Unreadable:
        return
    assert not parsed.fresh, "no case of these is known"


def test_a_reference_typed_small_and_without_dashes_is_found(people, case):
    typed = case.reference.replace("-", "").lower()
    (row,) = parse(people, f"reference,diagnosis,reported_on\n{typed},BCC,2026-10-01\n").fresh
    assert row.reference == case.reference


def test_a_wrong_cell_is_quoted_and_a_bad_day_is_said_once(people, case):
    text = HEADER + f"{case.reference},Toothache,01.10.2026,,,,\n"
    (row,) = parse(people, text).wrong
    days = [one for one in row.problems if one.startswith("reported_on")]
    assert len(days) == 1 and "01.10.2026" in days[0]
    assert [one for one in row.problems if "Toothache" in one]
    assert len(row.problems) == 2


def test_a_day_that_is_missing_is_asked_for_without_a_quotation(people, case):
    (row,) = parse(people, HEADER + f"{case.reference},BCC,,,,,\n").wrong
    assert row.problems == ("reported_on: Enter the day of the report.",)
