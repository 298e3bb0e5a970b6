"""The facts of a released model, as its artifact has them, in rows for a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from triage import conditions

# What a page shows of each data set's figures: their keys in artifact.json.
SHOWN = (
    ("malignancy_sensitivity", gettext_noop("Sensitivity, any cancer")),
    ("malignancy_specificity", gettext_noop("Specificity, any cancer")),
    ("malignancy_auc", gettext_noop("AUC, any cancer")),
    ("melanoma_sensitivity", gettext_noop("Sensitivity, melanoma")),
    ("melanoma_specificity", gettext_noop("Specificity, melanoma")),
    ("melanoma_auc", gettext_noop("AUC, melanoma")),
    ("accuracy", gettext_noop("Accuracy")),
    ("balanced_accuracy", gettext_noop("Balanced accuracy")),
    ("calibration_error", gettext_noop("Calibration error")),
)


@dataclass(frozen=True)
class Tested:
    """One data set of the test part."""

    name: str
    photos: int
    malignant: int
    figures: tuple[tuple[str, str], ...]  # name, value with its interval


@dataclass(frozen=True)
class Card:
    facts: tuple[tuple[str, str], ...]
    tested: tuple[Tested, ...]
    data: tuple[tuple[str, str], ...]  # name, licence
    cautions: tuple[str, ...]


def card_of(facts: Mapping[str, Any]) -> Card:
    """Whatever an artifact lacks is left out."""
    return Card(
        tuple((term, value) for term, value in _facts(facts) if value),
        tuple(_tested(facts)),
        tuple((one.get("name", ""), one.get("licence", "")) for one in facts.get("data", ())),
        tuple(_cautions(facts)),
    )


def _facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    training = facts.get("training", {})
    photos = training.get("photos", {})
    thresholds, with_history = facts.get("thresholds", {}), facts.get("history_thresholds", {})
    return [
        (_("Network"), facts.get("network", "")),
        (_("Role"), facts.get("role", "")),
        (_("Conditions that it knows"), ", ".join(map(_name, facts.get("labels", ())))),
        (_("Input"), _("%(size)s pixels") % facts["input"] if "input" in facts else ""),
        (_("Limit for melanoma"), _number(thresholds.get("melanoma"))),
        (_("Limit for any cancer"), _number(thresholds.get("malignancy"))),
        (_("Limit for melanoma, with history"), _number(with_history.get("melanoma"))),
        (_("Limit for any cancer, with history"), _number(with_history.get("malignancy"))),
        (_("Trained on"), _("%s photos") % photos["train"] if "train" in photos else ""),
        (_("Began from"), training.get("start", "")),
        (_("Run"), training.get("run", "")),
        (_("History of the patient"), _("used") if "fusion.npz" in facts.get("files", {}) else ""),
        (_("8-bit form"), _("released") if "network-int8.xml" in facts.get("files", {}) else ""),
    ]


def _tested(facts: Mapping[str, Any]) -> list[Tested]:
    return [
        Tested(
            name,
            found.get("photos", 0),
            found.get("positives", {}).get("malignancy", 0),
            tuple(
                (_(label), _interval(found["figures"][key]))
                for key, label in SHOWN
                if key in found.get("figures", {})
            ),
        )
        for name, found in facts.get("metrics", {}).get("test", {}).items()
    ]


def _cautions(facts: Mapping[str, Any]) -> list[str]:
    found = []
    if met := facts.get("training", {}).get("start_met"):
        found.append(str(met))
    dark = facts.get("metrics", {}).get("photos_of_skin_type_5_or_6")
    if dark is not None:
        text = _("Test photos known to be of skin type V or VI: %s.")
        found.append(text % dark)
    return found


def _name(label: str) -> str:
    known = conditions.find(label)
    return str(known.name) if known else label


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _interval(figure: list[float] | float | None) -> str:
    if figure is None:
        return ""
    if isinstance(figure, (int, float)):
        return f"{figure:.3f}"
    value, low, high = figure
    return f"{value:.3f} ({low:.3f}–{high:.3f})"
