"""The guided form as a browser without JavaScript goes through it, page by page."""

import io
import re
import uuid
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tests import cast
from triage import drafts, patients, photos
from triage.models import Draft, PhotoKind, Upload
from triage.symptoms import QUESTIONS, Group

FLAGS = {q.name: "no" for q in QUESTIONS if q.group is Group.RED_FLAG}
USUAL: dict[str, dict[str, Any]] = {
    "who": {"who": "me"},
    "signs": FLAGS,
    "spot": {"how_many": "one", "lesion": "new"},
    "place": {"region": "back-upper-left"},
    "camera": {},
    "photos": {},
    "changes": {},
    "looks": {},
    "size": {},
    "notes": {},
    "about": {},
}
DRAFT = re.compile(r'name="draft" value="([^"]+)"')


def encoded(picture: Image.Image, form: str = "JPEG", **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def file(content: bytes, name: str = "IMG_0001.JPG") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def begin(client: Client, again: str = "") -> Draft:
    """Press Begin."""
    client.post("/send/" + (f"?again={again}" if again else ""))
    return Draft.objects.get(patient__user=client.user)


def post(
    client: Client, step: str, /, *, draft: str = "", back: bool = False, **entered: Any
) -> Any:
    """One page as somebody with nothing special leaves it, but for what is `entered`."""
    named = draft or str(
        Draft.objects.filter(patient__user=client.user).values_list("pk", flat=True).first()
    )
    address = f"/send/{step}/" + ("?back=review" if back else "")
    return client.post(address, {"draft": named, **USUAL.get(step, {}), **entered})


def go(client: Client, until: str = "review", **entered: dict[str, Any]) -> Draft:
    """Begin and leave every page before `until`, some with what is `entered` there."""
    draft = begin(client)
    for step in list(USUAL)[: list(USUAL).index(until) if until in USUAL else None]:
        _leave(client, draft, step, entered.get(step, {}))
    draft.refresh_from_db()
    return draft


def finish(client: Client, since: str, draft: Draft) -> Any:
    """Leave the pages from `since` on and send."""
    for step in list(USUAL)[list(USUAL).index(since) :]:
        if step != "place" or "lesion" not in entered_in(draft):
            _leave(client, draft, step, {})
    return send(client, draft)


def entered_in(draft: Draft) -> dict[str, Any]:
    draft.refresh_from_db()
    return {name: value for name, value in draft.entered.items() if value != "new"}


def _leave(client: Client, draft: Draft, step: str, entered: dict[str, Any]) -> None:
    if step == "photos" and not draft.uploads.exists():
        add_photo(client.user, draft)
    answer = post(client, step, **entered)
    assert answer.status_code == 302, (step, answer.context["form"].errors)


def send(client: Client, draft: Draft | str = "") -> Any:
    return post(client, "review", draft=str(draft.pk if isinstance(draft, Draft) else draft))


def add_photo(user: Any, draft: Draft, content: bytes | None = None) -> Upload:
    """A photo on the form, as the cleaner would have left it."""
    content = content or cast.jpeg()
    clean = photos.CleanPhoto(content, content, 900, 700, uuid.uuid4().hex * 2, 100.0, 0.5)
    return photos.keep(
        actor=user, patient=patients.patient_of(user), clean_photo=clean,
        kind=PhotoKind.CLOSE_UP, draft=draft,
    )  # fmt: skip


def on_form(client: Client) -> list[str]:
    draft = drafts.open_draft(client.user)
    return [str(upload.pk) for upload in drafts.photos_of(draft)] if draft else []
