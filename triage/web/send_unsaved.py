"""A page of the form that was sent after the log-in had run out: kept until they are back."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

from triage.models import Draft

_KEY = "unsaved_page"
_MOST = 50_000  # characters: any page of the form, and no more of a stranger's


def kept_over_login(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Put a stranger's page aside in their session, which logging in goes on with, before the
    view's guard sends them to log in. It counts only for whose draft it names."""

    @wraps(view)
    def keeping(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and not request.user.is_authenticated:
            page = request.POST.copy()
            page.pop("csrfmiddlewaretoken", None)
            encoded = page.urlencode()
            if len(encoded) <= _MOST:
                request.session[_KEY] = {"path": request.path, "page": encoded}
        return view(request, *args, **kwargs)

    return keeping


def take(request: HttpRequest, draft: Draft) -> QueryDict | None:
    """What was put aside for this page of this draft, once."""
    kept = request.session.get(_KEY)
    if kept is None or kept["path"] != request.path:
        return None
    del request.session[_KEY]
    page = QueryDict(kept["page"])
    return page if page.get("draft") == str(draft.pk) else None
