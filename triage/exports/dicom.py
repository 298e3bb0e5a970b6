"""Photos of a case as DICOM: VL Photographic Image Storage, the JPEG as it is kept (PS3.3 A.32.4).

One study a case, one series, one instance a photo. UIDs are made from the portal's own identifiers
(PS3.5 B.2, UUID-derived), so the same photo exported twice is the same instance.
"""

import io
import uuid
import zipfile
from datetime import UTC, datetime

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, VLPhotographicImageStorage

from triage.exports.case_file import CaseFile, content
from triage.exports.fhir import NAMESPACE
from triage.models import BodySite, Photo, Side

SEX = {"female": "F", "male": "M"}
LATERALITY = {Side.LEFT: "L", Side.RIGHT: "R"}
EXAMINED = {  # DICOM PS3.16 annex L; the rest stays free text
    BodySite.SCALP: "SCALP", BodySite.FACE: "FACE", BodySite.EAR: "EAR", BodySite.LIP: "LIP",
    BodySite.NOSE: "NOSE", BodySite.NECK: "NECK", BodySite.CHEST: "CHEST",
    BodySite.ABDOMEN: "ABDOMEN", BodySite.BACK: "BACK", BodySite.SHOULDER: "SHOULDER",
    BodySite.ARM: "ARM", BodySite.FOREARM: "FOREARM", BodySite.HAND: "HAND",
    BodySite.THIGH: "THIGH", BodySite.LOWER_LEG: "LEG", BodySite.FOOT: "FOOT",
}  # fmt: skip


def archive(file: CaseFile) -> bytes:
    """A zip of one .dcm a photo. Raises OSError where a photo is lost."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:  # JPEGs don't get smaller
        for number, photo in enumerate(file.photos, start=1):
            packed.writestr(f"{file.case.reference}-{number}.dcm", instance(file, photo, number))
    return stream.getvalue()


def instance(file: CaseFile, photo: Photo, number: int) -> bytes:
    """One photo as a DICOM file (Part 10)."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = VLPhotographicImageStorage
    meta.MediaStorageSOPInstanceUID = _uid(f"photo/{photo.pk}")
    meta.TransferSyntaxUID = JPEGBaseline8Bit
    made = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    made.SpecificCharacterSet = "ISO_IR 192"  # UTF-8
    _patient_and_study(made, file)
    _series(made, file, photo, number)
    _image(made, photo)
    stream = io.BytesIO()
    made.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _patient_and_study(made: Dataset, file: CaseFile) -> None:
    case, patient = file.case, file.case.patient
    made.PatientName = str(patient.user)
    made.PatientID = str(patient.pk)
    made.PatientBirthDate = f"{patient.birth_date:%Y%m%d}" if patient.birth_date else ""
    made.PatientSex = SEX.get(patient.sex, "O" if patient.sex else "")
    made.StudyInstanceUID = _uid(f"case/{case.reference}")
    made.StudyID = made.AccessionNumber = case.reference
    made.StudyDate, made.StudyTime = _day_and_time(case.submitted_at)
    made.ReferringPhysicianName = ""
    made.StudyDescription = "Photos of a skin lesion"


def _series(made: Dataset, file: CaseFile, photo: Photo, number: int) -> None:
    lesion = file.case.lesion
    made.Modality = "XC"  # external-camera photography
    made.SeriesInstanceUID = _uid(f"series/{file.case.reference}")
    made.SeriesNumber = 1
    made.SeriesDescription = str(lesion)
    made.InstanceNumber = number
    made.InstitutionName = file.case.clinic.name
    made.Manufacturer = ""
    if lesion.body_site in EXAMINED:
        made.BodyPartExamined = EXAMINED[BodySite(lesion.body_site)]
    made.ImageLaterality = LATERALITY.get(lesion.side, "U")
    made.ImageComments = photo.get_kind_display()


def _image(made: Dataset, photo: Photo) -> None:
    data = content(photo)
    made.SOPClassUID = VLPhotographicImageStorage
    made.SOPInstanceUID = _uid(f"photo/{photo.pk}")
    # when it was taken is not known (photos carry no metadata); when it came to us is
    made.ContentDate, made.ContentTime = made.StudyDate, made.StudyTime
    made.AcquisitionDateTime = ""
    made.AcquisitionContextSequence = []
    made.ImageType = ["DERIVED", "PRIMARY"]
    made.DerivationDescription = "Re-encoded without metadata, upright, sRGB"
    made.BurnedInAnnotation = "NO"
    made.LossyImageCompression = "01"
    made.LossyImageCompressionMethod = "ISO_10918_1"
    made.LossyImageCompressionRatio = round(3 * photo.width * photo.height / len(data), 2)
    made.Rows, made.Columns = photo.height, photo.width
    made.SamplesPerPixel, made.PlanarConfiguration = 3, 0
    made.PhotometricInterpretation = "YBR_FULL_422"
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    made.PixelData = encapsulate([data])
    made["PixelData"].VR = "OB"


def _uid(name: str) -> str:
    return f"2.25.{uuid.uuid5(NAMESPACE, name).int}"


def _day_and_time(at: datetime) -> tuple[str, str]:
    utc = at.astimezone(UTC)
    return f"{utc:%Y%m%d}", f"{utc:%H%M%S}"
