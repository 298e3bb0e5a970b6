"""Everything a clinician is shown of one case, fetched and put on record in one transaction.

Urgency and due time are the case's own from the start, as everywhere: a second deadline would be a
false one. What the model found, its reasons and the score wait for the first opinion.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery, prefetch_related_objects
from django.db.models.functions import JSONObject
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record, record_denied
from triage import ranking, rulebook, second_readings, worklist
from triage.models import (
    Assessment,
    Case,
    PhotoFinding,
    Review,
    ScoringState,
    SecondReading,
    Thread,
)
from triage.permissions import blind_cases, visible_cases
from triage.priority import Reason, Source, prioritise
from triage.rules import Rules
from triage.urgency import Urgency

EARLIER = 20  # cases of the same patient


@dataclass(frozen=True)
class Reading:
    """One case as this reader may see it now."""

    case: Case
    held: bool  # on this reader's desk
    draft: Review | None  # what this reader has begun and not signed
    signed: tuple[Review, ...]  # version 1, 2, ...
    model_shown: bool  # whether the model's part may be seen yet
    assessment: Assessment | None  # None also while it may not be seen
    model_waits: bool  # there is a result, to be shown after the first opinion
    reasons: tuple[Reason, ...]  # for the case's urgency; the model's only where it may be seen
    earlier: tuple[Case, ...]  # the patient's, newest first; answer_diagnosis, answer_outcome
    second: SecondReading | None = None  # what this reader is asked to say of it
    opinions: tuple[SecondReading, ...] = ()  # the other readers'

    @property
    def answered(self) -> bool:
        return bool(self.signed)

    @property
    def earlier_hidden(self) -> bool:
        """The patient may have other cases that this reader must not know of now."""
        return self.blind or self.case.others_hidden

    @property
    def before(self) -> Case | None:
        """The last case of the same lesion before this one, to compare photos with."""
        same = (o for o in self.earlier if o.lesion_id == self.case.lesion_id)
        return next((o for o in same if o.submitted_at < self.case.submitted_at), None)

    @property
    def blind(self) -> bool:
        """This reader gives a second opinion and must know of no other, nor of the model's."""
        return self.second is not None and self.second.blinded

    @property
    def told_emergency(self) -> bool:
        """A message about the case tells of an emergency sign, or did within the last day; of one
        that was answered nothing to who reads blind: what the clinic wrote would tell."""
        return self.case.emergency_waits or (self.case.emergency_told and not self.blind)


def read(*, actor: User, reference: str) -> Reading:
    """Open a case as a clinician. Raises Case.DoesNotExist (a 404)."""
    with transaction.atomic():
        case = _find(actor, reference)
        if case is not None:
            reading = _gather(actor, case)
            before = [reading.before] if reading.before else []
            prefetch_related_objects([case, *before], "photos")
            seen = reading.assessment
            record(actor=actor, action="case.viewed", about=case, patient_id=case.patient_id,
                   model_version=seen.model_version if seen else None,
                   earlier=[other.reference for other in reading.earlier])  # fmt: skip
            return reading
    record_denied(actor=actor, action="case.viewed", object_type="case", object_id=reference)
    raise Case.DoesNotExist


def _model_shown(case: Case, draft: Review | None) -> bool:
    """May this draft's reader see what the model said? Not before their own first opinion."""
    if case.answered_at or (draft and draft.revealed_at):
        return True
    return not rulebook.current().site.commit_then_reveal


def _find(actor: User, reference: str) -> Case | None:
    if not actor.is_dermatologist:
        return None
    return (
        visible_cases(actor)
        .select_related("patient__user", "lesion", "symptoms", "reader")
        .annotate(
            has_result=Exists(Assessment.objects.filter(case=OuterRef("pk"))),
            has_second=Exists(SecondReading.objects.filter(case=OuterRef("pk"))),
            others_hidden=Exists(
                Case.objects.filter(patient=OuterRef("patient"), pk__in=blind_cases(actor)).exclude(
                    pk=OuterRef("pk")
                )
            ),
            emergency_told=Exists(Thread.objects.alarming().filter(case=OuterRef("pk"))),
            emergency_waits=Exists(Thread.objects.filter(case=OuterRef("pk"), emergency=True)),
        )
        .defer("notes_index")
        .filter(reference=reference)
        .first()
    )


def _gather(actor: User, case: Case) -> Reading:
    opinions = second_readings.of_case(case) if case.has_second else []
    second = next((one for one in opinions if one.waits_for(actor)), None)
    if second is not None and second.blinded:
        return Reading(
            case=case, held=False, draft=None, signed=(), model_shown=False, assessment=None,
            model_waits=False, reasons=reasons_without_model(case), second=second,
            earlier=_earlier(actor, case, before=case.submitted_at),  # later ones would tell
        )  # fmt: skip
    reviews = list(case.reviews.select_related("reader").with_adequacy())
    signed = tuple(review for review in reviews if review.signed_at)
    mine = (r for r in reviews if not r.signed_at and r.reader_id == actor.pk)
    draft = next((r for r in mine if r.round == case.round), None)  # of the photos there are now
    shown = _model_shown(case, draft)
    return Reading(
        case=case,
        held=worklist.holds(actor, case),
        draft=draft,
        signed=signed,
        model_shown=shown,
        assessment=_newest_assessment(case) if shown else None,
        model_waits=not shown and case.has_result,
        reasons=stored_reasons(case) if shown else reasons_without_model(case),
        earlier=_earlier(actor, case),
        second=second,
        opinions=tuple(opinions),
    )


def _newest_assessment(case: Case) -> Assessment | None:
    """With `mapped`: of which photo a map is there, and of which label."""
    maps = PhotoFinding.objects.filter(assessment=OuterRef("pk"))
    pairs = ArraySubquery(maps.values(pair=JSONObject(photo="photo_id", label="activation_label")))
    return case.assessments.annotate(mapped=pairs).order_by("-created_at", "-pk").first()


def stored_reasons(case: Case) -> tuple[Reason, ...]:
    """The reasons that put the case where it stands, as they were written with its place."""
    return tuple(
        Reason(
            stored["code"], Source(stored["source"]), stored["text"], stored["points"],
            None if stored["urgency"] is None else Urgency(stored["urgency"]),
        )
        for stored in case.reasons
    )  # fmt: skip


def reasons_without_model(case: Case, rules: Rules | None = None) -> tuple[Reason, ...]:
    """What symptoms and history argue for, by the rules in force or those that are given.

    The model's result never comes near it, so that neither words nor numbers can give it away.
    """
    priority = prioritise(
        finding=None, answers=case.symptoms.answers,
        failed=case.scoring_state == ScoringState.FAILED,
        patient=ranking.risk_of(case.patient, case.submitted_at), submitted_at=case.submitted_at,
        now=timezone.now(), body_site=case.lesion.body_site,
        rules=rules or rulebook.current().rules,
    )  # fmt: skip
    scored = case.scoring_state == ScoringState.SCORED
    return tuple(r for r in priority.reasons if not (scored and r.source is Source.FAIL_SAFE))


def _earlier(actor: User, case: Case, *, before: datetime | None = None) -> tuple[Case, ...]:
    """The patient's other cases, the newest first; `before`: only those that were sent earlier."""
    answer = Review.objects.signed().filter(case=OuterRef("pk")).order_by("-version")
    others = (
        visible_cases(actor)
        .filter(patient_id=case.patient_id)
        .exclude(pk=case.pk)
        .exclude(pk__in=blind_cases(actor))
        .select_related("lesion", "symptoms")
        .defer("notes_index")
        .annotate(
            answer_diagnosis=Subquery(answer.values("diagnosis")[:1]),
            answer_outcome=Subquery(answer.values("outcome")[:1]),
        )
        .order_by("-submitted_at")
    )
    if before is not None:
        others = others.filter(submitted_at__lt=before)
    return tuple(others[:EARLIER])
