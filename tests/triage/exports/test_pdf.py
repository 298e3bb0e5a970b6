"""The PDF report, read back by another program."""

import shutil
import subprocess

import pytest

from triage.exports import case_file, pdf

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
                 "It grew. <b>Look</b> & see.", "not a diagnosis", "Melanocytic naevus 88%",
                 "Answer, version 2", "Histology.", "We see you in clinic.", "Pathology", "P-1",
                 "page 1 of"):  # fmt: skip
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
