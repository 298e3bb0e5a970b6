"""The API keeps to its own description, whatever it is sent, by whomever."""

import io
import os
from contextlib import redirect_stderr

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "8"))  # for each operation and role
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ROLES = ["nobody", "patient", "dermatologist", "administrator"]


def test_the_schema_is_valid_and_warns_of_nothing(db):
    written, told = io.StringIO(), io.StringIO()
    with redirect_stderr(told):
        call_command("spectacular", "--validate", "--fail-on-warn", stdout=written)
    assert "/api/v1/cases/{reference}/reviews/" in written.getvalue()
    assert told.getvalue() == ""


@pytest.fixture
def one_connection():
    """The application must not close the connection that holds the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(params=ROLES)
def caller(request, cast, api, one_connection):
    """The headers of somebody, and real ids: a case on the dermatologist's desk, with its photo."""
    from tests import cast as casting
    from triage import worklist

    casting.decide(cases_per_hour=10_000)
    case = casting.send_case(cast.patient)
    worklist.claim(actor=cast.dermatologist, case=case)
    client = api(None if request.param == "nobody" else getattr(cast, request.param))
    authorization = client._credentials.get("HTTP_AUTHORIZATION")
    ids = {"reference": case.reference, "id": str(case.photos.get().pk), "kind": "improvement"}
    return {"Authorization": authorization} if authorization else {}, ids


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_request_breaks_it(caller, mode):
    from portal.wsgi import application

    def from_somewhere(environ, start_response):
        return application(environ | {"REMOTE_ADDR": "127.0.0.1"}, start_response)

    headers, ids = caller
    schema = schemathesis.openapi.from_wsgi("/api/schema/?format=json", from_somewhere)
    schema = schema.exclude(operation_id="end_token")  # of the caller's own
    tried = 0
    for operation in schema.get_all_operations():
        tried += fuzz(operation.ok(), mode, headers, ids)
    assert tried >= EXAMPLES


def fuzz(operation, mode, headers, ids) -> int:
    """Send what hypothesis thinks of, to real addresses; how many requests that were."""
    from tests import cast as casting

    tried = []

    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case):
        tried.append(case)
        if isinstance(case.body, dict) and "photos" in case.body and len(tried) % 2:
            case.body["photos"] = [casting.jpeg()]
        case.path_parameters.update({k: v for k, v in ids.items() if k in case.path_parameters})
        case.call_and_validate(headers=headers, checks=CHECKS)

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # an operation that takes nothing has no wrong input
    return len(tried)
