"""`manage.py erase_again 12 17`: after restoring a backup, erase once more who was erased since."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from triage import erasure
from triage.models import Patient

ACTOR = "command line"


class Command(BaseCommand):
    help = "Erase these patients again, by number, after an older backup brought them back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("numbers", nargs="+", type=int, help="as the ledger names them")

    def handle(self, *args: Any, numbers: list[int], **options: Any) -> None:
        left = []
        for number in numbers:
            patient = Patient.objects.filter(pk=number).first()
            if patient is None:
                self.stdout.write(f"Patient {number} is not here.")
                continue
            try:
                erasure.carry_out(actor=ACTOR, request=erasure.once_more(patient))
            except (erasure.HoldStands, erasure.WorkedHere, erasure.CasesWait) as why:
                left.append(number)
                self.stderr.write(f"Patient {number} stays: {why.__doc__}")
            else:
                self.stdout.write(f"Patient {number} is erased.")
        if left:
            raise CommandError(f"Not erased: {', '.join(map(str, left))}")
