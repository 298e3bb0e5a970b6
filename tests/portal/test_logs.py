"""Nothing secret and nothing about patients in the log."""

import io
import json
import logging

import pytest
import structlog
from django.test import Client

from portal.logs import SecretPaths, shown

CANARY = "canary-of-a-patient"


@pytest.fixture
def written():
    """All that a handler with the product's own filter writes during the test."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(SecretPaths())
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def test_query_strings_forms_and_mail_links_leave_no_trace(written, db):
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login/", {"next": f"/{CANARY}/"})
    client.post("/accounts/login/", {"login": f"{CANARY}@example.org", "password": CANARY})
    client.get(f"/invitations/{CANARY}/")
    client.post(f"/invitations/{CANARY}/", {"name": CANARY})
    client.get(f"/accounts/confirm-email/{CANARY}/")
    client.get(f"/accounts/password/reset/key/1-{CANARY}/")
    lines = written.getvalue()
    assert "POST /invitations/.../" in lines
    assert CANARY not in lines


def test_a_path_with_a_newline_stays_on_one_line():
    assert shown("/cases/x\n{forged}/") == "/cases/x\\n{forged}/"


def test_our_lines_and_the_libraries_are_json_with_the_same_fields(settings):
    console = settings.LOGGING["formatters"]["line"]
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(console["()"](**{k: v for k, v in console.items() if k != "()"}))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        structlog.get_logger("ours").warning("something", case="2222-3333-4444")
        logging.getLogger("theirs").warning("something else")
    finally:
        root.removeHandler(handler)
    ours, theirs = map(json.loads, stream.getvalue().splitlines())
    assert ours["event"] == "something" and ours["case"] == "2222-3333-4444"
    assert theirs["event"] == "something else"
    assert {"level", "logger", "timestamp"} <= ours.keys() & theirs.keys()
