"""`manage.py replay_assessment`: do a past assessment again and compare the numbers."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from triage import replays
from triage.models import Assessment


class Command(BaseCommand):
    help = (
        "Run the artifact of a past assessment on its stored photos and facts, and compare. Exit "
        "status 1 where a number differs by more than 0.001."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("number", type=int, help="of the assessment")

    def handle(self, *args: object, number: int, **options: object) -> None:
        from inference.replay import CannotReplay, again, as_then, numbers_of
        from inference.serving import UNUSABLE

        row = Assessment.with_shadow.select_related("case").filter(pk=number).first()
        if row is None:
            raise CommandError(f"There is no assessment {number}.")
        try:
            classifier = as_then(row)
            said = numbers_of(again(classifier, row))
        except (*UNUSABLE, CannotReplay) as problem:
            raise CommandError(str(problem))
        replays.record_replay(actor="command line", assessment=row, numbers=said)
        self.stdout.write(f"{row.model_version} on {row.engine}, now on {classifier.engine.name}")
        found = replays.lines(row, said)
        for line in found:
            mark = "" if line.same else "  differs"
            self.stdout.write(f"{line.name:32} {line.stored:.6f} {line.replayed:.6f}{mark}")
        if not replays.same(found):
            raise CommandError("The numbers differ.", returncode=1)
        self.stdout.write("The numbers are the same.")
