"""What each diagnosis means, and the page that tells a patient."""

import re

import pytest

from triage.conditions import CONDITIONS, Malignancy, by_code, by_slug, find
from triage.urgency import Urgency

PARTS = ("seriousness", "what", "causes", "course", "treatment", "seek_help")


def test_there_is_a_condition_for_every_label_and_for_none_of_these():
    assert {c.code for c in CONDITIONS} == {
        "AK", "BCC", "BKL", "DF", "MEL", "NV", "SCC", "VASC", "ATOPIC", "TINEA", "OTHER",
    }  # fmt: skip


def test_codes_and_addresses_are_unique_and_lead_back():
    for condition in CONDITIONS:
        assert by_code(condition.code) is by_slug(condition.slug) is condition
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", condition.slug)
    assert len({c.slug for c in CONDITIONS}) == len(CONDITIONS)


def test_an_unknown_code_is_an_error_or_nothing():
    assert find("XYZ") is None
    for lookup in (by_code, by_slug):
        with pytest.raises(KeyError):
            lookup("XYZ")


@pytest.mark.parametrize(
    ("code", "malignancy", "urgency"),
    [
        ("MEL", Malignancy.MALIGNANT, Urgency.URGENT_CANCER),
        ("SCC", Malignancy.MALIGNANT, Urgency.URGENT_CANCER),
        ("BCC", Malignancy.MALIGNANT, Urgency.ROUTINE),
        ("AK", Malignancy.PRE_MALIGNANT, Urgency.ROUTINE),
        ("ATOPIC", Malignancy.BENIGN, Urgency.ROUTINE),
        ("TINEA", Malignancy.BENIGN, Urgency.ROUTINE),
        ("NV", Malignancy.BENIGN, Urgency.ADVICE),
        ("OTHER", Malignancy.UNKNOWN, Urgency.SOON),
    ],
)
def test_seriousness_follows_the_clinics_table(code, malignancy, urgency):
    condition = by_code(code)
    assert (condition.malignancy, condition.urgency) == (malignancy, urgency)
    assert condition.is_malignant == (malignancy is Malignancy.MALIGNANT)


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: c.code)
def test_every_page_is_complete_and_of_readable_length(condition):
    texts = [str(getattr(condition.page, part)) for part in PARTS]
    words = sum(len(text.split()) for text in texts)
    assert (150 if condition.code == "OTHER" else 230) <= words <= 400
    for text in texts:
        assert text == text.strip()
        assert text.endswith(".")
        assert "  " not in text
        assert not re.search(r"\w- \w", text)
        assert max(len(s.split()) for s in re.split(r"[.;:\n]", text)) <= 40
    assert condition.page.sources


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda c: c.code)
def test_every_page_says_when_to_come_back_with_a_change(condition):
    assert re.search(r"[Tt]ell us|[Gg]et medical help", str(condition.page.seek_help))


def test_pages_never_call_a_cancer_harmless():
    for condition in CONDITIONS:
        if condition.is_malignant:
            assert "harmless" not in condition.page.seriousness
            assert "cancer" in condition.page.seriousness


def test_codes_have_the_shape_of_their_systems():
    for condition in CONDITIONS:
        assert re.fullmatch(r"([A-Z]\d\d(\.\d)?)?", condition.icd10)
        assert condition.snomed == "" or is_snomed_concept(condition.snomed)


def is_snomed_concept(code):
    """Digits that end in the partition 00 and a Verhoeff check digit."""
    d = [[(i + j) % 5 + 5 * ((i // 5 + j // 5) % 2) for j in range(10)] for i in range(10)]
    for i in range(5, 10):
        for j in range(10):
            d[i][j] = (i - j) % 5 + (5 if j < 5 else 0)
    p = [list(range(10)), [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    for i in range(2, 8):
        p.append([p[i - 1][p[1][j]] for j in range(10)])
    check = 0
    for position, digit in enumerate(reversed(code)):
        check = d[check][p[position % 8][int(digit)]]
    return code.isdigit() and code[-3:-1] == "00" and check == 0
