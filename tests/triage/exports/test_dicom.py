"""Photos as DICOM, read back by the library and by another program."""

import io
import shutil
import subprocess
import zipfile

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.uid import VLPhotographicImageStorage

from triage.exports import case_file, dicom

pytestmark = pytest.mark.django_db


def packed(people, case) -> dict[str, bytes]:
    file = case_file.gather(actor=people.dermatologist, reference=case.reference, form="dicom")
    with zipfile.ZipFile(io.BytesIO(dicom.archive(file))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_each_photo_is_an_instance_of_the_patient_s_study(people, case):
    ((name, data),) = packed(people, case).items()
    read = pydicom.dcmread(io.BytesIO(data))
    assert name == f"{case.reference}-1.dcm"
    assert read.SOPClassUID == VLPhotographicImageStorage
    assert (str(read.PatientName), read.StudyID) == ("patient", case.reference)
    assert (read.Modality, read.BodyPartExamined) == ("XC", "BACK")
    assert (read.Rows, read.Columns) == (700, 900)


def test_the_picture_inside_is_the_one_that_is_kept(people, case):
    (data,) = packed(people, case).values()
    pixels = pydicom.dcmread(io.BytesIO(data)).pixel_array
    kept = Image.open(io.BytesIO(case_file.content(case.photos.get())))  # noqa: TID251
    assert pixels.shape == (700, 900, 3)
    assert np.abs(pixels.astype(int) - np.asarray(kept.convert("YCbCr"))).max() <= 2 or (
        np.abs(pixels.astype(int) - np.asarray(kept)).max() <= 2
    )


def test_exporting_twice_names_the_same_instance(people, case):
    (first,), (second,) = packed(people, case).values(), packed(people, case).values()
    assert first == second


@pytest.mark.skipif(not shutil.which("dcmdump"), reason="dcmtk is not installed")
def test_another_program_opens_it(people, case, tmp_path):
    (data,) = packed(people, case).values()
    path = tmp_path / "photo.dcm"
    path.write_bytes(data)
    dump = subprocess.run(["dcmdump", str(path)], capture_output=True, text=True, check=True)
    assert "VLPhotographicImageStorage" in dump.stdout
    assert not dump.stderr
    subprocess.run(["dcmj2pnm", "+oj", str(path), str(tmp_path / "photo.jpg")], check=True)
    assert Image.open(tmp_path / "photo.jpg").size == (900, 700)  # noqa: TID251
