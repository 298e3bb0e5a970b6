"""One list of codes for the clinic and for the networks."""

import subprocess
import sys

import pytest

from inference import labels
from triage import conditions


def test_the_codes_are_those_of_the_clinic():
    clinic = {condition.code for condition in conditions.CONDITIONS}
    assert {*labels.CONDITIONS, labels.OTHER} == clinic
    assert len(labels.CONDITIONS) == 10


def test_what_counts_as_malignant_is_what_the_clinic_calls_malignant():
    malignant = {one.code for one in conditions.CONDITIONS if one.is_malignant}
    assert set(labels.MALIGNANT) == malignant


def test_the_eight_of_isic_2019_are_all_but_the_two_rashes():
    assert set(labels.CONDITIONS) - set(labels.ISIC2019) == {"ATOPIC", "TINEA"}


def test_actinic_keratosis_is_benign_where_only_two_answers_exist():
    assert [labels.binary(code) for code in ("AK", "MEL", "BENIGN")] == [
        "BENIGN",
        "MALIGNANT",
        "BENIGN",
    ]
    with pytest.raises(KeyError):
        labels.binary("OTHER")


def test_they_are_known_without_loading_the_clinic_or_a_network():
    program = "import sys, inference.labels; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.split()
    assert not {"triage", "django", "keras", "tensorflow", "numpy"} & set(loaded)
