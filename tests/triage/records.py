"""A patient with at least one row in every table that can hold something about them."""

import uuid
from datetime import timedelta

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.tokens import issue_token
from portal.audit.ledger import record
from tests import cast
from triage import access, my_lesions, patients, reviews, scoring, worklist
from triage.models import (
    Breach,
    Case,
    ConsentKind,
    Conversation,
    Draft,
    LegalHold,
    LinkPurpose,
    MailPreference,
    Message,
    Notification,
    NotificationKind,
    OneTimeLink,
    PathologyResult,
    PathologySource,
    PhotoEmbedding,
    PhotoRequest,
    Replay,
    SecondReading,
    SecondReadingKind,
    Thread,
)
from triage.models.embedding import LENGTH


def everything_about(people: cast.Cast, *, user: User | None = None, canary: str = "told") -> Case:
    """The newest case of `user` (the cast's first patient), who has an answered one too; what is
    text holds the canary."""
    user = user or people.patient
    user.name = f"{canary}-name"
    user.save(update_fields=["name"])
    patient = patients.patient_of(user)
    patients.update_profile(actor=user, patient=patient, medication=f"{canary}-drug")
    for kind in ConsentKind:
        patients.grant_consent(actor=user, patient=patient, kind=kind)
    answered = cast.send_case(user, notes=f"{canary} notes of the first", diameter_mm=4.0)
    _score(answered, f"{canary}-fact")
    answer(people, answered, canary=canary, follow_up_weeks=12)
    case = cast.send_case(user, notes=f"{canary} notes of the second", bleed=True)
    my_lesions.rename(actor=user, lesion=case.lesion, nickname=f"{canary} mole")
    access.read_case(actor=people.dermatologist, reference=case.reference)
    photo = answered.photos.get()
    access.read_photo(actor=people.dermatologist, photo_id=str(photo.pk))
    _around_the_account(user)
    _around_the_case(people, answered, canary)
    cast.add_photo(user)
    now = timezone.now()
    Draft.objects.create(patient=patient, entered={"notes": f"{canary}-draft"}, step="start")
    Conversation.objects.create(
        patient=patient, turns=[{"text": f"{canary} itches", "on": "2026-11-20"}]
    )
    LegalHold.objects.create(
        patient=patient, reason=f"{canary}-reason", placed_by=people.administrator, placed_at=now,
        lifted_by=people.administrator, lifted_at=now,
    )  # fmt: skip
    return case


def _score(case: Case, fact: str) -> None:
    from triage.history import WithHistory

    for claim in scoring.claim_batch(worker="w"):
        if claim.case_id != case.pk:
            scoring.put_back(worker="w", claims=[claim])
            continue
        found = tuple(
            scoring.PhotoResult(photo.id, {"NV": 1.0}, True, [[0.0, 1.0]], "NV")
            for photo in claim.photos
        )
        told = WithHistory({"NV": 1.0}, 0.1, 0.1, {"body_site": fact})
        result = cast.said(photos=found, history=told)
        scoring.record_assessment(worker="w", claim=claim, result=result)
    assessment = case.assessments.get()
    Replay.objects.create(assessment=assessment, asked_at=timezone.now(), numbers={"NV": 1.0})
    PhotoEmbedding.objects.create(
        photo=case.photos.get(), model_version="test-1", vector=[1.0] + [0.0] * (LENGTH - 1)
    )


def answer(
    people: cast.Cast, case: Case, *, canary: str = "told", follow_up_weeks: int | None = None
) -> None:
    """The clinic's dermatologist signs that it is a mole."""
    reader = people.dermatologist
    assert worklist.claim(actor=reader, case=case)
    review = reviews.open_review(actor=reader, case=case)
    reviews.commit_first_opinion(actor=reader, review=review, opinion=reviews.Opinion("NV", 4, 3))
    decision = reviews.Decision(
        diagnosis="NV", urgency=4, outcome="discharge", advice=f"{canary} advice",
        safety_net=f"{canary} net", urgency_reason="Clearly a mole", confidence=3,
        differential=f"{canary} differential", adequate={str(case.photos.get().pk): True},
        follow_up_weeks=follow_up_weeks,
    )  # fmt: skip
    reviews.sign(actor=reader, review=review, decision=decision)
    case.refresh_from_db()


def _around_the_account(user: User) -> None:
    address = EmailAddress.objects.get(user=user)
    EmailConfirmation.objects.create(
        email_address=address, key=uuid.uuid4().hex, sent=timezone.now()
    )
    Authenticator.objects.create(
        user=user, type=Authenticator.Type.RECOVERY_CODES, data={"secret": "x"}
    )
    session = SessionStore()
    session["anything"] = "x"
    session.create()
    UserSession.objects.create(
        user=user, ip="192.0.2.7", user_agent="A telephone", session_key=session.session_key
    )
    issue_token(user)
    MailPreference.objects.update_or_create(user=user, defaults={"mail": True})


def _around_the_case(people: cast.Cast, case: Case, canary: str) -> None:
    now, reader, patient = timezone.now(), people.dermatologist, case.patient
    later = now + timedelta(days=7)
    thread, _ = Thread.objects.get_or_create(
        case=case, defaults={"clinic": case.clinic, "patient": patient, "last_at": now}
    )
    for author in (patient.user, reader):
        Message.objects.create(
            thread=thread, author=author, from_patient=author == patient.user,
            text=f"{canary} message", sent_at=now,
        )  # fmt: skip
    request = PhotoRequest.objects.create(
        case=case, asked_by=reader, asked_at=now, reasons=["blurred"], note=f"{canary}-wanted",
        wanted_by=later, closed_at=now + timedelta(seconds=1), ending="sent",
    )  # fmt: skip
    OneTimeLink.objects.create(
        purpose=LinkPurpose.PHOTOS_AGAIN, patient=patient, photo_request=request,
        token_hash=uuid.uuid4().hex * 2, made_at=now, expires_at=later,
    )  # fmt: skip
    Notification.objects.get_or_create(
        user=patient.user, kind=NotificationKind.PHOTOS_WANTED, key=f"request-{request.pk}",
        defaults={"case": case, "photo_request": request},
    )  # fmt: skip
    Breach.objects.create(case=case, due_at=now, urgency=3, noticed_at=now)
    review = case.reviews.signed().last()
    SecondReading.objects.create(
        case=case, review=review, kind=SecondReadingKind.RANDOM, reader=people.dermatologist2,
        blinded=True, asked_at=now, due_at=later, diagnosis="NV", urgency=4, confidence=2,
        comment=f"{canary} comment", signed_at=now, disagrees=False,
    )  # fmt: skip
    PathologyResult.objects.create(
        case=case, lesion=case.lesion, diagnosis="NV", report=f"{canary} report",
        reported_on=now.date(), source=PathologySource.ENTERED, entered_by=reader, entered_at=now,
        told_by=reader, told_at=now, told_text=f"{canary} told",
    )  # fmt: skip
    with transaction.atomic():
        record(actor=reader, action="photo.viewed", about=case.photos.get(), size="full",
               patient_id=patient.pk, case=case.reference)  # fmt: skip
