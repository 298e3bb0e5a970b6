"""While the database can't be reached: said so, with when to try again, and one line in the log."""

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest

RETRY_AFTER = 10  # seconds, to whoever is answered 503 meanwhile
# PostgreSQL's codes: lost connections, a server that ends or starts, and one without a free place.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
LOST, ENDING, FULL = "08", ("57P01", "57P02", "57P03"), "53300"
log = logging.getLogger(__name__)


def database_away(problem: BaseException | None) -> bool:
    """Whether this is no fault of a query: there is no connection to ask on."""
    if isinstance(problem, InterfaceError):
        return "closed" in str(problem)
    if not isinstance(problem, OperationalError):
        return False
    code = getattr(problem.__cause__, "pgcode", None)  # none where connecting failed
    return code is None or code.startswith(LOST) or code in (*ENDING, FULL)


def note(request: HttpRequest, problem: BaseException) -> None:
    """One line for a request, however many parts of it asked the database in vain."""
    if not getattr(request, "database_away", False):
        request.database_away = True  # type: ignore[attr-defined]
        first = str(problem).strip().partition("\n")[0]
        log.warning("Answered 503, the database cannot be reached: %s", first)
