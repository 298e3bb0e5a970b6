"""Photos that look alike to the network, among signed cases whose patients agreed to further use.

Each scored photo's place in the feature space is kept with its finding. Once its case is signed and
its patient's consent to improvement stands, it is put where neighbours are searched (pgvector); a
withdrawn consent takes it out at once. Places of two networks cannot be compared.
"""

import struct
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Q

from portal.accounts.models import User
from portal.audit.ledger import record
from triage.models import (
    Assessment,
    Case,
    ConsentKind,
    PathologyResult,
    Patient,
    Photo,
    PhotoEmbedding,
    PhotoFinding,
    PhotoKind,
    Review,
)
from triage.models.embedding import LENGTH, CosineDistance
from triage.permissions import blind_cases, visible_cases

SHOWN = 6
EACH = 30  # neighbours asked for by photo, before those of one case are taken together
WIDEST = 2 * LENGTH  # bytes of a float16 vector that can be compared
_CONSENTING = Q(
    case__patient__consents__kind=ConsentKind.IMPROVEMENT,
    case__patient__consents__withdrawn_at__isnull=True,
)


@dataclass(frozen=True)
class Similar:
    """A signed case one of whose photos looks like one of this case's."""

    case: Case
    photo: Photo
    similarity: float  # cosine of the angle between both: 1 the same, 0 nothing in common
    diagnosis: str  # of the newest signed answer, a condition code
    outcome: str  # of ReviewOutcome
    pathology: str  # a condition code, "" where there is no result


def keep(case: Case) -> int:
    """Make a signed, consented case's photos findable; how many. In the caller's transaction."""
    agreed = case.patient.consents.filter(
        kind=ConsentKind.IMPROVEMENT, withdrawn_at__isnull=True
    ).exists()
    if not agreed or not case.reviews.signed().exists():
        return 0
    findings = PhotoFinding.objects.filter(photo__case=case, assessment__shadow=False)
    rows = [
        PhotoEmbedding(
            photo_id=finding.photo_id, model_version=finding.assessment.model_version,
            vector=_vector(finding.embedding),
        )
        for finding in findings.exclude(embedding=b"").select_related("assessment")
        if len(finding.embedding) <= WIDEST  # a signature never fails for want of room
    ]  # fmt: skip
    return len(PhotoEmbedding.objects.bulk_create(rows, ignore_conflicts=True))


def keep_all(patient: Patient) -> int:
    """Once consent is given: those of the patient's cases that are signed."""
    signed = patient.cases.filter(reviews__signed_at__isnull=False).distinct()
    return sum(keep(case) for case in signed)


def forget(patient: Patient) -> int:
    """Once consent is withdrawn: none of the patient's photos is found any more."""
    return PhotoEmbedding.objects.filter(photo__case__patient=patient).delete()[0]


def find(*, actor: User, case: Case, assessment: Assessment) -> list[Similar]:
    """The cases most alike to `case` that this reader may see, the most alike first.

    `assessment` is the case's, and the caller has made sure that the reader may know of it.
    """
    findings = assessment.findings.exclude(embedding=b"").select_related("photo")
    # a view from further away finds backs and arms rather than lesions
    close = [one for one in findings if one.photo.kind != PhotoKind.OVERVIEW] or list(findings)
    with transaction.atomic():
        best = _nearest(actor, case, assessment.model_version, close)
        found = _described(best[:SHOWN])
        record(actor=actor, action="similar.viewed", about=case, patient_id=case.patient_id,
               model_version=assessment.model_version,
               references=[one.case.reference for one in found])  # fmt: skip
    return found


def _nearest(
    actor: User, case: Case, version: str, findings: list[PhotoFinding]
) -> list[tuple[Photo, float]]:
    """Each other case's most alike photo, the most alike case first."""
    others = Photo.objects.filter(
        _CONSENTING, case__in=visible_cases(actor), case__answered_at__isnull=False
    ).exclude(case__patient_id=case.patient_id).exclude(case__in=blind_cases(actor))  # fmt: skip
    with connection.cursor() as cursor:
        # go on through the index until enough rows pass the conditions above
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
    best: dict[int, tuple[Photo, float]] = {}
    for finding in findings:
        near = (
            PhotoEmbedding.objects.filter(model_version=version, photo__in=others)
            .annotate(away=CosineDistance("vector", _vector(finding.embedding)))
            .order_by("away").select_related("photo__case__lesion")[:EACH]
        )  # fmt: skip
        for one in near:
            alike = 1 - one.away
            if alike > best.get(one.photo.case_id, (None, -2.0))[1]:
                best[one.photo.case_id] = (one.photo, alike)
    return sorted(best.values(), key=lambda pair: -pair[1])


def _described(best: list[tuple[Photo, float]]) -> list[Similar]:
    cases = [photo.case_id for photo, _alike in best]
    answers = {
        review.case_id: review  # the newest of each case is the last
        for review in Review.objects.signed().filter(case__in=cases)
    }
    results = dict(
        PathologyResult.objects.standing().filter(case__in=cases)
        .order_by("reported_on").values_list("case_id", "diagnosis")
    )  # fmt: skip
    return [
        Similar(
            photo.case, photo, alike, answers[photo.case_id].diagnosis,
            answers[photo.case_id].outcome, results.get(photo.case_id, ""),
        )
        for photo, alike in best
    ]  # fmt: skip


def _vector(embedding: bytes) -> list[float]:
    stored = bytes(embedding)
    values = struct.unpack(f"<{len(stored) // 2}e", stored)
    return [*values, *[0.0] * (LENGTH - len(values))]
