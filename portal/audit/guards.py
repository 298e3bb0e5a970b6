"""Who may open a page at all; whoever may not is told that there is no such page, and recorded.

A guard stands outermost, so that it answers before the view looks at the request.
"""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from portal.accounts.models import Role
from portal.audit.ledger import record_denied

View = Callable[..., HttpResponseBase]


def only_for(*roles: Role) -> Callable[[View], View]:
    """Guard a view: a stranger is sent to log in, another role gets 404 and an entry
    (`page.opened`, denied, with the name of the page).
    """

    def guard(view: View) -> View:
        @wraps(view)
        @login_required
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if request.user.role not in roles:
                page = request.resolver_match.view_name
                record_denied(
                    actor=request.user, action="page.opened", object_type="page", object_id=page
                )
                raise Http404
            return view(request, *args, **kwargs)

        return guarded

    return guard


for_administrators = only_for(Role.ADMINISTRATOR)
