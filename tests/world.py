"""A small clinic in which every address of the portal has something behind it.

The first patient has an answered case, one that "dermatologist" has read as far as a first
opinion, and a form that was begun; "outsider" reads elsewhere.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

PEOPLE = ("anonymous", "patient", "patient2", "dermatologist", "outsider", "administrator")
EVERYBODY = frozenset(PEOPLE)
MEMBERS = EVERYBODY - {"anonymous"}
PATIENTS = frozenset({"patient", "patient2"})
READERS = frozenset({"dermatologist", "outsider"})
OWNER, READER = frozenset({"patient"}), frozenset({"dermatologist"})
ADMINISTRATOR = frozenset({"administrator"})
STAFF = READERS | ADMINISTRATOR
NOBODY: frozenset[str] = frozenset()

UNNAMED = ("healthz", "readyz", "accounts/signup/")


def addresses() -> dict[str, URLPattern]:
    """Every pattern of the resolver by its name with namespaces; by its route where it has none."""

    def below(resolver: Any, spaces: tuple[str, ...]) -> Iterator[tuple[str, URLPattern]]:
        for pattern in resolver.url_patterns:
            if isinstance(pattern, URLPattern):
                yield ":".join((*spaces, pattern.name or str(pattern.pattern))), pattern
            else:
                inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
                yield from below(pattern, inner)

    return dict(below(get_resolver(), ()))


@dataclass(frozen=True)
class World:
    """The cast, and what the addresses of the table point at."""

    cast: Any
    clients: dict[str, Client]
    arguments: dict[str, list[Any]]
    notes: bytes  # what the patient wrote
    photo: bytes
    files: dict[str, bytes]  # of the photo that is not sent, by name in the storage

    def url(self, name: str) -> str:
        if name in UNNAMED:
            return f"/{name}"
        return reverse(name, args=self.arguments.get(name, []))

    def may_see_the_case(self, person: str) -> bool:
        return person in OWNER | READER


def build() -> World:
    """The cast and their cases, in whatever database is open; its first clients are logged in."""
    from portal.accounts import people
    from portal.accounts.tokens import issue_token
    from tests import cast as casting
    from triage import my_data, places, registry, replays, scoring, snippets

    cast = casting.gather()
    notes, picture = "canary-in-the-notes", casting.jpeg((11, 222, 33))
    answered = casting.send_case(cast.patient, notes=notes)
    sign(cast.dermatologist, answered)
    case = casting.send_case(cast.patient, photo=picture, notes=notes)
    photo = case.photos.get()
    claim = next(c for c in scoring.claim_batch(worker="w") if c.case_id == case.pk)
    found = scoring.PhotoResult(str(photo.pk), {"NV": 1.0}, True, [[0.5, 1.0], [0.0, 0.5]], "NV")
    scoring.record_assessment(worker="w", claim=claim, result=casting.said(photos=(found,)))
    first_opinion(cast.dermatologist, case)
    upload = casting.add_photo(cast.patient, picture)
    casting.begin(cast.patient, notes=notes)
    token, _ = issue_token(cast.patient)
    invited = people.invite(
        actor=cast.administrator, email="new@example.org", role="dermatologist", clinic=cast.clinic,
        reason="joins",
    )  # fmt: skip

    registry.found(worker="w", models=[registry.Found("test-1", "0" * 64, {})], default=None)
    replay = replays.ask(actor=cast.administrator, assessment=case.assessments.get())

    place = places.add(
        actor=cast.administrator,
        fields={"name": "Clinic", "address": "1 High Street", "postcode": "AB1 2CD", "latitude": 52,
                "longitude": -1, "opening": [""] * 7, "offers": ["gp"]},
    )  # fmt: skip
    clients = {name: Client() for name in PEOPLE}
    for name in MEMBERS:
        clients[name].force_login(getattr(cast, name))
    arguments = {
        "account_confirm_email": ["no-such-key"],
        "account_reset_password_from_key": ["1", "no-such-key"],
        "mfa_remove_webauthn": [1],
        "mfa_edit_webauthn": [1],
        "triage:place": [place.pk],
        "triage:place_remove": [place.pk],
        "triage:place_put_back": [place.pk],
        "accounts:person": [cast.patient2.pk],
        "accounts:act": [cast.patient2.pk, "sessions"],
        "accounts:clinic": [cast.clinic.pk],
        "accounts:withdraw": [invited.invitation.pk],
        "accounts:accept": [invited.token],
        "accounts:revoke_token": [token.token_key],
        "triage:safety_plot": ["sex"],
        "triage:model": ["test-1"],
        "triage:model_change": ["test-1", "try"],
        "triage:replay": [replay.pk],
        "triage:replay_state": [replay.pk],
        "triage:elsewhere": ["young"],
        "triage:send_step": ["notes"],
        "triage:upload_remove": [upload.pk],
        "triage:upload_thumbnail": [upload.pk],
        "triage:consent": ["improvement"],
        "triage:lesion": [case.lesion.public_id],
        "triage:lesion_rename": [case.lesion.public_id],
        "triage:lesion_compare": [case.lesion.public_id],
        **requests_about(cast),
        "triage:everything": [my_data.ask(actor=cast.patient, patient=case.patient)],
        "triage:condition": ["melanoma"],
        "triage:link": ["A" * 43],
        "triage:told_otherwise": [refused_mail(cast.patient, answered).pk],
        "triage:rota_take_off": [1],
        "triage:holiday_remove": [1],
        "triage:link_again": ["A" * 43],
        "api:consent": ["improvement"],
        "api:unknown": ["v1/nothing/"],
    }
    for name, pattern in addresses().items():
        if "reference" in pattern.pattern.regex.groupindex:
            arguments[name] = [case.reference]
        elif name.split(":")[-1] in ("photo", "photo_thumbnail", "activation"):
            arguments[name] = [photo.pk]
    arguments["triage:amend"] = [answered.reference]
    own_text = snippets.keep(actor=cast.dermatologist, name="mole", text="A mole.", for_clinic=True)
    arguments["triage:snippet"] = arguments["triage:snippet_delete"] = [own_text.pk]
    arguments["triage:export"] = [case.reference, "fhir"]
    asked, disputed = second_readings_of(cast)
    for name in ("triage:second_reading_sign", "triage:second_reading_hand_over"):
        arguments[name] = [asked.case.reference]
    for name in ("triage:pathology_result", "triage:pathology_tell", "triage:pathology_correct"):
        arguments[name] = [pathology_result_of(cast, answered).pk]
    arguments["triage:second_reading_settle"] = [disputed.pk]
    for name in ("triage:rule_version", "triage:rules_export", "triage:rules_restore"):
        arguments[name] = [0]
    files = {file.name: picture for file in (upload.file, upload.thumbnail)}
    return World(cast, clients, arguments, notes.encode(), picture, files)


def second_readings_of(cast: Any) -> tuple[Any, Any]:
    """One that "dermatologist" is asked for, and a disagreement that they may settle."""
    from tests import cast as casting
    from triage import second_readings
    from triage.second_readings import SecondOpinion

    theirs, mine = casting.send_case(cast.patient), casting.send_case(cast.patient)
    sign(cast.dermatologist2, theirs)
    asked = second_readings.ask(
        actor=cast.dermatologist2, case=theirs, colleague=cast.dermatologist
    )
    sign(cast.dermatologist, mine)
    second = second_readings.ask(actor=cast.dermatologist, case=mine, colleague=cast.dermatologist2)
    opinion = SecondOpinion("MEL", 4, 2)
    return asked, second_readings.sign(actor=cast.dermatologist2, reading=second, opinion=opinion)


def pathology_result_of(cast: Any, case: Any) -> Any:
    from django.utils import timezone

    from triage import pathology

    found = pathology.Result("NV", timezone.localdate())
    return pathology.enter(actor=cast.dermatologist, reference=case.reference, result=found)


def requests_about(cast: Any) -> dict[str, list[Any]]:
    """The second patient asks to be forgotten, and a hold stands against it."""
    from triage import erasure, patients

    patient = patients.patient_of(cast.patient2)
    asked = erasure.ask(actor=cast.patient2, patient=patient)
    hold = erasure.place_hold(
        actor=cast.administrator, patient=patient, ground="claim", reason="A claim"
    )
    names = ("triage:request", "triage:request_hold", "triage:request_carry_out")
    return dict.fromkeys(names, [asked.pk]) | {"triage:hold_lift": [hold.pk]}


def refused_mail(patient: Any, case: Any) -> Any:
    """A mail to the patient that no server has taken so far."""
    from triage.models import Notification

    told = Notification.objects.filter(user=patient, case=case).earliest("pk")
    Notification.objects.filter(pk=told.pk).update(mail_attempts=9)
    return told


def first_opinion(reader: Any, case: Any) -> Any:
    """The reader has the case on the desk and has said what they think of it."""
    from triage import reviews, worklist

    worklist.claim(actor=reader, case=case)
    review = reviews.open_review(actor=reader, case=case)
    opinion = reviews.Opinion("NV", 3, 2)
    return reviews.commit_first_opinion(actor=reader, review=review, opinion=opinion)


def sign(reader: Any, case: Any) -> None:
    from triage import reviews

    decision = reviews.Decision("NV", 0, "emergency", "Advice.", "Come back.", confidence=2)
    reviews.sign(actor=reader, review=first_opinion(reader, case), decision=decision)


def crowd(cast: Any, rows: int = 4) -> None:
    """Several of everything that is listed: cases, lesions, messages, notifications, people."""
    from portal.accounts import people
    from portal.accounts.models import Role
    from portal.accounts.tokens import issue_token
    from tests import cast as casting
    from triage import messages, retakes, scoring, snippets, worklist

    for n in range(rows):
        case = casting.send_case(cast.patient, site="arm", notes=f"It itches, {n} days now.")
        again = casting.send_case(cast.patient, lesion_of=case)
        sign(cast.dermatologist, case)
        pathology_result_of(cast, case)
        for asked in (again, casting.send_case(cast.patient2)):
            messages.write(actor=asked.patient.user, case=asked, text="How long will it take?")
            messages.write(actor=cast.dermatologist, case=asked, text="A day or two.")
        worklist.claim(actor=cast.dermatologist2, case=asked)
        retakes.ask(actor=cast.dermatologist2, case=asked, reasons=["blurred"])
        casting.person(f"colleague{n}", Role.DERMATOLOGIST, cast.clinic)
        people.invite(actor=cast.administrator, email=f"new{n}@example.org",
                      role="dermatologist", clinic=cast.clinic, reason="joins")  # fmt: skip
        issue_token(cast.patient)
        snippets.keep(actor=cast.dermatologist, name=f"text-{n}", text="A mole.", for_clinic=False)
        second_readings_of(cast)
    for claim in scoring.claim_batch(worker="w", limit=rows):
        scoring.record_assessment(worker="w", claim=claim, result=casting.said())


def publish() -> None:
    """Build a crowded world in a running product and print, for a browser of each person, their
    session's cookie and the addresses by name."""
    from tests import cast as casting

    casting.decide(safety_sample_share=0, blinded_share=0)  # nothing is read twice by chance
    world = build()
    crowd(world.cast)
    name = settings.SESSION_COOKIE_NAME
    print("WORLD" + json.dumps({
        "cookie": name,
        "sessions": {person: client.cookies[name].value
                     for person, client in world.clients.items() if name in client.cookies},
        "urls": {name: world.url(name) for name in addresses()},
    }))  # fmt: skip
