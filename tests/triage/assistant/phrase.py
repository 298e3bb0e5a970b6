"""One line of the table of phrases, and how what was understood is counted against it."""

from dataclasses import dataclass, field
from datetime import date

from triage.assistant.understanding import UNSURE, Value, understand

__all__ = ["TODAY", "UNSURE", "Phrase", "Score", "score"]

TODAY = date(2026, 11, 20)
NEAR = 0.15  # a number this close counts as understood: 'since spring' has no one right week


@dataclass(frozen=True)
class Phrase:
    text: str
    asked: str  # the question above it: a field of Answers, body_site, side, signs or story
    facts: dict[str, Value] = field(default_factory=dict)  # all that it says, and nothing else
    held_out: bool = False  # not looked at while the assistant was made better

    @property
    def heard(self) -> dict[str, Value]:
        return understand(self.text, asked=self.asked, today=TODAY).facts

    def right(self, name: str, value: Value) -> bool:
        """Whether this fact, understood, is one of the phrase's."""
        wanted = self.facts.get(name)
        if wanted is None:
            return False
        if isinstance(wanted, bool | str) or isinstance(value, bool | str):
            return wanted == value
        return abs(value - wanted) <= max(NEAR * wanted, 1 if name == "duration_weeks" else 0)


@dataclass(frozen=True)
class Score:
    phrases: int
    facts: int  # in the table
    understood: int  # facts the assistant took from the phrases
    right: int  # of these, the ones in the table

    @property
    def precision(self) -> float:
        return self.right / self.understood

    @property
    def recall(self) -> float:
        return self.right / self.facts


def score(phrases: tuple[Phrase, ...]) -> Score:
    heard = [(phrase, phrase.heard) for phrase in phrases]
    return Score(
        phrases=len(phrases),
        facts=sum(len(phrase.facts) for phrase in phrases),
        understood=sum(len(facts) for _, facts in heard),
        right=sum(
            phrase.right(name, value) for phrase, facts in heard for name, value in facts.items()
        ),
    )
