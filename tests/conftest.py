"""Tests use real parts: a PostgreSQL and a Valkey of their own, started when the first test asks.

Their addresses must be in the environment before Django reads its settings, hence the lines at the
top. Code under test runs as the tables' owner, as pytest-django needs; `app_role_url` and
`superuser_url` open the same test database with less and with more rights.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg2
import pytest

from portal import local
from portal.state import State
from portal.supervisor import Supervisor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

STATE = State(Path(tempfile.mkdtemp(prefix="lesions-test-")))

for name in ("PORT", "BASE_URL", "MEDIA_ROOT", "MEDIA_BUCKET", "LOCAL_SERVERS"):
    os.environ.pop(name, None)
os.environ |= local.environment(STATE, {}) | {
    "DATABASE_URL": local.database_url(STATE, "lesions_owner"),
    "DEMO": "false",
    "STAFF_MFA_REQUIRED": "false",  # turned on by the tests that are about it
    "HTTPS": "false",
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    # A browser that a test holds runs an event loop in this thread; Django would refuse to query.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
}

from tests.product import Product, Template  # noqa: E402  (reads the environment above)


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    # Pages must render without a collectstatic run, and users must be cheap to make.
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Each process of a parallel run has servers of its own: it must not read the settings before
    it has said above where they are."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(STATE.root, ignore_errors=True)


@pytest.fixture(scope="session")
def servers() -> Iterator[Supervisor]:
    """The session's PostgreSQL and Valkey."""
    supervisor = Supervisor(STATE.folder("run"), STATE.folder("log"))
    try:
        local.start_postgres(STATE, supervisor, print)
        local.start_valkey(STATE, supervisor)
        with psycopg2.connect(local.database_url(STATE, "postgres", "postgres")) as connection:
            connection.cursor().execute(
                "ALTER ROLE lesions_owner CREATEDB"
            )  # Django's test database
        connection.close()
        yield supervisor
    finally:
        supervisor.hurry = True  # nothing here is kept
        supervisor.stop_all()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(servers: Supervisor) -> None:
    """The first test that needs the database starts the servers."""


@pytest.fixture(scope="session")
def app_role_url(django_db_setup: None) -> str:
    """The test database as the application sees it in production."""
    return local.database_url(STATE, "lesions_app", "test_lesions")


@pytest.fixture(scope="session")
def superuser_url(django_db_setup: None) -> str:
    """The test database as its machine's administrator sees it."""
    return local.database_url(STATE, "postgres", "test_lesions")


# -- the running product --------------------------------------------------------------------------
@pytest.fixture(scope="session")
def template(servers: Supervisor) -> Iterator[Template]:
    """A migrated database to clone and collected static files, made once."""
    yield Template.make(STATE)
    for left in list(Product.running):
        left.close()


@pytest.fixture(scope="session")
def start_product(template: Template) -> Callable[..., Product]:
    """Start a whole portal, stopped at the end of the session unless a test closes it before; see
    tests.product.Product.start for the options."""
    return partial(Product.start, template)


@pytest.fixture
def product(template: Template) -> Iterator[Product]:
    """A whole fresh portal (web, worker, scheduler, broker, database) for this test alone."""
    product = Product.start(template, "web", "worker", "scheduler")
    yield product
    product.close()


CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """One browser for the whole session: a second Playwright in one process is refused."""
    if not CHROMIUM:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)  # the machine may be busy
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


EMPTY_LEDGER = """
SET session_replication_role = replica;
DELETE FROM audit_entry; DELETE FROM audit_link; DELETE FROM audit_pending;
UPDATE audit_head SET position = 0, hash = decode(repeat('00', 32), 'hex');
"""


@pytest.fixture(autouse=True)
def own_ledger(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that commits leaves no entries to the next: Django's flush cannot, as nobody can."""
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction")
    if not (commits or "transactional_db" in request.fixturenames):
        yield
        return
    url = request.getfixturevalue("superuser_url")
    yield
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(EMPTY_LEDGER)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """No test speaks the language in which the one before it ended."""
    from django.conf import settings
    from django.utils import translation

    yield
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(autouse=True)
def no_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on whether a signed case is drawn for a second reading: all are, or none."""
    from triage import second_readings

    monkeypatch.setattr(second_readings, "is_drawn", lambda share: share >= 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    report = yield
    if report.failed:
        for running in Product.running:
            report.sections += running.log_tails()
    return report
