"""What the tests of accounts do again and again."""

import re

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from django.core import mail
from django.test import Client

from portal.accounts.models import User
from portal.audit.models import Entry
from tests import cast as people

PASSWORD = people.PASSWORD
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def log_in(client: Client, user: User, password: str = PASSWORD):
    return client.post("/accounts/login/", {"login": user.email, "password": password})


def enrol_factor(user: User) -> None:
    """An authenticator app with SECRET, set up earlier and elsewhere."""
    TOTP.activate(user, SECRET)


def code_of(secret: str = SECRET, *, step: int = 0) -> str:
    """What the app shows now; `step` 1 is the code after it."""
    now = list(counters())
    return format_hotp_value(hotp_value(secret, now[len(now) // 2] + step))


def link_in_mail(pattern: str = r"http://testserver(/\S+)") -> str:
    """The path of the link in the newest mail."""
    found = re.search(pattern, mail.outbox[-1].body)
    assert found, mail.outbox[-1].body
    return found.group(1)


def actions(**where: object) -> list[str]:
    """What the ledger holds, oldest first."""
    return list(Entry.objects.filter(**where).order_by("pk").values_list("action", flat=True))
