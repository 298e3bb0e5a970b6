"""Cut notes into words that know where they stand in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

NOTES_LIMIT = 5000  # characters that are read; the form accepts no more

# Alternatives start with different characters and repeat only one character class at a time, so
# the scan never goes back over the text.
_WORD = re.compile(
    r"\d+(?:[.,]\d+)?|(?<!\w)\.\d+|[^\W\d_]+(?:['’`´][^\W\d_]+)*|[.,;:?!()/&=<>+~–—\-\n½¼¾×*]"
)

_APOSTROPHES = str.maketrans("’`´", "'''")


@dataclass(frozen=True)
class Word:
    """One word, number or punctuation mark; `text[start:end]` is how it was written."""

    low: str  # lower case; apostrophes gone where they join a 'not'
    start: int
    end: int


def split(text: str) -> list[Word]:
    """The words of the first NOTES_LIMIT characters; the rest is not read."""
    words = []
    for match in _WORD.finditer(text[:NOTES_LIMIT]):
        words.append(Word(_plain(match[0]), match.start(), match.end()))
    return words


def _plain(written: str) -> str:
    low = written.lower().translate(_APOSTROPHES)
    return low.replace("'", "") if low.endswith("n't") else low


def word_set(text: str) -> frozenset[str]:
    """The words of a list that is written as one string."""
    return frozenset(text.split())
