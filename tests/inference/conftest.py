"""Photos that the tests of the network share, and the released model."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from inference import artifact as artifacts
from inference.artifact import Artifact
from inference.classifier import Classifier
from tests.inference.shared import shared_photos
from training.procedural import KINDS, lesion_photo


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


@pytest.fixture(scope="session")
def lesion() -> Image.Image:
    return lesion_photo(1, skin_tone=2, kind="naevus", size=(480, 360))


@pytest.fixture(scope="session")
def lesion_jpegs() -> list[bytes]:
    """Every kind, every skin tone twice: 12 photos."""
    return [
        encoded(
            lesion_photo(n, skin_tone=1 + n % 6, kind=KINDS[n % len(KINDS)], size=(640, 480)),
            quality=90,
        )
        for n in range(12)
    ]


@pytest.fixture(scope="session")
def released() -> Artifact:
    return artifacts.load()


@pytest.fixture(scope="session")
def classifier(released: Artifact) -> Classifier:
    return Classifier.of(released, engine="openvino")


@pytest.fixture(scope="session")
def real_photos() -> Callable[[str, int], list[bytes]]:
    """Photos of a public data set, spread over it; the test is skipped where it isn't there."""
    return shared_photos
