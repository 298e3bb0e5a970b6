"""Erasure: nothing that leads to the patient is left, the rest is untouched, the chain is valid."""

import uuid
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import psycopg2
import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record
from portal.audit.models import Entry
from portal.audit.verification import verify
from tests import cast
from tests.triage.records import answer, everything_about
from triage import belongings, erasure, my_data, pathology, patients
from triage.models import (
    Assessment,
    Case,
    Erasure,
    ErasureGround,
    PathologyResult,
    PathologySource,
    Patient,
    Photo,
    Review,
)

pytestmark = pytest.mark.django_db


def asked(people: cast.Cast, **how) -> Erasure:
    patient = patients.patient_of(people.patient)
    return erasure.ask(actor=people.patient, patient=patient, **how)


# -- what stands against it -----------------------------------------------------------------------


def test_a_case_sent_after_the_withdrawal_is_not_erased_unread(people):
    cast.send_case(people.patient)
    request = asked(people, open_cases_too=True)
    later = cast.send_case(people.patient)
    with pytest.raises(erasure.CasesWait):
        erasure.carry_out(actor=people.administrator, request=request)
    assert erasure.standing(later.patient).waiting == 1


def result_for(case: Case, reader: User, **how) -> PathologyResult:
    return PathologyResult.objects.create(
        case=case, lesion=case.lesion, diagnosis="NV", reported_on=timezone.localdate(),
        source=PathologySource.ENTERED, entered_by=reader, entered_at=timezone.now(), **how,
    )  # fmt: skip


@pytest.mark.parametrize("withdrawn", [False, True])
def test_a_result_that_nobody_told_the_patient_keeps_the_record(people, withdrawn):
    case = cast.send_case(people.patient)
    answer(people, case)
    request = asked(people, open_cases_too=withdrawn)
    result = result_for(case, people.dermatologist)
    with pytest.raises(erasure.ResultWaits):
        erasure.carry_out(actor=people.administrator, request=request)
    assert erasure.standing(case.patient).untold == 1
    approve(request)
    with pytest.raises(DatabaseError, match="not been told"), transaction.atomic():
        call(case.patient_id)
    pathology.tell(actor=people.dermatologist, result=result, text="Come in this week.")
    assert erasure.standing(case.patient).ready
    erasure.carry_out(actor=people.administrator, request=request)
    assert not Case.objects.filter(pk=case.pk).exists()


def test_a_result_that_was_corrected_waits_as_its_correction(people):
    case = cast.send_case(people.patient)
    answer(people, case)
    wrong = result_for(case, people.dermatologist)
    right = result_for(case, people.dermatologist, corrects=wrong)
    assert erasure.standing(case.patient).untold == 1
    pathology.tell(actor=people.dermatologist, result=right, text="It is harmless.")
    erasure.carry_out(actor=people.administrator, request=asked(people))
    assert not Case.objects.filter(pk=case.pk).exists()


def test_a_result_for_a_withdrawn_case_waits_if_it_was_there_before(people):
    case = cast.send_case(people.patient)
    result_for(case, people.dermatologist)
    request = asked(people, open_cases_too=True)
    with pytest.raises(erasure.ResultWaits):
        erasure.carry_out(actor=people.administrator, request=request)


def test_a_result_that_comes_for_a_withdrawn_case_keeps_nothing(people):
    case = cast.send_case(people.patient)
    request = asked(people, open_cases_too=True)
    result_for(case, people.dermatologist)
    erasure.carry_out(actor=people.administrator, request=request)
    assert not Case.objects.filter(pk=case.pk).exists()


def test_a_result_in_an_old_backup_does_not_keep_who_was_erased_before(people):
    case = cast.send_case(people.patient)
    answer(people, case)
    result_for(case, people.dermatologist)
    again(case.patient_id, yes=True)
    assert not Case.objects.filter(pk=case.pk).exists()


def test_who_has_worked_here_is_not_erased_with_other_people_s_records(people):
    with transaction.atomic():
        record(actor=people.patient, action="user.logged_in")
        Entry.objects.bulk_create(
            [Entry(actor_id=people.patient.pk, actor_role="dermatologist", action="case.viewed")]
        )
    request = asked(people)
    with pytest.raises(erasure.WorkedHere):
        erasure.carry_out(actor=people.administrator, request=request)
    approve(request)
    with pytest.raises(DatabaseError, match="worked here"), transaction.atomic():
        call(request.patient_number)


# -- the database's own guard ---------------------------------------------------------------------
def approve(request: Erasure) -> None:
    Erasure.objects.filter(pk=request.pk).update(approved_at=timezone.now())


def call(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT triage_erase(%s)", [number])


def test_the_database_erases_nobody_without_an_approved_request(people):
    request = asked(people)
    for number in (request.patient_number, patients.patient_of(people.patient2).pk, 10**9):
        with pytest.raises(DatabaseError), transaction.atomic():
            call(number)
    assert Patient.objects.count() == 2


def test_the_database_keeps_holds_and_open_cases_itself(people):
    patient = patients.patient_of(people.patient)
    cast.send_case(people.patient)
    request = asked(people)
    approve(request)
    with pytest.raises(DatabaseError, match="waits for its answer"), transaction.atomic():
        call(patient.pk)
    asked(people, open_cases_too=True)
    hold = erasure.place_hold(
        actor=people.administrator, patient=patient, ground="claim", reason="Claim"
    )
    with pytest.raises(DatabaseError, match="legal hold"), transaction.atomic():
        call(patient.pk)
    erasure.lift_hold(actor=people.administrator, hold=hold, reason="closed")
    call(patient.pk)


def test_a_request_is_never_turned_into_another_s_or_lost(people):
    request = asked(people)
    other = patients.patient_of(people.patient2).pk
    with pytest.raises(IntegrityError), transaction.atomic():
        Erasure.objects.filter(pk=request.pk).update(patient_number=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        Erasure.objects.filter(pk=request.pk).delete()


def test_signed_rows_stay_closed_to_everything_else_also_with_the_setting_made(people):
    everything_about(people)
    for model in (Assessment, Review):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL triage.erasing = 'on'")
            cursor.execute(f"UPDATE {model._meta.db_table} SET case_id = 0")  # noqa: S608


@pytest.mark.django_db(transaction=True)
def test_the_application_s_own_role_erases_by_the_function_and_by_nothing_else(
    people, app_role_url
):
    case = everything_about(people)
    request = asked(people, open_cases_too=True)
    approve(request)
    with psycopg2.connect(app_role_url) as app, app.cursor() as cursor:
        for table in ("triage_assessment", "triage_review", "triage_photofinding"):
            cursor.execute("SAVEPOINT before")
            cursor.execute("SET LOCAL triage.erasing = 'on'")
            with pytest.raises(psycopg2.IntegrityError):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608
            cursor.execute("ROLLBACK TO before")
        cursor.execute("SELECT triage_erase(%s)", [case.patient_id])
    app.close()
    assert not Patient.objects.filter(pk=case.patient_id).exists()
    assert verify().intact


# -- nothing is left ------------------------------------------------------------------------------
CANARY = "CANARY"


def dump(superuser_url: str) -> dict[str, str]:
    """Every table of the database as text."""
    with psycopg2.connect(superuser_url) as database, database.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        texts = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')  # noqa: S608
            texts[table] = "\n".join(row for (row,) in cursor.fetchall())
    database.close()
    return texts


@pytest.mark.django_db(transaction=True)
def test_after_erasure_no_canary_is_left_in_database_or_media_and_the_chain_is_valid(
    people, superuser_url, mailoutbox, tmp_path
):
    case = everything_about(people, canary=CANARY)
    other = everything_about(people, user=people.patient2)
    before = dump(superuser_url)
    hit = {table for table, text in before.items() if CANARY in text}
    assert {"accounts_user", "triage_symptoms", "triage_review", "triage_lesion"} <= hit
    address, number, user = people.patient.email, case.patient_id, people.patient.pk
    photos = {str(photo.pk) for photo in Photo.objects.filter(case__patient=number)}
    names = belongings.files(belongings.of(patients.patient_of(people.patient)))
    assert len(names) >= 4 and all(default_storage.exists(name) for name in names)
    others = belongings.of(other.patient)

    request = asked(people, open_cases_too=True)
    erasure.carry_out(actor=people.administrator, request=request)

    after = dump(superuser_url)
    assert not {table for table, text in after.items() if CANARY in text}
    assert not {table for table, text in after.items() if address in text}
    known = {table for table, text in after.items() if any(photo in text for photo in photos)}
    assert known <= {"audit_entry"}, "the ledger keeps numbers that lead nowhere"
    assert not any(default_storage.exists(name) for name in names)
    assert CANARY.encode() not in b"".join(
        path.read_bytes() for path in Path(tmp_path).rglob("*") if path.is_file()
    )
    assert verify().intact
    assert Entry.objects.of_patient(number).exists(), "what was done stays on record"
    assert Entry.objects.by(user).select_related("actor").first().actor is None, (
        "by somebody whom nobody knows"
    )
    assert belongings.of(other.patient) == others, "nobody else lost anything"
    assert all(default_storage.exists(name) for name in belongings.files(others))
    [letter] = [mail for mail in mailoutbox if mail.to == [address]]
    assert "erased" in letter.subject and "lesion" not in letter.body.lower()
    done = Erasure.objects.get(pk=request.pk)
    assert done.files_left == [] and done.rows_erased["triage_case"] == 2


def test_the_database_finds_the_same_rows_as_the_download(people):
    case = everything_about(people)
    found = belongings.of(case.patient)
    request = asked(people, open_cases_too=True)
    rows = erasure.carry_out(actor=people.administrator, request=request)
    sessions = {"usersessions_usersession"}  # ended before
    expected = {model._meta.db_table: len(keys) for model, keys in found.items()}
    assert {t: n for t, n in rows.items() if t not in sessions} == {
        t: n for t, n in expected.items() if t not in sessions
    }


def test_a_record_of_a_hundred_cases_is_given_out_and_erased_within_a_minute(people):
    cast.decide(cases_per_hour=1000)
    for _ in range(100):
        cast.send_case(people.patient)
    patient = patients.patient_of(people.patient)
    started = perf_counter()
    given = sum(map(len, my_data.stream(my_data.gather(actor=people.patient, patient=patient))))
    rows = erasure.carry_out(actor=people.administrator, request=asked(people, open_cases_too=True))
    assert perf_counter() - started < 60
    assert given > 100 * len(cast.jpeg()) and rows["triage_case"] == 100


def test_every_table_that_can_lead_to_a_patient_is_described():
    """A new model with a key to a patient, a case or an account must say here what it is."""
    described = {table.model for table in belongings.TABLES} | belongings.OF_STAFF
    missing = {model._meta.label for model in belongings.models()} - described
    assert not missing, f"Say in triage/belongings.py what {', '.join(sorted(missing))} holds."
    assert described <= {model._meta.label for model in apps.get_models()}


def test_no_trigger_keeps_a_row_from_an_erasure():
    """Whatever is written once must go through a function that knows of erasures."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
            "JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal "
            "AND t.tgtype & 8 > 0 AND p.prosrc NOT LIKE '%%triage.erasing%%' "  # 8: on delete
            "AND c.relname = ANY(%s)",
            [[model._meta.db_table for model in belongings.models() if model is not Erasure]],
        )
        assert cursor.fetchall() == []


def test_an_interrupted_erasure_loses_its_files_at_the_next_sweep(people):
    from django.core.files.base import ContentFile

    name = default_storage.save(f"{uuid.uuid4().hex}.jpg", ContentFile(b"left"))
    Erasure.objects.create(
        patient_number=1, asked_at=timezone.now(), approved_at=timezone.now(),
        carried_out_at=timezone.now(), files_left=[name],
    )  # fmt: skip
    assert erasure.sweep_files() == 1
    assert not default_storage.exists(name)
    assert erasure.sweep_files() == 0


def test_who_came_back_with_an_old_backup_is_erased_again_by_number(people, capsys):
    back = patients.patient_of(people.patient)
    cast.send_case(people.patient)
    held = patients.patient_of(people.patient2)
    erasure.place_hold(actor=people.administrator, patient=held, ground="claim", reason="A claim")
    with pytest.raises(CommandError, match=f"Not erased: {held.pk}$"):
        again(back.pk, held.pk, 10**9, yes=True)
    assert set(Patient.objects.values_list("pk", flat=True)) == {held.pk}
    assert f"Patient {10**9} is not here." in capsys.readouterr().out
    entry = Entry.objects.get(action="erasure.carried_out")
    assert (entry.actor_role, entry.detail["ground"]) == ("command line", "again")
    assert not Erasure.objects.standing().exists(), "nothing stands that nobody asked for"


def again(*numbers: int, restored: str = "", yes: bool = False) -> None:
    """As from the command line; restored from a backup that was made just now."""
    restored = restored or timezone.now().isoformat()
    call_command("erase_again", *numbers, f"--restored={restored}", *["--yes"][: int(yes)])


def test_without_a_yes_it_is_only_shown_who_would_be_erased_again(people, capsys):
    patient = patients.patient_of(people.patient)
    cast.send_case(people.patient)
    again(patient.pk)
    shown = capsys.readouterr().out
    assert people.patient.email in shown and "1 open cases, last log-in never" in shown
    assert "Nothing was changed" in shown
    assert Patient.objects.filter(pk=patient.pk).exists() and not Erasure.objects.exists()


@pytest.mark.parametrize("trace", ["sign-up", "log-in", "case", "ledger"])
def test_who_was_here_after_the_backup_is_not_erased_again(people, capsys, trace):
    patient = patients.patient_of(people.patient)
    before, backup, after = (timezone.now() - timedelta(days=n) for n in (9, 5, 1))
    user = User.objects.filter(pk=people.patient.pk)
    user.update(date_joined=before, last_login=before)
    if trace == "sign-up":
        user.update(date_joined=after)
    elif trace == "log-in":
        user.update(last_login=after)
    elif trace == "ledger":
        with transaction.atomic():
            record(actor=people.patient, action="case.viewed")
    elif trace == "case":
        cast.send_case(people.patient)
    for yes in (False, True):
        with pytest.raises(CommandError, match=f"erased: {patient.pk}$"):
            again(patient.pk, restored=backup.isoformat(), yes=yes)
        assert "was used or opened after the restored backup" in capsys.readouterr().err
    assert Patient.objects.filter(pk=patient.pk).exists() and not Erasure.objects.exists()


def test_the_moment_of_the_backup_is_asked_for_and_lies_behind(people):
    number = patients.patient_of(people.patient).pk
    later = (timezone.now() + timedelta(days=1)).isoformat()
    with pytest.raises(CommandError, match="--restored"):
        call_command("erase_again", number, "--yes")
    for restored in ("yesterday", later):
        with pytest.raises(CommandError, match="--restored"):
            again(number, restored=restored, yes=True)
    assert Patient.objects.filter(pk=number).exists()


def test_a_request_that_the_backup_brought_back_is_carried_out_as_what_it_is(people, client):
    asked(people)
    cast.send_case(people.patient)
    again(patients.patient_of(people.patient).pk, yes=True)
    assert Erasure.objects.get().ground == ErasureGround.AGAIN
    client.force_login(people.administrator)
    page = client.get("/requests/").content.decode()
    assert "an older backup brought it back" in page and "Asked for by the patient" not in page
