"""Whether notes are English, as far as their commonest words tell, sentence by sentence.

What is in another language is not read: a word there may look like an English one (German 'ich')
and mean something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from triage.words import Word, word_set

_ENDS = frozenset((".", "!", "?", ";", "\n"))


def unreadable(words: list[Word]) -> bool:
    """Not one word of everyday English among four or more; a script that is not Latin; or a
    sentence in another language beside the English ones."""
    return _wholly_foreign(words) or any(_foreign(part) for part in _sentences(words))


def means_nothing(words: list[Word], known: Set[str]) -> bool:
    """Keys hit at random, as 'asdf qwer': a word that nobody could say, and beside it none of
    `known` nor a common one of any language. What may be a language not known here is not that."""
    plain = {word.low for word in words if word.low[0].isalpha() and len(word.low) > 1}
    if plain & (known | _EVERYDAY | _FOREIGN):
        return False
    return any(map(_unsayable, plain))


def _unsayable(low: str) -> bool:
    """Four letters or more side by side on a keyboard, or without a vowel; five consonants."""
    if len(low) < 4 or not low.isascii():
        return False
    row = any(low in keys or low[::-1] in keys for keys in ("qwertyuiop", "asdfghjkl", "zxcvbnm"))
    return row or not set(low) & set("aeiouy") or bool(re.search("[^aeiouy']{5}", low))


def english(words: list[Word]) -> list[Word]:
    """The words without the sentences in another language."""
    if _wholly_foreign(words) and len(_lows(words) & _FOREIGN) >= 2:
        return []
    return [word for part in _sentences(words) if not _foreign(part) for word in part]


def english_text(text: str, words: list[Word]) -> str:
    """`text`, with blanks where `words`, cut from it, are in another language."""
    keep = {word.start for word in english(words)}
    letters = list(text)
    for word in words:
        if word.start not in keep:
            letters[word.start : word.end] = " " * (word.end - word.start)
    return "".join(letters)


def _wholly_foreign(words: list[Word]) -> bool:
    plain = [word.low for word in words if word.low[0].isalpha()]
    script = sum(letter.isalpha() and letter > "\u024f" for low in plain for letter in low)
    return (len(plain) >= 4 or script >= 4) and not _EVERYDAY & set(plain)


def _foreign(sentence: list[Word]) -> bool:
    """Two or more common words of another language, and more of them than of English."""
    lows = _lows(sentence)
    return len(lows & _FOREIGN) >= 2 and len(lows & _FOREIGN) > len(lows & _EVERYDAY)


def _sentences(words: list[Word]) -> Iterator[list[Word]]:
    sentence: list[Word] = []
    for word in words:
        sentence.append(word)
        if word.low in _ENDS:
            yield sentence
            sentence = []
    yield sentence


def _lows(words: list[Word]) -> set[str]:
    return {word.low for word in words}


# Short words that another European language has too ('a', 'no', 'is', 'was', 'in') are left out.
_EVERYDAY = word_set(
    "the it its it's and has hasnt havent have had been this that these not with from skin since "
    "years weeks months days after before but very which there when i'm i've they then mole spot "
    "lump rash itch itchy itches itching bleed bleeds bleeding bled grow growing grown bigger "
    "larger pain painful hurts sore black brown dark back face arm year month week does doesnt "
    "changed change changing old sometimes cream doctor about more never worried please "
    "hurt hurting hurted tender crusty crusts weeping weeps oozing oozes darker right left my of "
    "shoulder forehead chest cheek patch scab mother father dad mum"
)
# The commonest words of German, French, Spanish, Italian, Portuguese, Dutch, Polish and Turkish
# that are no English ones.
_FOREIGN = word_set(
    "ich habe hab das ein eine einen einem einer und ist nicht auf dem seit mein meine meinem "
    "meiner meinen wird wurde sie es juckt blutet fleck haut rücken muttermal mir größer "
    "je j'ai une le la les du est depuis sur mon mes avec et dans qui saigne gratte peau j'avais "
    "tengo una el los las mi mancha desde hace que piel pica sangra muy "
    "ho sulla mio mia della da che non è con sanguina macchia prude "
    "tenho uma na meu minha há que não mancha sangra "
    "ik heb een het op mijn en sinds niet jeuk bloedt plek huid "
    "mam od jest nie się moje mnie swędzi krwawi plamę "
    "bir var ve benim cildimde kaşınıyor lekesi"
)
