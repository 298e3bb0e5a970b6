from django.apps import AppConfig
from django.conf import settings
from django.db import connections
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "portal.audit"
    label = "audit"
    verbose_name = "Ledger"

    def ready(self) -> None:
        from portal.audit import checks  # noqa: F401  registers them

        post_migrate.connect(limit_again, sender=self)


def limit_again(using: str, **kwargs: object) -> None:
    """Every migration takes the application's excess rights away again.

    A restored dump comes with the default rights of new tables, which are too wide for the ledger.
    """
    from portal.audit.privileges import limit_application_role

    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.audit_entry')")
        if cursor.fetchone()[0] is not None:
            limit_application_role(cursor, settings.DATABASE_APP_ROLE)
