"""What is said of a photo to whoever took it."""

from dataclasses import dataclass

import pytest

from triage import photo_advice
from triage.models import PhotoKind
from triage.photo_advice import Doubt, advice, alike, doubts


@dataclass(frozen=True)
class Taken:
    width: int = 2048
    height: int = 1536
    sharpness: float = 6.0
    brightness: float = 0.5
    lesion_share: float | None = 0.06
    fingerprint: str = "9f3ac47713e05b28"
    kind: str = PhotoKind.CLOSE_UP


def test_of_a_good_photo_nothing_is_said():
    assert doubts(Taken()) == [] and advice(Taken()) == []


@pytest.mark.parametrize(
    ("taken", "doubt", "said"),
    [(Taken(sharpness=1.4), Doubt.BLURRED, "blurred"),
     (Taken(brightness=0.07), Doubt.DARK, "too dark. If you can, take another with more light"),
     (Taken(brightness=0.97), Doubt.BRIGHT, "bright"),
     (Taken(lesion_share=0.0), Doubt.NO_LESION, "could not make out a spot"),
     (Taken(lesion_share=0.003), Doubt.FAR, "from nearer"),
     (Taken(width=640, height=480), Doubt.SMALL, "small")],
    ids=lambda value: value if isinstance(value, Doubt) else None,
)  # fmt: skip
def test_each_doubt_is_told_with_what_to_do(taken, doubt, said):
    assert doubts(taken) == [doubt]
    [told] = advice(taken)
    assert said in told


def test_in_the_dark_nothing_else_is_said():
    assert doubts(Taken(brightness=0.07, sharpness=0.4, lesion_share=0.0)) == [Doubt.DARK]


def test_very_dark_skin_in_good_light_is_no_dark_photo():
    assert doubts(Taken(brightness=0.21)) == []


def test_from_further_away_a_spot_is_small_by_right():
    assert doubts(Taken(kind=PhotoKind.OVERVIEW, lesion_share=0.0)) == []
    assert doubts(Taken(kind=PhotoKind.DERMOSCOPIC, lesion_share=0.0)) == [Doubt.NO_LESION]


def test_what_was_never_measured_is_not_doubted():
    assert doubts(Taken(lesion_share=None)) == []


def test_the_same_picture_again_is_told():
    first = int(Taken().fingerprint, 16)
    a_little_changed, another = f"{first ^ 0b1111:016x}", f"{first ^ 0b11111:016x}"
    assert alike(Taken().fingerprint, a_little_changed)
    assert not alike(Taken().fingerprint, another)
    assert advice(Taken(), [another, a_little_changed]) == [str(photo_advice.ADVICE_ALIKE)]


def test_pictures_without_structure_are_never_the_same():
    assert not alike("0" * 16, "0" * 16) and not alike("", "")


def test_every_doubt_has_words_for_the_sender_and_for_the_reader():
    from triage.web.reading_parts import DOUBTS

    assert set(photo_advice.ADVICE) == set(DOUBTS) == set(Doubt)
