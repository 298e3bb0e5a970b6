from django.apps import AppConfig


class TriageConfig(AppConfig):
    name = "triage"

    def ready(self) -> None:
        from portal.accounts import leaving
        from triage import duty

        leaving.ask_also(duty.what_hangs_on)
