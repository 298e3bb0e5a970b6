"""Who may open a page at all. Anybody else who is logged in is told that there is no such page.

A guard stands outermost, so that it answers before the view looks at the request.
"""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse

from portal.accounts.models import Role

View = Callable[..., HttpResponse]


def _for(*roles: Role) -> Callable[[View], View]:
    def guard(view: View) -> View:
        @wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if request.user.role not in roles:
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return guard


for_patients = _for(Role.PATIENT)
for_dermatologists = _for(Role.DERMATOLOGIST)
for_patients_and_dermatologists = _for(Role.PATIENT, Role.DERMATOLOGIST)
