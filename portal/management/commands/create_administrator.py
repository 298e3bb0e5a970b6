"""`manage.py create_administrator EMAIL`: the first person of a new installation."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from portal.accounts import people
from portal.accounts.models import Clinic, Role
from portal.accounts.people_forms import Reason


class Command(BaseCommand):
    help = "Invite an administrator and print the link with which they choose a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--clinic", default="", help="its name; made when there is none of that name yet"
        )

    def handle(self, *, email: str, clinic: str, **options: object) -> None:
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address.") from error
        with transaction.atomic():
            place = _clinic(clinic)
            try:
                issued = people.invite(
                    actor="command line", email=email, role=Role.ADMINISTRATOR, clinic=place,
                    reason=Reason.JOINS,
                )  # fmt: skip
            except people.AlreadyHere as error:
                raise CommandError(f"{email} has an account already: nothing to do.") from error
        link = settings.BASE_URL.rstrip("/") + reverse("accounts:accept", args=[issued.token])
        self.stdout.write(
            f"{email} can join {place} as administrator until "
            f"{issued.invitation.expires_at:%d %B %Y, %H:%M} UTC. Give them this link, once:"
        )
        self.stdout.write(link)


def _clinic(name: str) -> Clinic:
    """The clinic of that name, made if need be; without a name the only one there is."""
    if name:
        return Clinic.objects.get_or_create(name=name)[0]
    try:
        return Clinic.objects.get()
    except (Clinic.DoesNotExist, Clinic.MultipleObjectsReturned) as error:
        raise CommandError('Name the clinic: --clinic "North Clinic"') from error
