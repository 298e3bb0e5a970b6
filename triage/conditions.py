"""What each diagnosis means: how serious, how urgent by itself, and a page for the patient.

The wording is ours; the facts follow the patient pages of the NHS (nhs.uk), the British
Association of Dermatologists (BAD, skinhealthinfo.org.uk) and DermNet (dermnetnz.org), named in
`sources`. A clinician reviews these texts before a clinic uses them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from triage.condition_texts import TEXTS, PageText
from triage.urgency import Urgency


class Malignancy(StrEnum):
    """Cancer or not."""

    BENIGN = "benign"
    PRE_MALIGNANT = "pre-malignant"
    MALIGNANT = "malignant"
    UNKNOWN = "unknown"

    @property
    def in_plain_words(self) -> str:
        """For the patient, as in "a mole (not a cancer)"."""
        return _PLAINLY[self]


_PLAINLY = {
    Malignancy.BENIGN: _("not a cancer"),
    Malignancy.PRE_MALIGNANT: _("can turn into a cancer"),
    Malignancy.MALIGNANT: _("a cancer"),
    Malignancy.UNKNOWN: _("not known"),
}


@dataclass(frozen=True)
class Condition:
    """One diagnosis. `page` holds the patient page's texts, paragraphs parted by a blank line."""

    code: str  # label of the model and of the review form
    slug: str  # address of its page
    name: str  # dermatology's term
    plain_name: str  # what a patient may call it
    malignancy: Malignancy
    urgency: Urgency  # where nothing else is known
    icd10: str  # WHO ICD-10; "" where no single code fits
    snomed: str  # SNOMED CT concept; "" where no single concept fits
    page: PageText

    @property
    def is_malignant(self) -> bool:
        """True for cancers only; actinic keratosis is pre-malignant, so False."""
        return self.malignancy is Malignancy.MALIGNANT


def _condition(
    code: str,
    slug: str,
    name: str,
    plain_name: str,
    malignancy: Malignancy,
    urgency: Urgency,
    icd10: str = "",
    snomed: str = "",
) -> Condition:
    return Condition(code, slug, name, plain_name, malignancy, urgency, icd10, snomed, TEXTS[code])


_BENIGN, _MALIGNANT = Malignancy.BENIGN, Malignancy.MALIGNANT

CONDITIONS: tuple[Condition, ...] = (
    _condition(
        "MEL", "melanoma", _("Melanoma"), _("a serious skin cancer that often starts in a mole"),
        _MALIGNANT, Urgency.URGENT_CANCER, "C43", "93655004",
    ),
    _condition(
        "SCC", "squamous-cell-carcinoma", _("Squamous cell carcinoma"),
        _("a skin cancer that can spread if left"), _MALIGNANT, Urgency.URGENT_CANCER,
        "C44", "254651007",
    ),
    _condition(
        "BCC", "basal-cell-carcinoma", _("Basal cell carcinoma"),
        _("a slow-growing skin cancer, also called a rodent ulcer"), _MALIGNANT, Urgency.ROUTINE,
        "C44", "254701007",
    ),
    _condition(
        "AK", "actinic-keratosis", _("Actinic keratosis"), _("a rough patch from sun damage"),
        Malignancy.PRE_MALIGNANT, Urgency.ROUTINE, "L57.0", "201101007",
    ),
    _condition(
        "ATOPIC", "atopic-dermatitis", _("Atopic dermatitis"), _("eczema"),
        _BENIGN, Urgency.ROUTINE, "L20", "24079001",
    ),
    _condition(
        "TINEA", "tinea-candidiasis", _("Tinea or candidiasis"),
        _("a fungal infection, such as ringworm or thrush of the skin"), _BENIGN, Urgency.ROUTINE,
    ),
    _condition(
        "VASC", "vascular-lesion", _("Vascular lesion"), _("a harmless growth of blood vessels"),
        _BENIGN, Urgency.ADVICE,
    ),
    _condition(
        "BKL", "benign-keratosis", _("Benign keratosis"), _("an age spot or warty age growth"),
        _BENIGN, Urgency.ADVICE,
    ),
    _condition(
        "DF", "dermatofibroma", _("Dermatofibroma"), _("a small firm harmless lump"),
        _BENIGN, Urgency.ADVICE, "D23",
    ),
    _condition(
        "NV", "melanocytic-naevus", _("Melanocytic naevus"), _("a mole"),
        _BENIGN, Urgency.ADVICE, "D22", "400010006",
    ),
    _condition(
        "OTHER", "other", _("Another condition"), _("none of these"), Malignancy.UNKNOWN,
        Urgency.SOON,
    ),
)  # fmt: skip

_BY_CODE = {c.code: c for c in CONDITIONS}
_BY_SLUG = {c.slug: c for c in CONDITIONS}


def find(code: str) -> Condition | None:
    """The condition with this code, or None for a label that nobody described."""
    return _BY_CODE.get(code)


def by_code(code: str) -> Condition:
    """The condition with this code; KeyError if there is none."""
    return _BY_CODE[code]


def by_slug(slug: str) -> Condition:
    """The condition whose page has this address; KeyError if there is none."""
    return _BY_SLUG[slug]
