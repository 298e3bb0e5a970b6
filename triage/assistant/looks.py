"""What free text says of the look and feel of a lesion, beyond the symptoms of `triage.notes`:
raised, uneven, of several colours, inflamed, weeping, feeling different, unchanged.

Each finder looks at one word and a few around it and says what it means where it is affirmed;
`triage.denial` tells whether it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from triage.denial import NO, NOT_SAID, judge, low_at
from triage.words import Word, word_set

Finding = tuple[str, bool]  # a field of Answers, and what the word means where nobody denies it

_PLAIN: dict[str, Finding] = {
    word: (name, value)
    for name, value, words in (
        ("elevation", True, "raised bump bumps bumpy lump lumps lumpy nodule protrudes protruding "
                            "domed dome dome-shaped"),
        ("elevation", False, "flat flush"),
        ("irregular_shape", True, "ragged jagged lopsided asymmetrical asymmetric asymmetry wonky "
                                  "misshapen notched scalloped"),
        ("irregular_shape", False, "oval circular symmetrical symmetric"),
        ("irregular_colour", True, "multicoloured multicolored mottled speckled patchy "
                                   "discoloured two-tone"),
        ("irregular_colour", False, "uniform"),
        ("inflammation", True, "swollen swelling swelled swells inflamed inflammation puffy "
                               "redness"),
        ("oozing", True, "scabs scabbed scabbing scabby"),
        ("sensation_change", True, "numb numbness tingle tingles tingling tingly prickle prickly "
                                   "prickles prickling"),
        ("hurt", False, "painless"),
    )
    for word in words.split()
}  # fmt: skip
_COLOURS = word_set("black brown blue red white grey gray pink purple tan yellow")
_HUES = word_set("colour colours color colors shade shades tone tones browns coloured colored")
_MANY = word_set("two three four several different many multiple mixed various few lots more "
                 "other varied")  # fmt: skip
_EVEN = word_set("even regular smooth neat clean tidy")
_OUTLINE = word_set("edge edges border borders outline shape sides")
WORDS = frozenset(_PLAIN) | _COLOURS | _HUES | _MANY | _EVEN | _OUTLINE  # never misspelt
_ODD = word_set("odd strange weird funny peculiar")
_ONCE = word_set("lighter darker paler smaller rounder smoother")
_FLUID = word_set("stuff fluid liquid pus something nothing anything water goo")
_AROUND = word_set("around round ring halo surrounding")


def read_looks(words: list[Word], *, asked: str) -> Iterator[Finding]:
    """Every look that is affirmed or denied; `asked` is the field the question was about."""
    for i in range(len(words)):
        for name, value in _found(words, i, asked):
            verdict, _ = judge(words, i)
            if verdict != NOT_SAID:
                yield name, value != (verdict == NO)


def _found(words: list[Word], i: int, asked: str) -> Iterator[Finding]:
    low = words[i].low
    if low in _PLAIN:
        yield _PLAIN[low]
    for finder in (_raised, _shape, _colour, _inflamed, _weeping, _feeling, _unchanged):
        finding = finder(words, i, asked)
        if finding is not None:
            yield finding


def _raised(words: list[Word], i: int, asked: str) -> Finding | None:
    low, after = words[i].low, low_at(words, i + 1)
    if low in ("sticks", "sticking", "stick", "stands", "standing") and after in (
        "out", "up", "proud",
    ):  # fmt: skip
        return "elevation", True
    if low == "level" and after == "with":
        return "elevation", False
    return None


def _shape(words: list[Word], i: int, asked: str) -> Finding | None:
    low, near = words[i].low, _near(words, i, 3)
    if low in ("irregular", "uneven", "unequal"):
        return None if near & _HUES else ("irregular_shape", True)
    if low in ("blurred", "blurry", "fuzzy") and near & _OUTLINE:
        return "irregular_shape", True
    if low in _ODD and low_at(words, i + 1) in ("shape", "shaped"):
        return "irregular_shape", True
    if low == "round" and _is_round(words, i, asked):
        return "irregular_shape", False
    if low in _EVEN and (near & _OUTLINE or asked == "irregular_shape"):
        return "irregular_shape", False
    if low == "match" and _near(words, i, 5) & {"halves", "sides", "half"}:
        return "irregular_shape", False
    if low == "different" and _near(words, i, 5) & {"half", "halves"}:
        return "irregular_shape", True
    return None


def _is_round(words: list[Word], i: int, asked: str) -> bool:
    if low_at(words, i + 1) in ("it", "the", "my", "about", "and", "here", "there"):
        return False
    before = low_at(words, i - 1)
    described = before in word_set("is it's its perfectly quite nicely completely almost fairly a")
    return described or asked == "irregular_shape"


def _colour(words: list[Word], i: int, asked: str) -> Finding | None:
    low, before = words[i].low, low_at(words, i - 1)
    if low in _HUES and low not in ("coloured", "colored"):
        lately = [low_at(words, k) for k in range(max(0, i - 3), i)]
        if "more" in lately and "than" in lately:
            return "irregular_colour", True
        if before in ("one", "same", "single", "even", "uniform"):
            return "irregular_colour", False
        if before in ("uneven", "irregular") or low.endswith("s") and set(lately) & _MANY:
            return "irregular_colour", True
    if low not in _COLOURS:
        return None
    if before in ("just", "only", "all", "plain", "evenly", "uniformly", "entirely"):
        return "irregular_colour", False
    return ("irregular_colour", True) if _second_colour(words, i) else None


def _second_colour(words: list[Word], i: int) -> bool:
    """'brown and black', 'brown with a black bit'; not 'from brown to black' or 'red skin'."""
    joined = False
    for k in range(i + 1, min(i + 7, len(words))):
        low = words[k].low
        if low in (".", ";", "\n", "to", "skin", "around", "turned", "hair"):
            return False
        joined = joined or low in ("and", "with", "&", ",", "/", "-")
        if low in _COLOURS and low != words[i].low:
            beyond = {low_at(words, k + 1), low_at(words, k + 2)}
            return joined and not beyond & (_AROUND | {"skin", "hair", "eyes"})
    return False


def _inflamed(words: list[Word], i: int, asked: str) -> Finding | None:
    if words[i].low not in ("red", "reddened", "pink"):
        return None
    around = _near(words, i, 5) & _AROUND
    return ("inflammation", True) if around or asked == "inflammation" else None


def _weeping(words: list[Word], i: int, asked: str) -> Finding | None:
    low, after = words[i].low, low_at(words, i + 1)
    if low in ("comes", "coming", "came") and after == "out" and _near(words, i, 4) & _FLUID:
        return "oozing", True
    if low == "dry" and asked == "oozing":
        return "oozing", False
    return None


def _feeling(words: list[Word], i: int, asked: str) -> Finding | None:
    low = words[i].low
    if low in ("feels", "feel", "feeling", "felt"):
        ahead = [low_at(words, k) for k in range(i + 1, i + 4)]
        if set(ahead) & {"same", "normal", "usual"} or ahead[:2] == ["no", "different"]:
            return "sensation_change", False
        if set(ahead[:2]) & (_ODD | {"different", "sensitive"}):
            return "sensation_change", True
    if low == "pins" and low_at(words, i + 2) == "needles":
        return "sensation_change", True
    return None


def _unchanged(words: list[Word], i: int, asked: str) -> Finding | None:
    """'stayed the same', 'the same size as ever', and 'it used to be lighter'."""
    low, after = words[i].low, low_at(words, i + 1)
    if low == "unchanged":
        return "changed", False
    if low == "different" and low_at(words, i - 1) in ("looks", "look", "looking"):
        return "changed", True
    if low in _ONCE and {"used", "was"} & {low_at(words, k) for k in range(i - 4, i)}:
        return ("grew" if low == "smaller" else "changed"), True
    if low != "same" or after in _HUES:
        return None
    if asked in ("grew", "changed", "sensation_change") and after not in ("size", "shape"):
        return asked, False
    if after == "size":
        return "grew", False
    before = {low_at(words, k) for k in range(i - 3, i)}
    if before & {"feels", "feel", "felt"}:
        return None
    stays = before & word_set("stayed stays looks looked is it's its always remained been")
    return ("changed", False) if after in ("shape", "as", "", ".", ",", "since") and stays else None


def _near(words: list[Word], i: int, reach: int) -> set[str]:
    """The words of the same sentence at most `reach` away."""
    near: set[str] = set()
    for step in (-1, 1):
        for k in range(i + step, i + step * (reach + 1), step):
            low = low_at(words, k)
            if low in ("", ".", "!", "?", ";", "\n"):
                break
            near.add(low)
    return near
