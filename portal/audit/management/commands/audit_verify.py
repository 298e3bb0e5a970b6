"""Verify the ledger's whole chain: exit code 0 when intact, 1 with the first bad place when not."""

import sys

from django.core.management.base import BaseCommand

from portal.audit.verification import verify


class Command(BaseCommand):
    help = "Verify the ledger. Exit code 0: intact; 1: not, and the first bad position is named."

    def add_arguments(self, parser):
        parser.add_argument("--quiet", action="store_true", help="Print only when it is not intact.")

    def handle(self, *, quiet: bool, **options):
        found = verify()
        if not found.intact:
            self.stderr.write(str(found))
            sys.exit(1)
        if not quiet:
            self.stdout.write(str(found))
