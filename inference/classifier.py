"""Photos of a case -> one calibrated, explained prediction."""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from inference import artifact as artifacts
from inference import engines, preprocessing
from inference.artifact import Artifact
from inference.calibration import Calibration
from inference.domain import Domain
from inference.engines import Engine, Outputs
from inference.fusion import Fused, Fusion
from inference.labels import MALIGNANT
from inference.patient import PatientFacts
from inference.preprocessing import UndecodablePhoto
from inference.probability import softmax

log = logging.getLogger(__name__)

_AHEAD = 4  # batches that may be decoded and waiting for the network


@dataclass(frozen=True)
class PhotoError:
    """One photo of the case can't be decoded, so the case has no prediction."""

    photo: int  # its place in the case, from 0
    message: str


@dataclass(frozen=True)
class PhotoPrediction:
    """What the network says of one photo."""

    probabilities: tuple[float, ...]  # calibrated, in the order of the labels
    in_domain: bool  # looks like a photo of skin
    domain_score: float  # 1 typical, below 0.5 out of domain
    activation_map: tuple[tuple[float, ...], ...]  # rows of 0 to 1: where `explained` was seen
    explained: str  # label that the map is of
    # the pooled features, of length 1: F little-endian float16; photos that look alike lie close
    embedding: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class CasePrediction:
    """What the network says of a case, with everything needed to account for it later.

    Everything but ``with_history`` is of the photos alone.
    """

    labels: tuple[str, ...]
    probabilities: tuple[float, ...]  # calibrated, in the order of the labels; sum 1
    top: tuple[tuple[str, float], ...]  # the 4 most probable: (label, probability)
    melanoma_risk: float  # 0 to 1: the worst photo's, or that of all together if it is greater
    malignancy_risk: float  # 0 to 1: likewise of BCC, MEL and SCC together
    uncertainty: float  # 0 certain to 1: entropy of the photos' mean, as a part of its maximum
    in_domain: bool  # at least one photo is
    domain_score: float  # the best photo's
    photos: tuple[PhotoPrediction, ...]  # in the order given
    thresholds: tuple[tuple[str, float], ...]  # melanoma and malignancy: a risk from here on counts
    history_thresholds: tuple[tuple[str, float], ...]  # likewise of the risks of ``with_history``
    model_version: str
    artifact_sha256: str
    preprocessing_version: str
    engine: str
    facts: PatientFacts = field(default_factory=PatientFacts, repr=False)  # never in a log
    with_history: Fused | None = None  # None: nothing known, or the artifact has no fusion

    @property
    def by_label(self) -> dict[str, float]:
        return dict(zip(self.labels, self.probabilities, strict=True))


class Classifier:
    """A loaded model. Loading takes seconds; predicting is safe from one thread at a time."""

    def __init__(
        self, artifact: Artifact, engine: Engine, domain: Domain, fusion: Fusion | None = None
    ):
        self.artifact = artifact
        self.engine = engine
        self.fusion = fusion
        self._domain = domain
        self._calibration = Calibration.of(artifact)
        self._malignant = [
            place for place, label in enumerate(artifact.labels) if label in MALIGNANT
        ]
        self._melanoma = artifact.labels.index("MEL")

    @classmethod
    def load(cls, *, version: str | None = None, engine: str = "auto") -> Classifier:
        """``version`` (else the default one) on ``engine`` (see `engines.choose`).

        Raises `ArtifactMissing`, `ArtifactCorrupt`, `UnknownEngine`.
        """
        return cls.of(artifacts.load(version), engine=engine)

    @classmethod
    def of(cls, artifact: Artifact, *, engine: str = "auto") -> Classifier:
        if artifact.preprocessing != preprocessing.VERSION:
            raise artifacts.ArtifactCorrupt(
                f"Model {artifact.version} was made with preprocessing {artifact.preprocessing}; "
                f"this program has {preprocessing.VERSION}."
            )
        domain = Domain.load(artifact.file(artifacts.DOMAIN))
        return cls(artifact, engines.create(artifact, engine), domain, _fusion_of(artifact))

    def predict_cases(
        self, cases: Sequence[Sequence[bytes]], histories: Sequence[PatientFacts] | None = None
    ) -> list[CasePrediction | PhotoError]:
        """One answer a case, in order; each case is one or more clean photos' bytes.

        ``histories``: what is known besides, one a case. A photo that can't be decoded costs only
        its own case. Raises ``ValueError`` for a case without photos and for a wrong number of
        histories.
        """
        if any(not case for case in cases):
            raise ValueError("A case has at least one photo.")
        known = [PatientFacts()] * len(cases) if histories is None else histories
        photos = [photo for case in cases for photo in case]
        read = iter(self._predict_photos(photos))
        return [
            self._answer([next(read) for _ in case], facts)
            for case, facts in zip(cases, known, strict=True)
        ]

    def _answer(
        self, photos: list[PhotoPrediction | UndecodablePhoto], facts: PatientFacts
    ) -> CasePrediction | PhotoError:
        for place, photo in enumerate(photos):
            if isinstance(photo, UndecodablePhoto):
                log.warning("photo %d of a case cannot be decoded: %s", place + 1, photo)
                message = f"Photo {place + 1} cannot be read as a picture."
                return PhotoError(photo=place, message=message)
        return self._combine(photos, facts)

    def _combine(self, photos: Sequence[PhotoPrediction], facts: PatientFacts) -> CasePrediction:
        """One prediction from a lesion's photos.

        Probabilities are the photos' geometric mean (the mean of log-probabilities: photos as
        votes on one lesion), over those that look like skin, or over all where none does. Risks
        are the worst such photo's, so that a distant view can't talk down a worrying close-up; but
        never below the photos' together, which can be more than each where they disagree.
        """
        telling = [photo for photo in photos if photo.in_domain] or photos
        each = np.array([photo.probabilities for photo in telling])
        pooled = softmax(np.log(np.maximum(each, 1e-9)).mean(0))
        views = np.vstack([each, pooled])
        mean = each.mean(0)
        entropy = -(mean * np.log(np.maximum(mean, 1e-12))).sum() / np.log(len(mean))
        labels = self.artifact.labels
        order = np.argsort(-pooled, kind="stable")[:4]
        return CasePrediction(
            labels=labels,
            probabilities=tuple(float(value) for value in pooled),
            top=tuple((labels[index], float(pooled[index])) for index in order),
            melanoma_risk=float(views[:, self._melanoma].max()),
            malignancy_risk=float(min(1.0, views[:, self._malignant].sum(1).max())),
            uncertainty=float(np.clip(entropy, 0, 1)),
            in_domain=any(photo.in_domain for photo in photos),
            domain_score=max(photo.domain_score for photo in photos),
            photos=tuple(photos),
            thresholds=tuple(sorted(self.artifact.thresholds.items())),
            history_thresholds=tuple(sorted(self.artifact.history_thresholds.items())),
            model_version=self.artifact.version,
            artifact_sha256=self.artifact.sha256,
            preprocessing_version=preprocessing.VERSION,
            engine=self.engine.name,
            facts=facts,
            with_history=self.fusion.fuse(each, pooled, facts) if self.fusion else None,
        )

    def _predict_photos(self, photos: Sequence[bytes]) -> list[PhotoPrediction | UndecodablePhoto]:
        """Decode on threads while the network works on the batches before."""
        answers: list[PhotoPrediction | UndecodablePhoto | None] = [None] * len(photos)
        places: list[int] = []
        pixels: list[np.ndarray] = []

        def batches() -> Iterator[np.ndarray]:
            waiting: list[np.ndarray] = []
            for place, read in enumerate(self._decoded(photos)):
                if isinstance(read, UndecodablePhoto):
                    answers[place] = read
                    continue
                raw, image = read
                places.append(place)
                pixels.append(raw)
                waiting.append(image)
                if len(waiting) == self.engine.batch:
                    yield np.stack(waiting)
                    waiting = []
            if waiting:
                yield np.stack(waiting)

        outputs = self.engine.run(batches())
        if places:
            predicted = self._interpret(np.stack(pixels), outputs)
            for place, prediction in zip(places, predicted, strict=True):
                answers[place] = prediction
        return answers

    def _decoded(
        self, photos: Sequence[bytes]
    ) -> Iterator[tuple[np.ndarray, np.ndarray] | UndecodablePhoto]:
        spec = self.artifact.input

        def decode(photo: bytes) -> tuple[np.ndarray, np.ndarray] | UndecodablePhoto:
            try:
                pixels = preprocessing.read_pixels(photo, spec.size)
            except UndecodablePhoto as error:
                return error
            return pixels, preprocessing.normalise(pixels, spec)

        workers = max(2, len(os.sched_getaffinity(0)))
        with ThreadPoolExecutor(workers, thread_name_prefix="decode") as threads:
            ahead: deque[Future] = deque()
            for photo in photos:
                ahead.append(threads.submit(decode, photo))
                if len(ahead) >= _AHEAD * self.engine.batch:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def _interpret(self, pixels: np.ndarray, outputs: Outputs) -> list[PhotoPrediction]:
        probabilities = self._calibration.probabilities(outputs)
        scores = self._domain.scores(pixels, outputs.features)
        explained = [self._explained(row) for row in probabilities]
        embeddings = _embeddings(outputs.features)
        return [
            PhotoPrediction(
                probabilities=tuple(float(value) for value in probabilities[index]),
                in_domain=bool(scores[index] >= 0.5),
                domain_score=float(scores[index]),
                activation_map=_activation_map(outputs.evidence[index, :, :, label]),
                explained=self.artifact.labels[label],
                embedding=embeddings[index].tobytes(),
            )
            for index, label in enumerate(explained)
        ]

    def _explained(self, probabilities: np.ndarray) -> int:
        """The label to show on the map: the likeliest malignant one where the risk counts."""
        malignant = probabilities[self._malignant]
        if malignant.sum() >= self.artifact.thresholds["malignancy"]:
            return self._malignant[int(malignant.argmax())]
        return int(probabilities.argmax())


def _embeddings(features: np.ndarray) -> np.ndarray:
    """(N, F) features scaled to length 1."""
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return (features / np.maximum(lengths, 1e-9)).astype("<f2")


def _fusion_of(artifact: Artifact) -> Fusion | None:
    """Raises `ArtifactCorrupt` where it was made for another network or other facts."""
    if not artifact.has_fusion:
        return None
    try:
        fusion = Fusion.load(artifact.file(artifacts.FUSION))
    except (ValueError, KeyError) as error:
        raise artifacts.ArtifactCorrupt(f"Model {artifact.version}: {error}") from error
    if fusion.labels != artifact.labels:
        raise artifacts.ArtifactCorrupt(f"Model {artifact.version}: its fusion has other labels.")
    return fusion


def _activation_map(evidence: np.ndarray) -> tuple[tuple[float, ...], ...]:
    """(h, w) evidence for a label as 0 (least or none) to 1 (most)."""
    positive = np.maximum(evidence - min(0.0, float(np.median(evidence))), 0)
    scaled = positive / positive.max() if positive.max() > 0 else positive
    return tuple(tuple(round(float(value), 4) for value in row) for row in scaled)
