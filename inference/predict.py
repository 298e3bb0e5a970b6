"""``python -m inference.predict PHOTO...``: one line of JSON a photo, without the portal.

Each photo goes through the same resource-limited process as a patient's upload. A file that
can't be taken gives a line with ``file`` and ``error``; the exit status is then 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from inference import artifact as artifacts
from inference import engines, image
from inference.classifier import CasePrediction, Classifier, PhotoError

_CHUNK = 64  # photos predicted together: lines appear as the work goes on


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m inference.predict", description="Predict each photo on its own."
    )
    parser.add_argument("photos", nargs="+", metavar="PHOTO")
    parser.add_argument("--artifact", metavar="VERSION", help="a released model (default: newest)")
    parser.add_argument(
        "--engine", choices=engines.NAMES, help="default: INFERENCE_ENGINE, or auto"
    )
    chosen = parser.parse_args(arguments)
    try:
        classifier = Classifier.load(version=chosen.artifact, engine=chosen.engine or "auto")
    except (artifacts.ArtifactMissing, artifacts.ArtifactCorrupt, engines.UnknownEngine) as error:
        print(error, file=sys.stderr)
        return 2
    failed = False
    for line in predict_files(classifier, chosen.photos):
        failed = failed or "error" in line
        print(json.dumps(line), flush=True)
    return 1 if failed else 0


def predict_files(classifier: Classifier, names: Iterable[str]) -> Iterator[dict[str, object]]:
    """One line a file, in order, as `main` prints it."""
    remaining = iter(names)
    with ThreadPoolExecutor(2) as readers:  # each waits on a child process
        while chunk := list(islice(remaining, _CHUNK)):
            read = list(readers.map(_read, chunk))
            clean = [photo for photo in read if isinstance(photo, bytes)]
            predicted = iter(classifier.predict_cases([[photo] for photo in clean]))
            for name, photo in zip(chunk, read, strict=True):
                yield _line(name, next(predicted) if isinstance(photo, bytes) else photo)


def _read(name: str) -> bytes | str:
    """The clean photo, or what is wrong with it."""
    try:
        with Path(name).open("rb") as stream:
            return image.clean_isolated(stream.read(image.MAX_BYTES + 1)).jpeg
    except image.PhotoRejected as rejected:
        return rejected.message
    except OSError as error:
        return f"This file can't be opened: {error.strerror}."


def _line(name: str, answer: CasePrediction | PhotoError | str) -> dict[str, object]:
    if isinstance(answer, str):
        return {"file": name, "error": answer}
    if isinstance(answer, PhotoError):
        return {"file": name, "error": answer.message}
    return {
        "file": name,
        "probabilities": {label: round(value, 6) for label, value in answer.by_label.items()},
        "top": [
            {"condition": label, "probability": round(value, 6)} for label, value in answer.top
        ],
        "malignancy_risk": round(answer.malignancy_risk, 6),
        "in_domain": answer.in_domain,
        "model_version": answer.model_version,
    }


if __name__ == "__main__":
    sys.exit(main())
