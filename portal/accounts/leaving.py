"""What is lost where somebody stops working in a clinic; asked before an administrator decides.

The platform does not know the clinic's work: whoever does says here what hangs on a person."""

from collections.abc import Callable

from portal.accounts.models import User

_asked: list[Callable[[User], list[str]]] = []


def ask_also(hangs_on: Callable[[User], list[str]]) -> None:
    """`hangs_on` gives sentences in the reader's language; none where nothing does."""
    if hangs_on not in _asked:
        _asked.append(hangs_on)


def what_hangs_on(person: User) -> list[str]:
    return [text for hangs_on in _asked for text in hangs_on(person)]
