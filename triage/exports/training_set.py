"""Signed photos of patients who agreed to the improvement of models, pseudonymised, as a folder.

`training/layout_portal.py` describes the form and reads it. Everything that is left out is counted
with its reason. Pseudonyms are drawn anew for each export.
"""

import csv
import hashlib
import io
import json
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Case as Choose
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record
from triage import ranking
from triage.models import (
    Assessment,
    Case,
    Consent,
    ConsentKind,
    PathologyResult,
    Photo,
    PhotoAdequacy,
    PhotoKind,
    Review,
)
from triage.models.consent import CURRENT_VERSION

FORMAT, VERSION = "skin-lesion portal: training export", 1
KINDS = (PhotoKind.CLOSE_UP, PhotoKind.SIDE, PhotoKind.DERMOSCOPIC)
OLDEST = 90  # older patients are given as of this age: few people are
FACTS = (
    "age", "sex", "site", "itch", "grew", "hurt", "changed", "bleed", "elevation", "diameter_mm",
    "previous_skin_cancer", "family_cancer", "immunosuppressed", "skin_type",
)  # fmt: skip
COLUMNS = (
    "photo", "case", "lesion", "patient", "kind", "diagnosis", "proven", "confidence",
    "model_version", "model_first", *FACTS,
)  # fmt: skip

# Why a photo is left out; the first that holds is counted.
NO_CONSENT = "no consent to improvement, or withdrawn"
NOT_SIGNED = "not answered yet"
LOCATING = "locating view"
NOT_ADEQUATE = "not adequate by the reader"
MISSING = "file missing or altered"


class FolderInUse(Exception):
    """The folder exists and is not empty. Name a new one."""


@dataclass(frozen=True)
class Plan:
    """What an export would hold; nothing is written or read of a photo yet."""

    photos: int
    cases: int
    left_out: dict[str, int] = field(default_factory=dict)  # reason -> photos


def plan() -> Plan:
    """Counted by the database, however many there are; by the same reasons as `_reason`."""
    counted = Photo.objects.order_by().annotate(reason=_reasons()).values_list("reason")
    found = {
        reason: (photos, cases)
        for reason, photos, cases in counted.annotate(Count("pk"), Count("case", distinct=True))
    }
    photos, cases = found.pop("", (0, 0))
    return Plan(photos, cases, {reason: count for reason, (count, _) in found.items()})


def _reasons() -> Choose:
    """`_reason` of a row of photos."""
    consents = _consents().filter(patient=OuterRef("case__patient"))
    signed = Review.objects.signed()
    newest = signed.filter(case=OuterRef("review__case")).order_by("-version").values("pk")[:1]
    poor = PhotoAdequacy.objects.filter(
        photo=OuterRef("pk"), adequate=False, review=Subquery(newest)
    )
    return Choose(
        When(~Exists(consents), then=Value(NO_CONSENT)),
        When(~Exists(signed.filter(case=OuterRef("case"))), then=Value(NOT_SIGNED)),
        When(~Q(kind__in=KINDS), then=Value(LOCATING)),
        When(Exists(poor), then=Value(NOT_ADEQUATE)),
        default=Value(""),
    )


def export(*, actor: User | str, to: Path) -> Plan:
    """Write the export into `to`, a new or empty folder. Raises FolderInUse."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise FolderInUse
    images = to / "images"
    images.mkdir(parents=True, mode=0o700)
    names, left_out = _Pseudonyms(), Counter()
    taken: list[_Taken] = []
    for photo, reason in _chosen():
        data = b"" if reason else _read(photo)
        reason = reason or ("" if data else MISSING)
        if reason:
            left_out[reason] += 1
            continue
        row = _row(photo, names)
        (images / f"{row['photo']}.jpg").write_bytes(data)
        sha256 = hashlib.sha256(data).hexdigest()
        taken.append(_Taken(row, sha256, photo.case.patient_id, photo.case.reference))
    taken = _still_agreed(taken, images, left_out)
    table = _table([one.row for one in taken])
    (to / "cases.csv").write_bytes(table)
    manifest = {
        "format": FORMAT, "version": VERSION, "exported_at": timezone.now().isoformat(),
        "portal": "lesion-portal", "consent": CURRENT_VERSION[ConsentKind.IMPROVEMENT],
        "files": {"cases.csv": hashlib.sha256(table).hexdigest()}
        | {f"images/{one.row['photo']}.jpg": one.sha256 for one in taken},
        "left_out": dict(left_out),
    }  # fmt: skip
    cases = {one.case for one in taken}
    with transaction.atomic():  # on record before it is complete: no manifest, no export
        record(actor=actor, action="training_set.exported", object_type="case",
               photos=len(taken), references=sorted(cases), left_out=dict(left_out),
               sha256=hashlib.sha256(table).hexdigest())  # fmt: skip
    (to / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True))
    return Plan(len(taken), len(cases), dict(left_out))


@dataclass(frozen=True)
class _Taken:
    """A photo that lies in the export."""

    row: dict[str, object]  # of the table
    sha256: str
    patient_id: int
    case: str  # its reference


def _still_agreed(taken: list[_Taken], images: Path, left_out: Counter) -> list[_Taken]:
    """Without the photos of those who withdrew their consent while the export was written."""
    agreed = set(_consents().values_list("patient_id", flat=True))
    for one in taken:
        if one.patient_id not in agreed:
            (images / f"{one.row['photo']}.jpg").unlink()
            left_out[NO_CONSENT] += 1
    return [one for one in taken if one.patient_id in agreed]


def _consents() -> QuerySet[Consent]:
    """Those that stand, to the present wording."""
    return Consent.objects.filter(
        kind=ConsentKind.IMPROVEMENT, withdrawn_at__isnull=True,
        version=CURRENT_VERSION[ConsentKind.IMPROVEMENT],
    )  # fmt: skip


def _chosen() -> Iterator[tuple[Photo, str]]:
    """Every photo, with the reason to leave it out, or ""."""
    signed = Review.objects.signed().prefetch_related("adequacies")
    consenting = set(_consents().values_list("patient_id", flat=True))
    cases = (
        Case.objects.select_related("patient", "lesion", "symptoms").order_by("pk")
        .prefetch_related(
            "photos", Prefetch("reviews", signed, to_attr="answers"),
            Prefetch("assessments", Assessment.objects.order_by("created_at", "pk"),
                     to_attr="said"),
            Prefetch("pathology", PathologyResult.objects.standing().order_by("reported_on"),
                     to_attr="laboratory"),
        )
    )  # fmt: skip
    for case in cases.iterator(chunk_size=200):
        for photo in case.photos.all():
            photo.case = case
            yield photo, _reason(case, photo, consenting)


def _reason(case: Case, photo: Photo, consenting: set[int]) -> str:
    if case.patient_id not in consenting:
        return NO_CONSENT
    if not case.answers:
        return NOT_SIGNED
    if photo.kind not in KINDS:
        return LOCATING
    judged = {one.photo_id: one.adequate for one in case.answers[-1].adequacies.all()}
    return "" if judged.get(photo.pk, True) else NOT_ADEQUATE


def _read(photo: Photo) -> bytes:
    """The photo, or nothing where the storage has lost it or holds another."""
    try:
        with default_storage.open(photo.file.name) as file:
            data = file.read()
    except OSError:
        return b""
    return data if hashlib.sha256(data).hexdigest() == photo.sha256 else b""


class _Pseudonyms:
    """Random names, one for each thing of a kind; who made the export could not tell either."""

    def __init__(self) -> None:
        self._given: dict[tuple[str, object], str] = {}

    def of(self, kind: str, key: object) -> str:
        if (kind, key) not in self._given:
            self._given[kind, key] = f"{kind[0]}{secrets.token_hex(8)}"
        return self._given[kind, key]


def _row(photo: Photo, names: _Pseudonyms) -> dict[str, object]:
    case = photo.case
    answer, said = case.answers[-1], case.said[-1] if case.said else None
    proven = case.laboratory[-1] if case.laboratory else None
    return {
        "photo": names.of("image", photo.pk), "case": names.of("case", case.pk),
        "lesion": names.of("lesion", case.lesion_id),
        "patient": names.of("patient", case.patient_id), "kind": photo.kind,
        "diagnosis": proven.diagnosis if proven else answer.diagnosis,
        "proven": proven is not None, "confidence": answer.confidence,
        "model_version": said.model_version if said else None,
        "model_first": said.top[0][0] if said else None, **_facts(case),
    }  # fmt: skip


def _facts(case: Case) -> dict[str, object]:
    known = ranking.history_of(case)
    told = known.answers
    return {
        "age": None if known.age is None else min(known.age, OLDEST),
        "sex": known.sex, "site": known.body_site, "itch": told.itch, "grew": told.grew,
        "hurt": told.hurt, "changed": told.changed, "bleed": told.bleed,
        "elevation": told.elevation, "diameter_mm": told.diameter_mm,
        "previous_skin_cancer": known.previous_skin_cancer,
        "family_cancer": known.family_melanoma, "immunosuppressed": known.immunosuppressed,
        "skin_type": known.skin_type,
    }  # fmt: skip


def _table(rows: list[dict[str, object]]) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS)
    writer.writeheader()
    # in the order of random names: that of the portal's rows would tell who came when
    writer.writerows(sorted(rows, key=lambda row: row["photo"]))
    return stream.getvalue().encode()
