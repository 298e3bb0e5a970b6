"""Session policy for every request: staff time out, and staff without a second factor set it up.

A disabled user needs nothing here: Django loads no inactive user, so the next request is anonymous.
"""

import time
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from portal.accounts.mfa import is_enrolled, session_has_shown_it

STARTED, SEEN = "portal_started", "portal_seen"  # Unix seconds, in a staff session
SEEN_STEP = 30  # seconds; a session is written at most this often to note that it is in use
BACKGROUND_HEADER = "X-Background"  # a page that refreshes itself sends it: no sign of a person

ENDED = {
    "idle": "You were logged out because you did nothing for a while. Log in to go on.",
    "absolute": "You were logged out because you logged in long ago. Log in to go on.",
    "mfa": "Log in again with your second step.",
}


class SessionPolicyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)  # the back button shows nothing after log-out
        return response

    def process_view(
        self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict
    ) -> HttpResponse | None:
        user = request.user
        if not (user.is_authenticated and user.works_here):
            return None
        if why := _timed_out(request):
            return _end(request, why)
        _note_use(request)
        if not settings.STAFF_MFA_REQUIRED or _needed_to_set_up(request):
            return None
        if not is_enrolled(user):
            return _send_to_set_up(request)
        if not session_has_shown_it(request):
            return _end(request, "mfa")
        return None


def _timed_out(request: HttpRequest) -> str | None:
    now = time.time()
    if now - request.session.get(STARTED, now) > settings.STAFF_SESSION_ABSOLUTE.total_seconds():
        return "absolute"
    if now - request.session.get(SEEN, now) > settings.STAFF_SESSION_IDLE.total_seconds():
        return "idle"
    return None


def _note_use(request: HttpRequest) -> None:
    now = time.time()
    if STARTED not in request.session:
        request.session[STARTED] = now
    seen = request.session.get(SEEN)
    if seen is None or (BACKGROUND_HEADER not in request.headers and now - seen > SEEN_STEP):
        request.session[SEEN] = now


def _needed_to_set_up(request: HttpRequest) -> bool:
    name = request.resolver_match.view_name if request.resolver_match else ""
    return name.startswith("mfa_") or name in {"account_logout", "account_reauthenticate"}


def _end(request: HttpRequest, why: str) -> HttpResponse:
    request.session_ended_because = why
    logout(request)
    if _is_api(request):
        return _problem(401, "session-ended", ENDED[why])
    messages.info(request, ENDED[why])
    return _go(request, f"{reverse('account_login')}?{urlencode({'next': _page(request)})}")


def _send_to_set_up(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        detail = "Staff use this with two-step login only. Set it up in the portal first."
        return _problem(403, "second-factor-required", detail)
    return _go(request, reverse("mfa_index"))


def _go(request: HttpRequest, where: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": where})  # the whole page, not the fragment
    return HttpResponseRedirect(where)


def _page(request: HttpRequest) -> str:
    """The page to come back to: never one that only takes a POST."""
    if current := request.headers.get("HX-Current-URL"):
        return urlsplit(current).path
    return request.get_full_path() if request.method == "GET" else "/"


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _problem(status: int, kind: str, detail: str) -> JsonResponse:
    """An RFC 9457 problem document."""
    title = {401: "Log in", 403: "Not allowed"}[status]
    body = {"type": f"urn:problem:{kind}", "title": title, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")
