"""What is known besides the photos, on its way to the model and back, and in words for staff."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from triage.symptoms import Answers

_TELLING = 0.1  # a change of log-odds from which a fact is named
_NAMED = 4  # facts in one sentence


@dataclass(frozen=True)
class CaseHistory:
    """What is known of one case and its patient. `None` is 'not known'."""

    body_site: str  # of triage.models.BodySite
    answers: Answers = field(default_factory=Answers)  # with the notes read into them
    age: int | None = None  # at submission
    sex: str = ""  # of triage.models.Sex
    skin_type: int | None = None  # Fitzpatrick, 1-6
    previous_skin_cancer: bool | None = None
    family_melanoma: bool | None = None
    immunosuppressed: bool | None = None


@dataclass(frozen=True)
class Moved:
    """What one fact did to the model's risks, all else the same: a change of log-odds."""

    fact: str
    melanoma: float
    malignancy: float


@dataclass(frozen=True)
class WithHistory:
    """What the model says of the photos and the history together."""

    probabilities: Mapping[str, float]  # by label code, 0-1
    melanoma_risk: float
    malignancy_risk: float
    facts: Mapping[str, Any] = field(repr=False)  # the patient's: kept for a replay, never logged
    moved: tuple[Moved, ...] = field(default=(), repr=False)
    melanoma_threshold: float | None = None  # on its own risks; None: as on those of photos alone
    malignancy_threshold: float | None = None

    def raising(self) -> list[str]:
        """The facts that made cancer more likely, in words, the strongest first."""
        return list(self._named(1))

    def lowering(self) -> list[str]:
        """Likewise those that made it less likely, but no warning sign.

        Where the data say that bleeding or an earlier cancer speaks against one, that is how their
        patients were chosen, and nothing that a reader should be told.
        """
        return [words for words in self._named(-1) if words not in _WARNINGS]

    def _named(self, sign: int) -> Iterator[str]:
        strongest = sorted(self.moved, key=lambda one: -sign * one.malignancy)
        for one in strongest:
            if sign * one.malignancy >= _TELLING and (words := in_words(one.fact, self.facts)):
                yield words

    def beside(self, photo_risk: float) -> str:
        """Both risks of cancer in one line, with the facts that made the difference."""
        higher = self.malignancy_risk >= photo_risk
        named = (self.raising() if higher else self.lowering())[:_NAMED]
        facts = f" ({', '.join(named)})" if named else ""
        both = f"Photo: malignant {photo_risk:.1%}; with history{facts}: {self.malignancy_risk:.1%}"
        return both if higher else f"{both}. The photo's counts, being higher"


def in_words(fact: str, facts: Mapping[str, Any]) -> str:
    """One of the model's facts for staff, such as "bled", "no itch" or "age 71"; "" if unknown."""
    if fact == "skin_cancer":
        if facts.get("previous_skin_cancer"):
            return "earlier skin cancer"
        return "melanoma in the family" if facts.get("family_cancer") else "no earlier skin cancer"
    value = facts.get(fact)
    if value is None:
        return ""
    if fact in _YES_NO:
        return _YES_NO[fact][0 if value else 1]
    if fact == "age":
        return f"age {value:g}"
    if fact == "diameter_mm":
        return f"{value:g} mm wide"
    return str(value).replace("_", " ")


_WARNINGS = {
    "earlier skin cancer", "melanoma in the family", "itches", "grew", "hurts", "changed", "bled",
    "raised",
}  # fmt: skip
_YES_NO = {
    "itch": ("itches", "no itch"),
    "grew": ("grew", "has not grown"),
    "hurt": ("hurts", "no pain"),
    "changed": ("changed", "unchanged"),
    "bleed": ("bled", "no bleeding"),
    "elevation": ("raised", "flat"),
}
