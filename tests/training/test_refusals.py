"""What must be refused is drawn and broken as it says."""

import numpy as np
import pytest

from inference import image
from training import not_skin, refusals
from training.domain import Seen, darkened, fit_domain
from training.procedural import KINDS, lesion_photo

SIZE = 64


def test_every_damaged_file_is_refused_and_says_why():
    reasons = {}
    for kind, data in refusals.damaged_files().items():
        with pytest.raises(image.PhotoRejected) as refused:
            image.clean(data)
        reasons[kind] = refused.value.code
    assert reasons["empty file"] == "empty"
    assert reasons["JPEG cut off half-way"] == "damaged"
    assert reasons["photo of 60 by 45 pixels"] == "too_small"
    assert len(set(reasons.values())) >= 5


def pixels(count: int, start: int) -> np.ndarray:
    photos = (
        lesion_photo(n, skin_tone=1 + n % 6, kind=KINDS[n % len(KINDS)], size=(SIZE, SIZE))
        for n in range(start, start + count)
    )
    return np.stack([np.asarray(photo.convert("RGB")) for photo in photos])


def features_of(pictures: np.ndarray) -> np.ndarray:
    """Coarse colours in place of a network's features."""
    return (
        pictures.reshape(len(pictures), 4, SIZE // 4, 4, SIZE // 4, 3)
        .mean((2, 4))
        .reshape(len(pictures), -1)
        .astype(np.float32)
    )


def test_skin_passes_and_static_does_not():
    train, validation, test = pixels(120, 0), pixels(60, 200), pixels(30, 400)
    dark = darkened(train)
    domain = fit_domain(
        train=Seen(train, features_of(train)),
        train_darkened=Seen(dark, features_of(dark)),
        data_set=["generated"] * len(train),
        validation=Seen(validation, features_of(validation)),
    )
    found = refusals.judge(
        domain,
        features_of,
        pixels=test,
        features=features_of(test),
        data_sets=np.array(["generated"] * len(test)),
    )
    assert found.photos["generated"] < 0.2
    assert found.not_skin["static"] > 0.9 and found.not_skin["screenshot"] > 0.9
    assert set(found.not_skin) == set(not_skin.KINDS)
    assert set(found.skin_types) == {f"type {tone}" for tone in range(1, 7)}
    assert all(found.damaged.values())
