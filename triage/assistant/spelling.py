"""Put misspelt words right where only one word of ours can be meant: 'bleedng', 'sholder', 'nto'.

A word that English has is never touched, nor one of fewer than five letters; the first letter must
be right (or swapped with the second). So noise stays noise.
"""

from __future__ import annotations

import re
from functools import lru_cache

from triage import measures
from triage.assistant import body, looks
from triage.words import word_set

# What the readers look for, in the forms that people write.
_MEANT = word_set(
    "bleed bleeds bleeding blood grown growing bigger larger changed changing changes darker itchy "
    "itches itching painful painless hurts hurting tender sore weeping weeps oozing oozes crusty "
    "crusts scabs swollen swelling inflamed puffy redness raised smooth irregular uneven ragged "
    "jagged lopsided asymmetrical symmetrical colour colours color colors shades different edges "
    "border shape round brown black purple numbness tingling tingles tingly fever spreading "
    "shoulder forearm stomach abdomen abdominal belly chest breast throat finger fingers thumb "
    "forehead temple cheek eyelid eyebrow scalp buttock buttocks thigh ankle elbow wrist right "
    "middle centre month months weeks years yesterday summer winter spring autumn christmas "
    "birthday january february march april august september october november december millimetre "
    "millimetres millimeter millimeters centimetre centimetres centimeter centimeters pencil "
    "rubber never nothing without neither unsure sometimes always definitely maybe perhaps "
    "breathe breathing swallow swallowing trouble suicidal "
    "melanoma carcinoma eczema dermatitis ringworm keratosis doctor hospital treatment"
)
# Words of English that stand one slip from one of those above.
_OF_ENGLISH = word_set(
    "bleat bread breed blend floor flood brood broad crown groan grow grows grew drown crowing "
    "glowing rowing bugger digger larder lager change chance charge charged chances charges "
    "charging hanging danger darken parker itch pitchy pitches hutches hurt hunts hunting parting "
    "render tinder gender sender core some sort soar sport weeding keeping wheeping seeping goes "
    "crusty rusty trusts scars scales stabs spelling selling swells raise rained praised raises "
    "smooths regular evenly raged ragged shared sharp shapes shame shake share found sound ground "
    "round rounds bound brows browse block back slack pupil fewer ever never lever seven sever "
    "preading reading spreads shoulders forearms stomachs bell bells cheat cheats chess chests "
    "beast breath breasts thought though through linger ringer singer thumbs temples check checks "
    "checked cheeks eyelids scale scalps thighs uncle angle ankles elbows write wrists bright "
    "night light fight sight eight might middles center month mouth mouths week weak weaks year "
    "yearn simmer sumer summers winner winters sprint string strong sprung march match marsh "
    "apron august rubbery rubbed rubbing nothing noting without within either maybe doctors "
    "hospitals treatments treated shades shaves shaved shapes shade colour colored coloured "
    "color edge hedges ledges hurry curry months yours hears tears bears wears years fears "
    "blacks brown browns purples irregularly difference differ fevers springs growth growths "
    "bigger biggest large itched bled pain pains paint painted painter pointing painting "
    "peaceful plainful white while where there these those thing think things today which would "
    "could should about after again along around cream close every first great house large later "
    "place point right small still their thank thanks think three under until using water women "
    "rights store stores newer streaming finder finders differing differently finer threat "
    "pointless readiness painfully spellings sometime scans tended cheer cheeky blown bloom bloody "
    "bloods sharper shave score blank border borders crust shaped tingle prickle prickly "
    " symmetric asymmetric asymmetry scaly scale scales "
    "sores ulcers blisters blistered blistering blister peeling peels peeled flesh tissue dying "
    "stopped stopping stops whole entire fever rashes hives welts necrosis gangrene pressed "
    "breather breathed breeding shallow wallowing swallows troubled troubles breathless "
    "world young weather whether brother mother father another other others rather"
)
KNOWN = _MEANT | _OF_ENGLISH | body.WORDS | looks.WORDS | measures.WORDS
_SHORT = {
    "nto": "not", "shure": "sure", "yess": "yes", "yse": "yes", "noo": "no", "dont": "don't",
    "wks": "weeks", "yeras": "years", "yaers": "years", "moths": "months",
    "im": "i'm", "gron": "grown", "bleads": "bleeds", "leg's": "leg", "lft": "left",
    "rite": "right", "bak": "back", "hart": "hurt", "ithc": "itch", "itcy": "itchy",
    "ichy": "itchy",
}  # fmt: skip

_TOKEN = re.compile(r"[^\W\d_]+(?:['’`´][^\W\d_]+)*")


def corrected(text: str) -> str:
    """The text with misspelt words put right, all else as it was written."""
    return _TOKEN.sub(lambda match: _meant(match[0]), text)


@lru_cache(maxsize=4096)
def _meant(written: str) -> str:
    low = written.lower()
    if low in _SHORT:
        return _SHORT[low]
    if len(low) < 5 or not low.isascii() or low in KNOWN:
        return written
    if len(low) > 15:  # no word of ours, however misspelt
        return written
    allowed = 1 if len(low) < 9 else 2
    close = [(slips, word) for word in _MEANT if (slips := _slips(low, word)) <= allowed]
    if not close:
        return written
    least = min(slips for slips, _ in close)
    best = sorted(word for slips, word in close if slips == least)
    return best[0] if _same_meaning(best) else written


def _same_meaning(words: list[str]) -> bool:
    """One word, or forms of one: 'bleding' is near bleeding, 'itces' near itches and itchy."""
    return len({word[:4] for word in words}) == 1


def _slips(wrong: str, word: str) -> int:
    """Letters left out, put in, exchanged or swapped with their neighbour (optimal alignment)."""
    if abs(len(wrong) - len(word)) > 2:
        return 3
    if wrong[0] != word[0] and wrong[:2] != word[1::-1]:
        return 3
    before: list[int] = []
    last = list(range(len(word) + 1))
    for i, a in enumerate(wrong, start=1):
        row = [i]
        for j, b in enumerate(word, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == word[j - 2] and wrong[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
