"""The PDF report, read back by another program."""

import shutil
import subprocess
from dataclasses import replace

import pytest

from tests import cast
from tests.triage.test_history import TOLD
from tests.triage.test_reviews import OPINION, score
from triage import patients, reviews, rulebook, worklist
from triage.exports import case_file, pdf
from triage.models import Assessment
from triage.web.reading_model import figures

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed"),
]


def read(people, case, tmp_path) -> str:
    file = case_file.gather(actor=people.dermatologist, reference=case.reference, form="pdf")
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf.report(file))
    finished = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
    )
    assert not finished.stderr
    return finished.stdout


def test_it_says_what_was_told_found_and_answered(people, case, tmp_path):
    text = " ".join(read(people, case, tmp_path).split())
    for part in (case.reference, "Has it grown? Yes", "Does it itch? No", "7.5",
                 "It grew. <b>Look</b> & see.", "not a diagnosis", "Melanocytic naevus 88.0%",
                 "Answer, version 2", "Histology.", "We see you in clinic.", "Pathology", "P-1",
                 "page 1 of"):  # fmt: skip
        assert part in text, part


def test_it_agrees_with_the_screen_on_both_results_and_each_has_its_own_limit(
    people, case, tmp_path
):
    told = replace(TOLD, melanoma_threshold=0.22, malignancy_threshold=0.44)
    late = cast.send_case(people.patient2, bleed=True)
    score(late, malignancy_risk=0.31, melanoma_risk=0.02, history=told)
    worklist.claim(actor=people.dermatologist, case=late)
    draft = reviews.open_review(actor=people.dermatologist, case=late)
    reviews.commit_first_opinion(actor=people.dermatologist, review=draft, opinion=OPINION)
    said = Assessment.objects.get(case=late)
    text = " ".join(read(people, late, tmp_path).split())
    for part in (
        "Melanoma, photos alone 2.0%; counts from 15.0%",
        "Melanoma, with history 7.0%; counts from 22.0%",
        "Any skin cancer, photos alone 31.0%; counts from 30.0%",
        "Any skin cancer, with history 58.0%; counts from 44.0%",
    ):
        assert part in text, part
    for row in figures(said, rulebook.current().rules)[:2]:
        assert row.alone.percent in text and row.together.percent in text, row


def test_it_tells_the_patient_s_history_and_how_to_call_them(people, case, tmp_path):
    patients.update_profile(
        actor=people.patient, patient=case.patient, previous_skin_cancer=True,
        family_melanoma=False, medication="Azathioprine", phone="01632 960 002",
    )  # fmt: skip
    text = " ".join(read(people, case, tmp_path).split())
    for part in ("Previous skin cancer Yes", "Melanoma in the family No",
                 "Immunosuppression Not known", "Sun exposure Not known",
                 "Medication Azathioprine", "Telephone number 01632 960 002"):  # fmt: skip
        assert part in text, part


def test_the_newest_answer_comes_first(people, case, tmp_path):
    text = read(people, case, tmp_path)
    assert text.index("Answer, version 2") < text.index("Answer, version 1")


def test_the_photo_is_in_it(people, case, tmp_path):
    read(people, case, tmp_path)
    listed = subprocess.run(
        ["pdfimages", "-list", str(tmp_path / "report.pdf")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "900" in listed.stdout
    assert "jpeg" in listed.stdout
