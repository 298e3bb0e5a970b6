"""Dangers to life that no question asks for, as a patient's words tell of them: no air, self-harm.

The signs of a severe allergic reaction are those of NHS and Resuscitation Council UK: trouble
breathing, a throat that closes, a tongue, face or lips that swell at once. As in `triage.alarms`
each finder looks at a few words around a telling one, and a denied sign is not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from triage.alarms import Alarm, around, lows_around
from triage.denial import NO, YES, judge, low_at
from triage.words import Word, word_set

AIRWAY, SELF_HARM = "airway", "self_harm"
DANGERS = (AIRWAY, SELF_HARM)


def read_dangers(words: list[Word]) -> Iterator[Alarm]:
    """AIRWAY and SELF_HARM, wherever the words tell of them."""
    for i, word in enumerate(words):
        for name, telling, companion in _FINDERS:
            if telling.fullmatch(word.low) and (j := companion(words, i)) is not None:
                yield Alarm(name, words[min(i, j)].start, words[max(i, j)].end)
                break


# ---- no air: from a telling word to the one that completes the sign -----------------------------


def _no_breath(words: list[Word], i: int) -> int | None:
    """'can't breathe', 'trouble breathing', 'breathing is hard'; not 'through my nose', nor 'my
    skin can't breathe'."""
    ahead = [low_at(words, k) for k in range(i + 1, i + 5)]
    blocked = ahead[0] == "through" and "nose" in ahead
    return None if blocked or low_at(words, i - 1) in ("bad", "foul") else _trouble(words, i)


def _trouble(words: list[Word], i: int) -> int | None:
    """What says that the act at word `i` goes badly or not at all."""
    for k in reversed(list(around(words, i, before=6, after=0))):
        low = words[k].low
        if low in (",", "but") or low == "and" and low_at(words, k + 1) in _ME:
            return None
        if _unable(words, k):
            own = not {low_at(words, k - 1), low_at(words, k - 2)} & _NOT_A_PERSON
            return k if own and (low == "able" or judge(words, k)[0] == YES) else None
        if low in _BADLY or low in _SHORT and low_at(words, k + 1) == "of":
            said = judge(words, k)[0] == YES and judge(words, i)[0] == YES
            return k if said and not (low in _SHORT and _by_effort(words, i)) else None
    for k in around(words, i, before=0, after=4):
        if (words[k].low in _BADLY or words[k].low == "short") and judge(words, k)[0] == YES:
            return k
        if words[k].low in _WELL | {",", "and", "but"}:
            return None
    return None


def _unable(words: list[Word], k: int) -> bool:
    low, before = words[k].low, low_at(words, k - 1)
    if low == "able":
        return bool({low_at(words, n) for n in range(k - 3, k)} & _NOT)
    return low in _UNABLE or low == "not" and before in ("can", "could")


def _no_air(words: list[Word], i: int) -> int | None:
    """'can't get enough air', 'gasping for air'."""
    for k in around(words, i, before=6, after=0):
        between = {word.low for word in words[k + 1 : i]}
        wants = words[k].low in _GASPING or _unable(words, k) and between & _GETTING
        if wants and judge(words, k)[0] == YES:
            return k
    return None


def _breathless(words: list[Word], i: int) -> int | None:
    said = judge(words, i)[0] == YES and not _by_effort(words, i)
    return i if said else None


def _by_effort(words: list[Word], i: int) -> bool:
    """Out of breath from stairs, or from an asthma that is known."""
    return bool(lows_around(words, i, before=8, after=8) & _EFFORT)


def _anaphylaxis(words: list[Word], i: int) -> int | None:
    """Going on; not 'I had an anaphylactic shock in 2019' or 'at risk of anaphylaxis'."""
    past = lows_around(words, i, before=12, after=12) & _PAST
    return i if judge(words, i)[0] == YES and not past else None


def _throat_closing(words: list[Word], i: int) -> int | None:
    if {low_at(words, i - 1), low_at(words, i - 2)} & _BESIDE:
        return None  # 'the skin on my throat'
    for k in around(words, i, before=3, after=6):
        if words[k].low in _CLOSING and judge(words, k)[0] == YES:
            return k
    return None


def _swelling(words: list[Word], i: int) -> int | None:
    """'my tongue is swollen', 'my face is swelling', 'lips suddenly swollen'; not a lump on the
    lip, nor lips that have been swollen for long, unless swallowing or breathing is hard."""
    if judge(words, i)[0] != YES or lows_around(words, i, before=3, after=5) & _LUMPS:
        return None
    near = [k for k in around(words, i, before=6, after=6) if words[k].low in _PARTS]
    near = [k for k in near if not {low_at(words, k - 1), low_at(words, k - 2)} & _BESIDE]
    k = min(near, key=lambda k: abs(k - i), default=None)
    if k is None:
        return None
    now = words[i].low.endswith("ing") and k < i <= k + 4
    sudden = low_at(words, i + 1) == "up" or lows_around(words, i, before=10, after=10) & _SUDDEN
    return k if words[k].low in _TONGUE or now or sudden or _with_more(words, i) else None


def _with_more(words: list[Word], i: int) -> bool:
    """Hives, or trouble with swallowing or breathing; the next sentence may tell."""
    for k in range(max(0, i - 20), min(len(words), i + 21)):
        low = words[k].low
        if _BREATH.fullmatch(low) and _no_breath(words, k) is not None:
            return True
        if _SWALLOW.fullmatch(low) and _trouble(words, k) is not None:
            return True
        if low in ("hives", "welts") and judge(words, k)[0] == YES:
            return True
    return False


# ---- self-harm ----------------------------------------------------------------------------------


def _myself(words: list[Word], i: int) -> int | None:
    """'kill myself', 'hurt myself on purpose', 'I want to cut myself'; not while shaving."""
    low = low_at(words, i - 1)
    near = lows_around(words, i, before=6, after=6)
    often = low.endswith("ing") or bool(near & _ON_PURPOSE)
    meant = low in _HURT and often and not near & _BY_ACCIDENT
    return i - 1 if (low in _KILL or meant) and judge(words, i - 1)[0] != NO else None


def _my_self(words: list[Word], i: int) -> int | None:
    """'killing my self'; not 'my self-esteem'."""
    mine = low_at(words, i - 1) == "my" and low_at(words, i + 1) not in _OF_THE_SELF
    return _myself(words, i - 1) if mine else None


def _abbreviated(words: list[Word], i: int) -> int | None:
    """'want to kms': kill myself; not '10 kms'."""
    meant = low_at(words, i - 1) in _ABOUT_TO and judge(words, i)[0] != NO
    return i if meant else None


def _suicide(words: list[Word], i: int) -> int | None:
    """'suicidal', 'thoughts of suicide'; not another's, nor what a leaflet warns of."""
    near = lows_around(words, i, before=10, after=10)
    mine = bool(near & _ME)
    if judge(words, i)[0] == NO or near & _LONG_AGO or near & _ANOTHER and not mine:
        return None
    if near & _LEAFLET and not near & {"me", "i'm", "im", "myself"}:
        return None
    return i if words[i].low != "suicide" or near & _THINKING else None


def _self_harm(words: list[Word], i: int) -> int | None:
    """'I self-harm'; not its old scars."""
    at = i - 2 if low_at(words, i - 1) == "-" else i - 1
    if words[i].low.startswith("harm") and low_at(words, at) != "self":
        return None
    near = lows_around(words, i, before=8, after=8)
    told = not near & (_SCARS | _LONG_AGO | _LEAFLET) and judge(words, i)[0] != NO
    return i if told else None


def _my_life(words: list[Word], i: int) -> int | None:
    """'end my life', 'taking my own life', 'end it all'."""
    all_of_it = words[i].low == "all" and low_at(words, i - 1) == "it"
    if not all_of_it and low_at(words, i - 1) not in ("my", "own"):
        return None
    for k in range(i - 2, max(-1, i - 4), -1):
        ends = low_at(words, k) in _END or not all_of_it and low_at(words, k) in _TAKE
        if ends and judge(words, k)[0] != NO:
            return k
    return None


def _no_wish_to_live(words: list[Word], i: int) -> int | None:
    """'I don't want to live', 'no reason to live'; not 'to live with this spot'."""
    before, after = low_at(words, i - 1), low_at(words, i + 1)
    gone = before == "be" and after in ("any", "anymore")  # 'to be here any more'
    if after in _SOMEHOW or words[i].low == "here" and not gone:
        return None
    if before in _UNABLE and after == "like":  # 'I can't live like this'
        return i - 1
    for k in range(i - 1, max(-1, i - 6), -1):
        low = low_at(words, k)
        if low in _WANT | _REASON or low == "go" and low_at(words, k - 1) in _UNABLE:
            lows = {low_at(words, n) for n in range(k - 3, k)} | {low}
            return k if lows & (_NOT | _UNABLE) else None
        if low not in _BETWEEN:
            return None
    return None


def _wish_to_die(words: list[Word], i: int) -> int | None:
    """'I want to die', 'I wish I was dead', 'better off dead'; not 'of embarrassment'."""
    if low_at(words, i - 1) == "off":
        return i - 1 if low_at(words, i - 2) == "better" else None
    after = low_at(words, i + 1)
    figure = after == "than" and low_at(words, i + 2) not in ("live", "living", "go")
    if after in ("of", "from", "laughing", "skin", "cells") or figure:
        return None
    for k in range(i - 1, max(-1, i - 6), -1):
        if low_at(words, k) in _WANT or low_at(words, k) == "rather":
            return k if judge(words, k)[0] != NO else None
        if low_at(words, k) not in _BETWEEN:
            return None
    return None


def _overdose(words: list[Word], i: int) -> int | None:
    """Of medicines, by the patient; not of sun."""
    near = lows_around(words, i, before=8, after=8)
    took = {low_at(words, n) for n in range(i - 3, i)} & _TOOK
    told = (near & _ME or took) and not near & (
        _ANOTHER | _LONG_AGO | {"sun", "sunshine", "accidental"}
    )
    return i if told and judge(words, i)[0] != NO else None


_WELL = word_set("fine ok okay normally easily freely well properly")
_UNABLE = word_set("cant cannot couldnt unable hardly barely scarcely")
_NOT = word_set("not no dont doesnt didnt isnt wasnt havent hasnt havent never without nothing")
_BADLY = word_set(
    "trouble troubles difficulty difficulties difficult hard harder problem problems struggle "
    "struggles struggling struggled shortness fighting gasping stopped laboured labored shallow"
)
_SHORT = word_set("short out shortness")
_NOT_A_PERSON = word_set(
    "skin it wound pores spot feet foot scalp nail area they that which mole patch"
)
_GASPING = word_set("gasping gasp fighting struggling starved")
_GETTING = word_set("get getting catch enough")
_EFFORT = word_set(
    "stairs hill hills walk walking run running exercise exercising climb climbing smoker asthma "
    "copd gym jogging uphill"
)
_PAST = word_set(
    "had once ago last before previous previously history risk epipen epipens carry in used ever "
    "child what"
)
_CLOSING = word_set("closing closes closed tight tightening tightens tightness constricting")
_LUMPS = word_set(
    "mole moles spot spots lump lumps cyst pimple pimples gland glands node nodes gum gums tooth "
    "wart patch mark bump bumps boil stye pouch bags"
)
_TONGUE = word_set("tongue tounge toungue tonge")
_PARTS = _TONGUE | word_set("throat face lip lips mouth eyes eyelids airway airways")
_BESIDE = word_set("on near by under below above beside behind next")
_SUDDEN = word_set("suddenly sudden fast quickly rapidly quick rapid minutes")
_BREATH = re.compile(r"br(?:ea|ee)th(?:e|es|in|ing|s)?|brething|breahte|breath")
_SWALLOW = re.compile(r"swallow(?:ing|s)?")
_KILL = word_set(
    "kill killing unalive unaliving hang hanging harm harming drown drowning shoot poison"
)
_HURT = word_set("hurt hurting cut cutting burn burning injure injuring")
_ON_PURPOSE = word_set(
    "purpose deliberately intentionally want wanna wanting thinking thoughts thought urge urges "
    "going gonna might"
)
_BY_ACCIDENT = word_set(
    "shaving shave shaved shaver cooking accident accidentally gardening scratch scratching oven "
    "stove kettle iron door"
)
_ME = word_set("i i'm im i've ive i'd me my myself mine")
_ANOTHER = word_set(
    "he she his her they their brother sister mother mum mom father dad son daughter friend "
    "husband wife uncle aunt cousin partner family neighbour"
)
_LONG_AGO = word_set("ago past years committed attempted attempt used old history")
_LEAFLET = word_set("cause causes caused causing effect effects leaflet risk risks warning read")
_THINKING = word_set(
    "thinking thoughts thought think considering consider contemplating planning plan feel "
    "feeling commit committing want wanted"
)
_SCARS = word_set("scar scars scarring marks")
_END = word_set("end ending finish finishing")
_TAKE = word_set("take taking")
_TOOK = word_set("took taken")
_ABOUT_TO = word_set("to gonna might will wanna")
_OF_THE_SELF = word_set("- esteem confidence image worth respect")
_WANT = word_set("want wants wanted wanting wanna wish wishing")
_REASON = word_set("reason will point nothing worth")
_BETWEEN = word_set(
    "to just really be i was were could would go on simply even any anymore of in for"
)
_SOMEHOW = word_set("with in near there here on next at by together alone where without")

_Finder = tuple[str, re.Pattern[str], Callable[[list[Word], int], int | None]]
_FINDERS: tuple[_Finder, ...] = (
    (AIRWAY, _BREATH, _no_breath),
    (AIRWAY, re.compile("air"), _no_air),
    (AIRWAY, re.compile(r"breathless(?:ness)?|suffocating|wheez(?:e|es|y|ing)"), _breathless),
    (AIRWAY, re.compile(r"anaphyla(?:xis|ctic)|anaphalactic|anaphalaxis"), _anaphylaxis),
    (AIRWAY, re.compile(r"throat|airways?"), _throat_closing),
    (AIRWAY, re.compile(r"sw[eo]ll(?:en|ing|s|ed)?|swelled|puffing|ballooning"), _swelling),
    (SELF_HARM, re.compile("myself|meself"), _myself),
    (SELF_HARM, re.compile("self"), _my_self),
    (SELF_HARM, re.compile("kms"), _abbreviated),
    (SELF_HARM, re.compile(r"sui?cid(?:al|e|le)"), _suicide),
    (SELF_HARM, re.compile(r"harm(?:ing)?|selfharm(?:ing)?"), _self_harm),
    (SELF_HARM, re.compile("life|all"), _my_life),
    (SELF_HARM, re.compile("live|living|alive|exist|here"), _no_wish_to_live),
    (SELF_HARM, re.compile("die|dead"), _wish_to_die),
    (SELF_HARM, re.compile("overdos(?:e|ed|ing)"), _overdose),
)
