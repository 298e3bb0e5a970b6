"""Whatever goes wrong under /api/ is told as a problem document."""

import psycopg2
import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from portal import outage
from tests.triage.api.test_cases import problem
from triage.api import cases


def test_nobody_in_particular_is_told_to_log_in(api):
    answer = api(None).get("/api/v1/cases/")
    body = problem(answer, 401, "not-authenticated")
    assert answer["WWW-Authenticate"] == "Token"
    assert body["instance"] == "/api/v1/cases/"


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options", "head"])
@pytest.mark.parametrize(
    "url", ["/api/", "/api/v1/nothing/", "/api/v1/cases", "/api/v2/cases/", "/api/%0A/"]
)
def test_an_unknown_address_is_a_problem_for_everybody(method, url):
    answer = getattr(Client(enforce_csrf_checks=True), method)(url)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_what_a_view_does_not_take_is_a_problem(cast, api):
    client = api(cast.patient)
    answer = client.put("/api/v1/cases/")
    problem(answer, 405, "method-not-allowed")
    assert "POST" in answer["Allow"]
    problem(client.post("/api/v1/cases/", {}, format="json"), 415, "unsupported-media-type")
    problem(client.get("/api/v1/me/", HTTP_ACCEPT="text/html"), 406, "not-acceptable")
    for broken in ("{", "[" * 100_000, b"\xff", '{"birth_date": NaN}'):
        answer = client.patch("/api/v1/profile/", broken, content_type="application/json")
        assert answer.status_code == 400, broken[:10]
        assert answer["Content-Type"] == "application/problem+json"
    answer = client.patch("/api/v1/profile/", "[1]", content_type="application/json")
    problem(answer, 400, "invalid")
    answer = client.post("/api/v1/cases/", b"no boundary", content_type="multipart/form-data")
    problem(answer, 400, "parse-error")


def test_a_body_of_any_size_is_refused_before_it_is_read(cast, api):
    sent = '"' + "x" * (2 * 1024 * 1024) + '"'
    answer = api(cast.patient).patch("/api/v1/profile/", sent, content_type="application/json")
    problem(answer, 413, "too-large")


def test_a_fault_of_ours_is_a_problem_that_tells_nothing(cast, api, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the patient's name is in here")

    monkeypatch.setattr(cases, "seen_by", broken)
    client = api(cast.patient)
    client.raise_request_exception = False
    answer = client.get("/api/v1/cases/2222-3333-4444/")
    problem(answer, 500, "internal")
    assert "name" not in answer.content.decode()


def test_a_fault_elsewhere_is_a_page(client, monkeypatch):
    from portal import health

    def broken():
        raise RuntimeError

    monkeypatch.setattr(health, "_database", broken)
    client.raise_request_exception = False
    answer = client.get("/readyz")
    assert answer.status_code == 500 and answer["Content-Type"].startswith("text/html")


@pytest.fixture
def restarting():
    """Every new question to the database meets a server that is starting up."""

    def refused(*args, **kwargs):
        raise OperationalError("FATAL:  the database system is starting up\n") from (
            psycopg2.OperationalError("FATAL:  the database system is starting up\n")
        )

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", refused)
        yield


def test_while_the_database_restarts_everybody_is_told_to_come_back(cast, api, caplog, restarting):
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "a" * 32
    page = client.get("/cases/")
    assert page.status_code == 503 and int(page["Retry-After"]) > 0
    assert "call your clinic" in page.content.decode()
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION="Token x")
    answer = client.get("/api/v1/cases/")
    problem(answer, 503, "unavailable")
    assert int(answer["Retry-After"]) > 0
    lines = [line for line in caplog.records if "cannot be reached" in line.getMessage()]
    assert len(lines) == 2 and not any(line.exc_info for line in caplog.records)


def test_a_query_that_took_too_long_is_still_a_fault_of_ours(db):
    with pytest.raises(OperationalError) as slow, transaction.atomic():
        connection.cursor().execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")
    assert not outage.database_away(slow.value)
