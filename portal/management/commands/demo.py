"""`manage.py demo`: accounts and sample cases to try the portal with; a second run adds none."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.accounts import people
from portal.accounts.models import Clinic, Role, User
from portal.management import sample_clinic, sample_places
from triage import intake, patients, photos, place_list, rule_changes, rulebook
from triage.models import ConsentKind, PhotoKind, Place
from triage.symptoms import Answers

ACTOR = "command line"
CASES_PER_HOUR = 500


@dataclass(frozen=True)
class Person:
    """Somebody invented."""

    email: str
    name: str
    role: Role
    profile: dict[str, Any] = field(default_factory=dict)  # of a patient


PEOPLE = (
    Person("patient@example.org", "Alex Morgan", Role.PATIENT, {
        "birth_date": date(1961, 4, 9), "sex": "female", "skin_type": 2,
        "previous_skin_cancer": True, "family_melanoma": False, "immunosuppression": False,
        "sun_exposure": True, "phone": "01632 960002",
    }),
    Person("patient2@example.org", "Sam Okafor", Role.PATIENT, {
        "birth_date": date(1984, 11, 23), "sex": "male", "skin_type": 5,
        "previous_skin_cancer": False, "family_melanoma": None, "immunosuppression": False,
    }),
    Person("dermatologist@example.org", "Dr Robin Hayes", Role.DERMATOLOGIST),
    Person("dermatologist2@example.org", "Dr Noor Aziz", Role.DERMATOLOGIST),
    Person("administrator@example.org", "Kim Larsen", Role.ADMINISTRATOR),
    Person("administrator2@example.org", "Ali Brandt", Role.ADMINISTRATOR),
)  # fmt: skip


@dataclass(frozen=True)
class Sample:
    """A case of one of the demo's patients."""

    sender: str
    site: str
    photos: tuple[str, ...]  # as training.samples names them
    answers: Answers
    side: str = ""
    again: bool = False  # the same lesion as that of the sample before with this place


FAIR, DARK = "patient@example.org", "patient2@example.org"
SAMPLES = (
    Sample(FAIR, "back", ("melanoma_like:2:11",), Answers(
        changed=True, irregular_shape=True, irregular_colour=True, itch=False, duration_weeks=20,
        diameter_mm=9, notes="My partner says it has grown since summer. It bled twice.",
    ), "left"),
    Sample(FAIR, "chest", ("naevus:2:12",), Answers(
        itch=False, bleed=False, grew=False, changed=False, hurt=False, elevation=False,
        notes="I have had it all my life. It does not itch or bleed.",
    )),
    Sample(FAIR, "nose", ("bcc_like:1:13",), Answers(
        bleed=True, oozing=True, elevation=True, duration_weeks=30, diameter_mm=6,
        notes="A shiny spot that scabs over and does not heal.",
    )),
    Sample(FAIR, "scalp", ("actinic_like:2:14",), Answers(
        itch=True, elevation=True, hurt=False, duration_weeks=52, notes="Feels like sandpaper.",
    )),
    Sample(FAIR, "back", ("keratosis_like:3:15",), Answers(
        elevation=True, itch=True, bleed=False, duration_weeks=150, diameter_mm=12,
    ), "right"),
    Sample(FAIR, "forearm", ("landscape:not-skin:3",), Answers(
        notes="A new spot on my arm. I hope the photo is good enough."
    ), "right"),
    Sample(FAIR, "thigh", ("naevus:3:16:dark", "naevus:3:16"), Answers(
        changed=None, duration_weeks=100, diameter_mm=4,
        notes="The first photo was too dark, so I took another.",
    ), "left"),
    Sample(FAIR, "chest", ("naevus:2:12:dark",), Answers(
        itch=True, bleed=False, grew=None, changed=False, hurt=False, elevation=False,
        notes="The same mole. It has begun to itch.",
    ), again=True),
    Sample(DARK, "foot", ("melanoma_like:6:21",), Answers(
        grew=True, irregular_colour=True, hurt=False, duration_weeks=16, diameter_mm=11,
        notes="A dark patch on the sole. It is getting bigger.",
    ), "right"),
    Sample(DARK, "hand", ("squamous_like:5:22",), Answers(
        bleed=True, hurt=True, elevation=True, grew=True, duration_weeks=9, diameter_mm=14,
    ), "left"),
    Sample(DARK, "face", ("vascular_like:4:23",), Answers(
        bleed=True, grew=True, elevation=True, duration_weeks=4, diameter_mm=5,
        notes="It started small and bleeds when I shave.",
    ), "left"),
    Sample(DARK, "lower_leg", ("dermatofibroma_like:4:24",), Answers(
        elevation=True, itch=None, bleed=False, grew=False, duration_weeks=80, diameter_mm=6,
        notes="A hard little lump, perhaps from an insect bite.",
    ), "right"),
    Sample(DARK, "abdomen", ("naevus:5:25:dark",), Answers(itch=True, duration_weeks=3)),
    Sample(DARK, "lower_leg", ("squamous_like:6:26",), Answers(
        black_or_dead_skin=True, hurt=True, inflammation=True, duration_weeks=1,
        notes="Since yesterday the skin around it has gone black and is very painful.",
    ), "left"),
)  # fmt: skip


class Command(BaseCommand):
    help = "Make the demonstration's accounts and sample cases. Needs DEMO and DEMO_PASSWORD."

    def handle(self, *args: object, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError(
                "This makes accounts with a password that others know. It runs only where DEMO=1 "
                "is set; never set that where there are real patients."
            )
        if not settings.DEMO_PASSWORD:
            raise CommandError("Set DEMO_PASSWORD to the password that the demo accounts get.")
        self.settings()
        clinic, _ = Clinic.objects.get_or_create(
            name="Demonstration clinic", defaults={"phone": "01632 960001"}
        )
        users = {person.email: self.account(person, clinic) for person in PEOPLE}
        self.places()
        if self.cases(users):
            sample_clinic.live(users)
            self.say("Answers, messages, a second opinion, a laboratory's result")

    def say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def settings(self) -> None:
        in_force = rulebook.current()
        if in_force.version == 0:
            site = replace(in_force.site, cases_per_hour=CASES_PER_HOUR)
            rule_changes.adopt(
                actor=ACTOR, book=replace(in_force.book, site=site), over=0,
                reason="Whoever tries the portal sends many cases in one sitting",
            )  # fmt: skip

    def places(self) -> None:
        if not Place.objects.exists():
            place_list.import_localities(actor=ACTOR, text=sample_places.GAZETTEER)
            place_list.import_places(actor=ACTOR, text=sample_places.PLACES)
            self.say("Places of care")

    def account(self, person: Person, clinic: Clinic) -> User:
        """The account, as it is where it exists; only its password follows DEMO_PASSWORD."""
        user = User.objects.filter(email=person.email).first()
        if user is None:
            user = people.enrol(
                actor=ACTOR, email=person.email, password=settings.DEMO_PASSWORD,
                role=person.role, clinic=clinic, name=person.name,
            )  # fmt: skip
            self.say(f"Account {person.email}")
        elif not user.check_password(settings.DEMO_PASSWORD):
            get_adapter().set_password(user, settings.DEMO_PASSWORD)
            self.say(f"New password for {person.email}")
        if user.is_patient:
            self.patient(user, person)
        return user

    def patient(self, user: User, person: Person) -> None:
        """Profile and consents, once: what has been changed since stays as it is."""
        patient = patients.patient_of(user)
        if patient.consents.exists():
            return
        patients.update_profile(actor=user, patient=patient, **person.profile)
        for kind in ConsentKind:
            patients.grant_consent(actor=user, patient=patient, kind=kind)

    def cases(self, users: dict[str, User]) -> bool:
        """Whether every sample case was made now; none is made twice."""
        missing = []
        for number, sample in enumerate(SAMPLES, start=1):
            patient, key = patients.patient_of(users[sample.sender]), f"demo-{number}"
            if intake.find_earlier(patient=patient, idempotency_key=key) is None:
                missing.append((key, sample))
        if not missing:
            self.say("The sample cases are there.")
            return False
        with tempfile.TemporaryDirectory() as folder:
            self.say("Drawing photos of lesions that never were ...")
            drawn = iter(draw([name for _, sample in missing for name in sample.photos], folder))
            for place, (key, sample) in enumerate(missing, start=1):
                files = [next(drawn) for _ in sample.photos]
                send(users[sample.sender], sample, files, key)
                self.say(f"Case {place} of {len(missing)}: {sample.site.replace('_', ' ')}")
        return len(missing) == len(SAMPLES)


def draw(names: list[str], folder: str) -> list[Path]:
    """The generated photos, in the order of their names."""
    subprocess.run(
        [sys.executable, "-m", "training.samples", "--out", folder, *names],
        cwd=settings.BASE_DIR,
        check=True,
    )
    return [Path(folder) / f"{number}.jpg" for number in range(len(names))]


def send(user: User, sample: Sample, files: list[Path], key: str) -> None:
    """As the form does it: cleaned, kept, submitted; a worker scores it."""
    patient = patients.patient_of(user)
    uploads = []
    for file in files:
        with file.open("rb") as source:
            clean = photos.clean(source)
        uploads.append(
            photos.keep(actor=user, patient=patient, clean_photo=clean, kind=PhotoKind.CLOSE_UP)
        )
    known = patient.lesions.filter(body_site=sample.site, side=sample.side)
    intake.submit(
        actor=user, patient=patient, uploads=uploads, place=intake.Place(
            sample.site, sample.side, known.first() if sample.again else None
        ), answers=sample.answers, idempotency_key=key,
    )  # fmt: skip
