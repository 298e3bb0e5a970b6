"""`manage.py erase_again 12 17 --restored 2026-11-20T03:00`: after restoring a backup, erase once
more who was erased since it was made. Shows who that is; erases with `--yes`."""

from argparse import ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from triage import erasure
from triage.models import Patient

ACTOR = "command line"
REFUSALS = (erasure.HoldStands, erasure.WorkedHere, erasure.UsedSince)


def moment(given: str) -> datetime:
    """A point in time that is over; without an offset in the portal's time zone."""
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise ArgumentTypeError("write it like 2026-11-20T03:00") from None
    at = at if timezone.is_aware(at) else timezone.make_aware(at)
    if at > timezone.now():
        raise ArgumentTypeError("this is still to come")
    return at


class Command(BaseCommand):
    help = (
        "Show these patients, by number, whom an older backup brought back after they were "
        "erased. With --yes they are erased again. This cannot be undone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("numbers", nargs="+", type=int, help="as the ledger names them")
        parser.add_argument(
            "--restored", required=True, type=moment, metavar="DATE-TIME",
            help="when the backup was made that was restored, like 2026-11-20T03:00; "
            "who was here after that is not erased",
        )  # fmt: skip
        parser.add_argument("--yes", action="store_true", help="erase them")

    def handle(
        self, *args: Any, numbers: list[int], restored: datetime, yes: bool, **options: Any
    ) -> None:
        left = [number for number in numbers if not self.one(number, restored, yes=yes)]
        if left:
            raise CommandError(f"{'Not' if yes else 'Would not be'} erased: {_listed(left)}")
        if not yes:
            self.stdout.write("Nothing was changed. With --yes they are erased, for good.")

    def one(self, number: int, restored: datetime, *, yes: bool) -> bool:
        """Show one and, with `yes`, erase them; False where something stands against it."""
        patient = Patient.objects.select_related("user").filter(pk=number).first()
        if patient is None:
            self.stdout.write(f"Patient {number} is not here.")
            return True
        self.stdout.write(_facts(patient))
        try:
            if yes:
                erasure.carry_out_again(actor=ACTOR, patient=patient, restored=restored)
                self.stdout.write(f"Patient {number} is erased.")
            else:
                _check(patient, restored)
        except REFUSALS as why:
            self.stderr.write(f"Patient {number} stays: {why.__doc__}")
            return False
        return True


def _check(patient: Patient, restored: datetime) -> None:
    """What would refuse it. Raises REFUSALS."""
    if erasure.hold_of(patient):
        raise erasure.HoldStands
    if erasure.worked_here(patient.user):
        raise erasure.WorkedHere
    if erasure.used_since(patient, restored):
        raise erasure.UsedSince


def _facts(patient: Patient) -> str:
    sent = patient.cases.order_by("-submitted_at").values_list("submitted_at", flat=True).first()
    return (
        f"Patient {patient.pk}, {patient.user.email}: {patient.cases.open().count()} open cases, "
        f"last log-in {_day(patient.user.last_login)}, last case {_day(sent)}"
    )


def _day(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "never"


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))
