"""What might make a photo hard to judge. It is said kindly and at once, and never stops anybody.

Such checks reject one good photo in five where they decide, and more of them on dark skin. The
limits here were chosen on clinic photos and generated ones, see `docs/safety.md`; what is measured
is explained in `inference/image.py` and `inference/content.py`.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from django.utils.translation import gettext_lazy

from triage.models import PhotoKind


class Measured(Protocol):
    """A photo as far as it was measured: `CleanPhoto`, `Upload` or `Photo`."""

    width: int
    height: int
    sharpness: float
    brightness: float
    lesion_share: float | None
    fingerprint: str


class Doubt(StrEnum):
    """What might make a photo hard to judge."""

    DARK = "dark"
    BLURRED = "blurred"
    BRIGHT = "bright"
    NO_LESION = "no_lesion"
    FAR = "far"
    SMALL = "small"


BLURRED = 2.0  # standard deviation of the Laplacian
TOO_DARK, TOO_BRIGHT = 0.12, 0.93  # mean luminance
FAR = 0.006  # of a close-up's area: a lesion a twelfth as wide as the picture
SMALL = 800, 600  # pixels, longer and shorter side: the least for reading at a distance
ALIKE = 4  # bits of the fingerprint, of 64
ADVICE = {
    Doubt.DARK: gettext_lazy(
        "This photo is too dark. If you can, take another with more light: by a window or a lamp."
    ),
    Doubt.BLURRED: gettext_lazy(
        "This photo may be blurred. If you can, take another: hold still and tap to focus."
    ),
    Doubt.BRIGHT: gettext_lazy(
        "This photo looks very bright. If you can, take another without flash."
    ),
    Doubt.NO_LESION: gettext_lazy(
        "We could not make out a spot in this close-up. Check that it is in the picture and in "
        "focus; if it is very pale, leave the photo as it is."
    ),
    Doubt.FAR: gettext_lazy(
        "The spot looks small in this close-up. If you can, take another from nearer, but not "
        "nearer than 15 cm."
    ),
    Doubt.SMALL: gettext_lazy(
        "This photo is small. If you have the original, send that instead."
    ),
}  # fmt: skip
ADVICE_ALIKE = gettext_lazy(
    "This photo is very like another one of yours. One from another distance or side shows more."
)
_CLOSE = (PhotoKind.CLOSE_UP, PhotoKind.DERMOSCOPIC)


def doubts(photo: Measured) -> list[Doubt]:
    """The worst first. In the dark every edge and every spot is hidden, so that is all it says."""
    if photo.brightness < TOO_DARK:
        return [Doubt.DARK]
    longer, shorter = max(photo.width, photo.height), min(photo.width, photo.height)
    share = photo.lesion_share if _is_close(photo) else None
    found = {
        Doubt.BLURRED: photo.sharpness < BLURRED,
        Doubt.BRIGHT: photo.brightness > TOO_BRIGHT,
        Doubt.NO_LESION: share == 0,
        Doubt.FAR: share is not None and 0 < share < FAR,
        Doubt.SMALL: longer < SMALL[0] or shorter < SMALL[1],
    }
    return [doubt for doubt, there in found.items() if there]


def advice(photo: Measured, others: Iterable[str] = ()) -> list[str]:
    """What to say of a photo to whoever took it; `others` are the fingerprints of their others."""
    said = [str(ADVICE[doubt]) for doubt in doubts(photo)]
    if any(alike(photo.fingerprint, other) for other in others):
        said.append(str(ADVICE_ALIKE))
    return said


def alike(one: str, other: str) -> bool:
    """Whether two fingerprints are of nearly the same picture. Of an even one they say nothing."""
    if not one or not other or not int(one, 16) or not int(other, 16):
        return False
    return (int(one, 16) ^ int(other, 16)).bit_count() <= ALIKE


def _is_close(photo: Measured) -> bool:
    """From further away a spot is small by right; a photo of no kind yet is not judged by that."""
    return getattr(photo, "kind", None) in _CLOSE
