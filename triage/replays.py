"""A past assessment done again: the same artifact, photos and facts, to see the same numbers.

Asked for by an administrator, done by a worker; the row is the work.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record
from portal.audit.models import Link
from portal.celery import wake
from triage.models import Assessment, ModelVersion, Photo, Replay

TOLERANCE = 1e-3  # of a probability, on the engine that it was made with
LOST_AFTER = timedelta(minutes=5)  # a worker that began one and is not heard of again
SHA256 = re.compile(r"[0-9a-f]{64}")


class NotAllowed(Exception):
    """Only an administrator has a result replayed."""


@dataclass(frozen=True)
class Line:
    """One number of an assessment, then and now."""

    name: str
    stored: float
    replayed: float

    @property
    def difference(self) -> float:
        return abs(self.stored - self.replayed)

    @property
    def same(self) -> bool:
        return self.difference <= TOLERANCE


def find(*, actor: User, wanted: str) -> list[Assessment]:
    """Assessments by their number, the SHA-256 of a photo, or of an entry of the ledger; a model's
    on trial too. Raises NotAllowed."""
    _check(actor)
    wanted = wanted.strip().lower()
    rows = Assessment.with_shadow.select_related("case").order_by("-created_at", "-pk")
    if wanted.isdecimal() and len(wanted) < 19:
        return list(rows.filter(pk=int(wanted)))
    if not SHA256.fullmatch(wanted):
        return []
    cases = Photo.objects.filter(sha256=wanted).values("case")
    by_photo = rows.filter(case__in=cases, photo_sha256s__contains=[wanted])
    return list(by_photo[:50]) or _by_ledger(wanted)


def ask(*, actor: User, assessment: Assessment) -> Replay:
    """Have a worker do it again; the replay that waits already, where there is one.

    Raises NotAllowed.
    """
    _check(actor)
    with transaction.atomic():
        row, new = Replay.objects.get_or_create(
            assessment=assessment, finished_at=None,
            defaults={"asked_by": actor, "asked_at": timezone.now()},
        )  # fmt: skip
        if new:
            case = assessment.case
            record(actor=actor, action="assessment.replay_asked", about=case,
                   patient_id=case.patient_id, assessment=assessment.pk,
                   model_version=assessment.model_version)  # fmt: skip
            transaction.on_commit(wake)
    return row


def take() -> Replay | None:
    """The next one that waits. One that a lost worker had begun is not tried again."""
    now = timezone.now()
    Replay.objects.filter(finished_at=None, begun_at__lt=now - LOST_AFTER).update(
        finished_at=now, problem="The worker was lost while it did this."
    )
    with transaction.atomic():
        waiting = Replay.objects.filter(finished_at=None, begun_at=None)
        row = (
            waiting.select_for_update(of=("self",), skip_locked=True)
            .select_related("assessment__case")
            .order_by("asked_at")
            .first()
        )
        if row is not None:
            row.begun_at = now
            row.save(update_fields=["begun_at"])
    return row


def finish(
    *, worker: str, replay: Replay, engine: str = "", numbers: Mapping[str, float] | None = None,
    problem: str = "",
) -> None:  # fmt: skip
    """Keep what came out, or why nothing did."""
    with transaction.atomic():
        row = Replay.objects.select_for_update().get(pk=replay.pk)
        if row.finished_at is not None:
            return
        row.finished_at, row.engine = timezone.now(), engine
        row.numbers, row.problem = numbers, problem[:300]
        row.save(update_fields=["finished_at", "engine", "numbers", "problem"])
        record_replay(actor="worker", assessment=replay.assessment, numbers=numbers, worker=worker)


def record_replay(
    *, actor: str, assessment: Assessment, numbers: Mapping[str, float] | None, **detail: str
) -> None:
    """Put on record that somebody's assessment was done again, and whether it came out the same."""
    with transaction.atomic():
        record(actor=actor, action="assessment.replayed", about=assessment.case,
               patient_id=assessment.case.patient_id, assessment=assessment.pk,
               same=None if numbers is None else same(lines(assessment, numbers)),
               result="done" if numbers is not None else "failed", **detail)  # fmt: skip


def numbers_of(assessment: Assessment) -> dict[str, float]:
    """What an assessment says, flat."""
    found = {
        "malignancy risk": assessment.malignancy_risk,
        "melanoma risk": assessment.melanoma_risk,
        "uncertainty": assessment.uncertainty,
        "domain score": assessment.domain_score,
    } | assessment.probabilities
    history = assessment.with_history
    if history is None:
        return found
    return found | {
        "malignancy risk with history": history.malignancy_risk,
        "melanoma risk with history": history.melanoma_risk,
        **{f"{code} with history": p for code, p in history.probabilities.items()},
    }


def lines(assessment: Assessment, numbers: Mapping[str, float]) -> list[Line]:
    """Then and now. A number that only one of both has counts as infinitely different."""
    stored = numbers_of(assessment)
    nowhere = float("inf")
    return [
        Line(name, stored.get(name, nowhere), numbers.get(name, -nowhere))
        for name in dict.fromkeys([*stored, *numbers])
    ]


def same(found: list[Line]) -> bool:
    return all(line.same for line in found)


def model_of(assessment: Assessment) -> ModelVersion | None:
    """As registered with the very hash that the assessment has."""
    return ModelVersion.objects.filter(
        version=assessment.model_version, sha256=assessment.artifact_sha256
    ).first()


def _by_ledger(wanted: str) -> list[Assessment]:
    link = Link.objects.select_related("entry").filter(hash=bytes.fromhex(wanted)).first()
    if link is None or link.entry.object_type != "case":
        return []
    rows = Assessment.with_shadow.filter(case__reference=link.entry.object_id)
    version = link.entry.detail.get("model_version")
    if version:
        rows = rows.filter(model_version=version)
    return list(rows.select_related("case").order_by("-created_at", "-pk")[:50])


def _check(actor: User) -> None:
    if not (actor.is_active and actor.is_administrator):
        raise NotAllowed
