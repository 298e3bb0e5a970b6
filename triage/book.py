"""What a clinic decides for itself, as one value: rules, site settings, names and texts. Pure.

A `Book` is read from and written to plain JSON, so that one can be kept, compared and carried from
one portal to another. What a JSON leaves out is as delivered.
"""

from __future__ import annotations

import copy
import hashlib
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from triage.priority import EMERGENCY_TEXT
from triage.rules import CRITICAL_SITES, DEFAULT, SITE_WORDS, InvalidRules, Rules
from triage.standard_texts import STANDARD_TEXTS, StandardText
from triage.urgency import Urgency

NAME_LENGTH, TEXT_LENGTH = 60, 2000  # characters
WORDS_LIMIT = 200  # words of a list


class InvalidBook(ValueError):
    """This is no rule book that the portal can work with; `problems` says why, by path."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{path}: {what}" for path, what in problems.items()))
        self.problems = problems


@dataclass(frozen=True)
class Site:
    """How the portal itself works."""

    preliminary_result_at_once: bool = True  # else held until a clinician has answered
    commit_then_reveal: bool = True  # a first opinion before the model's result is shown
    cases_per_hour: int = 20  # a patient's quota
    # Shares of signed cases that a second dermatologist reads again without seeing the first
    # answer: of those that the model ranked low, and of all the others
    safety_sample_share: float = 0.05
    blinded_share: float = 0.02
    # New photos are waited for so long, with the clock stopped; the second where it is urgent
    photos_wait_days: int = 7
    urgent_photos_wait_days: int = 2
    keep_records_years: int = 8  # after the last contact; then the record is erased


SITE_LIMITS: Mapping[str, tuple[float, float]] = {
    "cases_per_hour": (1, 1_000_000),
    "safety_sample_share": (0, 1),
    "blinded_share": (0, 1),
    "photos_wait_days": (1, 30),
    "urgent_photos_wait_days": (1, 7),
    "keep_records_years": (1, 100),
}


def _blank() -> Mapping[str, str]:
    return MappingProxyType({urgency.name: "" for urgency in Urgency})


@dataclass(frozen=True)
class Words:
    """The clinic's own words, by name of the urgency; "" stands for the portal's.

    Words without a letter or digit are none. Those about an emergency are added to the portal's.
    """

    names: Mapping[str, str] = field(default_factory=_blank)  # for staff
    how_soon: Mapping[str, str] = field(default_factory=_blank)  # for patients
    emergency: str = ""  # what a patient with an emergency sign reads after the portal's text

    def __post_init__(self) -> None:
        for name in ("names", "how_soon"):
            said = {urgency: _said(own) for urgency, own in getattr(self, name).items()}
            object.__setattr__(self, name, MappingProxyType(said))
        object.__setattr__(self, "emergency", _said(self.emergency))


def _said(own: str) -> str:
    return own.strip() if any(c.isalnum() for c in own) else ""


@dataclass(frozen=True)
class Book:
    rules: Rules = DEFAULT
    site: Site = field(default_factory=Site)
    words: Words = field(default_factory=Words)
    texts: Mapping[str, StandardText] = field(  # by code of ReviewOutcome
        default_factory=lambda: MappingProxyType(STANDARD_TEXTS)
    )

    def __post_init__(self) -> None:
        problems = _wrong_site(self.site) | _wrong_names(self.words)
        for path, value in flat(self).items():
            if not path.startswith(("words.", "texts.")):
                continue
            limit = NAME_LENGTH if path.startswith("words.names.") else TEXT_LENGTH
            if len(value) > limit:
                problems[path] = f"must have {limit} characters or fewer"
            elif path.startswith("texts.") and not _said(value):
                problems[path] = "must not be empty"
        if problems:
            raise InvalidBook(problems)

    def name(self, urgency: Urgency) -> str:
        """What the clinic's staff call this urgency."""
        return self.words.names[urgency.name] or urgency.label

    def how_soon(self, urgency: Urgency) -> str:
        """What a patient is told of it: one or two sentences, and of an emergency the clinic's
        own after the portal's, which always stand."""
        own = self.words.how_soon[urgency.name]
        if urgency is Urgency.EMERGENCY:
            return f"{urgency.how_soon} {own}".strip()
        return own or urgency.how_soon

    @property
    def emergency_text(self) -> str:
        """What a patient with an emergency sign reads before anything else: the portal's text,
        always, then the clinic's own words; its first sentence is the heading."""
        return f"{EMERGENCY_TEXT} {self.words.emergency}".strip()


def _wrong_site(site: Site) -> dict[str, str]:
    wrong = {}
    for name, (low, high) in SITE_LIMITS.items():
        if not low <= getattr(site, name) <= high:  # NaN is not
            wrong[f"site.{name}"] = f"must be from {low} to {high}"
    return wrong


def _wrong_names(words: Words) -> dict[str, str]:
    """Names by which one urgency could be taken for another, in whatever language it is read."""
    own = {urgency: words.names[urgency.name] for urgency in Urgency if words.names[urgency.name]}
    if not own:
        return {}
    taken = {
        urgency: _portal_names(urgency) | {_letters(own.get(urgency, ""))} for urgency in Urgency
    }
    return {
        f"words.names.{urgency.name}": _("must not be the name of another urgency")
        for urgency, name in own.items()
        if any(_letters(name) in names for other, names in taken.items() if other is not urgency)
    }


def _portal_names(urgency: Urgency) -> set[str]:
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(_letters(str(urgency.label)))
    return found


def _letters(name: str) -> str:
    """What of a name is seen to differ from another's."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


# ---- as JSON -----------------------------------------------------------------------------------


def to_json(book: Book) -> dict[str, Any]:
    """Plain values; `from_json` makes an equal book of them."""
    return {
        "rules": {item.name: _plain(getattr(book.rules, item.name)) for item in fields(Rules)},
        "site": {item.name: getattr(book.site, item.name) for item in fields(Site)},
        "words": {item.name: _plain(getattr(book.words, item.name)) for item in fields(Words)},
        "texts": {
            outcome: {"advice": text.advice, "safety_net": text.safety_net}
            for outcome, text in book.texts.items()
        },
    }


def from_json(values: object) -> Book:
    """Raises InvalidBook: not of this form, an unknown name, or a value out of its limits."""
    problems: dict[str, str] = {}
    parts = _object(values, "", problems)
    _refuse_unknown(parts, ("rules", "site", "words", "texts"), "", problems)
    rules = _read(parts.get("rules", {}), "rules", DEFAULT, problems)
    site = _read(parts.get("site", {}), "site", AS_DELIVERED.site, problems)
    words = _read(parts.get("words", {}), "words", AS_DELIVERED.words, problems)
    texts = _read_texts(parts.get("texts", {}), problems)
    if problems:
        raise InvalidBook(problems)
    try:
        return Book(Rules(**rules), Site(**site), Words(**words), MappingProxyType(texts))
    except InvalidRules as wrong:
        paths = {
            f"rules.{name}" if name else "rules": what for name, what in wrong.problems.items()
        }
        raise InvalidBook(paths) from wrong


def from_kept(values: Mapping[str, Any]) -> Book:
    """A version as it was written, which may have been before one of today's limits: its places
    are brought within them, what else is refused now is as delivered. Raises InvalidBook."""
    kept = copy.deepcopy(dict(values))
    sites = kept.get("rules", {}).get("critical_sites")
    if sites is not None:
        kept["rules"]["critical_sites"] = sorted(CRITICAL_SITES | (SITE_WORDS & set(sites)))
    while True:
        try:
            return from_json(kept)
        except InvalidBook as wrong:
            dropped = [_drop(kept, path) for path in wrong.problems]
            if not any(dropped):
                raise


def _drop(values: dict[str, Any], path: str) -> bool:
    """Leave out what is at this path; False where nothing is."""
    *parents, name = path.split(".")
    for parent in parents:
        values = values.get(parent, {})
    return values.pop(name, None) is not None


def digest(book: Book) -> str:
    """SHA-256 of the book's JSON: two books that say the same have the same."""
    text = json.dumps(to_json(book), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def flat(book: Book) -> dict[str, Any]:
    """Each single value by its path, such as "rules.class_urgency.MEL"."""
    found: dict[str, Any] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                walk(inner, f"{path}.{name}" if path else name)
        else:
            found[path] = value

    walk(to_json(book), "")
    return found


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of which `flat` made these paths."""
    whole: dict[str, Any] = {}
    for path, value in values.items():
        *parents, name = path.split(".")
        part = whole
        for parent in parents:
            part = part.setdefault(parent, {})
        part[name] = value
    return whole


def changes(before: Book, after: Book) -> dict[str, tuple[Any, Any]]:
    """What differs, by path: (before, after)."""
    old, new = flat(before), flat(after)
    paths = dict.fromkeys([*old, *new])
    return {
        path: (old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Urgency):
        return value.name
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return value


def _object(value: object, path: str, problems: dict[str, str]) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    problems[path or "file"] = "must be an object"
    return {}


def _refuse_unknown(
    given: Mapping[str, Any], known: Any, path: str, problems: dict[str, str]
) -> None:
    for name in given.keys() - set(known):
        problems[f"{path}.{name}".strip(".")] = "is not known"


def _read(given: object, path: str, start: Any, problems: dict[str, str]) -> dict[str, Any]:
    """The fields of a dataclass like `start`, whose own values fill in what is not given."""
    values = _object(given, path, problems)
    _refuse_unknown(values, start.__dataclass_fields__, path, problems)
    return {
        item.name: _value(values[item.name], f"{path}.{item.name}", old, problems)
        if item.name in values
        else old
        for item in fields(start)
        for old in [getattr(start, item.name)]
    }


def _value(given: Any, path: str, like: Any, problems: dict[str, str]) -> Any:
    """`given` as a value of the kind of `like`."""
    if isinstance(like, Mapping):
        return _mapping(given, path, like, problems)
    for kind, read, what in _KINDS:
        if isinstance(like, kind):
            value = read(given)
            if value is None:
                problems[path] = f"must be {what}"
            return like if value is None else value
    raise TypeError(path)


def _mapping(
    given: Any, path: str, like: Mapping[str, Any], problems: dict[str, str]
) -> Mapping[str, Any]:
    values = _object(given, path, problems)
    _refuse_unknown(values, like, path, problems)
    known = {
        name: _value(values[name], f"{path}.{name}", old, problems) if name in values else old
        for name, old in like.items()
    }
    return MappingProxyType(known)


def _urgency(given: Any) -> Urgency | None:
    return Urgency.__members__.get(given) if isinstance(given, str) else None


def _whole(given: Any) -> int | None:
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _number(given: Any) -> float | None:
    usable = isinstance(given, (int, float)) and not isinstance(given, bool)
    return float(given) if usable and abs(given) < 1e9 else None  # NaN is not


def _words(given: Any) -> frozenset[str] | None:
    if not isinstance(given, list) or len(given) > WORDS_LIMIT:
        return None
    if not all(isinstance(word, str) and word.isalpha() and word == word.lower() for word in given):
        return None
    return frozenset(given)


# In this order: True is an int, and an Urgency is one too.
_KINDS: tuple[tuple[type, Callable[[Any], Any], str], ...] = (
    (bool, lambda given: given if isinstance(given, bool) else None, "true or false"),
    (Urgency, _urgency, "one of " + ", ".join(urgency.name for urgency in Urgency)),
    (int, _whole, "a whole number"),
    (float, _number, "a number"),
    (str, lambda given: given.strip() if isinstance(given, str) else None, "a text"),
    (frozenset, _words, f"a list of at most {WORDS_LIMIT} words in small letters"),
)


def _read_texts(given: object, problems: dict[str, str]) -> dict[str, StandardText]:
    values = _object(given, "texts", problems)
    _refuse_unknown(values, STANDARD_TEXTS, "texts", problems)
    return {
        outcome: StandardText(**_read(values[outcome], f"texts.{outcome}", text, problems))
        if outcome in values
        else text
        for outcome, text in STANDARD_TEXTS.items()
    }


AS_DELIVERED = Book()
