"""What the parts of the body are called that are finer than a body site.

The code of a part, as a lesion keeps it, ends with its side where there are two of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django.utils.functional import Promise

PARTS: dict[str, Promise] = {
    "face-scalp": gettext_lazy("Scalp, front"),
    "face-forehead": gettext_lazy("Forehead"),
    "face-ear": gettext_lazy("Ear"),
    "face-eyelid": gettext_lazy("Eye or eyelid"),
    "face-cheek": gettext_lazy("Cheek"),
    "face-nose": gettext_lazy("Nose"),
    "face-lip": gettext_lazy("Mouth and lips"),
    "face-chin": gettext_lazy("Chin"),
    "front-neck": gettext_lazy("Neck, front"),
    "front-shoulder": gettext_lazy("Shoulder, front"),
    "front-chest": gettext_lazy("Chest"),
    "front-abdomen": gettext_lazy("Belly"),
    "front-arm": gettext_lazy("Upper arm, front"),
    "front-forearm": gettext_lazy("Forearm, inside"),
    "front-hand": gettext_lazy("Palm or fingers, inside"),
    "front-thigh": gettext_lazy("Thigh, front"),
    "front-leg": gettext_lazy("Knee or shin"),
    "front-foot": gettext_lazy("Foot or toes, top"),
    "back-scalp": gettext_lazy("Scalp, back of the head"),
    "back-neck": gettext_lazy("Neck, back"),
    "back-shoulder": gettext_lazy("Shoulder, back"),
    "back-upper": gettext_lazy("Upper back"),
    "back-lower": gettext_lazy("Lower back"),
    "back-buttock": gettext_lazy("Buttock"),
    "back-arm": gettext_lazy("Upper arm, back"),
    "back-forearm": gettext_lazy("Elbow or forearm, outside"),
    "back-hand": gettext_lazy("Back of the hand or fingers"),
    "back-thigh": gettext_lazy("Thigh, back"),
    "back-leg": gettext_lazy("Calf"),
    "back-foot": gettext_lazy("Heel or sole"),
    "fingernail": gettext_lazy("Fingernail"),
    "toenail": gettext_lazy("Toenail"),
}
SIDES = ("left", "right")
_SIDED = {f"{code}-{side}": (name, side) for code, name in PARTS.items() for side in SIDES}


def region_label(code: str) -> str:
    """Such as "Upper back, left"; "" of what is no part, as of a whole body site."""
    return sided(*_SIDED.get(code, (PARTS.get(code, ""), "")))


def sided(part: str | Promise, side: str) -> str:
    """A part with its side, where it has one of two."""
    if side not in SIDES:
        return str(part)
    words = _("left") if side == "left" else _("right")
    return _("%(part)s, %(side)s") % {"part": part, "side": words}
