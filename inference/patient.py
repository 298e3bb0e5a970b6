"""What is known of the patient and the lesion besides the photo, in one vocabulary.

The portal's cases, PAD-UFES-20, HAM10000 and ISIC 2019 each name body sites in their own way;
`site_of` reads them all. A fact that nobody recorded is None, which is never a 'no'.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

Sex = Literal["female", "male"]

SITES = (
    "scalp", "face", "ear", "nose", "lip", "neck", "chest", "abdomen", "back", "arm", "forearm",
    "hand", "thigh", "lower_leg", "foot", "genital",
)  # fmt: skip

# What some sources say more coarsely, and the sites that it may be. No site is finer than SITES.
REGIONS: dict[str, tuple[str, ...]] = {
    "head_neck": ("scalp", "face", "ear", "nose", "lip", "neck"),
    "front": ("chest", "abdomen"),
    "trunk": ("chest", "abdomen", "back"),
    "upper_limb": ("arm", "forearm"),
    "lower_limb": ("thigh", "lower_leg"),
    "acral": ("hand", "foot"),
}

_OTHER_NAMES = {
    "eyelid": "face",
    "shoulder": "upper_limb",
    "upper extremity": "upper_limb",
    "lower extremity": "lower_limb",
    "anterior torso": "front",
    "posterior torso": "back",
    "lateral torso": "trunk",
    "head/neck": "head_neck",
    "palms/soles": "acral",
    "oral/genital": "genital",
    "nail": "acral",
}


@dataclass(frozen=True)
class PatientFacts:
    """One lesion's history. None is 'not recorded'."""

    age: float | None = None  # years
    sex: Sex | None = None
    site: str | None = None  # one of SITES or of REGIONS
    itch: bool | None = None
    grew: bool | None = None
    hurt: bool | None = None
    changed: bool | None = None  # in shape or colour
    bleed: bool | None = None  # ever
    elevation: bool | None = None  # raised above the skin
    diameter_mm: float | None = None  # the largest
    previous_skin_cancer: bool | None = None
    family_cancer: bool | None = None  # melanoma in the family
    immunosuppressed: bool | None = None
    skin_type: int | None = None  # Fitzpatrick, 1 to 6

    @property
    def known(self) -> tuple[str, ...]:
        """The names of the facts that are recorded, in the order above."""
        return tuple(item.name for item in fields(self) if getattr(self, item.name) is not None)


def site_of(text: str | None) -> str | None:
    """The code of a body site as the portal or a public data set calls it; None if it has none."""
    plain = (text or "").strip().lower()
    code = _OTHER_NAMES.get(plain, plain.replace(" ", "_"))
    return code if code in SITES or code in REGIONS else None
