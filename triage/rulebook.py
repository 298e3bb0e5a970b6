"""The rule book in force: read here by everything that ranks, counts time or chooses words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from triage.book import AS_DELIVERED, Book, Site, from_kept
from triage.models import RuleBook
from triage.rules import Rules
from triage.urgency import Urgency


@dataclass(frozen=True)
class InForce:
    version: int  # of the RuleBook; 0: as delivered
    book: Book

    @property
    def rules(self) -> Rules:
        return self.book.rules

    @property
    def site(self) -> Site:
        return self.book.site


def current() -> InForce:
    """What the clinic works by now.

    The values are kept in the process; which version is the newest is asked of the database, by a
    request once. Elsewhere ask once for a piece of work, so that all of it goes by one version.
    """
    held = _held.get()
    if held:
        return held[0]
    newest = RuleBook.objects.newest_first().values_list("version", "sha256").first()
    found = InForce(0, AS_DELIVERED) if newest is None else InForce(newest[0], _book(newest[1]))
    if held is not None:
        held.append(found)
    return found


def urgency_choices() -> list[tuple[int, str]]:
    """The urgencies by the clinic's names, for the fields of forms."""
    return [(urgency.value, current().book.name(urgency)) for urgency in Urgency]


def version(number: int) -> InForce:
    """As it stood in this version, 0 for as delivered. Raises RuleBook.DoesNotExist."""
    if number == 0:
        return InForce(0, AS_DELIVERED)
    return InForce(number, from_kept(RuleBook.objects.get(version=number).values))


def since(moment: datetime) -> list[InForce]:
    """Every version that was in force at some time since then, the newest first."""
    found = []
    rows = RuleBook.objects.newest_first().values_list("version", "sha256", "created_at")
    for number, sha256, created_at in rows.iterator(chunk_size=20):
        found.append(InForce(number, _book(sha256)))
        if created_at <= moment:
            return found
    return [*found, InForce(0, AS_DELIVERED)]


def changed_at() -> datetime | None:
    """When the newest version was written; None: as delivered."""
    return RuleBook.objects.newest_first().values_list("created_at", flat=True).first()


@contextmanager
def one_version() -> Iterator[None]:
    """What is done inside goes by the version that `current` finds first."""
    token = _held.set([])
    try:
        yield
    finally:
        _held.reset(token)


def forget() -> None:
    """A new version was written: `current` asks again."""
    if held := _held.get():
        held.clear()


class OneVersionMiddleware:
    """A request goes by one version from its beginning to its end."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with one_version():
            return self.get_response(request)


_held: ContextVar[list[InForce] | None] = ContextVar("rule book in use", default=None)


@lru_cache(maxsize=32)
def _book(sha256: str) -> Book:
    """By its digest, not its number: what is written once never changes under it."""
    return from_kept(RuleBook.objects.filter(sha256=sha256).newest_first()[0].values)
