"""A ledger of one's own: a fresh database that is really committed to, as three roles see it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg2
import psycopg2.extensions
import pytest
from django.db import connections

from portal import local
from tests.product import Template, execute


@dataclass(frozen=True)
class Database:
    """Where the ledger under test lives."""

    template: Template
    name: str

    def connect(self, role: str) -> closing[psycopg2.extensions.connection]:
        """A new connection as lesions_app, lesions_owner or postgres, the superuser."""
        return closing(psycopg2.connect(self.url(role)))

    def url(self, role: str) -> str:
        return local.database_url(self.template.state, role, self.name)

    def query(
        self, statement: str, parameters: tuple | None = None, role: str = "postgres"
    ) -> list[tuple]:
        """Run a statement in its own transaction and give its rows."""
        with self.connect(role) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def tamper(self, statement: str, parameters: tuple | None = None) -> None:
        """What somebody with the superuser's password can do: no trigger fires."""
        self.query(f"SET session_replication_role = replica; {statement}", parameters)


@pytest.fixture
def database(template: Template, django_db_blocker) -> Iterator[Database]:
    """Django itself is connected to it as the application's role, in every thread."""
    with connected_to_a_fresh_one(template, django_db_blocker) as database:
        yield database


@pytest.fixture(scope="module")
def shared_database(template: Template, django_db_blocker) -> Iterator[Database]:
    """The same, for the tests of a module that leave it as they found it."""
    with connected_to_a_fresh_one(template, django_db_blocker) as database:
        yield database


@contextmanager
def connected_to_a_fresh_one(template: Template, django_db_blocker) -> Iterator[Database]:
    made = Database(template, template.clone())
    settings, kept = connections.settings["default"], dict(connections.settings["default"])
    parts = psycopg2.extensions.parse_dsn(made.url("lesions_app"))
    connections["default"].close()
    settings.update(
        NAME=made.name,
        USER=parts["user"],
        PASSWORD=parts["password"],
        HOST=parts["host"],
        PORT=parts["port"],
    )
    try:
        with django_db_blocker.unblock():
            yield made
    finally:
        with django_db_blocker.unblock():
            connections["default"].close()
        settings.update(kept)
        superuser = local.database_url(template.state, "postgres", "postgres")
        execute(superuser, f"DROP DATABASE {made.name} WITH (FORCE)")
