"""Everything the portal holds about a patient, as one file: JSON and photos.

It is written while it is sent, so that it needs no place on a disk and no worker, however long it
gets: docs/my-data.md says what is in it.
"""

import json
import secrets
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from django.core import signing
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import FileField, ForeignKey, Model
from django.utils import timezone
from django.utils.text import slugify

from portal.accounts.models import User
from portal.audit.ledger import record
from portal.audit.models import Entry, EntryQuerySet
from triage import belongings
from triage.belongings import Found, Table
from triage.models import Erasure, Patient, Photo, Upload

SCHEMA, VERSION = "lesion-portal/my-data", 1
LINK_LIFE = timedelta(minutes=15)
CHUNK = 64 * 1024
ERASURE = ("ground", "asked_at", "open_cases_too", "withdrawn_at", "approved_at")


class LinkOver(Exception):
    """This link has run out. Ask for a new one."""


@dataclass(frozen=True)
class Contents:
    """What a download will hold, read before the first byte is sent."""

    document: dict[str, Any]  # my-data.json
    files: tuple[tuple[str, str], ...]  # name in the storage, name in the zip


def ask(*, actor: User, patient: Patient) -> str:
    """A token for one's own download, good for LINK_LIFE; that it was asked for is on record."""
    with transaction.atomic():
        record(actor=actor, action="data.download_asked", about=patient, patient_id=patient.pk)
    return _signer(patient).sign(secrets.token_urlsafe(8))


def check(token: str, *, patient: Patient) -> None:
    """Raises LinkOver for a token that is too old, another's or made up."""
    try:
        _signer(patient).unsign(token, max_age=LINK_LIFE)
    except signing.BadSignature:
        raise LinkOver from None


def gather(*, actor: User, patient: Patient) -> Contents:
    """Read all of it, and put that on record."""
    with transaction.atomic():
        found = belongings.of(patient)
        tables, files, names = {}, [], _names(found)
        for table in belongings.TABLES:
            model = belongings.model_of(table)
            tables[table.name] = list(_rows(table, model, found, names, files))
        tables["erasure_requests"] = list(_erasures(patient))
        tables["who_looked"] = [_look(entry) for entry in looks(patient)]
        tables["ledger"] = [_entry(entry) for entry in _ledger(patient)]
        record(actor=actor, action="data.downloaded", about=patient, patient_id=patient.pk,
               rows=sum(map(len, tables.values())), files=len(files),
               references=[row["reference"] for row in tables["cases"]])  # fmt: skip
    head = {"schema": SCHEMA, "version": VERSION, "made_at": timezone.now()}
    return Contents(head | {"about": _about(), "tables": tables}, tuple(files))


def stream(contents: Contents) -> Iterator[bytes]:
    """The bytes of the zip file, as they come. A photo that is missing is named in missing.txt."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        text = json.dumps(contents.document, cls=_Encoder, ensure_ascii=False, indent=1)
        archive.writestr("my-data.json", text, zipfile.ZIP_DEFLATED)
        yield sink.take()
        missing = []
        for name, readable in contents.files:
            if not default_storage.exists(name):
                missing.append(readable)
                continue
            inside = zipfile.ZipInfo(readable)
            with default_storage.open(name) as stored, archive.open(inside, "w") as entry:
                for chunk in stored.chunks(CHUNK):
                    entry.write(chunk)
                    yield sink.take()
        if missing:
            archive.writestr("missing.txt", "\n".join(missing))
    yield sink.take()


def looks(patient: Patient) -> EntryQuerySet:
    """Every look that somebody at the clinic took at this patient's cases and photos."""
    seen = Entry.objects.of_patient(patient.pk).filter(actor_id__isnull=False, result="done")
    others = seen.exclude(actor_id=patient.user_id).filter(action__endswith=".viewed")
    return others.newest_first().select_related("actor__clinic")


def _signer(patient: Patient) -> signing.TimestampSigner:
    """Each patient's own, so that the address says nothing of whose it is."""
    return signing.TimestampSigner(salt=f"triage.my_data:{patient.pk}")


class _Sink:
    """What a zip file is written to: holds only what has not been sent yet."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken, self.waiting = b"".join(self.waiting), []
        return taken


class _Encoder(DjangoJSONEncoder):
    def default(self, value: Any) -> Any:
        if hasattr(value, "to_list"):  # a vector
            return value.to_list()
        if isinstance(value, bytes | memoryview):
            return bytes(value).hex()
        return super().default(value)


def _names(found: Found) -> dict[str, str]:
    """What each photo is called in the zip, by its name in the storage: by day, place and view."""
    names: dict[str, str] = {}
    counted: Counter[str] = Counter()

    def call(photo: Photo | Upload, at: datetime, folder: str, place: str = "") -> None:
        day = f"{timezone.localtime(at):%Y-%m-%d}"
        start = "/".join((folder, "-".join(filter(None, (day, slugify(place))))))
        counted[start] += 1
        view, suffix = photo.kind.replace("_", "-"), PurePosixPath(photo.file.name).suffix
        names[photo.file.name] = f"{start}-{counted[start]}-{view}{suffix}"

    sent = Photo.objects.filter(pk__in=found.get(Photo, ())).select_related("case__lesion")
    for photo in sent.order_by("case__submitted_at", "case_id", "position"):
        call(photo, photo.case.submitted_at, "photos", str(photo.case.lesion))
    for upload in Upload.objects.filter(pk__in=found.get(Upload, ())).order_by("arrived_at", "pk"):
        call(upload, upload.arrived_at, "unsent-photos")
    return names


def _inside(stored: str, names: Mapping[str, str]) -> str:
    return names.get(stored, f"files/{stored}")


def _rows(
    table: Table, model: type[Model], found: Found, names: Mapping[str, str],
    files: list[tuple[str, str]],
) -> Iterator[dict[str, Any]]:  # fmt: skip
    fields = [f for f in model._meta.concrete_fields if f.name not in table.left_out]
    beyond = [f.name for f in fields if isinstance(f, ForeignKey) and f.related_model not in found]
    rows = model._base_manager.filter(pk__in=found.get(model, ())).order_by("pk")
    if table.only is not None:
        rows = rows.filter(table.only)
    for row in rows.select_related(*beyond) if beyond else rows:
        given = {f.name: _value(row, f, found, names) for f in fields}
        stored = [getattr(row, f.name).name for f in fields if isinstance(f, FileField)]
        files += [(name, _inside(name, names)) for name in stored]
        yield given


def _value(row: Model, field: Any, found: Found, names: Mapping[str, str]) -> Any:
    """A row of the patient's own by its key; anybody else by what they are called."""
    if isinstance(field, FileField):
        return _inside(getattr(row, field.name).name, names)
    key = getattr(row, field.attname)
    if isinstance(field, ForeignKey) and key is not None:
        mine = key in found.get(field.related_model, ())
        return key if mine else str(getattr(row, field.name))
    return key


def _erasures(patient: Patient) -> Iterator[dict[str, Any]]:
    for erasure in Erasure.objects.filter(patient_number=patient.pk).order_by("asked_at"):
        yield {name: getattr(erasure, name) for name in ERASURE}


def _look(entry: Entry) -> dict[str, Any]:
    case = entry.object_id if entry.object_type == "case" else entry.detail.get("case", "")
    return {"at": entry.at, "who": str(entry.actor or ""), "role": entry.actor_role,
            "clinic": str(entry.actor.clinic) if entry.actor else "", "what": entry.object_type,
            "case": case}  # fmt: skip


def _ledger(patient: Patient) -> EntryQuerySet:
    about = Entry.objects.of_patient(patient.pk)
    return (about | Entry.objects.by(patient.user_id)).order_by("id")


def _entry(entry: Entry) -> dict[str, Any]:
    return {"at": entry.at, "role": entry.actor_role, "action": entry.action,
            "object": entry.object_type, "number": entry.object_id,
            "result": entry.result}  # fmt: skip


def _about() -> dict[str, Any]:
    """What each table is and what of it is not given, for whoever reads the file."""
    return {
        table.name: {
            "rows": str(table.about),
            "not_given": {name: str(why) for name, why in table.left_out.items()}
            | ({"other rows": str(table.without)} if table.without else {}),
        }
        for table in belongings.TABLES
    }
