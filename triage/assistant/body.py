"""Where on the body: the site and side that a few words name, in the codes of a lesion's place."""

from __future__ import annotations

from triage.denial import low_at
from triage.words import Word, word_set

_SITES = {
    "scalp": "scalp head crown hairline",
    "face": "face forehead cheek cheeks temple temples chin jaw jawline brow eyebrow eyebrows",
    "ear": "ear ears earlobe earlobes",
    "eyelid": "eyelid eyelids eye eyes eyelash eyelashes",
    "lip": "lip lips",
    "nose": "nose nostril nostrils",
    "neck": "neck throat nape",
    "chest": "chest breast breasts nipple nipples collarbone sternum breastbone",
    "abdomen": "abdomen stomach tummy belly navel flank waist bellybutton",
    "back": "back spine",
    "shoulder": "shoulder shoulders",
    "arm": "arm arms bicep biceps",
    "forearm": "forearm forearms wrist wrists elbow elbows",
    "hand": "hand hands finger fingers thumb thumbs knuckle knuckles palm palms",
    "thigh": "thigh thighs",
    "lower_leg": "leg legs shin shins calf calves knee knees",
    "foot": "foot feet toe toes sole soles heel heels ankle ankles instep",
    "nail": "nail nails toenail toenails fingernail fingernails thumbnail",
    "buttock": "buttock buttocks bum bottom backside",
    "genital": "genital genitals penis vagina vulva scrotum labia testicle testicles",
    "other": "armpit armpits groin hip hips",
}
SITES = frozenset(_SITES)
_SITE_OF = {word: site for site, words in _SITES.items() for word in words.split()}
WORDS = frozenset(_SITE_OF)  # known here, so never misspelt
_OWNING = word_set("my the upper lower mid middle left right his her on of a entire whole")
_BESIDE = word_set("near beside below above under underneath behind by to from towards")
_BACK_OF = word_set("of on")
_NOT_BACK = word_set("to in from then again when with at for up down")
_COMPARING = word_set("size as than like")  # 'as big as my thumbnail'
_SORRY = word_set("actually sorry correction oops")
_PAUSES = word_set(", . - – — ! ;") | {"", "\n"}
_GOES_ON = word_set("it's its on my the left right sorry wait")
_OF_ANOTHER = word_set("also another other others too started first used second spread spreading")
_OF_PLACE = word_set("on my the left right upper lower in at his her of mid middle side")
_OTHERWISE = {  # word: what before or after it makes of it something else
    "hand": (word_set("other second first"), word_set("cream soap towel made side")),
    "head": (word_set("a"), word_set("of cold ache")),
    "face": (word_set("to"), word_set("cream wash mask")),
    "bottom": (word_set("the"), word_set("of line")),
    "palm": ((), word_set("tree oil trees")),
    "nail": ((), word_set("varnish polish file gel")),
}


def read_place(words: list[Word], *, asked: bool) -> dict[str, str]:
    """`body_site` and `side`, as far as they are named; `asked`: the question was about them. Of
    'lower back, no, sorry, left calf' the calf."""
    whole = _place(words, asked)
    again = _second_thought(words)
    if again is None or not _names_a_place(words[again:], asked):
        return whole
    later = _place(words[again:], asked or "body_site" in whole)
    return later if "body_site" in later else whole | later


def corrects_place(words: list[Word]) -> bool:
    """Another place is taken back: 'Actually it's on my back', 'on my back, not my shoulder'."""
    if {word.low for word in words} & _OF_ANOTHER:
        return False
    again = _second_thought(words)
    taken_back = any(_site_at(words, i, False) and _denied(words, i) for i in range(len(words)))
    return taken_back or again is not None and _names_a_place(words[again:], False)


def _second_thought(words: list[Word]) -> int | None:
    """After the last 'actually', 'sorry', 'I mean', or a 'no' that stands alone."""
    for i in range(len(words) - 1, -1, -1):
        low, before, after = words[i].low, low_at(words, i - 1), low_at(words, i + 1)
        alone = low == "no" and before in _PAUSES and after in _PAUSES | _GOES_ON
        if low in _SORRY or low in ("mean", "meant") and before == "i" or alone:
            return i + 1
        if low == "rather" and before == "or":
            return i + 1
    return None


def _names_a_place(words: list[Word], asked: bool) -> bool:
    """A site that is no mere landmark, or a side."""
    for i in range(len(words)):
        if _site_at(words, i, asked) and not _landmark(words, i) and not _denied(words, i):
            return True
        if words[i].low in ("left", "right") and _side_at(words, i, [], True):
            return True
    return False


def _denied(words: list[Word], i: int) -> bool:
    """'not on my left shoulder': only words of place stand between."""
    for k in range(i - 1, max(-1, i - 6), -1):
        if words[k].low in ("not", "isnt", "wasnt"):
            return True
        if words[k].low not in _OF_PLACE:
            return False
    return False


def _place(words: list[Word], asked: bool) -> dict[str, str]:
    found = [(i, site) for i in range(len(words)) if (site := _site_at(words, i, asked))]
    found = [(i, site) for i, site in found if not _denied(words, i)]
    place = {}
    if found:
        place["body_site"] = _chosen(words, found)
    side = _side(words, found, asked)
    if side:
        place["side"] = side
    return place


def _site_at(words: list[Word], i: int, asked: bool) -> str:
    low, before, after = words[i].low, low_at(words, i - 1), low_at(words, i + 1)
    site = _SITE_OF.get(low, "")
    if not site:
        return ""
    if low in _OTHERWISE:
        unlike_before, unlike_after = _OTHERWISE[low]
        if before in unlike_before or after in unlike_after:
            return ""
    if site in ("nail", "hand") and {low_at(words, k) for k in range(i - 4, i)} & _COMPARING:
        return ""
    if low == "back":
        return site if _is_the_back(words, i, asked) else ""
    if low == "head" and low_at(words, i - 2) == "big":
        return ""
    if site == "shoulder" and after in ("blade", "blades"):
        return "back"
    if low in ("eye", "eyes") and before == "keep":
        return ""
    if low == "knee" and low_at(words, i - 2) == "above" or low == "knee" and before == "above":
        return "thigh"
    if low in ("arm", "arms") and before in ("lower", "fore"):
        return "forearm"
    if low in ("leg", "legs") and before == "upper":
        return "thigh"
    return site


def _is_the_back(words: list[Word], i: int, asked: bool) -> bool:
    """My back, and not 'came back', 'back in May' or 'the back of my hand'."""
    before, after = low_at(words, i - 1), low_at(words, i + 1)
    if after in _BACK_OF and _site_within(words, i + 1, i + 5):
        return False
    if before in ("my", "upper", "lower", "mid", "middle", "left", "right", "his", "her"):
        return True
    if before == "the":
        return after not in _BACK_OF
    return (before == "on" or asked and before == "") and after not in _NOT_BACK


def _site_within(words: list[Word], first: int, last: int) -> bool:
    return any(low_at(words, k) in _SITE_OF for k in range(first, last))


def _chosen(words: list[Word], found: list[tuple[int, str]]) -> str:
    """Of several, the one that is not just a landmark; a nail before the finger it is on."""
    sites = [site for _, site in found]
    if "nail" in sites:
        return "nail"
    own = [(i, site) for i, site in found if not _landmark(words, i)]
    # 'tip of my nose', 'side of the neck': what comes after 'of' is the place
    for (i, _), (j, site) in zip(own, own[1:], strict=False):
        if "of" in {word.low for word in words[i + 1 : j]} and j - i <= 4:
            return site
    if ("eyelid" in sites) and "eyelids" not in sites:
        return next((s for _, s in own or found if s == "eyelid"), (own or found)[0][1])
    return (own or found)[0][1]


def _landmark(words: list[Word], i: int) -> bool:
    """'near the nose', 'next to my ear'."""
    return bool({low_at(words, k) for k in range(i - 3, i)} & _BESIDE)


def _side(words: list[Word], found: list[tuple[int, str]], asked: bool) -> str:
    sides = {side for i in range(len(words)) if (side := _side_at(words, i, found, asked))}
    if len(sides - {"middle"}) == 1:
        return (sides - {"middle"}).pop()
    return "middle" if sides == {"middle"} else ""


_NOT_A_SIDE = {
    "left": (
        word_set("i i've have has had was been he she they we is be what's nothing doctor not"),
        word_set("it alone untreated me over with behind for to a"),
    ),
    "right": (
        word_set("all that's that alright it's its thats quite not put"),
        word_set("now away in next at above below beside under through up down after before into "
                 "then so"),
    ),
}  # fmt: skip


def _side_at(words: list[Word], i: int, found: list[tuple[int, str]], asked: bool) -> str:
    low, before, after = words[i].low, low_at(words, i - 1), low_at(words, i + 1)
    if low in ("middle", "centre", "center"):
        near = asked or after == "of" and _site_within(words, i + 1, i + 5)
        return "middle" if near else ""
    if low in ("lefthand", "righthand"):
        return low.removesuffix("hand")
    if low not in _NOT_A_SIDE:
        return ""
    unlike_before, unlike_after = _NOT_A_SIDE[low]
    if before in unlike_before or after in unlike_after or _denied(words, i):
        return ""
    return low if asked or found or after in ("side", "hand") else ""
