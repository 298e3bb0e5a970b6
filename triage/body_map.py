"""Where on the body: the regions of a drawing to tap, each a body site and a side.

The drawing has three views: the face and the body from the front as one sees them in a mirror's
place, that is the person's right on the left of the picture, and the body from behind. A shape is
drawn once, for the side on the left of the picture, and mirrored for the other. Every region stands
in the list beside the drawing too, with those that no drawing can show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from triage.models import BodySite, Lesion, Side
from triage.models.region import PARTS, sided

if TYPE_CHECKING:
    Text = str | Promise


@dataclass(frozen=True)
class View:
    """One drawing."""

    code: str
    title: Text
    box: str  # the picture's viewBox
    width: int  # of the box, across which a shape is mirrored
    lines: str = ""  # features drawn over the regions


@dataclass(frozen=True)
class Region:
    """A place on the skin that a patient can name or tap."""

    code: str
    body_site: BodySite
    side: str  # a Side
    part: Text  # without its side, such as "Upper arm, front"
    group: Text  # under which it is listed
    view: str = ""  # of the drawing that has it; "": only listed
    path: str = ""  # its shape there
    mirrored: bool = False
    coarse: bool = False  # a whole body site, on one side or not: says no more than a lesion's site

    @property
    def label(self) -> str:
        """Such as "Chest, left"; of a whole site as a lesion is called, such as "Left forearm"."""
        if self.coarse:
            return str(Lesion(body_site=self.body_site, side=self.side))
        return sided(self.part, self.side)


@dataclass(frozen=True)
class Tapped:
    """What a region leads to, and what it is called there."""

    url: str
    text: str


VIEWS = (
    View("face", gettext_lazy("Face"), "0 0 200 222", 200,
         "M54 106C60 98 74 98 80 106C74 112 60 112 54 106M120 106C126 98 140 98 146 106C140 112 "
         "126 112 120 106M84 165C94 160 106 160 116 165C108 171 92 171 84 165"
         "M92 141C96 145 104 145 108 141"),
    View("front", gettext_lazy("Body from the front"), "0 0 220 400", 220),
    View("back", gettext_lazy("Body from behind"), "0 0 220 400", 220),
)  # fmt: skip
HEAD = gettext_lazy("Head and neck")
TRUNK = gettext_lazy("Chest, belly and back")
ARMS = gettext_lazy("Arms and hands")
LEGS = gettext_lazy("Legs and feet")
ELSEWHERE = gettext_lazy("Other places")

MIDDLE, PAIR = (Side.MIDDLE,), (Side.RIGHT, Side.LEFT)
# view, name ("": the whole site), site, group, sides, its shape
_DRAWN = (
    ("face", "scalp", BodySite.SCALP, HEAD, MIDDLE,
     "M42 78C44 30 70 10 100 10S156 30 158 78C140 52 124 46 100 46S60 52 42 78Z"),
    ("face", "forehead", BodySite.FACE, HEAD, MIDDLE,
     "M42 78C60 52 76 46 100 46S140 52 158 78L156 92C140 84 120 84 108 92H92C80 84 60 84 44 92Z"),
    ("face", "ear", BodySite.EAR, HEAD, PAIR,
     "M41 92C26 82 14 92 18 112S30 148 44 142L42 116Z"),
    ("face", "eyelid", BodySite.EYELID, HEAD, PAIR,
     "M44 92C60 84 80 84 90 92L90 114C78 122 56 122 43 114Z"),
    ("face", "cheek", BodySite.FACE, HEAD, PAIR,
     "M43 114C56 122 78 122 88 115L80 142L74 152L74 171L66 184C52 168 44 142 43 114Z"),
    ("face", "nose", BodySite.NOSE, HEAD, MIDDLE,
     "M92 92L108 92L112 115L120 142C112 152 88 152 80 142L88 115Z"),
    ("face", "lip", BodySite.LIP, HEAD, MIDDLE,
     "M80 142C88 152 112 152 120 142L126 152L126 171C114 182 86 182 74 171L74 152Z"),
    ("face", "chin", BodySite.FACE, HEAD, MIDDLE,
     "M74 171C86 182 114 182 126 171L134 184C122 204 112 212 100 212S78 204 66 184Z"),
    ("front", "", BodySite.FACE, HEAD, MIDDLE,
     "M110 6C126 6 132 18 131 32C130 46 122 58 110 58S90 46 89 32C88 18 94 6 110 6Z"),
    ("front", "neck", BodySite.NECK, HEAD, MIDDLE,
     "M98 55C106 60 114 60 122 55L124 74L110 80L96 74Z"),
    ("front", "shoulder", BodySite.SHOULDER, ARMS, PAIR,
     "M96 74C82 79 66 80 58 90C53 97 52 106 52 114L72 116L82 80Z"),
    ("front", "chest", BodySite.CHEST, TRUNK, PAIR,
     "M96 74L110 80L110 140L76 138C73 128 72 122 72 116L82 80Z"),
    ("front", "abdomen", BodySite.ABDOMEN, TRUNK, PAIR,
     "M76 138L110 140L110 192L92 192L74 182C78 166 78 152 76 138Z"),
    ("front", "", BodySite.GENITAL, ELSEWHERE, MIDDLE,
     "M92 192L128 192L110 216Z"),
    ("front", "arm", BodySite.ARM, ARMS, PAIR,
     "M52 114L72 116C72 132 69 148 65 160L43 156C46 142 49 128 52 114Z"),
    ("front", "forearm", BodySite.FOREARM, ARMS, PAIR,
     "M43 156L65 160C60 178 52 196 46 208L29 202C33 188 38 172 43 156Z"),
    ("front", "hand", BodySite.HAND, ARMS, PAIR,
     "M29 202L46 208C46 222 40 240 32 246C24 250 16 246 15 238C14 226 20 212 29 202Z"),
    ("front", "thigh", BodySite.THIGH, LEGS, PAIR,
     "M74 182L92 192L109 216C109 240 106 262 103 282L76 282C70 250 68 214 74 182Z"),
    ("front", "leg", BodySite.LOWER_LEG, LEGS, PAIR,
     "M76 282L103 282C104 310 100 340 96 366L79 366C73 338 73 308 76 282Z"),
    ("front", "foot", BodySite.FOOT, LEGS, PAIR,
     "M79 366L96 366C98 378 98 386 96 392C86 398 70 398 66 392C66 384 74 378 79 366Z"),
    ("back", "scalp", BodySite.SCALP, HEAD, MIDDLE,
     "M110 6C126 6 132 18 131 32C130 42 126 50 122 55L98 55C94 50 90 42 89 32C88 18 94 6 110 6Z"),
    ("back", "neck", BodySite.NECK, HEAD, MIDDLE,
     "M98 55L122 55L124 74L110 78L96 74Z"),
    ("back", "shoulder", BodySite.SHOULDER, ARMS, PAIR,
     "M96 74C82 79 66 80 58 90C53 97 52 106 52 114L72 116L82 80Z"),
    ("back", "upper", BodySite.BACK, TRUNK, PAIR,
     "M96 74L110 78L110 132L75 132C73 126 72 121 72 116L82 80Z"),
    ("back", "lower", BodySite.BACK, TRUNK, PAIR,
     "M75 132L110 132L110 180L75 178C78 164 78 148 75 132Z"),
    ("back", "buttock", BodySite.BUTTOCK, TRUNK, PAIR,
     "M75 178L110 180L110 214C98 220 82 220 72 214C71 202 72 190 75 178Z"),
    ("back", "arm", BodySite.ARM, ARMS, PAIR,
     "M52 114L72 116C72 132 69 148 65 160L43 156C46 142 49 128 52 114Z"),
    ("back", "forearm", BodySite.FOREARM, ARMS, PAIR,
     "M43 156L65 160C60 178 52 196 46 208L29 202C33 188 38 172 43 156Z"),
    ("back", "hand", BodySite.HAND, ARMS, PAIR,
     "M29 202L46 208C46 222 40 240 32 246C24 250 16 246 15 238C14 226 20 212 29 202Z"),
    ("back", "thigh", BodySite.THIGH, LEGS, PAIR,
     "M72 214C82 220 98 220 109 215C109 240 106 262 103 282L76 282C72 262 70 238 72 214Z"),
    ("back", "leg", BodySite.LOWER_LEG, LEGS, PAIR,
     "M76 282L103 282C104 310 100 340 96 366L79 366C73 338 73 308 76 282Z"),
    ("back", "foot", BodySite.FOOT, LEGS, PAIR,
     "M79 366L96 366C98 378 98 386 96 392C90 397 80 397 76 392C75 384 78 376 79 366Z"),
)  # fmt: skip
# name, site, group, sides: where a drawing would be too small to tap
_LISTED = (
    ("fingernail", BodySite.NAIL, ARMS, PAIR),
    ("toenail", BodySite.NAIL, LEGS, PAIR),
)
_NAILS = {"fingernail": "back-hand", "toenail": "front-foot"}  # where they are drawn, unseen
_GROUP_OF = {
    BodySite.SCALP: HEAD, BodySite.FACE: HEAD, BodySite.EAR: HEAD, BodySite.EYELID: HEAD,
    BodySite.LIP: HEAD, BodySite.NOSE: HEAD, BodySite.NECK: HEAD, BodySite.CHEST: TRUNK,
    BodySite.ABDOMEN: TRUNK, BodySite.BACK: TRUNK, BodySite.BUTTOCK: TRUNK,
    BodySite.SHOULDER: ARMS, BodySite.ARM: ARMS, BodySite.FOREARM: ARMS, BodySite.HAND: ARMS,
    BodySite.THIGH: LEGS, BodySite.LOWER_LEG: LEGS, BodySite.FOOT: LEGS,
}  # fmt: skip


def _all() -> Iterator[Region]:
    alone = set()  # sites that need no region for the whole beside their parts
    for view, name, site, group, sides, path in _DRAWN:
        if not name:
            alone.add(site)
            yield Region(site.value, site, "", site.label, group, view, path, coarse=True)
            continue
        if [row[2] for row in _DRAWN].count(site) == 1 and sides is MIDDLE:
            alone.add(site)
        # The person's right is on the left of a picture from the front; from behind, their left.
        order = sides if view != "back" else sides[::-1]
        for n, side in enumerate(order):
            suffix = "" if sides is MIDDLE else f"-{side}"
            part = f"{view}-{name}"
            yield Region(f"{part}{suffix}", site, side, PARTS[part], group, view, path, n == 1)
    for name, site, group, sides in _LISTED:
        for side in sides:
            yield Region(f"{name}-{side}", site, side, PARTS[name], group)
    paired = [row[2] for row in _DRAWN if PAIR in row] + [row[1] for row in _LISTED]
    parts = Counter(paired)
    for site in BodySite:  # the site alone, for whoever can't or won't say more
        group = _GROUP_OF.get(site, ELSEWHERE)
        if site not in alone:
            yield Region(site.value, site, "", site.label, group, coarse=True)
        if parts[site] > 1:
            for side in PAIR:
                yield Region(f"{site.value}-{side}", site, side, site.label, group, coarse=True)


REGIONS: dict[str, Region] = {region.code: region for region in _all()}


@cache
def region_of(body_site: str, side: str = "") -> Region:
    """What a site and a side mean, where nothing finer is known: never one part of several."""
    there = [r for r in REGIONS.values() if (r.body_site, r.side) == (body_site, side)]
    whole = next((region for region in there if region.coarse), None)
    if whole is None and len(there) == 1:
        return there[0]
    first = next(r for r in REGIONS.values() if r.body_site == body_site)
    return whole or REGIONS.get(body_site) or first


def region_of_lesion(lesion: Lesion) -> Region:
    """The region as it was tapped, or else what its site and side mean."""
    return REGIONS.get(lesion.region) or region_of(lesion.body_site, lesion.side)


def marked(region: Region) -> list[Region]:
    """Where the drawing shows a place: the region itself where it is drawn, or else what is drawn
    nearest, all of it that the place may mean; nothing where nobody knows."""
    if region.view:
        return [region]
    if region.body_site == BodySite.NAIL:
        near = [shown for name, shown in _NAILS.items() if region.code.startswith(name)]
        found = [r for r in REGIONS.values() if r.code.startswith(tuple(near or _NAILS.values()))]
    else:
        found = [r for r in REGIONS.values() if r.view and r.body_site == region.body_site]
    return [r for r in found if region.side in ("", r.side)]


def drawn(view: View) -> list[Region]:
    """The regions of one drawing, in the order in which the keyboard goes through them."""
    return [region for region in REGIONS.values() if region.view == view.code]


def listed() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every region by group, as the choices of a list: what is whole before its parts."""
    groups: dict[str, list[Region]] = {}
    for region in sorted(REGIONS.values(), key=_listed_as):
        groups.setdefault(str(region.group), []).append(region)
    return [(name, [(r.code, r.label) for r in found]) for name, found in groups.items()]


def _listed_as(region: Region) -> tuple[int, int, bool]:
    groups, sites = (HEAD, TRUNK, ARMS, LEGS, ELSEWHERE), list(BodySite)
    return groups.index(region.group), sites.index(region.body_site), not region.coarse


def to_choose() -> dict[str, Tapped]:
    """Every region, leading to the same page with its code."""
    return {code: Tapped(f"?region={code}", region.label) for code, region in REGIONS.items()}
