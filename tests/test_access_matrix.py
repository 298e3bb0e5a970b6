"""Every address of the portal, tried by everybody with every method: who gets in, who does not.

The table below is compared with the resolver, so a new address without a row fails here.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests import world as worlds
from tests.world import (
    ADMINISTRATOR,
    EVERYBODY,
    MEMBERS,
    NOBODY,
    OWNER,
    PATIENTS,
    PEOPLE,
    READER,
    READERS,
    STAFF,
    World,
    addresses,
)

Row = dict[str, frozenset[str]]  # by method: who gets in


def get(who: frozenset[str]) -> Row:
    return {"GET": who}


def post(who: frozenset[str]) -> Row:
    return {"POST": who}


def both(who: frozenset[str]) -> Row:
    return {"GET": who, "POST": who}


def sent_on(asks: frozenset[str], posts: frozenset[str]) -> Row:
    """Takes POST alone; who asks for its address is sent, unlooked at, to the page it belongs to,
    which refuses whom it does not let in (`test_who_is_sent_on_gets_no_further_than_that_page`)."""
    return {"GET": asks, "POST": posts}


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
    "triage:model_roll_back": sent_on(ADMINISTRATOR, ADMINISTRATOR),
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
    "triage:rules_edit": sent_on(ADMINISTRATOR, ADMINISTRATOR),
    "triage:rules_adopt": sent_on(ADMINISTRATOR, ADMINISTRATOR),
    "triage:rule_progress": get(ADMINISTRATOR),
    "triage:rules_import": sent_on(ADMINISTRATOR, ADMINISTRATOR),
    "triage:rule_versions": get(ADMINISTRATOR),
    "triage:rule_version": get(ADMINISTRATOR),
    "triage:rules_export": get(ADMINISTRATOR),
    "triage:rules_restore": sent_on(ADMINISTRATOR, ADMINISTRATOR),
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
    "triage:lesion_rename": sent_on(PATIENTS, OWNER),
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
    "triage:say": sent_on(PATIENTS, PATIENTS),
    "triage:ask_back": post(PATIENTS),
    "triage:ask_again": both(PATIENTS),
    "triage:ask_send": sent_on(PATIENTS, PATIENTS),
    "triage:profile": both(PATIENTS),
    "triage:consent": post(PATIENTS),
    # what patients and the clinic say to each other
    "triage:notifications": both(MEMBERS),
    "triage:notifications_mail": post(MEMBERS),
    "triage:retake": both(OWNER),
    "triage:link": both(NOBODY),  # who has not the mail: this one is made up
    "triage:link_photos": both(NOBODY),  # who has used no link
    "triage:link_again": sent_on(EVERYBODY, EVERYBODY),
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
    "triage:request_hold": sent_on(ADMINISTRATOR, ADMINISTRATOR),
    "triage:request_carry_out": sent_on(ADMINISTRATOR, ADMINISTRATOR),
    "triage:holds": both(ADMINISTRATOR),
    "triage:hold_lift": both(ADMINISTRATOR),
    "triage:retention": get(ADMINISTRATOR),
    # readers' pages
    "triage:worklist": get(READERS),
    "triage:worklist_search": post(READERS),
    "triage:claim_next": post(READERS),
    "triage:reading": get(READER),
    "triage:claim": sent_on(READERS, READER),
    "triage:release": post(READER),
    "triage:heartbeat": post(READER),
    "triage:opinion": sent_on(READERS, READER),
    "triage:draft": post(READER),
    "triage:sign": sent_on(READERS, READER),
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
    "triage:pathology_tell": sent_on(READERS, READER),
    "triage:pathology_correct": both(READER),
    "triage:second_readings": get(READERS),
    "triage:second_reading_ask": both(READER),
    "triage:second_reading_sign": sent_on(READERS, READER),
    "triage:second_reading_hand_over": post(READER),
    "triage:second_reading_settle": sent_on(READERS, READER),
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
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
LIBRARY = (
    "account_",
    "accounts/signup/",
    "mfa_",
    "usersessions_",
)  # takes PUT for POST: its forms' own business
CSRF_TOKEN = re.compile(rb"[A-Za-z0-9]{64}")  # masked anew in each page
REFUSED = {401, 403, 404, 405}


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The world, built once for every address in a transaction that is never committed."""
    around = transaction.atomic()
    around._from_testcase = True  # as Django's own TestCase marks what a test lies in
    with django_db_blocker.unblock(), around:
        yield worlds.build()
        transaction.set_rollback(True)


@pytest.fixture
def world(built: World, db: None, settings: Any) -> World:
    """As it was built: what a test does to it lies in a savepoint of its own."""
    settings.STAFF_MFA_REQUIRED = False
    for file, content in built.files.items():  # no savepoint brings back a file that was deleted
        if not default_storage.exists(file):
            default_storage.save(file, ContentFile(content))
    clients = {}
    for name, client in built.clients.items():
        clients[name] = Client()
        clients[name].cookies.load({key: one.value for key, one in client.cookies.items()})
    return replace(built, clients=clients)


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


@pytest.mark.parametrize("name", ["triage:opinion", "triage:sign", "triage:claim"])
def test_who_is_sent_on_gets_no_further_than_that_page(name: str, world: World) -> None:
    url = world.url(name)
    for person, status in (("dermatologist", 200), ("outsider", 404)):
        sent = world.clients[person].get(url)
        assert sent["Location"] == reverse("triage:reading", args=world.arguments[name])
        assert world.clients[person].get(sent["Location"]).status_code == status


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
