"""Read lengths of time ('for 3 months', 'since last summer') and widths ('8 mm') in notes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from triage.words import Word, word_set

_NUMBERS = {
    "a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0,
    "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0, "ten": 10.0, "eleven": 11.0,
    "twelve": 12.0, "fifteen": 15.0, "eighteen": 18.0, "twenty": 20.0, "thirty": 30.0,
    "forty": 40.0, "fifty": 50.0, "couple": 2.0, "few": 3.0, "several": 4.0, "many": 4.0,
    "half": 0.5, "½": 0.5, "¼": 0.25, "¾": 0.75,
}  # fmt: skip
_WEEKS = {}
for _names, _weeks in (
    ("day days", 1 / 7),
    ("week weeks wk wks weak weaks", 1.0),
    ("fortnight fortnights", 2.0),
    ("month months mth mths mnth mnths", 52 / 12),
    ("year years yr yrs", 52.0),
    ("decade decades", 520.0),
):
    _WEEKS.update(dict.fromkeys(_names.split(), _weeks))
_MM = {
    **dict.fromkeys(word_set("mm mms millimetre millimetres millimeter millimeters mil"), 1.0),
    **dict.fromkeys(word_set("cm cms centimetre centimetres centimeter centimeters"), 10.0),
    **dict.fromkeys(word_set("inch inches"), 25.4),
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march", "april", "may", "june", "july", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"), start=1)
    for name in names.split()
}  # fmt: skip
_SEASONS = {"spring": 3, "easter": 4, "summer": 6, "autumn": 9, "christmas": 12, "winter": 12}
# Things of a known size, in mm; of a thing that varies a middling one.
_THINGS = {
    thing: width
    for width, things in (
        (2.0, "pinhead pinheads pinprick matchhead"),
        (3.0, "sesame"),
        (5.0, "lentil lentils peppercorn"),
        (6.0, "rice eraser rubber bb"),
        (7.0, "pea peas ladybird ladybug"),
        (10.0, "blueberry chickpea m&m"),
        (12.0, "smartie bean fingernail button"),
        (15.0, "marble thumbnail"),
        (18.0, "5p"),
        (20.0, "penny coin 1p grape olive cherry"),
        (23.0, "pound euro"),
        (26.0, "2p 10p walnut"),
        (43.0, "golf"),
        (50.0, "egg plum"),
    )
    for thing in things.split()
}
LONGEST_WEEKS = 120 * 52  # nobody has had it for longer than a life
WORDS = frozenset((*_NUMBERS, *_WEEKS, *_MM, *_MONTHS, *_SEASONS, *_THINGS))  # never misspelt
LARGEST_MM = 500.0  # wider than this is a slip of the pen


@dataclass(frozen=True)
class Measure:
    """A number read from the notes, in weeks or millimetres, and where it stands."""

    value: int | float
    start: int
    end: int


def _low(words: list[Word], i: int) -> str:
    return words[i].low if 0 <= i < len(words) else ""


def _number(low: str) -> float | None:
    if low[-1:].isdigit():
        try:
            return float(low.replace(",", "."))
        except ValueError:  # digits of a script that float does not know
            return None
    return _NUMBERS.get(low)


def _number_before(words: list[Word], i: int) -> tuple[float, int] | None:
    """The number that ends just before word `i`, and the index of its first word."""
    at = i - 1
    while at >= 0 and words[at].low in ("of", "+", "-", "good", "or", "so") and i - at < 4:
        at -= 1  # 'a couple of weeks', '10+ years', 'a 6-month'
    number = _number(_low(words, at))
    if number is None:
        return None
    if number == 0.5 and [_low(words, at - 2), _low(words, at - 1)] == ["and", "a"]:
        whole = _number(_low(words, at - 3))  # 'two and a half years'
        return (whole + 0.5, at - 3) if whole is not None else (0.5, at)
    if _low(words, at - 1) == "a" and words[at].low in ("few", "couple", "half"):
        return number, at - 1
    if number == 2 and _low(words, at - 1) == "/" and _low(words, at - 2) == "1":  # 1/2, 2 1/2
        whole = _number(_low(words, at - 3))
        return (whole + 0.5, at - 3) if whole is not None else (0.5, at - 2)
    if words[at].low in ("a", "an") and _low(words, at - 1) == "half":
        return 0.5, at - 1
    return number, at


def read_durations(words: list[Word], *, today: date | None) -> Iterator[Measure]:
    """How long, in whole weeks, for every length of time that may be the age of the lesion.

    Passed over: ages ('54 years old'), rates ('twice a week', 'every 2 weeks'), the future
    ('next week').
    """
    for i, word in enumerate(words):
        if word.low in _WEEKS:
            yield from _counted(words, i)
        elif word.low == "since":
            yield from _since(words, i, today)
        elif word.low == "life" and {"all", "whole", "entire"} & _lows(words, i - 3, i):
            yield _measure(words, i - 2, i, 10 * 52)


def _lows(words: list[Word], start: int, end: int) -> set[str]:
    return {w.low for w in words[max(0, start) : end]}


def _measure(words: list[Word], first: int, last: int, weeks: float) -> Measure:
    bounded = int(min(max(weeks, 0.0), LONGEST_WEEKS))
    return Measure(bounded, words[max(0, first)].start, words[last].end)


_A_RATE = word_set("once twice times time every each per day days hours week next")


def _counted(words: list[Word], i: int) -> Iterator[Measure]:
    unit = _WEEKS[words[i].low]
    if "old" in (_low(words, i + 1), _low(words, i + 2)) and not _of_the_lesion(words, i):
        return
    found = _number_before(words, i)
    if found is None:
        if words[i].low.endswith("s") and _low(words, i - 1) in ("for", "many", "over", "of"):
            yield _measure(words, i - 1, i, 2 * unit)  # 'for years': two at the least
        return
    number, first = found
    if _low(words, first - 1) in _A_RATE or _lows(words, first - 2, first) & {"aged", "am", "i'm"}:
        return
    last = i
    if [w.low for w in words[i + 1 : i + 4]] == ["and", "a", "half"]:
        number, last = number + 0.5, i + 3
    yield _measure(words, first, last, number * unit + 1e-9)


def _of_the_lesion(words: list[Word], i: int) -> bool:
    """'it is 5 weeks old', not 'I am 54 years old'."""
    return bool(_lows(words, i - 4, i) & {"it", "it's", "its", "mole", "spot", "mark", "lump"})


def read_length_asked(words: list[Word]) -> int | None:
    """How long, where that was the question: 'years', 'last month'. In weeks."""
    for i, word in enumerate(words):
        unit = _WEEKS.get(word.low)
        if unit is None:
            continue
        if _low(words, i - 1) == "last":
            return int(unit)
        if word.low.endswith("s") and i == 0:
            return int(2 * unit)
    lows = {word.low for word in words}
    if lows & {"forever", "always"}:
        return 10 * 52
    return 0 if words and words[0].low in ("yesterday", "today") else None


def _since(words: list[Word], i: int, today: date | None) -> Iterator[Measure]:
    """'since birth', 'since last summer', 'since May', 'since 2019'."""
    for at in range(i + 1, min(i + 5, len(words))):
        low = words[at].low
        if low in _EARLY:
            yield _measure(words, i, at, 10 * 52)
            return
        if low == "year" and _low(words, at - 1) == "last":
            yield _measure(words, i, at, 52)
            return
        if low in ("yesterday", "today"):
            yield _measure(words, i, at, 0)
            return
        if today is None:
            continue
        weeks = _weeks_since(low, _low(words, at - 1), _low(words, at + 1), today)
        if weeks is not None:
            yield _measure(words, i, at, weeks)
            return


_EARLY = word_set(
    "birth born childhood child baby teens teenager school kid little young boy girl infancy "
    "remember"
)


def _weeks_since(low: str, before: str, after: str, today: date) -> float | None:
    if low.isascii() and low.isdigit() and len(low) == 4 and 1900 <= int(low) <= today.year:
        start = date(int(low), 7, 1)  # the middle of that year, for want of better
        return max((today - start).days, 0) / 7
    month = _MONTHS.get(low) or _SEASONS.get(low)
    if month is None:
        return None
    if after.isascii() and after.isdigit() and len(after) == 4 and 1900 <= int(after) <= today.year:
        year = int(after)
    else:
        year = today.year if month <= today.month else today.year - 1
    start = date(year, month, 1)
    return max((today - start).days, 0) / 7


_PLACE = word_set(
    "from above below away left right under underneath beneath to north behind beside"
)
_LESS = word_set("than under below < within")


def read_diameters(words: list[Word]) -> Iterator[Measure]:
    """Every width in mm; distances ('2 cm from the ear') and 'less than 7 mm' are passed over."""
    yield from _compared(words)
    for i, word in enumerate(words):
        unit = _MM.get(word.low)
        found = _number_before(words, i) if unit else None
        if found is None or unit is None or _low(words, i + 1) in _PLACE:
            continue
        number, first = found
        if _low(words, first - 1) in ("x", "by", "-", "to", "–", "*", "×"):
            other = _number(_low(words, first - 2))
            if other is not None:
                number, first = max(number, other), first - 2
        if _low(words, first - 1) in _LESS and not _lows(words, first - 3, first) & _MORE:
            continue
        millimetres = number * unit
        if math.isfinite(millimetres) and 0 < millimetres <= LARGEST_MM:
            yield Measure(millimetres, words[first].start, word.end)


_MORE = word_set("more bigger larger wider greater")


def _compared(words: list[Word]) -> Iterator[Measure]:
    """'the size of a pea', 'bigger than a penny', 'pea-sized'; not 'smaller than a pea'."""
    for i, word in enumerate(words):
        width = _thing(words, i)
        if width is None:
            continue
        before = _lows(words, i - 6, i)
        sized = {_low(words, i + 1), _low(words, i + 2)} & {"sized", "size"}
        if (sized or before & _SIZED) and not before & {"smaller", "less", "tinier", "under"}:
            yield Measure(width, word.start, word.end)


_SIZED = word_set("size sized big bigger large larger wide wider like")


def _thing(words: list[Word], i: int) -> float | None:
    low = words[i].low
    return _THINGS.get(_low(words, i - 1) + low if low == "p" else low)  # '5p' is cut in two


def read_thing_asked(words: list[Word]) -> float | None:
    """The width, in mm, of the one thing that is named where the width was the question."""
    named = [width for i in range(len(words)) if (width := _thing(words, i))]
    less = {"smaller", "less", "tinier", "under"} & {word.low for word in words}
    return None if less or len(words) > 8 else max(named, default=None)
