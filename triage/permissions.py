"""Who may see what: one queryset filter; every object check and every 404 is derived from it."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet

from portal.accounts.models import User
from triage.models import (
    Case,
    CaseQuerySet,
    Conversation,
    Draft,
    Lesion,
    Notification,
    Photo,
    PhotoFinding,
    Review,
    SecondReading,
    Thread,
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
    reviews = Review.objects.filter(case=OuterRef("photo__case")).order_by()
    revealed = reviews.filter(  # of these photos: of later ones they have no opinion yet
        reader=user, revealed_at__isnull=False, round__gte=OuterRef("assessment__round")
    )
    found = PhotoFinding.objects.filter(
        Exists(revealed) | Exists(reviews.filter(signed_at__isnull=False)),
        photo__in=visible_photos(user),
    )
    return found.exclude(photo__case__in=blind_cases(user))


def blind_cases(reader: User):
    """Ids of the cases that this reader was asked to read without knowing what anybody else,
    or the model, said: until they have signed, no page shows it to them."""
    waiting = SecondReading.objects.waiting().filter(reader=reader, blinded=True)
    return waiting.order_by().values("case")


def visible_notifications(user: User | AnonymousUser):
    """Everybody sees what they were told themselves; of a case, as long as they may see it."""
    if not isinstance(user, User) or not user.is_active:
        return Notification.objects.none()
    mine = Notification.objects.filter(user=user)
    return mine.filter(Q(case__isnull=True) | Q(case__in=visible_cases(user)))


def visible_threads(user: User | AnonymousUser):
    """Messages are seen by who sees their case."""
    seen = Thread.objects.filter(case__in=visible_cases(user))
    return unless_blind(seen, user)


def unless_blind(threads: QuerySet[Thread], user: User | AnonymousUser) -> QuerySet[Thread]:
    """Without those about cases that this user reads blind, for an answer there would tell; but
    whatever tells of an emergency is hidden from nobody."""
    if not isinstance(user, User) or not user.is_dermatologist:
        return threads
    return threads.exclude(case__in=blind_cases(user), emergency=False)


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
