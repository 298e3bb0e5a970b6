"""Does the clock tell who has an account? (S9 of the abuse table: median gap below 10 ms)

Each question is asked of a known and of an unknown address in turn, so that both meet the same
machine. Limits are off, or the sixth question would measure a refusal.
"""

import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import uuid4

from tests.bench.table import Row

if TYPE_CHECKING:
    from django.test import Client

TIMES = 100  # of each kind
SIGN_UPS = 40  # each takes at least settings.SIGN_UP_TAKES


def run(template: object) -> list[Row]:
    from django.conf import settings
    from django.test import Client, override_settings

    from portal.accounts.models import Clinic
    from tests import cast

    clinic = Clinic.objects.create(name="Bench")
    known = cast.person("bench", "patient", clinic).email
    changes = {
        "ACCOUNT_RATE_LIMITS": False,
        "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend",
        "ALLOWED_HOSTS": [*settings.ALLOWED_HOSTS, "testserver"],
        "STORAGES": settings.STORAGES
        | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
    }
    with override_settings(**changes):
        return [
            gap(log_in, Client, known, TIMES),
            gap(sign_up, Client, known, SIGN_UPS),
            gap(reset, Client, known, TIMES),
        ]


def log_in(client: "Client", email: str) -> None:
    client.post("/accounts/login/", {"login": email, "password": "not the password"})


def sign_up(client: "Client", email: str) -> None:
    word = "a long enough passphrase"
    form = {"name": "N", "email": email, "password1": word, "password2": word}
    assert client.post("/accounts/signup/", form).status_code == 302


def reset(client: "Client", email: str) -> None:
    assert client.post("/accounts/password/reset/", {"email": email}).status_code == 302


def gap(ask: Callable[..., None], client: type, known: str, times: int) -> Row:
    """The medians' distance, beside the median itself."""
    spent: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * times):
        is_known = turn % 2 == 0
        fresh = client()
        email = known if is_known else f"{uuid4().hex[:12]}@example.org"
        began = time.perf_counter()
        ask(fresh, email)
        spent[is_known].append((time.perf_counter() - began) * 1000)
    medians = {key: statistics.median(values) for key, values in spent.items()}
    name = ask.__name__.replace("_", " ")
    return Row(
        f"{name}: known against unknown address, gap",
        abs(medians[True] - medians[False]),
        "ms",
        "median of the unknown",
        medians[True] / medians[False],
    )
