"""Links that work once: to one purpose, one patient and one object, for a week.

The secret is in the mail alone; what is stored recognises it. Whoever comes with one is nobody in
particular: they may do the one thing that the link is for, and see nothing of the patient's but the
place on the body that is to be photographed, once they have used the link.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from portal.audit.ledger import record, record_denied
from triage.models import Case, Ending, LinkPurpose, OneTimeLink, PhotoRequest

LIFE = timedelta(days=7)
SESSION = timedelta(hours=2)  # from using it until the page that it opened closes
VISITOR = "link"  # who acts, in the ledger
PARTS = ("photo_request__case__patient__user", "photo_request__case__lesion")


class LinkState(StrEnum):
    GOOD = "good"
    SENT = "sent"  # what it was for has been done: the photos arrived
    USED = "used"
    OLD = "old"  # expired, or a newer one was sent
    DONE = "done"  # what it was for is no longer wanted
    UNKNOWN = "unknown"


class LinkOver(Exception):
    """This link does not work, or no longer; `state` says why."""

    def __init__(self, state: LinkState) -> None:
        super().__init__(state)
        self.state = state


def issue(*, photo_request: PhotoRequest) -> str:
    """A new link's secret, for the mail; links made before for the same no longer work."""
    token = secrets.token_urlsafe(32)
    now = timezone.now()
    patient_id = photo_request.case.patient_id
    with transaction.atomic():
        same = OneTimeLink.objects.filter(photo_request=photo_request)
        same.filter(replaced_at__isnull=True).update(replaced_at=now)
        link = OneTimeLink.objects.create(
            purpose=LinkPurpose.PHOTOS_AGAIN, patient_id=patient_id, photo_request=photo_request,
            token_hash=_hash(token), made_at=now, expires_at=now + LIFE,
        )  # fmt: skip
        record(actor="worker", action="link.made", about=link, patient_id=patient_id,
               purpose=link.purpose, request=photo_request.pk)  # fmt: skip
    return token


def state_of(token: str) -> LinkState:
    """What would become of somebody who used it now. Looking uses nothing up: mail programs look
    at every link."""
    return _state(_find(token), timezone.now())


def request_behind(token: str) -> PhotoRequest | None:
    """What a link that may be over was made for; only to send its owner another one."""
    link = _find(token)
    return link.photo_request if link else None


def use(*, token: str) -> OneTimeLink:
    """Use it up. Raises LinkOver, which is on record."""
    now = timezone.now()
    with transaction.atomic():
        link = _find(token, lock=True)
        state = _state(link, now)
        if state is LinkState.GOOD:
            link.used_at = now
            link.save(update_fields=["used_at"])
            record(actor=VISITOR, action="link.used", about=link, patient_id=link.patient_id,
                   purpose=link.purpose, request=link.photo_request_id)  # fmt: skip
            return link
    _refuse(link, state)
    raise LinkOver(state)


def opened(link_id: int) -> OneTimeLink:
    """A link that was used a while ago, as long as what it opened may be used. Raises LinkOver."""
    link = OneTimeLink.objects.select_related(*PARTS).filter(
        pk=link_id, used_at__gt=timezone.now() - SESSION
    ).first()  # fmt: skip
    if link is None:
        raise LinkOver(LinkState.OLD)
    if not _wanted(link):
        raise LinkOver(_ended(link))
    return link


def _find(token: str, *, lock: bool = False) -> OneTimeLink | None:
    links = OneTimeLink.objects.select_related(*PARTS)
    if lock:
        links = links.select_for_update(of=("self",))
    return links.filter(token_hash=_hash(token)).first()


def _state(link: OneTimeLink | None, now: datetime) -> LinkState:
    if link is None:
        return LinkState.UNKNOWN
    if not _wanted(link):
        return _ended(link)
    if link.used_at:
        return LinkState.USED
    return LinkState.OLD if link.replaced_at or link.expires_at <= now else LinkState.GOOD


def _wanted(link: OneTimeLink) -> bool:
    """The photos are still welcome, and the account still works."""
    case: Case = link.photo_request.case
    user = case.patient.user
    return user.is_active and case.answered_at is None and link.photo_request.welcome


def _ended(link: OneTimeLink) -> LinkState:
    return LinkState.SENT if link.photo_request.ending == Ending.SENT else LinkState.DONE


def _refuse(link: OneTimeLink | None, state: LinkState) -> None:
    record_denied(
        actor=VISITOR, action="link.used", object_type="onetimelink",
        object_id=str(link.pk) if link else "unknown",
        patient_id=link.patient_id if link else None, state=state,
    )  # fmt: skip


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
