"""The fixed cast of every test, in real rows: use as `from tests import cast`.

Two patients, two dermatologists, an administrator, and an outsider, who reads in another clinic.
"""

import io
import uuid
from dataclasses import dataclass, replace

from PIL import Image

from portal.accounts.models import Clinic, Role, User
from triage import drafts, intake, patients, photos, rule_changes, rulebook, scoring
from triage.models import Case, ConsentKind, Draft, Patient, PhotoKind, Upload
from triage.symptoms import Answers

PASSWORD = "a long enough passphrase"


@dataclass(frozen=True)
class Cast:
    clinic: Clinic
    other_clinic: Clinic
    patient: User
    patient2: User
    dermatologist: User
    dermatologist2: User
    administrator: User
    outsider: User  # a dermatologist of the other clinic


def gather() -> Cast:
    """Make the cast, with verified addresses and the patients' consents for care."""
    clinic = Clinic.objects.create(name=f"Clinic {uuid.uuid4().hex[:8]}")
    other = Clinic.objects.create(name=f"Other clinic {uuid.uuid4().hex[:8]}")
    cast = Cast(
        clinic,
        other,
        person("patient", Role.PATIENT, clinic),
        person("patient2", Role.PATIENT, clinic),
        person("dermatologist", Role.DERMATOLOGIST, clinic),
        person("dermatologist2", Role.DERMATOLOGIST, clinic),
        person("administrator", Role.ADMINISTRATOR, clinic),
        person("outsider", Role.DERMATOLOGIST, other),
    )
    for user in (cast.patient, cast.patient2):
        patients.grant_consent(actor=user, patient=patients.patient_of(user), kind=ConsentKind.CARE)
    return cast


def person(name: str, role: Role, clinic: Clinic) -> User:
    """An account whose e-mail address is verified, with PASSWORD."""
    from allauth.account.models import EmailAddress

    user = User.objects.create_user(
        f"{name}-{uuid.uuid4().hex[:6]}@example.org", PASSWORD, role=role, clinic=clinic, name=name
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def jpeg(
    colour: tuple[int, int, int] = (200, 150, 130), size: tuple[int, int] = (900, 700)
) -> bytes:
    """A plain clean JPEG, for tests to which the picture does not matter."""
    return _encoded(Image.new("RGB", size, colour))


def lesion_jpeg(seed: int, *, skin_tone: int = 0, size: tuple[int, int] = (900, 700)) -> bytes:
    """A generated photo of a lesion, for tests in which it is looked at; one skin tone follows
    another where none is asked for."""
    from training.procedural import lesion_photo

    picture = lesion_photo(seed, skin_tone=skin_tone or 1 + seed % 6, size=size)
    return _encoded(picture.convert("RGB"))


def _encoded(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG")
    return stream.getvalue()


def add_photo(user: User, content: bytes | None = None, kind: str = PhotoKind.CLOSE_UP):
    """An upload of a patient's, as the photo cleaner would have left it."""
    content = content or jpeg()
    clean = photos.CleanPhoto(content, content, 900, 700, uuid.uuid4().hex * 2, 100.0, 0.5)
    patient = patients.patient_of(user)
    return photos.keep(actor=user, patient=patient, clean_photo=clean, kind=PhotoKind(kind))


def begin(user: User, **answers: object) -> Draft:
    """A form of this patient's that was begun and not sent."""
    return drafts.begin(actor=user, patient=patients.patient_of(user), answers=Answers(**answers))


def send_case(user: User, *, key: str = "", site: str = "back", photo: bytes | None = None,
              upload: Upload | None = None, lesion_of: Case | None = None,
              **answers: object) -> Case:  # fmt: skip
    """A case of this patient's with one photo, as the form would send it."""
    patient: Patient = patients.patient_of(user)
    return intake.submit(
        actor=user, patient=patient, uploads=[upload or add_photo(user, photo)],
        place=intake.Place(site, lesion=lesion_of and lesion_of.lesion),
        answers=Answers(**answers),
        idempotency_key=key or uuid.uuid4().hex,
    ).case  # fmt: skip


def decide(**site: object) -> None:
    """From here on the clinic works by these site settings of the rule book."""
    now = rulebook.current()
    book = replace(now.book, site=replace(now.site, **site))
    rule_changes.adopt(actor="command line", book=book, over=now.version, reason="For a test")


def said(**changes: object) -> scoring.ScoringResult:
    """What a model might say of a harmless mole; change what matters to the test."""
    usual = {
        "model_version": "test-1", "artifact_sha256": "0" * 64, "preprocessing_version": "1",
        "engine": "test",
        "probabilities": {"AK": 0.01, "BCC": 0.01, "BKL": 0.05, "DF": 0.01, "MEL": 0.02,
                          "NV": 0.88, "SCC": 0.01, "VASC": 0.01},
        "melanoma_risk": 0.02, "malignancy_risk": 0.04, "uncertainty": 0.1, "in_domain": True,
        "domain_score": 0.9,
        "melanoma_threshold": 0.15, "malignancy_threshold": 0.3, "duration_ms": 5,
    }  # fmt: skip
    return scoring.ScoringResult(**{**usual, **changes})
