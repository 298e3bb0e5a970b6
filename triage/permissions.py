"""Who may see what: one queryset filter; every object check and every 404 is derived from it."""

from django.contrib.auth.models import AnonymousUser

from portal.accounts.models import User
from triage.models import (
    Case,
    CaseQuerySet,
    Conversation,
    Draft,
    Lesion,
    Photo,
    PhotoFinding,
    Review,
    SecondReading,
    Upload,
)


def visible_cases(user: User | AnonymousUser) -> CaseQuerySet:
    """A patient sees their own cases, a dermatologist those of their clinic, nobody else any.

    Administrators govern people, rules and the ledger; reading cases is not part of that.
    """
    if not isinstance(user, User) or not user.is_active:
        return Case.objects.none()
    if user.is_patient:
        return Case.objects.filter(patient__user=user)
    if user.is_dermatologist:
        return Case.objects.filter(clinic_id=user.clinic_id)
    return Case.objects.none()


def visible_lesions(user: User | AnonymousUser):
    """A patient sees their own lesions as such; a dermatologist sees cases."""
    if not isinstance(user, User) or not user.is_active or not user.is_patient:
        return Lesion.objects.none()
    return Lesion.objects.filter(patient__user=user)


def visible_photos(user: User | AnonymousUser):
    return Photo.objects.filter(case__in=visible_cases(user))


def visible_activations(user: User | AnonymousUser):
    """Where the model looked: for a dermatologist to whom the model's result was revealed, and for
    all of the clinic's once the case has a signed answer."""
    if not isinstance(user, User) or not user.is_dermatologist:
        return PhotoFinding.objects.none()
    revealed = Review.objects.filter(reader=user, revealed_at__isnull=False)
    told = revealed.values("case") | Review.objects.signed().order_by().values("case")
    found = PhotoFinding.objects.filter(photo__in=visible_photos(user), photo__case__in=told)
    return found.exclude(photo__case__in=blind_cases(user))


def blind_cases(reader: User):
    """Ids of the cases that this reader was asked to read without knowing what anybody else,
    or the model, said: until they have signed, no page shows it to them."""
    waiting = SecondReading.objects.waiting().filter(reader=reader, blinded=True)
    return waiting.order_by().values("case")


def visible_uploads(user: User | AnonymousUser):
    """Photos not sent yet are the patient's alone."""
    if not isinstance(user, User) or not user.is_active or not user.is_patient:
        return Upload.objects.none()
    return Upload.objects.filter(patient__user=user)


def visible_drafts(user: User | AnonymousUser):
    """A form that was begun is the patient's alone until it is sent."""
    if not isinstance(user, User) or not user.is_active or not user.is_patient:
        return Draft.objects.none()
    return Draft.objects.filter(patient__user=user)


def visible_conversations(user: User | AnonymousUser):
    """What a patient told the assistant is theirs alone, for good."""
    if not isinstance(user, User) or not user.is_active or not user.is_patient:
        return Conversation.objects.none()
    return Conversation.objects.filter(patient__user=user)
