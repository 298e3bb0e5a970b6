"""What goes back to the patient: the preliminary result and the answer."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from triage import rulebook
from triage.book import Site
from triage.conditions import Condition, by_code, find
from triage.models import Case, Review, ReviewOutcome, ScoringState
from triage.models.review import LEAVING
from triage.urgency import Urgency
from triage.why_urgent import why

CANCER_LIKELY_FROM = 0.5  # from here on, "most turn out harmless" would be untrue


@dataclass(frozen=True)
class Likely:
    condition: Condition
    percent: int


@dataclass(frozen=True)
class Preliminary:
    """What the patient may see before a clinician has answered."""

    likely: tuple[Likely, ...]  # at most four, likeliest first; empty when the model had no say
    urgency: Urgency
    why: tuple[str, ...]  # what made it that urgent, where it hurries
    in_domain: bool
    suspicious: bool  # the risk of a cancer is at or above the model's threshold
    cancer_likely: bool  # that risk is a half or more
    model_version: str
    made_at: datetime

    @property
    def seriousness(self) -> Promise:
        """How serious it may be, by the worst that is plausible, in the patient's words."""
        if not self.in_domain:
            return UNKNOWN
        if self.cancer_likely:
            return CANCER_LIKELY
        if self.suspicious:
            return SUSPICIOUS
        return OTHERWISE if self.urgency <= Urgency.URGENT_CANCER else UNSUSPICIOUS


# "What you sent": the model may have judged photos and answers together.
SUSPICIOUS = _(
    "What you sent shows signs that are also seen in skin cancers. This does not mean that you "
    "have one: most spots flagged like this turn out to be harmless. A dermatologist has to look."
)
CANCER_LIKELY = _(
    "What you sent shows signs that are also seen in skin cancers. A dermatologist must look at "
    "this soon. The software can be wrong."
)
UNSUSPICIOUS = _(
    "What you sent shows no clear signs of skin cancer. Software alone cannot rule it out, so a "
    "dermatologist looks as well."
)
OTHERWISE = _(
    "Software found no clear signs of skin cancer. Do not rely on that: there are other reasons to "
    "look at it soon, and a dermatologist will."
)
UNKNOWN = _("Software cannot say how serious this is. A dermatologist will.")


@dataclass(frozen=True)
class Answer:
    """A signed review in the patient's words."""

    condition: Condition
    outcome: str  # code of ReviewOutcome
    what_next: Promise
    urgency: Urgency
    advice: str
    safety_net: str
    follow_up_weeks: int | None
    reader: str  # who signed
    signed_at: datetime
    version: int

    @property
    def leaves(self) -> bool:
        """Nobody will see the patient, so there is no 'how soon'."""
        return self.outcome in LEAVING


WHAT_NEXT = {
    ReviewOutcome.DISCHARGE: _("You need no appointment for this."),
    ReviewOutcome.SELF_CARE: _("You can look after this yourself."),
    ReviewOutcome.ROUTINE: _("You need a routine appointment."),
    ReviewOutcome.URGENT: _("You are referred to a skin specialist urgently."),
    ReviewOutcome.EMERGENCY: _("Get emergency care today."),
    ReviewOutcome.PHOTOS_AGAIN: _("The dermatologist needs new photos of the same place."),
}


def as_told(review: Review) -> Answer:
    """What a signed review tells the patient; nothing that is for staff only."""
    outcome = ReviewOutcome(review.outcome)
    return Answer(
        condition=_condition(review.diagnosis), outcome=outcome.value, what_next=WHAT_NEXT[outcome],
        urgency=Urgency(review.urgency), advice=review.advice, safety_net=review.safety_net,
        follow_up_weeks=review.follow_up_weeks, reader=str(review.reader),
        signed_at=review.signed_at, version=review.version,
    )  # fmt: skip


def held_back(case: Case, site: Site | None = None) -> bool:
    """Whether the patient has to wait for a clinician before seeing what the model said."""
    site = site or rulebook.current().site
    return not site.preliminary_result_at_once and case.answered_at is None


def preliminary(case: Case) -> Preliminary | None:
    """The model's result in the patient's words, or None while it is held back or not there."""
    assessment = case.assessments.order_by("-created_at", "-pk").first()
    in_force = rulebook.current()
    scored = assessment is not None and case.scoring_state == ScoringState.SCORED
    if not scored or held_back(case, in_force.site):
        return None
    likely = tuple(Likely(_condition(code), round(p * 100)) for code, p in assessment.top)
    return Preliminary(
        likely=likely if assessment.in_domain else (),
        urgency=Urgency(case.urgency),
        why=why(case.reasons, Urgency(case.urgency)),
        in_domain=assessment.in_domain,
        suspicious=assessment.over_limit(in_force.rules),
        cancer_likely=assessment.worst_malignancy_risk >= CANCER_LIKELY_FROM,
        model_version=assessment.model_version,
        made_at=assessment.created_at,
    )


def _condition(code: str) -> Condition:
    """A label that nobody has described yet is "another condition" to the patient."""
    return find(code) or by_code("OTHER")


def signed_answer(case: Case) -> Review | None:
    """The newest signed review."""
    return case.reviews.signed().last()
