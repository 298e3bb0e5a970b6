"""The patient's own record: profile and consents, each change on record."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.audit.ledger import record
from triage import ranking, similar
from triage.models import Consent, ConsentKind, Patient
from triage.models.consent import CURRENT_VERSION

PROFILE = ("birth_date", "sex", "skin_type", "previous_skin_cancer", "family_melanoma",
           "immunosuppression", "medication", "sun_exposure", "phone")  # fmt: skip
OLDEST = 125  # years
REDIRECT_BELOW_AGE = 16  # years: teledermatology of children needs a clinician face to face


def patient_of(user: User) -> Patient:
    """The patient record behind a patient's account, begun when first asked for."""
    if not user.is_patient:
        raise Patient.DoesNotExist
    patient, _ = Patient.objects.get_or_create(user=user)
    return patient


def update_profile(*, actor: User, patient: Patient, **changes: Any) -> None:
    """Write the given profile fields, and rank the patient's open cases by what is known now.

    The ledger names the fields, not what they now say.
    """
    changed = [
        name for name in PROFILE if name in changes and getattr(patient, name) != changes[name]
    ]
    if not changed:
        return
    with transaction.atomic():
        for name in changed:
            setattr(patient, name, changes[name])
        patient.save(update_fields=changed)
        waiting = patient.cases.open().select_for_update(of=("self",)).order_by("pk")
        ranking.rerank(cases=list(waiting.select_related("patient", "lesion", "symptoms")))
        record(actor=actor, action="patient.updated", about=patient, patient_id=patient.pk,
               fields=changed)  # fmt: skip


def grant_consent(*, actor: User, patient: Patient, kind: ConsentKind) -> Consent:
    """Consent to the present wording; one of an older wording is withdrawn in favour of it."""
    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=patient.pk)
        standing = patient.consents.filter(kind=kind, withdrawn_at__isnull=True).first()
        if standing and standing.version == CURRENT_VERSION[kind]:
            return standing
        now = timezone.now()
        if standing:
            Consent.objects.filter(pk=standing.pk).update(withdrawn_at=now)
        consent = Consent.objects.create(
            patient=patient, kind=kind, version=CURRENT_VERSION[kind], granted_at=now
        )
        record(actor=actor, action="consent.granted", about=consent, patient_id=patient.pk,
               kind=kind, version=consent.version)  # fmt: skip
        if kind == ConsentKind.IMPROVEMENT:
            similar.keep_all(patient)
    return consent


def withdraw_consent(*, actor: User, patient: Patient, kind: ConsentKind) -> bool:
    """Withdraw; False where none stood. Cases already sent stay with the clinic."""
    with transaction.atomic():
        standing = patient.consents.select_for_update().filter(kind=kind, withdrawn_at__isnull=True)
        consent = standing.first()
        if consent is None:
            return False
        consent.withdrawn_at = timezone.now()
        consent.save(update_fields=["withdrawn_at"])
        record(actor=actor, action="consent.withdrawn", about=consent, patient_id=patient.pk,
               kind=kind, version=consent.version)  # fmt: skip
        if kind == ConsentKind.IMPROVEMENT:
            similar.forget(patient)
    return True


def consents(patient: Patient) -> dict[str, Consent]:
    """The standing consents by kind."""
    return {c.kind: c for c in patient.consents.filter(withdrawn_at__isnull=True)}


def has_agreed(patient: Patient, kind: ConsentKind) -> bool:
    """Whether consent to the present wording stands; one to an older wording is asked for anew."""
    standing = patient.consents.filter(kind=kind, withdrawn_at__isnull=True)
    return standing.filter(version=CURRENT_VERSION[kind]).exists()


def possible_birth_date(born: date, today: date) -> bool:
    """Whether somebody alive can be born on this day."""
    return today.replace(year=today.year - OLDEST, day=1) < born <= today


def too_young(patient: Patient, day: date) -> bool:
    """Whether this patient is to be redirected to a clinician in person."""
    age = patient.age_on(day)
    return age is not None and age < REDIRECT_BELOW_AGE
