"""Whether a lesion that bled did so once and stopped, as after shaving: not a sore that won't heal.

It still counts as one that bled; only 'has not healed' may not be concluded from it.
"""

from __future__ import annotations

from collections.abc import Sequence

from triage.words import Word, word_set

_ENDS = frozenset((".", "!", "?", ";", "\n"))
_STOPPED = word_set("stopped healed stop")
_KNOCKED = word_set(
    "shaving shaved shave razor knocked knock knocking scratched scratching caught catching bumped "
    "bump hit cut nicked nick picked rubbed plaster"
)
# Any of these anywhere, and it may have bled more than once, or still does.
_AGAIN = word_set(
    "again keeps keep kept still often sometimes times twice whenever every always repeatedly "
    "constantly continues regularly daily weekly bleeds bleeding returns returned reopened"
)
_PERIODS = word_set("a an every each per day week month")
_NOT = word_set("not never no hasnt havent doesnt didnt isnt wont cannot cant without nor")
_HEALING = word_set("heal heals healed healing stop stops stopped closed")


def read_bled_once(words: list[Word], bled: Sequence[int]) -> bool:
    """`bled`: where the words stand that say so. Each needs two of: for once, after a knock,
    stopped; where none does, all three in one sentence (an answer to 'has it bled?')."""
    if _AGAIN & {word.low for word in words} or _not_healed(words):
        return False
    sentences = _sentences(words)
    if not bled:
        return any(_signs(sentence) == 3 for sentence in sentences)
    within = [s for s in sentences if any(s[0].start <= at < s[-1].end for at in bled)]
    return all(_signs(sentence) >= 2 for sentence in within)


def _sentences(words: list[Word]) -> list[list[Word]]:
    sentences: list[list[Word]] = [[]]
    for word in words:
        sentences[-1].append(word)
        if word.low in _ENDS:
            sentences.append([])
    return [sentence for sentence in sentences if sentence]


def _signs(sentence: list[Word]) -> int:
    lows = [word.low for word in sentence]
    once = any(
        low == "once" and after not in _PERIODS
        for low, after in zip(lows, [*lows[1:], ""], strict=True)
    )
    return once + bool(_STOPPED & set(lows)) + bool(_KNOCKED & set(lows))


def _not_healed(words: list[Word]) -> bool:
    """'has not healed', 'it won't stop'."""
    return any(
        word.low in _HEALING and _NOT & {before.low for before in words[max(0, i - 4) : i]}
        for i, word in enumerate(words)
    )
