"""What a network says of labelled photos: the one thing that every figure is computed from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from inference.labels import BINARY, CONDITIONS, MALIGNANT, OTHER, binary
from inference.probability import softmax
from training.datasets import Example

RISKS = ("melanoma", "malignancy")
_MALIGNANT = (*MALIGNANT, "MALIGNANT")


class OtherPhotos(Exception):
    """The stored answers are of other photos than these."""


@dataclass(frozen=True)
class Predictions:
    """Logits for photos whose diagnosis is known. Raises ``ValueError`` where they don't fit."""

    examples: Sequence[Example]  # N
    labels: tuple[str, ...]  # K codes of inference.labels, in the order of the logits
    logits: np.ndarray  # (N, K), all finite
    temperature: float | np.ndarray = 1.0  # logits are divided by it: one, or (N,) each photo's

    def __post_init__(self) -> None:
        if self.logits.shape != (len(self.examples), len(self.labels)):
            raise ValueError(
                f"{len(self.examples)} photos and {len(self.labels)} labels don't fit logits of "
                f"shape {self.logits.shape}."
            )
        if not np.isfinite(self.logits).all():
            raise ValueError("A network's answer is not a number: the network is broken.")

    def __len__(self) -> int:
        return len(self.examples)

    @cached_property
    def probabilities(self) -> np.ndarray:
        """(N, K) float64; rows sum to 1."""
        return softmax(self.logits.astype(np.float64) / np.reshape(self.temperature, (-1, 1)))

    @cached_property
    def truth(self) -> np.ndarray:
        """(N,) place of each photo's label; -1 where the network has no output for it."""
        places = {label: place for place, label in enumerate(self.labels)}
        if set(self.labels) == set(BINARY):
            places |= {code: places[binary(code)] for code in CONDITIONS}
        return np.array([places.get(one.label, -1) for one in self.examples], dtype=int)

    @property
    def unnamed(self) -> dict[str, int]:
        """Labels that the network can't answer with, and how many photos have them."""
        lost = (
            one.label for one, place in zip(self.examples, self.truth, strict=True) if place < 0
        )
        return dict(sorted(Counter(lost).items()))

    @property
    def groups(self) -> list[str]:
        return [example.group for example in self.examples]

    @property
    def data_sets(self) -> np.ndarray:
        """(N,) names."""
        return np.array([example.data_set for example in self.examples], dtype=str)

    @cached_property
    def risks(self) -> dict[str, np.ndarray]:
        """(N,) each of `RISKS` that these labels can express; both are sums of probabilities."""
        outputs = {"melanoma": ("MEL",), "malignancy": _MALIGNANT}
        return {
            name: self.probabilities[:, [label in codes for label in self.labels]].sum(1)
            for name, codes in outputs.items()
            if set(codes) & set(self.labels)
        }

    def positives(self, risk: str) -> np.ndarray:
        """(N,) bool: what the risk is a risk of."""
        codes = ("MEL",) if risk == "melanoma" else _MALIGNANT
        return np.array([one.label in codes for one in self.examples], dtype=bool)

    def tells(self, risk: str) -> np.ndarray:
        """(N,) bool: photos whose label says whether they are positive ('other' does not)."""
        silent = (OTHER, "MALIGNANT") if risk == "melanoma" else (OTHER,)
        return np.array([one.label not in silent for one in self.examples], dtype=bool)

    def where(self, chosen: np.ndarray) -> Predictions:
        """Those of the (N,) bool ``chosen`` photos."""
        if len(chosen) != len(self):
            raise ValueError(f"{len(chosen)} choices don't fit {len(self)} photos.")
        return self.at(np.flatnonzero(chosen))

    def at(self, places: Sequence[int] | np.ndarray) -> Predictions:
        """The photos at these places, in this order."""
        one_for_all = np.ndim(self.temperature) == 0
        return replace(
            self,
            examples=[self.examples[place] for place in places],
            logits=self.logits[places],
            temperature=self.temperature if one_for_all else self.temperature[places],
        )

    @classmethod
    def joined(cls, parts: Sequence[Predictions]) -> Predictions:
        """One after the other; there is at least one, and all have the same labels."""
        return cls(
            [example for part in parts for example in part.examples],
            parts[0].labels,
            np.concatenate([part.logits for part in parts]),
            np.concatenate([np.broadcast_to(part.temperature, len(part)) for part in parts]),
        )

    def by_data_set(self) -> dict[str, Predictions]:
        names = sorted(set(self.data_sets))
        return {str(name): self.where(self.data_sets == name) for name in names}

    def save(self, path: Path) -> None:
        """Write an .npz that `load` reads beside the same data."""
        np.savez_compressed(
            path,
            photos=np.array([photo_name(one) for one in self.examples], dtype=str),
            labels=np.array(self.labels, dtype=str),
            logits=self.logits.astype(np.float32),
            temperature=np.asarray(self.temperature, dtype=np.float64),
        )

    @classmethod
    def load(cls, path: Path, examples: Sequence[Example]) -> Predictions:
        """What was saved, with its photos found again among ``examples``. Raises `OtherPhotos`."""
        known = {photo_name(example): example for example in examples}
        with np.load(path) as stored:
            photos = [str(photo) for photo in stored["photos"]]
            if missing := [photo for photo in photos if photo not in known]:
                raise OtherPhotos(f"{path} speaks of {missing[0]}, which is not in the data.")
            return cls(
                [known[photo] for photo in photos],
                tuple(str(label) for label in stored["labels"]),
                stored["logits"],
                stored["temperature"],
            )


def photo_name(example: Example) -> str:
    """One photo's name, the same wherever the data lie."""
    return f"{example.data_set}/{example.path.stem}"
