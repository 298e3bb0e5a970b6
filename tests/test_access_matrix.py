"""Every address of the portal, tried by everybody with every method: who gets in, who does not.

The table below is compared with the resolver, so a new address without a row fails here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
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

Row = dict[str, frozenset[str]]  # by method: who gets in


def get(who: frozenset[str]) -> Row:
    return {"GET": who}


def post(who: frozenset[str]) -> Row:
    return {"POST": who}


def both(who: frozenset[str]) -> Row:
    return {"GET": who, "POST": who}


# Who may use which address. The case, its photos and the upload are the first patient's, in the
# clinic of "dermatologist", who has committed a first opinion; "outsider" reads elsewhere.
TABLE: dict[str, Row] = {
    "healthz": get(EVERYBODY),
    "readyz": get(EVERYBODY),
    "home": get(EVERYBODY),
    "language": post(EVERYBODY),
    "system": get(ADMINISTRATOR),
    "score_again": post(ADMINISTRATOR),
    "triage:safety": get(ADMINISTRATOR),
    "triage:safety_export": get(ADMINISTRATOR),
    "triage:safety_plot": get(ADMINISTRATOR),
    "triage:models": get(ADMINISTRATOR),
    "triage:model_roll_back": post(ADMINISTRATOR),
    "triage:model_rescore": post(ADMINISTRATOR),
    "triage:model": get(ADMINISTRATOR),
    "triage:model_change": both(ADMINISTRATOR),
    "triage:replays": both(ADMINISTRATOR),
    "triage:replay": get(ADMINISTRATOR),
    "triage:replay_state": get(ADMINISTRATOR),
    # allauth: for visitors
    "account_login": both(EVERYBODY),
    "account_logout": both(EVERYBODY),
    "account_inactive": get(EVERYBODY),
    "account_signup": both(EVERYBODY),
    "accounts/signup/": both(EVERYBODY),  # the same, with a check before it
    "account_email_verification_sent": get(EVERYBODY),
    "account_confirm_email": get(EVERYBODY),
    "account_reset_password": both(EVERYBODY),
    "account_reset_password_done": get(EVERYBODY),
    "account_reset_password_from_key": both(EVERYBODY),
    "account_reset_password_from_key_done": get(EVERYBODY),
    # allauth: one's own account
    "account_confirm_login_code": both(MEMBERS),
    "account_reauthenticate": both(MEMBERS),
    "account_email": both(MEMBERS),
    "account_change_password": both(MEMBERS),
    "account_set_password": both(MEMBERS),
    "mfa_authenticate": both(MEMBERS),
    "mfa_login_webauthn": both(MEMBERS),
    "mfa_index": get(MEMBERS),
    "mfa_reauthenticate": both(MEMBERS),
    "mfa_activate_totp": both(MEMBERS),
    "mfa_deactivate_totp": both(NOBODY),  # nobody here has an authenticator app
    "mfa_view_recovery_codes": get(NOBODY),
    "mfa_generate_recovery_codes": both(MEMBERS),
    "mfa_download_recovery_codes": get(NOBODY),
    "mfa_list_webauthn": get(MEMBERS),
    "mfa_add_webauthn": both(MEMBERS),
    "mfa_reauthenticate_webauthn": both(MEMBERS),
    "mfa_remove_webauthn": both(MEMBERS),
    "mfa_edit_webauthn": both(MEMBERS),
    "usersessions_list": both(MEMBERS),
    # people
    "accounts:account": get(MEMBERS),
    "accounts:people": get(ADMINISTRATOR),
    "accounts:people_search": post(ADMINISTRATOR),
    "accounts:invite": both(ADMINISTRATOR),
    "accounts:person": get(ADMINISTRATOR),
    "accounts:act": both(ADMINISTRATOR),
    "accounts:withdraw": both(ADMINISTRATOR),
    "accounts:clinics": get(ADMINISTRATOR),
    "accounts:clinic_new": both(ADMINISTRATOR),
    "accounts:clinic": both(ADMINISTRATOR),
    "accounts:accept": both(EVERYBODY),
    "accounts:tokens": both(MEMBERS),
    "accounts:revoke_token": both(OWNER),
    "accounts:mailbox": get(NOBODY),  # outside of a demonstration
    # the rule book
    "triage:rules": both(ADMINISTRATOR),
    "triage:rules_edit": post(ADMINISTRATOR),
    "triage:rules_look": post(ADMINISTRATOR),
    "triage:rules_adopt": post(ADMINISTRATOR),
    "triage:rule_progress": get(ADMINISTRATOR),
    "triage:rules_import": post(ADMINISTRATOR),
    "triage:rule_versions": get(ADMINISTRATOR),
    "triage:rule_version": get(ADMINISTRATOR),
    "triage:rules_export": get(ADMINISTRATOR),
    "triage:rules_restore": post(ADMINISTRATOR),
    # the ledger
    "audit:search": both(ADMINISTRATOR),
    "audit:export": get(ADMINISTRATOR),
    "audit:verify": post(ADMINISTRATOR),
    # patients' pages
    "triage:patient_cases": get(PATIENTS),
    "triage:case": get(OWNER | READERS),  # readers are sent on to triage:reading, whatever it is
    "triage:case_progress": get(OWNER),
    "triage:send": both(PATIENTS),
    "triage:send_step": both(PATIENTS),
    "triage:send_emergency": get(PATIENTS),
    "triage:send_throw_away": both(PATIENTS),
    "triage:elsewhere": get(PATIENTS),
    "triage:upload": post(PATIENTS),
    "triage:upload_remove": post(PATIENTS),  # silent where there is nothing to remove
    "triage:upload_thumbnail": get(OWNER),
    "triage:lesions": get(PATIENTS),
    "triage:lesion": get(OWNER),
    "triage:lesion_rename": post(OWNER),
    "triage:lesion_compare": get(OWNER),
    "triage:my_data": get(PATIENTS),
    "triage:looks": get(PATIENTS),
    "triage:consents": get(PATIENTS),
    "triage:download": get(PATIENTS),
    "triage:download_prepare": post(PATIENTS),
    "triage:erasure": both(PATIENTS),
    "triage:erasure_withdraw": post(PATIENTS),
    "triage:everything": get(PATIENTS),  # nobody but who asked finds a file behind the link
    "triage:ask": get(PATIENTS | {"anonymous"}),  # a visitor is told to log in
    "triage:say": post(PATIENTS),
    "triage:ask_back": post(PATIENTS),
    "triage:ask_again": both(PATIENTS),
    "triage:ask_send": post(PATIENTS),
    "triage:profile": both(PATIENTS),
    "triage:consent": post(PATIENTS),
    # what patients and the clinic say to each other
    "triage:notifications": both(MEMBERS),
    "triage:notifications_mail": post(MEMBERS),
    "triage:retake": both(OWNER),
    "triage:link": both(NOBODY),  # who has not the mail: this one is made up
    "triage:link_photos": both(NOBODY),  # who has used no link
    "triage:link_again": post(EVERYBODY),
    "triage:photos_again": both(READER),
    "triage:photos_withdraw": post(READER),
    "triage:messages": get(PATIENTS | READERS),
    "triage:thread": both(OWNER | READER),
    "triage:thread_settle": post(READER),
    "triage:told_otherwise": post(READER),
    "triage:clock": get(STAFF),
    "triage:rota": both(STAFF),
    "triage:rota_take_off": post(STAFF),
    "triage:holidays": both(ADMINISTRATOR),
    "triage:holiday_remove": post(ADMINISTRATOR),
    # requests about data
    "triage:requests": get(ADMINISTRATOR),
    "triage:request": get(ADMINISTRATOR),
    "triage:request_hold": post(ADMINISTRATOR),
    "triage:request_carry_out": post(ADMINISTRATOR),
    "triage:holds": both(ADMINISTRATOR),
    "triage:hold_lift": post(ADMINISTRATOR),
    "triage:retention": get(ADMINISTRATOR),
    # readers' pages
    "triage:worklist": get(READERS),
    "triage:worklist_search": post(READERS),
    "triage:claim_next": post(READERS),
    "triage:reading": get(READER),
    "triage:claim": post(READER),
    "triage:release": post(READER),
    "triage:heartbeat": post(READER),
    "triage:opinion": post(READER),
    "triage:draft": post(READER),
    "triage:sign": post(READER),
    "triage:amend": both(READER),
    "triage:my_work": get(READERS),
    "triage:snippets": get(READERS),
    "triage:snippets_all": get(READERS),
    "triage:snippet_new": both(READERS),
    "triage:snippet": both(READER),
    "triage:snippet_delete": both(READER),
    "triage:similar": get(READER),
    "triage:export": get(READER),
    "triage:training_set": get(ADMINISTRATOR),
    "triage:pathology": get(READERS),
    "triage:pathology_new": both(READERS),
    "triage:pathology_import": both(READERS),
    "triage:pathology_result": get(READER),
    "triage:pathology_tell": post(READER),
    "triage:pathology_correct": both(READER),
    "triage:second_readings": get(READERS),
    "triage:second_reading_ask": both(READER),
    "triage:second_reading_sign": post(READER),
    "triage:second_reading_hand_over": post(READER),
    "triage:second_reading_settle": post(READER),
    # photos
    "triage:photo": get(OWNER | READER),
    "triage:photo_thumbnail": get(OWNER | READER),
    "triage:activation": get(READER),
    # for everybody
    "triage:where_to_go": both(EVERYBODY),
    # the administrator's places
    "triage:places": get(ADMINISTRATOR),
    "triage:place_new": both(ADMINISTRATOR),
    "triage:places_import": both(ADMINISTRATOR),
    "triage:places_export": get(ADMINISTRATOR),
    "triage:place": both(ADMINISTRATOR),
    "triage:place_remove": both(ADMINISTRATOR),
    "triage:place_put_back": post(ADMINISTRATOR),
    "triage:conditions": get(EVERYBODY),
    "triage:condition": get(EVERYBODY),
    # the API
    "api:cases": {"GET": PATIENTS | READERS, "POST": PATIENTS},
    "api:case": get(OWNER | READER),
    "api:case_reviews": post(READER),
    "api:case_release": post(READER),
    "api:photos_again": post(READER),
    "api:case_photos": post(OWNER),
    "api:case_messages": both(OWNER | READER),
    "api:notifications": both(MEMBERS),
    "api:case_heartbeat": post(READER),
    "api:draft": {"GET": OWNER, "DELETE": OWNER},  # of both patients only the first has begun one
    "api:photo": get(OWNER | READER),
    "api:photo_thumbnail": get(OWNER | READER),
    "api:worklist": get(READERS),
    "api:worklist_claim": post(READERS),
    "api:audit": get(ADMINISTRATOR),
    "api:token": {"POST": EVERYBODY, "DELETE": MEMBERS},
    "api:me": get(MEMBERS),
    "api:profile": {"GET": PATIENTS, "PATCH": PATIENTS},
    "api:consents": both(PATIENTS),
    "api:consent": {"DELETE": PATIENTS},
    "api:schema": get(EVERYBODY),
    "api:docs": get(EVERYBODY),
    "api:unknown": {},
}
UNNAMED = ("healthz", "readyz", "accounts/signup/")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LIBRARY = (
    "account_",
    "accounts/signup/",
    "mfa_",
    "usersessions_",
)  # takes PUT for POST: its forms' own business
CSRF_TOKEN = re.compile(rb"[A-Za-z0-9]{64}")  # masked anew in each page
REFUSED = {401, 403, 404, 405}


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

    clients: dict[str, Client]
    arguments: dict[str, list[Any]]
    notes: bytes  # what the patient wrote
    photo: bytes

    def url(self, name: str) -> str:
        if name in UNNAMED:
            return f"/{name}"
        return reverse(name, args=self.arguments.get(name, []))

    def may_see_the_case(self, person: str) -> bool:
        return person in OWNER | READER


@pytest.fixture
def world(db: None, settings: Any) -> World:
    from portal.accounts import people
    from portal.accounts.tokens import issue_token
    from tests import cast as casting
    from triage import my_data, places, registry, replays, scoring, snippets

    settings.STAFF_MFA_REQUIRED = False
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
        actor=cast.administrator, email="new@example.org", role="dermatologist", clinic=cast.clinic
    )

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
    return World(clients, arguments, notes.encode(), picture)


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
    hold = erasure.place_hold(actor=cast.administrator, patient=patient, reason="A claim")
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


def test_every_address_has_a_row_in_the_table() -> None:
    known = set(addresses())
    missing, gone = sorted(known - set(TABLE)), sorted(set(TABLE) - known)
    assert not missing, f"Say in TABLE of {__file__} who may use {', '.join(missing)}."
    assert not gone, f"Take {', '.join(gone)} out of TABLE in {__file__}: there is no such address."


@pytest.mark.parametrize("name", sorted(TABLE))
def test_who_gets_in(name: str, world: World) -> None:
    row, url = TABLE[name], world.url(name)
    wrong = []
    for method in METHODS[:2] if name.startswith(LIBRARY) else METHODS:
        welcome = row.get(method, NOBODY)
        for person in sorted(PEOPLE, key=lambda person: person in welcome):  # refusals first
            answer = world.clients[person].generic(method, url)
            problem = _verdict(answer, person in welcome, method in row, person) or _leak(
                answer, world, person
            )
            if problem:
                wrong.append(f"{method} {url} by {person}: {problem}")
    assert not wrong, "\n".join(wrong)


def _verdict(answer: Any, welcome: bool, taken: bool, person: str) -> str:
    """What is wrong with this answer, or ''."""
    to_login = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    got = f"{answer.status_code} {answer.headers.get('Location', '')}".strip()
    if answer.status_code >= 500 and answer.status_code != 503:
        return f"broke with {got}"
    if welcome:
        refused = answer.status_code in REFUSED or to_login
        return f"should get in, got {got}" if refused else ""
    if not taken:
        allowed = to_login or answer.status_code in {401, 404, 405}
        return "" if allowed else f"takes a method that the table does not have, got {got}"
    if person == "anonymous":
        asked = to_login or answer.status_code == 401
        return "" if asked or answer.status_code == 404 else f"should have to log in, got {got}"
    return "" if answer.status_code == 404 else f"should find nothing (404), got {got}"


def _leak(answer: Any, world: World, person: str) -> str:
    if world.may_see_the_case(person):
        return ""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return "shows the patient's case" if world.notes in body or world.photo in body else ""


@pytest.mark.parametrize("name", sorted(n for n, row in TABLE.items() if row.keys() - {"GET"}))
def test_without_its_csrf_token_nothing_that_writes_works(name: str, world: World) -> None:
    for method in TABLE[name].keys() - {"GET"}:
        person = min(TABLE[name][method] - {"anonymous"} or MEMBERS)
        client = world.clients[person]
        client.handler.enforce_csrf_checks = True
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.generic(method, world.url(name), headers=headers)
            assert answer.status_code == 403, f"{method} by {person}: {answer.status_code}"


def test_the_answer_for_somebody_elses_case_is_the_answer_for_none(world: World) -> None:
    real, unreal = world.arguments["triage:case"], ["2222-3333-4444"]
    for name in ("triage:case", "triage:reading", "api:case"):
        for person in ("patient2", "outsider", "administrator"):
            told = [
                world.clients[person].get(reverse(name, args=args), follow=True)
                for args in (real, unreal)
            ]
            assert [answer.status_code for answer in told] == [404, 404]
            there, nowhere = (CSRF_TOKEN.sub(b"", answer.content) for answer in told)
            assert there.replace(real[0].encode(), unreal[0].encode()) == nowhere
