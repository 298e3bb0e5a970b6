"""The export for training: consented and signed alone, without names, as the trainer reads it."""

import json
import re
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from portal.audit.models import Entry
from tests import cast
from tests.triage.exports.conftest import answered
from tests.triage.test_reviews import decision
from training import datasets, layout_portal
from triage import patients, reviews
from triage.exports import training_set
from triage.models import ConsentKind, Photo

pytestmark = pytest.mark.django_db


def test_its_form_is_the_one_that_training_reads():
    assert training_set.COLUMNS == layout_portal.COLUMNS
    assert (training_set.FORMAT, training_set.VERSION) == (
        layout_portal.FORMAT, layout_portal.VERSION,
    )  # fmt: skip
    assert set(training_set.KINDS) == set(layout_portal.KINDS)


def test_a_consented_signed_case_is_read_by_the_trainer_with_its_histology(people, tmp_path):
    answered(people, withdrawn=False)
    plan = training_set.export(actor="operator", to=tmp_path / "set")
    assert (plan.photos, plan.cases, plan.left_out) == (1, 1, {})
    read = layout_portal.read(tmp_path / "set")
    (record,) = read.records
    assert (record.label, record.proven, record.kind) == ("MEL", True, "clinical")
    assert (record.facts.grew, record.facts.itch, record.facts.diameter_mm) == (True, False, 7.5)
    assert record.facts.site == "back"
    assert read.problems == ()


def test_without_consent_or_signature_nothing_leaves_and_it_is_counted_why(people, tmp_path):
    answered(people)
    cast.send_case(people.patient2)
    patients.grant_consent(
        actor=people.patient2, patient=patients.patient_of(people.patient2),
        kind=ConsentKind.IMPROVEMENT,
    )  # fmt: skip
    counted = {training_set.NO_CONSENT: 1, training_set.NOT_SIGNED: 1}
    assert training_set.plan().left_out == counted
    assert training_set.export(actor="operator", to=tmp_path / "set").left_out == counted
    assert not list((tmp_path / "set" / "images").iterdir())
    manifest = json.loads((tmp_path / "set" / "manifest.json").read_text())
    assert manifest["left_out"] == counted


def test_the_plan_counts_what_the_export_then_does_in_one_question(
    people, tmp_path, django_assert_num_queries
):
    case = answered(people, withdrawn=False)
    poor = case.photos.get()
    locating, fine = (cast.send_case(people.patient).photos.get() for _ in range(2))
    Photo.objects.filter(pk=locating.pk).update(case=case, position=7, kind="overview")
    Photo.objects.filter(pk=fine.pk).update(case=case, position=8)
    reviews.amend(
        actor=people.dermatologist, review=case.reviews.signed().last(), reason="Blurred.",
        decision=replace(
            decision(diagnosis="MEL", urgency=1, outcome="urgent"),
            adequate={str(poor.pk): False, str(fine.pk): True},
        ),
    )  # fmt: skip
    with django_assert_num_queries(1):
        plan = training_set.plan()
    assert (plan.photos, plan.cases) == (1, 1)
    assert plan.left_out == {training_set.LOCATING: 1, training_set.NOT_ADEQUATE: 1}
    done = training_set.export(actor="operator", to=tmp_path / "set")
    assert done.left_out == plan.left_out | {training_set.MISSING: 1}  # its hash is made up


def test_who_withdraws_while_it_is_written_is_not_in_it(people, tmp_path, monkeypatch):
    answered(people, withdrawn=False)
    read = training_set._read

    def read_and_withdraw(photo: Photo) -> bytes:
        data = read(photo)
        patients.withdraw_consent(
            actor=people.patient, patient=photo.case.patient, kind=ConsentKind.IMPROVEMENT
        )
        return data

    monkeypatch.setattr(training_set, "_read", read_and_withdraw)
    plan = training_set.export(actor="operator", to=tmp_path / "set")
    assert (plan.photos, plan.left_out) == (0, {training_set.NO_CONSENT: 1})
    assert not list((tmp_path / "set" / "images").iterdir())
    assert Entry.objects.get(action="training_set.exported").detail["references"] == []


def test_a_photo_that_was_exchanged_is_left_out(people, tmp_path):
    answered(people, withdrawn=False)
    Photo.objects.update(sha256="0" * 64)
    plan = training_set.export(actor="operator", to=tmp_path / "set")
    assert plan.left_out == {training_set.MISSING: 1}


def test_nothing_in_it_leads_back_to_the_patient(people, tmp_path):
    case = answered(people, withdrawn=False)
    training_set.export(actor="operator", to=tmp_path / "set")
    written = "".join(
        path.read_text() + path.name for path in (tmp_path / "set").glob("*.*")
    ) + "".join(path.name for path in (tmp_path / "set" / "images").iterdir())
    photo = case.photos.get()
    for trace in (case.reference, str(photo.pk), people.patient.email, "It grew.", photo.file.name,
                  case.submitted_at.strftime("%Y-%m-%d %H"), photo.sha256[:8] + "x"):  # fmt: skip
        assert trace not in written
    again = training_set.export(actor="operator", to=tmp_path / "again")
    assert again.photos == 1
    names = [[path.name for path in (tmp_path / n / "images").iterdir()] for n in ("set", "again")]
    assert names[0] != names[1], "pseudonyms are drawn anew"


def test_the_export_is_on_record_with_the_cases_in_it(people, tmp_path):
    case = answered(people, withdrawn=False)
    training_set.export(actor="operator", to=tmp_path / "set")
    entry = Entry.objects.get(action="training_set.exported")
    assert entry.detail["references"] == [case.reference]


def test_a_folder_with_something_in_it_is_refused(people, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(training_set.FolderInUse):
        training_set.export(actor="operator", to=tmp_path)


def test_the_command_that_the_page_shows_reads_an_export(people, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    answered(people, withdrawn=False)
    training_set.export(actor="operator", to=tmp_path / "set")
    client = Client()
    client.force_login(people.administrator)
    page = client.get(reverse("triage:training_set")).content.decode()
    shown = re.search(r"python -m training\.datasets ([^<]+)</code>", page)[1].split()
    folders = {"/a/new/folder": tmp_path / "set", "/another/folder": tmp_path / "read"}
    assert datasets.main([str(folders.get(word, word)) for word in shown]) == 0
    assert (tmp_path / "read" / "manifest.json").exists()
