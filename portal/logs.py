"""What goes to the log: which page, never a link's secret nor what was asked for."""

import logging
import re
import sys
from typing import Any

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

from portal.outage import database_away

# Links of mails (invitation, confirmation, new password) open an account by themselves.
SECRET_PATH = re.compile(
    r"^(/invitations/|/link/|/accounts/confirm-email/|/accounts/password/reset/key/)[^/]+"
)


def shown(path: str) -> str:
    """The path as it may be logged: no secret, and no newline that begins a line of its own."""
    return SECRET_PATH.sub(r"\1...", path).encode("unicode_escape").decode("ascii")


class RequestLogMiddleware(RequestMiddleware):
    """django-structlog's, without query strings (they hold names) and secret parts of a path."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {shown(request.path)}"

    def process_got_request_exception(
        self, sender: type[Any], request: HttpRequest, **kwargs: Any
    ) -> None:
        """No traceback for each request while the database is away: portal.outage has its line."""
        problem = sys.exception()
        if database_away(problem):
            request._raised_exception = problem  # type: ignore[attr-defined]  # so that nothing asks who it was, either
        else:
            super().process_got_request_exception(sender, request, **kwargs)


class SecretPaths(logging.Filter):
    """The same for Django's own lines, such as "Forbidden: /path/"."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                shown(value) if isinstance(value, str) and value.startswith("/") else value
                for value in record.args
            )
        return True


def log_lines(*, level: str) -> dict[str, Any]:
    """Django's LOGGING: JSON lines on standard output, our own and the libraries' alike."""
    common = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *common,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    line = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processor": structlog.processors.JSONRenderer(),
        "foreign_pre_chain": common,
    }
    console = {
        "class": "logging.StreamHandler", "formatter": "line", "filters": ["secret paths"]
    }  # fmt: skip
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": line},
        "filters": {"secret paths": {"()": "portal.logs.SecretPaths"}},
        "handlers": {"console": console},
        "root": {"handlers": ["console"], "level": level},
    }
