"""What an administrator sets for the whole portal."""

from dataclasses import asdict, dataclass

from django.db import transaction

from portal.accounts.models import User
from portal.audit.ledger import record
from triage.models import SiteSettings


class NotAllowed(Exception):
    """Only an administrator changes the settings of the portal."""


@dataclass(frozen=True)
class Settings:
    preliminary_result_at_once: bool  # else held until a clinician has answered
    commit_then_reveal: bool  # a first opinion before the model's result is shown
    cases_per_hour: int  # a patient's quota, 1 or more


def change_settings(*, actor: User | str, to: Settings) -> SiteSettings:
    """Write the settings, with before and after in the ledger. Raises NotAllowed, ValueError.

    `actor` is an administrator, or the name of the command that sets an installation up.
    """
    if isinstance(actor, User) and not (actor.is_active and actor.is_administrator):
        raise NotAllowed
    if to.cases_per_hour < 1:
        raise ValueError("cases_per_hour must be 1 or more")
    with transaction.atomic():
        SiteSettings.objects.get_or_create(pk=1)
        row = SiteSettings.objects.select_for_update().get(pk=1)
        changes = {
            name: [getattr(row, name), value]
            for name, value in asdict(to).items()
            if getattr(row, name) != value
        }
        if changes:
            for name, (_, value) in changes.items():
                setattr(row, name, value)
            row.save(update_fields=list(changes))
            record(actor=actor, action="site.settings_changed", about=row, **changes)
    return row
