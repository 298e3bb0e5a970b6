"""Every error of the API as an RFC 9457 problem document.

The domain's exceptions carry their message in their docstring; here each gets its status.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions as drf

from portal import outage
from portal.accounts import tokens
from triage import intake, messages, photos, retakes, reviews, worklist

CONTENT_TYPE = "application/problem+json"
UNREADABLE = "The request could not be read."
NOT_FOUND = "There is nothing here that you may see."


class TooLarge(drf.APIException):
    """The request is larger than a case can be. Send at most six photos of 15 MB each."""

    status_code = 413
    default_detail = __doc__
    default_code = "too-large"


class Conflict(drf.APIException):
    """Somebody else was faster, or it is no longer open."""

    status_code = 409
    default_detail = __doc__
    default_code = "conflict"


class PhotosRefused(Exception):
    """Some photos can't be used, so nothing was kept. Replace them and send the case again."""

    def __init__(self, refused: Mapping[int, photos.PhotoRefused]) -> None:
        super().__init__(refused)
        self.refused = refused  # by the photo's place in the request, from 0


class ReadBlind(Exception):
    """You are asked for a blinded second reading of this case: sign it on its page first."""


@dataclass(frozen=True)
class Problem:
    status: int
    kind: str  # the last part of its type, urn:problem:KIND; never changes
    detail: str  # what to do
    errors: Sequence[Mapping[str, Any]] = ()  # field and message of each fault
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self, request: HttpRequest) -> JsonResponse:
        body: dict[str, Any] = {
            "type": f"urn:problem:{self.kind}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": request.path,
        }
        if self.errors:
            body["errors"] = list(self.errors)
        return JsonResponse(
            body, status=self.status, headers=self.headers, content_type=CONTENT_TYPE
        )


# What the domain refuses, by its exception: status and kind.
REFUSALS: dict[type[Exception], tuple[int, str]] = {
    intake.ConsentMissing: (403, "consent-missing"),
    intake.SeeInPerson: (403, "see-in-person"),
    intake.QuotaReached: (429, "quota-reached"),
    intake.PhotosMissing: (400, "invalid"),
    intake.TooManyPhotos: (400, "invalid"),
    photos.TooManyUploads: (429, "quota-reached"),
    reviews.NotYours: (409, "not-on-your-desk"),
    reviews.OpinionFirst: (409, "opinion-first"),
    reviews.AlreadyCommitted: (409, "already-committed"),
    reviews.AlreadyAmended: (409, "already-amended"),
    reviews.Incomplete: (400, "invalid"),
    retakes.NotOnDesk: (409, "not-on-your-desk"),
    retakes.NotPausable: (409, "clock-not-stopped"),
    retakes.NoReason: (400, "invalid"),
    retakes.NotWanted: (409, "photos-not-wanted"),
    messages.Empty: (400, "invalid"),
    messages.TooLong: (400, "invalid"),
    messages.TooManyMessages: (429, "quota-reached"),
    worklist.BadCursor: (400, "invalid"),
    PhotosRefused: (400, "photos-refused"),
    ReadBlind: (409, "read-blind"),
    tokens.Refused: (401, "login-refused"),
    tokens.CodeRequired: (401, "code-required"),
    tokens.MfaRequired: (403, "second-factor-required"),
}
FIELDS = {
    intake.PhotosMissing: "photos",
    intake.TooManyPhotos: "photos",
    worklist.BadCursor: "cursor",
    retakes.NoReason: "reasons",
    messages.Empty: "text",
    messages.TooLong: "text",
}
HOW = {  # what an API client can do, where the domain's message speaks of a page
    intake.ConsentMissing: 'POST {"kind": "care"} to /api/v1/consents/ with the patient\'s consent.'
}


def problem_document(exc: Exception, context: Mapping[str, Any]) -> JsonResponse | None:
    """REST framework's exception handler. None for a fault of ours, which becomes a 500."""
    found = problem_of(exc)
    return None if found is None else found.answer(context["request"])


def problem_of(exc: Exception) -> Problem | None:
    if type(exc) in REFUSALS:
        return _refusal(exc)
    if isinstance(exc, Http404 | ObjectDoesNotExist):
        return Problem(404, "not-found", NOT_FOUND)
    if isinstance(exc, PermissionDenied):
        return Problem(403, "forbidden", "You may not do this.")
    if isinstance(exc, RequestDataTooBig | TooManyFilesSent | TooManyFieldsSent):
        return Problem(413, "too-large", str(TooLarge.default_detail))
    if isinstance(exc, SuspiciousOperation | RecursionError):
        return Problem(400, "unreadable", UNREADABLE)
    if isinstance(exc, drf.ValidationError):
        errors = [*_flat(exc.detail)]
        return Problem(400, "invalid", "Some fields are not right; see errors.", errors)
    if isinstance(exc, drf.APIException):
        return _framework(exc)
    return None


def _refusal(exc: Exception) -> Problem:
    status, kind = REFUSALS[type(exc)]
    detail = HOW.get(type(exc)) or " ".join(str(exc.__doc__).split())
    headers = {"WWW-Authenticate": "Token"} if status == 401 else {}
    if retry_after := getattr(exc, "retry_after", None):
        headers["Retry-After"] = str(retry_after)
        detail += f" Try again in {retry_after} seconds."
    errors: list[Mapping[str, Any]] = []
    if isinstance(exc, reviews.Incomplete):
        errors = [{"field": name, "message": text} for name, text in exc.problems.items()]
        detail = "The review lacks something; see errors."
    elif isinstance(exc, PhotosRefused):
        errors = [
            {"field": f"photos.{index}", "index": index, "name": f"Photo {index + 1}",
             "code": refused.code, "message": refused.message}
            for index, refused in exc.refused.items()
        ]  # fmt: skip
    elif type(exc) in FIELDS:
        errors = [{"field": FIELDS[type(exc)], "message": detail}]
    return Problem(status, kind, detail, errors, headers)


def _framework(exc: drf.APIException) -> Problem:
    headers = {}
    if authenticate := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    kind = str(exc.default_code).replace("_", "-")
    return Problem(exc.status_code, kind, str(exc.detail), headers=headers)


def _flat(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """REST framework's nested errors as one list; `field` is the path with dots, "" for all."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(filter(None, [path, own])))
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, Mapping)
            yield from _flat(inner, f"{path}.{place}" if nested and path else path)
    else:
        yield {"field": path, "message": str(detail)}


# -- what never reaches a view of the API, or breaks on its way -----------------------------------
@csrf_exempt
def unknown_address(request: HttpRequest, **kwargs: object) -> JsonResponse:
    """Whatever is under /api/ and isn't the API."""
    return Problem(404, "not-found", "No such address; addresses end with a slash.").answer(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400 for all addresses."""
    if not request.path.startswith("/api/"):
        return defaults.bad_request(request, exception)
    found = problem_of(exception) or Problem(400, "unreadable", UNREADABLE)
    return found.answer(request)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500 for all addresses; 503 while the database can't be reached."""
    problem = sys.exception()
    if problem is not None and outage.database_away(problem):
        outage.note(request, problem)
        answer = _away(request)
        answer._has_been_logged = True  # else Django adds a traceback
        return answer
    if not request.path.startswith("/api/"):
        return defaults.server_error(request)
    detail = "Something went wrong on our side. Try again."
    return Problem(500, "internal", detail).answer(request)


def _away(request: HttpRequest) -> HttpResponse:
    headers = {"Retry-After": str(outage.RETRY_AFTER)}
    if not request.path.startswith("/api/"):
        page = loader.get_template("503.html").render()  # without a request: that asks who it is
        return HttpResponse(page, status=503, headers=headers)
    detail = "The portal cannot reach its database for a moment. Try again."
    return Problem(503, "unavailable", detail, headers=headers).answer(request)
