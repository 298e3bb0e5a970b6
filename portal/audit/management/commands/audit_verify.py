"""Verify the ledger's whole chain: exit code 0 when intact, 1 with the first bad place when not."""

import sys

from django.core.management.base import BaseCommand
from django.db import connection

from portal.audit.verification import note_verification, verify


class Command(BaseCommand):
    help = "Verify the ledger. Exit code 0: intact; 1: not, and the first bad position is named."

    requires_system_checks: list[str] = []  # it must run whatever else is wrong, and be quiet

    def add_arguments(self, parser):
        parser.add_argument(
            "--quiet", action="store_true", help="Print only when it is not intact."
        )

    def handle(self, *, quiet: bool, **options):
        found = verify()
        if not found.intact:
            self.stderr.write(str(found))
        elif not quiet:
            self.stdout.write(str(found))
        if not _read_only():
            note_verification(actor="command line", found=found)
        if not found.intact:
            sys.exit(1)


def _read_only() -> bool:
    """A standby, or a restored copy that is only being looked at, takes no new entry."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return cursor.fetchone()[0] == "on"
