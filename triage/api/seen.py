"""A case as one person may see it: what is shown, and what is withheld and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils import timezone

from portal.accounts.models import User
from triage import conditions, rulebook, worklist
from triage.access import Look, looks_at
from triage.answers import Answer, as_told, held_back, preliminary, signed_answer
from triage.history import in_words
from triage.models import Assessment, Case, Photo, Review, ScoringState, Symptoms, Thread
from triage.patients import PROFILE
from triage.permissions import blind_cases
from triage.priority import Reason, is_emergency
from triage.ranking import clinician_urgency_of
from triage.reading import Reading, reasons_without_model, stored_reasons
from triage.rulebook import InForce
from triage.symptoms import evidence
from triage.urgency import Urgency

OPINION_FIRST = "commit your first opinion first"
REVIEW_FIRST = "shown once a dermatologist has answered"

STATUS = {
    ScoringState.WAITING: "waiting",
    ScoringState.CLAIMED: "scoring",
    ScoringState.SCORED: "scored",
    ScoringState.FAILED: "failed",
}
STATUSES = (*STATUS.values(), "answered")


def urgency_name(urgency: int) -> str:
    """The urgency as the API writes it: emergency, urgent_cancer, soon, routine, advice."""
    return Urgency(urgency).name.lower()


URGENCIES = {urgency_name(urgency): urgency for urgency in Urgency}


@dataclass(frozen=True)
class Likely:
    condition: str  # code
    name: str
    probability: float


@dataclass(frozen=True)
class ShownAssessment:
    model_version: str
    top: tuple[Likely, ...]
    malignancy_risk: float  # as the case is ranked
    in_domain: bool
    history: "ShownHistory | None" = None

    @classmethod
    def of(cls, assessment: Assessment, *, named: bool = True) -> "ShownAssessment":
        """`named` False: the model does not know such a photo, so its labels are no result."""
        top = [Likely(code, _name(code), p) for code, p in assessment.top]
        return cls(
            assessment.model_version, tuple(top if named else ()),
            assessment.worst_malignancy_risk, assessment.in_domain,
        )  # fmt: skip

    @classmethod
    def for_staff(cls, assessment: Assessment) -> "ShownAssessment":
        return replace(cls.of(assessment), history=ShownHistory.of(assessment))


@dataclass(frozen=True)
class ShownMove:
    fact: str
    words: str
    melanoma: float
    malignancy: float


@dataclass(frozen=True)
class ShownHistory:
    """What the photos said alone, and what the history made of it."""

    photo_malignancy_risk: float
    photo_melanoma_risk: float
    malignancy_risk: float
    melanoma_risk: float
    moved: tuple[ShownMove, ...]

    @classmethod
    def of(cls, assessment: Assessment) -> "ShownHistory | None":
        said = assessment.with_history
        if said is None:
            return None
        return cls(
            assessment.malignancy_risk, assessment.melanoma_risk,
            said.malignancy_risk, said.melanoma_risk,
            tuple(ShownMove(one.fact, in_words(one.fact, said.facts), one.melanoma, one.malignancy)
                  for one in said.moved),
        )  # fmt: skip


def _name(code: str) -> str:
    known = conditions.find(code)
    return known.name if known else code


@dataclass(frozen=True)
class Row:
    """A case in a list."""

    viewer: User
    case: Case
    in_force: InForce
    emergency_told: bool | None  # a message about it tells of an emergency sign; staff's business

    @property
    def reference(self) -> str:
        return self.case.reference

    @property
    def status(self) -> str:
        return (
            "answered" if self.case.answered_at else STATUS[ScoringState(self.case.scoring_state)]
        )

    @cached_property
    def held_back(self) -> bool:
        return self.viewer.is_patient and held_back(self.case, self.in_force.site)

    @property
    def urgency(self) -> str | None:
        """As signed, before that as ranked; for a patient whose result is held back what their own
        answers argue for."""
        if self.case.answered_at:
            return urgency_name(clinician_urgency_of(self.case))
        if not self.held_back:
            return urgency_name(self.case.urgency)
        argued = [r.urgency for r in self._without_model if r.urgency is not None]
        return urgency_name(min(argued)) if argued else None

    @property
    def how_soon(self) -> str | None:
        return self.urgency and self.in_force.book.how_soon(URGENCIES[self.urgency])

    @property
    def _without_model(self) -> tuple[Reason, ...]:
        return reasons_without_model(self.case, self.in_force.rules)

    @property
    def due_at(self) -> Any:
        return None if self.held_back else self.case.due_at

    @property
    def score(self) -> int | None:
        """The model is in it, so a list keeps it from readers until the case is answered."""
        blind = self.viewer.is_dermatologist and not self.case.answered_at
        hidden = self.held_back or (blind and self.in_force.site.commit_then_reveal)
        return None if hidden else self.case.score

    @property
    def submitted_at(self) -> Any:
        return self.case.submitted_at

    @property
    def answered_at(self) -> Any:
        return self.case.answered_at

    @property
    def waits_for_photos_since(self) -> Any:
        """Its clock stands still since then."""
        return self.case.paused_at

    @property
    def body_site(self) -> str:
        return self.case.lesion.body_site

    @property
    def body_side(self) -> str:
        return self.case.lesion.side

    @property
    def desk(self) -> dict[str, Any] | None:
        """On whose desk it lies now; staff's business."""
        reader = None if self.viewer.is_patient else worklist.holder(self.case)
        if reader is None:
            return None
        return {
            "reader": str(reader),
            "yours": reader.pk == self.viewer.pk,
            "until": self.case.reader_lease_until,
        }


class BlindRow(Row):
    """A case in the list of who reads it a second time, blind: not how urgent others found it."""

    urgency = how_soon = due_at = score = None


def rows(viewer: User, cases: Iterable[Case]) -> list[Row]:
    """The cases of a list, each as this viewer may see it."""
    in_force, cases = rulebook.current(), list(cases)
    blind = set(blind_cases(viewer).filter(case__in=cases).values_list("case", flat=True))
    alarming = set(Thread.objects.alarming().filter(case__in=cases).values_list("case", flat=True))
    return [
        (BlindRow if case.pk in blind else Row)(
            viewer, case, in_force, None if viewer.is_patient else case.pk in alarming
        )
        for case in cases
    ]


@dataclass(frozen=True)
class Whole(Row):
    """A case on its own: build it with `of_patient` or `of_reader`."""

    assessment: ShownAssessment | None
    reasons: tuple[Reason, ...]
    withheld: str | None  # why assessment and reasons of the model are not there
    review: Answer | None  # the newest signed one, as the patient is told it
    review_for_staff: Review | None = None  # the same, in full
    my_review: Review | None = None  # this reader's draft
    looks: tuple[Look, ...] | None = None  # for the patient
    blind: bool = False  # a reader before their first opinion

    @classmethod
    def of_patient(cls, viewer: User, case: Case) -> "Whole":
        """As the patient's page shows it, with the setting that may hold the model's part back."""
        in_force = rulebook.current()
        held = held_back(case, in_force.site)
        result = preliminary(case)
        newest = case.assessments.order_by("-created_at", "-pk").first() if result else None
        return cls(
            viewer, case, in_force, emergency_told=None,
            assessment=newest and ShownAssessment.of(newest, named=bool(result.likely)),
            reasons=tuple(
                reason
                for reason in (
                    reasons_without_model(case, in_force.rules) if held else stored_reasons(case)
                )
                if reason.code != "model_history"
            ),
            withheld=REVIEW_FIRST if held else None,
            review=_told(signed_answer(case)),
            looks=tuple(looks_at(case)),
        )  # fmt: skip

    @classmethod
    def of_reader(cls, viewer: User, reading: Reading) -> "Whole":
        """As the reading page shows it: a first opinion comes before the model's."""
        seen = reading.assessment
        signed = reading.signed[-1] if reading.signed else None
        return cls(
            viewer, reading.case, rulebook.current(), emergency_told=reading.told_emergency,
            assessment=seen and ShownAssessment.for_staff(seen),
            reasons=reading.reasons,
            withheld=OPINION_FIRST if reading.model_waits else None,
            review=_told(signed),
            review_for_staff=signed,
            my_review=reading.draft,
            blind=not reading.model_shown,
        )  # fmt: skip

    @property
    def score(self) -> int | None:
        return None if self.held_back or self.blind else self.case.score

    @property
    def priority(self) -> dict[str, Any]:
        return {"score": self.score, "due_at": self.due_at}

    @property
    def emergency(self) -> str | None:
        told = self.in_force.book.emergency_text
        return told if is_emergency(evidence(self.symptoms.answers)) else None

    @property
    def scoring_problem(self) -> str | None:
        return None if self.viewer.is_patient else self.case.scoring_problem

    @property
    def symptoms(self) -> Symptoms:
        return self.case.symptoms

    @property
    def notes(self) -> str:
        return self.symptoms.notes

    @property
    def photos(self) -> list["ShownPhoto"]:
        return [ShownPhoto(photo) for photo in self.case.photos.all()]

    @property
    def patient(self) -> dict[str, Any] | None:
        """What a dermatologist needs to know of the patient; patients have their profile."""
        if self.viewer.is_patient:
            return None
        patient = self.case.patient
        told = {name: getattr(patient, name) for name in PROFILE if name != "birth_date"}
        return told | {"age": patient.age_on(timezone.now().date())}


def _told(signed: Review | None) -> Answer | None:
    return None if signed is None else as_told(signed)


@dataclass(frozen=True)
class ShownPhoto:
    photo: Photo

    @property
    def id(self) -> Any:
        return self.photo.pk

    @property
    def url(self) -> str:
        return reverse("api:photo", args=[self.photo.pk])

    @property
    def thumbnail_url(self) -> str:
        return reverse("api:photo_thumbnail", args=[self.photo.pk])
