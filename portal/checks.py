"""Start-up checks that need no database: a wrong setting is named before anybody can log in."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

LOCAL_HOSTS = {"127.0.0.1", "localhost", "::1"}
SECRET_LENGTH = 32
PLACEHOLDERS = ("changeme", "change-me", "change me", "insecure", "secret-key", "example", "xxxx")


@register(Tags.security)
def secrets_are_secret(**_: object) -> list[CheckMessage]:
    if settings.DEMO:
        return []
    key = settings.SECRET_KEY.lower()
    if len(key) < SECRET_LENGTH or len(set(key)) < 10 or any(p in key for p in PLACEHOLDERS):
        return [
            Error(
                f"SECRET_KEY must be random and at least {SECRET_LENGTH} characters long.",
                hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(50))"',
                id="portal.E001",
            )
        ]
    return []


@register(Tags.security)
def a_demo_stays_local(**_: object) -> list[CheckMessage]:
    """The demo shows everybody's mail and has one password for all its accounts."""
    hint = "Unset DEMO. Real accounts begin with: manage.py create_administrator EMAIL"
    if settings.DEMO and settings.HTTPS:
        return [Error("DEMO and HTTPS are both on: is this real?", hint=hint, id="portal.E002")]
    if settings.DEMO and urlsplit(settings.BASE_URL).hostname not in LOCAL_HOSTS:
        return [Warning("DEMO is on at a public BASE_URL.", hint=hint, id="portal.W002")]
    return []


@register(Tags.security)
def staff_have_a_second_factor(**_: object) -> list[CheckMessage]:
    if not settings.DEMO and not settings.STAFF_MFA_REQUIRED:
        return [
            Warning(
                "STAFF_MFA_REQUIRED is off: a stolen password opens patients' photos.",
                hint="Unset STAFF_MFA_REQUIRED.",
                id="portal.W001",
            )
        ]
    return []


@register
def time_is_kept_in_utc(**_: object) -> list[CheckMessage]:
    """Due times and the ledger are compared across hosts; only the display may be local."""
    wrong = []
    if not settings.USE_TZ:
        wrong.append(Error("USE_TZ must be on.", id="portal.E003"))
    if settings.CELERY_TIMEZONE != "UTC":
        wrong.append(Error("CELERY_TIMEZONE must be UTC.", id="portal.E004"))
    if settings.DATABASES["default"].get("TIME_ZONE") not in (None, "UTC"):
        wrong.append(Error("The database's TIME_ZONE must be UTC.", id="portal.E005"))
    return wrong
