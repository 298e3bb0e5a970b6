"""The download of everything: complete, without secrets, for its owner alone, for a while."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.core import signing
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from portal.audit.models import Entry
from tests import cast
from tests.triage.records import everything_about
from tests.triage.test_erasure import asked
from triage import belongings, erasure, my_data, patients
from triage.models import Lesion, Patient, Photo

pytestmark = pytest.mark.django_db
SECRETS = {"password", "secret", "digest", "token", "token_key", "token_hash", "session_key", "key"}


def downloaded(user, patient: Patient) -> zipfile.ZipFile:
    contents = my_data.gather(actor=user, patient=patient)
    archive = zipfile.ZipFile(io.BytesIO(b"".join(my_data.stream(contents))))
    assert archive.testzip() is None
    return archive


def document(archive: zipfile.ZipFile) -> dict:
    return json.loads(archive.read("my-data.json"))


def test_what_the_database_holds_is_in_the_file(people):
    """Asked of the database itself, by its own foreign keys: every row and every column."""
    patient = everything_about(people).patient
    tables = document(downloaded(people.patient, patient))["tables"]
    empty = [name for name in (table.name for table in belongings.TABLES) if not tables[name]]
    assert empty == [], "everything_about() must make a row of each"
    for table in belongings.TABLES:
        model = belongings.model_of(table)
        rows = rows_of(model._meta.db_table, patient)
        if table.only is not None:
            kept = model._base_manager.filter(table.only).values_list("pk", flat=True)
            rows = [row for row in rows if row[model._meta.pk.column] in set(kept)]
        assert len(tables[table.name]) == len(rows), table.name
        columns = {f.column: f.name for f in model._meta.concrete_fields}
        for row in rows:
            assert set(columns) == set(row), "a column that the model does not know"
            given = next(one for one in tables[table.name] if is_row(one, row, model))
            assert set(given) == set(columns.values()) - set(table.left_out)


def rows_of(table: str, patient: Patient) -> list[dict]:
    """The rows of one table that lead to the patient, walked with SQL from the top down."""
    found = {"accounts_user": {patient.user_id}, "triage_patient": {patient.pk}}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conrelid::regclass::text, a.attname, c.confrelid::regclass::text, "
            "(SELECT k.attname FROM pg_index i JOIN pg_attribute k ON k.attrelid = i.indrelid "
            " AND k.attnum = i.indkey[0] WHERE i.indrelid = c.conrelid AND i.indisprimary) "
            "FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid "
            "AND a.attnum = c.conkey[1] WHERE c.contype = 'f'"
        )
        keys = cursor.fetchall()
        grew = True
        while grew:
            grew = False
            for child, column, parent, key in keys:
                cursor.execute(
                    f'SELECT "{key}" FROM {child} WHERE "{column}" = ANY(%s)',  # noqa: S608
                    [list(found.get(parent, ()))],
                ) if found.get(parent) else cursor.execute("SELECT 1 WHERE false")
                new = {value for (value,) in cursor.fetchall()} - found.get(child, set())
                if new:
                    found[child] = found.get(child, set()) | new
                    grew = True
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
        names = [column.name for column in cursor.description]
        every = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    pk = next((key for child, _, _, key in keys if child == table), "id")
    return [row for row in every if row[pk] in found.get(table, set())]


def is_row(given: dict, row: dict, model) -> bool:
    """Whether this is that row; one whose key is a secret can only be counted."""
    key = model._meta.pk
    return key.name not in given or str(given[key.name]) == str(row[key.column])


def test_the_words_of_patient_and_clinic_are_in_it_and_secrets_are_not(people):
    case = everything_about(people, canary="CANARY")
    text = downloaded(people.patient, case.patient).read("my-data.json").decode()
    for told in ("notes of the second", "mole", "advice", "net", "message", "report", "draft",
                 "drug", "fact", "itches", "comment"):  # fmt: skip
        assert f"CANARY{'' if told in text else '?'}" in text and f"{told}" in text, told
    assert "CANARY-reason" not in text, "the reason of a hold is asked for at the clinic"
    assert people.patient.password not in text


def test_no_field_that_sounds_like_a_secret_is_given():
    for table in belongings.TABLES:
        fields = {field.name for field in belongings.model_of(table)._meta.concrete_fields}
        given = fields - set(table.left_out)
        assert not given & SECRETS - ({"key"} if table.name == "notifications" else set()), table


def test_photos_are_in_it_as_they_are_stored(people):
    case = everything_about(people)
    archive = downloaded(people.patient, case.patient)
    tables = document(archive)["tables"]
    photos = list(Photo.objects.filter(case__patient=case.patient))
    assert len(photos) == len(tables["photos"]) == 2
    for photo in photos:
        [row] = [one for one in tables["photos"] if one["id"] == str(photo.pk)]
        assert archive.read(row["file"]) == photo.file.read()
    assert len(tables["unsent_photos"]) == 1


def test_a_photo_that_is_missing_is_named_and_the_rest_comes(people):
    case = everything_about(people)
    gone = Photo.objects.filter(case__patient=case.patient).first()
    default_storage.delete(gone.file.name)
    archive = downloaded(people.patient, case.patient)
    called = {row["id"]: row["file"] for row in document(archive)["tables"]["photos"]}
    lost = called.pop(str(gone.pk))
    assert archive.read("missing.txt").decode() == lost and lost not in archive.namelist()
    assert called and all(archive.read(name) for name in called.values())


def test_photos_are_called_by_day_place_and_view(people):
    day = timezone.localdate()
    for _ in range(2):
        cast.send_case(people.patient, site="forearm")
    archive = downloaded(people.patient, patients.patient_of(people.patient))
    assert sorted(name for name in archive.namelist() if name.startswith("photos/")) == [
        f"photos/{day:%Y-%m-%d}-forearm-{number}-close-up.jpg" for number in (1, 2)
    ]


def test_nothing_of_anybody_else_is_in_it(people):
    everything_about(people)
    other = everything_about(people, user=people.patient2, canary="SOMEBODY-ELSE")
    text = downloaded(people.patient, patients.patient_of(people.patient)).read("my-data.json")
    assert b"SOMEBODY-ELSE" not in text and other.reference.encode() not in text
    assert people.patient2.email.encode() not in text


def test_a_first_opinion_that_is_not_signed_is_not_told(people):
    from triage import reviews, worklist

    case = cast.send_case(people.patient)
    worklist.claim(actor=people.dermatologist, case=case)
    review = reviews.open_review(actor=people.dermatologist, case=case)
    opinion = reviews.Opinion("MEL", 1, 3)
    reviews.commit_first_opinion(actor=people.dermatologist, review=review, opinion=opinion)
    tables = document(downloaded(people.patient, case.patient))["tables"]
    assert tables["answers"] == []
    assert "MEL" not in json.dumps(tables["ledger"])


def test_the_staff_are_named_by_what_they_are_called_and_looks_say_role_and_clinic(people):
    case = everything_about(people)
    tables = document(downloaded(people.patient, case.patient))["tables"]
    assert tables["answers"][0]["reader"] == "dermatologist"
    look = tables["who_looked"][0]
    assert look["role"] == "dermatologist" and look["clinic"] == people.clinic.name


def test_the_file_says_what_it_is(people):
    case = everything_about(people)
    made = document(downloaded(people.patient, case.patient))
    assert (made["schema"], made["version"]) == ("lesion-portal/my-data", 1)
    assert set(made["about"]) <= set(made["tables"])
    assert "password" in made["about"]["account"]["not_given"]


def test_the_documentation_names_every_table(settings):
    text = (settings.BASE_DIR / "docs" / "my-data.md").read_text()
    names = {table.name for table in belongings.TABLES} | {
        "who_looked",
        "ledger",
        "erasure_requests",
    }
    assert {name for name in names if f"`{name}`" not in text} == set()


def test_the_download_is_on_record(people):
    case = everything_about(people)
    my_data.ask(actor=people.patient, patient=case.patient)
    downloaded(people.patient, case.patient)
    assert Entry.objects.get(action="data.download_asked").patient_id == case.patient_id
    entry = Entry.objects.get(action="data.downloaded")
    assert entry.detail["files"] == 3 and case.reference in entry.detail["references"]


# -- the link -------------------------------------------------------------------------------------
def test_a_link_is_for_its_patient_and_for_a_quarter_of_an_hour(people, monkeypatch):
    mine, other = patients.patient_of(people.patient), patients.patient_of(people.patient2)
    token = my_data.ask(actor=people.patient, patient=mine)
    my_data.check(token, patient=mine)
    for wrong in (token[:-1], "made-up", "", token.split(":")[0]):
        with pytest.raises(my_data.LinkOver):
            my_data.check(wrong, patient=mine)
    with pytest.raises(my_data.LinkOver):
        my_data.check(token, patient=other)
    now = signing.time.time() + (my_data.LINK_LIFE + timedelta(seconds=2)).total_seconds()
    monkeypatch.setattr(signing.time, "time", lambda: now)
    with pytest.raises(my_data.LinkOver):
        my_data.check(token, patient=mine)


def test_the_link_does_not_say_whose_it_is(people):
    patient = patients.patient_of(people.patient)
    token = my_data.ask(actor=people.patient, patient=patient)
    assert len(token.split(":")) == 3
    assert my_data.ask(actor=people.patient, patient=patient).split(":")[0] != token.split(":")[0]


def test_a_hundred_cases_are_gathered_in_a_bounded_number_of_queries(
    people, django_assert_max_num_queries
):
    cast.decide(cases_per_hour=1000)
    for _ in range(12):
        cast.send_case(people.patient)
    patient = patients.patient_of(people.patient)
    with django_assert_max_num_queries(160):
        my_data.gather(actor=people.patient, patient=patient)
    for _ in range(12):
        cast.send_case(people.patient)
    with django_assert_max_num_queries(160):
        my_data.gather(actor=people.patient, patient=patient)


def test_a_download_is_over_with_the_record(people, client):
    patient = patients.patient_of(people.patient)
    client.force_login(people.patient)
    token = my_data.ask(actor=people.patient, patient=patient)
    erasure.carry_out(actor=people.administrator, request=asked(people))
    answer = client.get(f"/my-data/download/{token}/")
    assert answer.status_code == 302 and "login" in answer["Location"]
    assert not Lesion.objects.filter(patient_id=patient.pk).exists()
