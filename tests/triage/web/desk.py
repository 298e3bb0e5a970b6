"""A case on a reader's desk, as the pages name and post it."""

from datetime import timedelta

from django.utils import timezone

from portal.accounts.models import User
from tests import cast
from tests.triage.test_reading import MELANOMA
from tests.triage.test_reviews import score
from triage.models import Case

OPINION = {"first-diagnosis": "NV", "first-urgency": "4", "first-confidence": "2"}


def suspected(sender: User) -> Case:
    """A case that the model takes for a melanoma."""
    case = cast.send_case(sender, notes="It grew since May. It does not itch.", grew=True)
    score(case, probabilities=MELANOMA, malignancy_risk=0.91, melanoma_risk=0.91)
    case.refresh_from_db()
    return case


def url(case: Case, step: str = "") -> str:
    return f"/worklist/{case.reference}/" + (f"{step}/" if step else "")


def decision(case: Case, **changes: str) -> dict[str, str]:
    usual = {
        "diagnosis": "MEL", "urgency": "1", "outcome": "urgent", "confidence": "3",
        "advice": "Please come to the clinic.", "safety_net": "Call us if it bleeds.",
        **{f"adequate_{photo.pk}": "yes" for photo in case.photos.all()},
    }  # fmt: skip
    return {**usual, **changes}


def lose(case: Case) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Case.objects.filter(pk=case.pk).update(reader_lease_until=past)
