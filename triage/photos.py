"""Take in photos: untrusted bytes go to a resource-limited process, what comes back is stored.

The decoder is started by name (`python -m inference.image`, which sets its own limits): this
process never decodes, and this package never imports that one.
"""

import json
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import BoundedSemaphore
from typing import BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from portal.accounts.models import User
from portal.audit.ledger import record
from portal.audit.models import Entry, Result
from triage import rulebook
from triage.models import Draft, Patient, PhotoKind, Upload

DECODER = [sys.executable, "-m", "inference.image"]
DECODER_SECONDS = 20  # wall clock; the child limits its own CPU to 10 s
AT_ONCE = 2  # decoders per request
DECODERS = BoundedSemaphore(4)  # in this process: each may take a gigabyte, whoever sends it
UPLOAD_KEPT = timedelta(days=30)


class PhotoRefused(Exception):
    """This file can't be used; `message` says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class TooManyUploads(Exception):
    """This patient has sent more photos than an hour allows."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(retry_after)
        self.retry_after = retry_after  # seconds


@dataclass(frozen=True)
class CleanPhoto:
    photo: bytes  # JPEG, sRGB, upright, without metadata
    thumbnail: bytes
    width: int
    height: int
    sha256: str
    sharpness: float
    brightness: float
    lesion_share: float | None = None  # of the picture's area; 0: none was found
    fingerprint: str = ""
    device: str = ""  # such as "phone: Apple"


def clean(source: BinaryIO) -> CleanPhoto:
    """Decode and re-encode in a child process. Raises PhotoRefused with what to tell the sender."""
    original = source.read(settings.PHOTO_MAX_BYTES + 1)
    if not original:
        raise refusal("empty")
    if len(original) > settings.PHOTO_MAX_BYTES:
        raise refusal("too_large")
    try:
        with DECODERS:
            child = subprocess.run(
                DECODER, input=original, capture_output=True, timeout=DECODER_SECONDS,
                cwd=settings.BASE_DIR, env={"PATH": "", "LANG": "C.UTF-8"}, check=False,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise refusal("too_slow") from None
    header, _newline, body = child.stdout.partition(b"\n")
    if child.returncode == 2:
        raise refusal(json.loads(header)["code"])
    if child.returncode != 0:  # killed at a limit, or crashed: the photo's fault as far as we know
        raise refusal("damaged")
    facts = json.loads(header)
    end = facts["photo_length"]
    return CleanPhoto(
        photo=body[:end],
        thumbnail=body[end : end + facts["thumbnail_length"]],
        **{name: facts[name] for name in _FACTS},
    )


_FACTS = ("width", "height", "sha256", "sharpness", "brightness", "lesion_share", "fingerprint",
          "device")  # fmt: skip


def refusal(code: str) -> PhotoRefused:
    """What to tell the sender, in the decoder's words."""
    return PhotoRefused(code, str(REFUSALS[code]))


REFUSALS = {
    "empty": gettext_lazy("This file is empty. Take or choose the photo again."),
    "not_an_image": gettext_lazy(
        "This file is not a photo. Send a JPEG, PNG, WebP or HEIC photo."
    ),
    "format_not_accepted": gettext_lazy(
        "This kind of picture can't be used. Send a JPEG, PNG, WebP or HEIC photo."
    ),
    "too_large": gettext_lazy("This file is larger than 15 MB. Send a smaller photo."),
    "too_many_pixels": gettext_lazy(
        "This photo has more than 50 million pixels. Choose a lower resolution in your camera."
    ),
    "too_small": gettext_lazy(
        "This photo is smaller than 100 pixels on one side. Send the original photo, not a preview."
    ),
    "wrong_shape": gettext_lazy(
        "This picture is a narrow strip. Send a photo as the camera took it."
    ),
    "damaged": gettext_lazy(
        "This photo is damaged or incomplete. Take it again, or send it again."
    ),
    "animated": gettext_lazy("This picture is an animation. Send a still photo."),
    "too_slow": gettext_lazy(
        "We could not read this file as a photo. Take the photo again, or send it as a JPEG."
    ),
    "too_complex": gettext_lazy(
        "This photo could not be read safely. Take it again with your camera."
    ),
}  # fmt: skip


def clean_all(sources: list[BinaryIO]) -> list[CleanPhoto | PhotoRefused]:
    """Clean several files at once, in order; a refused one is returned in its place."""

    def attempt(source: BinaryIO) -> CleanPhoto | PhotoRefused:
        try:
            return clean(source)
        except PhotoRefused as refused:
            return refused

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(attempt, sources))


def keep(
    *, actor: User, patient: Patient, clean_photo: CleanPhoto, kind: PhotoKind,
    draft: Draft | None = None,
) -> Upload:  # fmt: skip
    """Store a clean photo for a case that is still to be sent. Files first, then the row.

    A `draft` that was sent or thrown away meanwhile no longer takes it; it is swept then.
    """
    name = uuid.uuid4()
    folder = f"{name.hex[:2]}/{name.hex[2:4]}"
    file = default_storage.save(f"{folder}/{name.hex}.jpg", ContentFile(clean_photo.photo))
    thumbnail = default_storage.save(
        f"{folder}/{name.hex}-t.jpg", ContentFile(clean_photo.thumbnail)
    )
    upload = Upload(
        id=name, patient=patient, kind=kind, file=file, thumbnail=thumbnail,
        width=clean_photo.width, height=clean_photo.height, sha256=clean_photo.sha256,
        sharpness=clean_photo.sharpness, brightness=clean_photo.brightness,
        lesion_share=clean_photo.lesion_share, fingerprint=clean_photo.fingerprint,
        device=clean_photo.device,
    )  # fmt: skip
    try:
        _write_down(actor, upload, draft)
    except Exception:  # whatever it was, such as an erasure meanwhile: no row would lead to them
        default_storage.delete(file)
        default_storage.delete(thumbnail)
        raise
    return upload


def _write_down(actor: User, upload: Upload, draft: Draft | None) -> None:
    with transaction.atomic():
        # The lock that sending holds: a photo joins a form before it is sent, or not at all.
        Patient.objects.select_for_update().get(pk=upload.patient_id)
        upload.draft = Draft.objects.filter(pk=draft.pk).first() if draft else None
        upload.save(force_insert=True)
        record(actor=actor, action="photo.uploaded", about=upload, patient_id=upload.patient_id,
               sha256=upload.sha256)  # fmt: skip


def set_kind(*, upload: Upload, kind: PhotoKind) -> None:
    """Say what view a photo shows, as long as it is not sent. Its sending puts that on record."""
    if upload.kind != kind:
        upload.kind = kind
        Upload.objects.filter(pk=upload.pk).update(kind=kind)  # none where it was sent just now


def receive(
    *, actor: User, patient: Patient, sources: list[BinaryIO]
) -> list[CleanPhoto | PhotoRefused]:
    """`clean_all` under the patient's quota, each refusal on record. Raises TooManyUploads."""
    check_upload_quota(patient)
    cleaned = clean_all(sources)
    refusals = [one for one in cleaned if isinstance(one, PhotoRefused)]
    with transaction.atomic():
        for refused in refusals:
            record(actor=actor, action="photo.refused", object_type="upload", result=Result.FAILED,
                   patient_id=patient.pk, code=refused.code)  # fmt: skip
    return cleaned


def check_upload_quota(patient: Patient) -> None:
    """Raises TooManyUploads once an hour's cases could not hold more photos.

    Counted in the ledger: photos taken off the form again, and files that were no photos, cost the
    decoder as much as those that were sent.
    """
    hour = timedelta(hours=1)
    now = timezone.now()
    allowed = rulebook.current().site.cases_per_hour * settings.PHOTOS_MAX
    tries = Entry.objects.of_patient(patient.pk).doing("photo.uploaded", "photo.refused")
    lately = tries.between(now - hour, None)
    if lately.count() < allowed:
        return
    times = lately.newest_first().values_list("at", flat=True)
    oldest = times[allowed - 1 : allowed].first() if allowed else now
    raise TooManyUploads(retry_after=int((oldest + hour - now).total_seconds()) + 1)


def discard(*, actor: User, upload: Upload) -> bool:
    """Forget a photo that the patient took off the form. False once it has been sent or is gone."""
    return _forget(actor, "photo.discarded", upload)


def sweep_uploads() -> int:
    """Delete uploads that are on no form and in no case. Returns how many."""
    stale = Upload.objects.filter(arrived_at__lt=timezone.now() - UPLOAD_KEPT, draft__isnull=True)
    return sum(_forget("scheduler", "photo.swept", upload) for upload in stale.iterator())


def _forget(actor: User | str, action: str, upload: Upload) -> bool:
    """The row goes first: a submission under way may turn it into a photo, whose files these are
    then. Whoever loses that race leaves them alone."""
    with transaction.atomic():
        gone, _ = Upload.objects.filter(pk=upload.pk).delete()
        if not gone:
            return False
        record(actor=actor, action=action, about=upload, patient_id=upload.patient_id)
    for file in (upload.file, upload.thumbnail):
        default_storage.delete(file.name)
    return True
