"""What others reached, to judge our figures against, each with what makes it another question."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One published result."""

    work: str  # who or what
    on: str  # the photos
    result: str
    caveat: str  # why it can't be put beside ours without a thought
    source: str


@dataclass(frozen=True)
class Quick:
    """What a quick model reached on photos of the same two data sets that were kept apart."""

    model: str
    ham: tuple[float, float, float] | None  # accuracy, balanced accuracy, melanoma AUC
    pad: tuple[float, float, float]  # accuracy, balanced accuracy, malignancy AUC
    caveat: str


PUBLISHED = (
    Line(
        "DenseNet-121 from ImageNet, 224 pixels",
        "DermaMNIST (HAM10000's photos)",
        "accuracy 0.847, AUC 0.963",
        "Its split knows no lesions: photos of one lesion are on both sides (arXiv:2401.14497).",
        "MedMNIST+ benchmark, Doerrich et al. 2025, arXiv:2404.15786",
    ),
    Line(
        "DenseNet-121, 128 / 64 / 28 pixels",
        "DermaMNIST (HAM10000's photos)",
        "accuracy 0.818 / 0.762 / 0.742",
        "The same split; what smaller photos cost.",
        "MedMNIST+ benchmark, Doerrich et al. 2025, arXiv:2404.15786",
    ),
    Line(
        "Best ensemble and best single network",
        "ISIC 2018, task 3",
        "balanced accuracy 0.885 and 0.871",
        "Dermoscopic; more training data than HAM10000, photos of 600 by 450 pixels.",
        "ISIC 2018 challenge, Codella et al. 2019, arXiv:1902.03368",
    ),
    Line(
        "Winner, an ensemble of EfficientNets",
        "ISIC 2019, eight conditions and 'unknown'",
        "balanced accuracy 0.636",
        "One class was never shown in training; 0.742 by its own cross-validation.",
        "Gessert et al. 2020, arXiv:1910.03910",
    ),
    Line(
        "MetaBlock: photo and clinical data",
        "PAD-UFES-20, all 2,298 photos",
        "balanced accuracy 0.77 to 0.80; 0.84 the newest seen",
        "The clinical data add about 7 points, some of them by what is missing: in these data a "
        "missing field gives the diagnosis away.",
        "Pacheco and Krohling 2021, doi:10.1109/JBHI.2021.3062002",
    ),
    Line(
        "DenseNet-121, cancer or not",
        "PAD-UFES-20",
        "AUC 0.895; 0.724 among biopsied lesions alone",
        "Lesions nobody thought worth a biopsy are the easy ones: hence our line 'biopsied only'.",
        "Reported for this data set; the first-hand source is not known to us",
    ),
    Line(
        "DERM in use",
        "suspected skin cancer, United Kingdom",
        "melanoma sensitivity 95 to 100%, benign specificity 70 to 73%",
        "The maker's surveillance in its own pathway, with dermoscopic photos; among biopsied "
        "benign lesions the specificity is 29%.",
        "Skin Analytics, post-market surveillance, skin-analytics.com/platform",
    ),
    Line(
        "Dermatologist at the bedside, prospective",
        "209 lesions that were excised, 59 of them melanoma",
        "melanoma sensitivity 96.6%, specificity 32.2%",
        "Only lesions already chosen for excision, so the benign ones are the hard ones.",
        "MacLellan et al. 2021, J Am Acad Dermatol, PubMed 32289389",
    ),
)

QUICK = (
    Quick(
        "MobileNetV2 from ImageNet, 128 pixels, nine minutes on two CPU cores",
        (0.773, 0.702, 0.871),
        (0.723, 0.603, 0.914),
        "Photo alone.",
    ),
    Quick(
        "Symptoms, age and site alone",
        None,
        (0.695, 0.602, 0.889),
        "No photo; logistic regression, unknown answers filled fairly, all rows.",
    ),
    Quick(
        "Photo and symptoms, out of fold",
        None,
        (0.753, 0.608, 0.911),
        "Where the same photo model alone has 0.620 / 0.497 / 0.860.",
    ),
    Quick(
        "A public package: Xception with age, sex and site, trained on HAM10000",
        None,
        (0.489, 0.385, 0.775),
        "Trained on dermoscopic photos, asked about smartphone ones.",
    ),
)
