"""What the public data sets ask for, and what their labels rest on, for the model card."""

from __future__ import annotations

from collections.abc import Sequence

from training.datasets import HAM, PAD, Example

DATA = {
    PAD: (
        "CC BY 4.0",
        "Pacheco AGC et al. PAD-UFES-20: a skin lesion dataset composed of patient data and "
        "clinical images collected from smartphones. Data in Brief 32 (2020). "
        "doi:10.17632/zr7vgbcyr2.1",
    ),
    HAM: (
        "CC BY-NC 4.0",
        "Tschandl P, Rosendahl C, Kittler H. The HAM10000 dataset, a large collection of "
        "multi-source dermatoscopic images of common pigmented skin lesions. Scientific Data 5 "
        "(2018). doi:10.7910/DVN/DBW86T",
    ),
    "ISIC 2019": (
        "CC BY-NC 4.0",
        "ISIC 2019 challenge: HAM10000 (above); BCN_20000, Combalia M et al. (2019), "
        "arXiv:1908.02288; MSK, Codella NCF et al. (2018), arXiv:1710.05006",
    ),
}

KNOWN = {
    HAM: (
        "HAM10000's `akiec` holds Bowen's disease (squamous cell carcinoma in situ) beside actinic "
        "keratosis; both are called AK here. About half of its lesions are proven by histology, "
        "the others by follow-up, consensus or confocal microscopy, and it is mostly naevi seen "
        "through a dermatoscope."
    ),
    PAD: (
        "All cancers of PAD-UFES-20 are proven by biopsy; most of its naevi, keratoses and actinic "
        "keratoses rest on the consensus of dermatologists. Its photos are taken by telephone and "
        "cropped to the lesion. It has few melanomas, so its melanoma figures are little more than "
        "anecdotes."
    ),
}


def data_rows(examples: Sequence[Example]) -> tuple[dict[str, str], ...]:
    """Name, licence and citation of every data set that the examples are of."""
    names = sorted({example.data_set for example in examples})
    unknown = ("not stated", "A data set of your own")
    rows = ((name, *DATA.get(name, unknown)) for name in names)
    return tuple(
        {"name": name, "licence": licence, "citation": citation} for name, licence, citation in rows
    )
