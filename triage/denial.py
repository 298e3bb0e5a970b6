"""Whether words in the notes are said, denied or left open: 'no fever', 'not sure if it grew'."""

from __future__ import annotations

from triage.words import Word, word_set

_NEGATORS = word_set(
    "no not never none neither nor without isnt doesnt didnt hasnt havent wasnt werent dont arent "
    "aint hadnt nothing nil denies wont"
)
_DETERMINERS = frozenset(("no", "without", "neither", "nil"))
_CLAUSE_ENDS = {"\n"} | word_set(
    ". ; : ? ! ( ) but however although though yet except apart then because"
)
_PRONOUNS = word_set("it its it's they i is there the this that")
_REACH = 6  # words that a 'not' reaches to the right
# What makes of a 'not' something other than a no. 'not only itchy', 'no longer itches' ...
_DENIES_ELSE = word_set("only just longer doubt question wonder until long sure certain")
# ... 'not always bleeding', 'does not hurt much': at times it does, or a little ...
_NOT_QUITE = word_set("always often much lot constantly usually very too every")
# ... 'does not bleed until', 'except', 'unless I scratch it', 'any more'.
_EXCEPT = word_set("until till unless except apart anymore")
_UNSURE = word_set("unsure unclear dunno")
YES, NO, NOT_SAID = "yes", "no", "not said"  # what `judge` answers


def judge(words: list[Word], i: int) -> tuple[str, int]:
    """Whether the symptom at word `i` is affirmed, denied or left open, and by which word."""
    if low_at(words, i - 2) in ("if", "whether") and low_at(words, i - 1) in _PRONOUNS:
        return NOT_SAID, i
    answer = _answer_after(words, i)
    if answer is not None:
        return NO, answer
    for at in range(i - 1, max(-1, i - 1 - _REACH), -1):
        low = words[at].low
        if low in _CLAUSE_ENDS or low == "," or _new_clause(words, at):
            return YES, i
        if low in _UNSURE or low in _NEGATORS and _is_unsure(words, at):
            return NOT_SAID, i
        if _negates(words, at):
            return (YES, i) if _affirmed_anyway(words, at, i) else (NO, at)
    return YES, i


def _negates(words: list[Word], at: int) -> bool:
    low, after = words[at].low, low_at(words, at + 1)
    if low == "no":
        return after not in ("it", "they", "this", "i")  # 'no it bleeds' answers a question
    if low in ("cannot", "cant"):
        return after in ("feel", "see", "notice", "find")
    return low in _NEGATORS or low == "free" and after in ("of", "from")


def _new_clause(words: list[Word], at: int) -> bool:
    """'doesn't hurt and it bleeds', 'not painful and bleeds': 'and' ends what 'not' reaches."""
    return words[at].low in ("and", "&", "plus", "so")


def _is_unsure(words: list[Word], at: int) -> bool:
    after = low_at(words, at + 1)
    return (after in ("sure", "certain")) or (
        words[at].low in ("dont", "not") and after in ("know", "remember", "recall")
    )


def _affirmed_anyway(words: list[Word], at: int, i: int) -> bool:
    """The 'not' at `at` does not deny the symptom at `i` after all."""
    between = {w.low for w in words[at + 1 : i]}
    after = rest_of_sentence(words, i)
    if low_at(words, at + 1) in _DENIES_ELSE or between & _STOPPING:
        return True
    if between & {"used", "use"}:  # 'never used to itch': it does now
        return True
    if between & _NOT_QUITE or _often(after) or set(after[:4]) & _EXCEPT:
        return True
    return after[:2] in (["any", "more"], ["any", "longer"]) or _but_now_it_does(after)


def rest_of_sentence(words: list[Word], i: int) -> list[str]:
    """Up to six words after word `i`, and none of the next sentence."""
    rest = []
    for word in words[i + 1 : i + 7]:
        if word.low in _SENTENCE_ENDS:
            break
        rest.append(word.low)
    return rest


_SENTENCE_ENDS = frozenset((".", "!", "?", ";", "\n"))


def _often(after: list[str]) -> bool:
    """'... much', '... a lot', '... that often'"""
    degree = after[1:] if after[:1] and after[0] in ("a", "that", "so", "too", "very") else after
    return bool(degree) and degree[0] in ("much", "lot", "often", "always", "constantly")


_STOPPING = word_set("stop stops stopped stopping cease quit help resist bear stand")


def _but_now_it_does(after: list[str]) -> bool:
    """'it never bled before but now it does'"""
    for n, low in enumerate(after):
        if low == "but":
            rest = after[n + 1 :]
            return any(
                word in ("does", "has", "is", "did")
                and (k + 1 == len(rest) or rest[k + 1] in (",", "now", "a"))
                for k, word in enumerate(rest)
            )
    return False


def _answer_after(words: list[Word], i: int) -> int | None:
    """The 'no' of 'Bleeding: no', 'itch - none', 'Pain? No.'; None if there is none."""
    n = i + 1
    while low_at(words, n) in _SEPARATORS:
        n += 1
    if low_at(words, n) not in ("no", "n", "none", "nil", "never", "nope", "negative", "not"):
        return None
    closed = low_at(words, n + 1) in ("", ".", ",", ";", "\n", "!", ")", "/", "really", "yet")
    next_question = n + 2 < len(words) and words[n + 2].low in _SEPARATORS
    return n if n > i + 1 and (closed or next_question) or closed and n == i + 1 else None


_SEPARATORS = frozenset((":", "?", "-", "=", "–", "—"))


def continues_list(words: list[Word], last_no: tuple[int, int], i: int) -> bool:
    """Word `i` goes on with a denied list: 'no pain, itching or bleeding', 'no itch and pain'."""
    denied, negator = last_no
    between = {w.low for w in words[denied + 1 : i]}
    if not between or i - denied > 4 or negator > denied:
        return False
    ends = low_at(words, i + 1) in ("", ".", ",", ";", "\n", "or", "nor", "and", "either", "!", ")")
    if between <= {",", "or", "nor", "any", "/"}:
        return ends or bool(between & {"or", "nor", "any"})
    return words[negator].low in _DETERMINERS and between <= {",", "and", "&"} and ends


def low_at(words: list[Word], i: int) -> str:
    return words[i].low if 0 <= i < len(words) else ""
