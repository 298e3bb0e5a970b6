"""Write the photos that patients gave for training into a folder: see triage/exports."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from triage.exports import training_set


class Command(BaseCommand):
    help = "Export signed, consented photos for training, without names, into a new folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            done = training_set.export(actor="operator", to=folder)
        except training_set.FolderInUse as problem:
            raise CommandError(str(problem.__doc__)) from problem
        self.stdout.write(f"{done.photos} photos of {done.cases} cases are in {folder}.")
        for reason, count in sorted(done.left_out.items()):
            self.stdout.write(f"Left out: {count} photos, {reason}.")
