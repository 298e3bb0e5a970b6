from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "portal.audit"
    label = "audit"
    verbose_name = "Ledger"

    def ready(self) -> None:
        from portal.audit import checks  # noqa: F401  registers them
