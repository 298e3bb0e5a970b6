"""Coded system checks of the ledger."""

import sys

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

from portal.audit.privileges import excess_rights


@register(Tags.database)
def ledger_is_out_of_reach(app_configs, databases=None, **kwargs) -> list[CheckMessage]:
    """audit.E001: the role that the application connects as could rewrite the ledger.

    A warning (audit.W001) in demo and debug mode. Silent in `migrate`, which runs as the owner.
    """
    if "default" not in (databases or []) or sys.argv[1:2] == ["migrate"]:
        return []
    with connections["default"].cursor() as cursor:
        excess = excess_rights(cursor)
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
    if not excess:
        return []
    lenient = settings.DEMO or settings.DEBUG
    kind, code = (Warning, "audit.W001") if lenient else (Error, "audit.E001")
    return [
        kind(
            f"The application's database role {role} could change the ledger: it {excess[0]}"
            + (f" (and {len(excess) - 1} more)." if len(excess) > 1 else "."),
            hint=f"Let DATABASE_URL name a role that owns nothing ({settings.DATABASE_APP_ROLE}), "
            "and migrate as another one, the owner.",
            id=code,
        )
    ]
