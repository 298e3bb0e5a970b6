"""Who may open the clinic's pages; anybody else gets 404 and an entry in the ledger."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from portal.accounts.models import Role
from portal.audit.guards import View, only_for

for_patients = only_for(Role.PATIENT)
for_dermatologists = only_for(Role.DERMATOLOGIST)
for_patients_and_dermatologists = only_for(Role.PATIENT, Role.DERMATOLOGIST)


def posted_from(page: str, *names: str) -> Callable[[View], View]:
    """A view that takes POST alone and may answer with a page: whoever then asks for its address,
    by Enter in the address bar or another language, is sent to `page`, which it belongs to.

    `names` are the parts of the address that `page` needs; it decides who may see it.
    """

    def guard(view: View) -> Callable[[View], View]:
        posted = require_POST(view)

        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.method in ("GET", "HEAD"):
                return redirect(page, **{name: kwargs[name] for name in names})
            return posted(request, *args, **kwargs)

        return guarded

    return guard
