"""What can be seen of each hazard's control while the portal runs, by the hazard's key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from portal.audit.verification import last_verification
from triage import reranking, rulebook
from triage.models import ModelVersion, Notification, PathologyResult, PhotoAdequacy
from triage.safety import board, drift, operations
from triage.safety.board import LEAST, Figures
from triage.safety.drift import Drift, Level
from triage.safety.operations import Operations
from triage.safety.watch import SENSITIVITY, STALLED

MAIL_LATE = timedelta(hours=1)
VERIFIED = timedelta(days=7)
CLOCK = 2.0  # seconds between this host and the database
RECENT = timedelta(days=90)
KEPT = 30  # seconds
SHOWN = 3600  # seconds; a page that is open draws its plots when they are scrolled to
STAMP = "%Y%m%d%H%M%S%f"


@dataclass(frozen=True)
class State:
    """One control as it stands."""

    kind: str  # good, attention, bad; plain where nothing can be seen
    text: str


@dataclass(frozen=True)
class Seen:
    """What the checks look at, gathered once."""

    figures: Figures
    now: Operations
    drift: list[Drift]
    active: ModelVersion | None


def states(seen: Seen) -> dict[str, State]:
    """Of every hazard that has a check; the others are shown by their tests alone."""
    return {key: check(seen) for key, check in CHECKS.items()}


def _melanoma(seen: Seen) -> State:
    found = seen.figures.everything.sensitivity
    if found.of < LEAST:
        text = ngettext("Cannot be assessed: %(n)s cancer answered.",
                        "Cannot be assessed: %(n)s cancers answered.", found.of)  # fmt: skip
        return State("attention", text % {"n": found.of})
    text = _("%(count)s of %(of)s cancers were called suspicious.") % {
        "count": found.count, "of": found.of,
    }  # fmt: skip
    return State("bad" if found.high < SENSITIVITY else "good", text)


def _rules(seen: Seen) -> State:
    left = reranking.left()
    if left:
        text = ngettext("%(n)s open case still stands by older rules.",
                        "%(n)s open cases still stand by older rules.", left)  # fmt: skip
        return State("attention", text % {"n": left})
    text = _("Every open case stands by version %(version)s of the rules.")
    return State("good", text % {"version": rulebook.current().version})


def _stuck(seen: Seen) -> State:
    oldest = seen.now.oldest_unscored
    if not seen.now.able:
        return State("bad", _("No worker can score."))
    if oldest and timezone.now() - oldest > STALLED:
        text = ngettext(
            "%(n)s case is not scored, for more than two minutes.",
            "%(n)s cases are not scored, the oldest for more than two minutes.", seen.now.unscored,
        )  # fmt: skip
        return State("bad", text % {"n": seen.now.unscored})
    text = ngettext("%(n)s worker can score.", "%(n)s workers can score.", seen.now.able)
    return State("good", f"{text % {'n': seen.now.able}} {_waiting(seen.now.unscored)}")


def _waiting(count: int) -> str:
    text = ngettext("%(n)s case is not scored.", "%(n)s cases are not scored.", count)
    return text % {"n": count}


def _stale(seen: Seen) -> State:
    if seen.active is None:
        return State("bad", _("No model is active."))
    if seen.active.problem:
        return State("bad", seen.active.problem)
    moved = [one.label for one in seen.drift if one.level is Level.ALARM]
    if moved:
        return State("bad", _("Drift: %s.") % ", ".join(moved))
    if all(one.level is Level.UNKNOWN for one in seen.drift):
        return State("attention", _("The hash is checked. Drift: too few cases to assess it."))
    return State("good", _("The hash is checked, and nothing has drifted to an alarm."))


def _worse(seen: Seen) -> State:
    trial = ModelVersion.objects.shadow()
    if trial:
        return State("good", _("%s is on trial, unseen.") % trial.version)
    return State(
        "good", _("No model is on trial; the gate and two administrators stand before it.")
    )


def _bias(seen: Seen) -> State:
    if not rulebook.current().site.commit_then_reveal:
        return State("bad", _("The first opinion before the model's result is turned off."))
    followed = seen.figures.agreement.towards
    text = _("First opinions come before the model. Changed to the model's: %(n)s of %(of)s.")
    return State("good", text % {"n": followed.count, "of": followed.of})


def _dark(seen: Seen) -> State:
    groups = [one for one in seen.figures.of("skin_type") if one.value in ("5", "6")]
    cancers = sum(one.sensitivity.of for one in groups)
    if cancers < LEAST:
        cases = sum(one.scored for one in groups)
        text = _(
            "Cannot be assessed. Of skin type V or VI: cases %(cases)s, cancers answered %(n)s."
        )
        return State("attention", text % {"cases": cases, "n": cancers})
    found = sum(one.sensitivity.count for one in groups)
    text = _("Skin types V and VI: %(count)s of %(of)s cancers were called suspicious.")
    kind = "good" if found / cancers >= SENSITIVITY else "bad"
    return State(kind, text % {"count": found, "of": cancers})


def _mail(seen: Seen) -> State:
    late = Notification.objects.filter(
        mail_wanted=True, mailed_at=None, created_at__lt=timezone.now() - MAIL_LATE
    ).count()
    if late:
        text = ngettext("%s mail has waited for more than an hour.",
                        "%s mails have waited for more than an hour.", late)  # fmt: skip
        return State("bad", text % late)
    return State("good", _("No mail has waited for more than an hour."))


def _clock(seen: Seen) -> State:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        apart = abs((timezone.now() - cursor.fetchone()[0]).total_seconds())
    text = ngettext("This host and the database agree in the time; %s open case is late.",
                    "This host and the database agree in the time; %s open cases are late.",
                    seen.now.late)  # fmt: skip
    if apart > CLOCK:
        return State("bad", _("This host's clock is %.1f s off the database's.") % apart)
    return State("attention" if seen.now.late else "good", text % seen.now.late)


def _inadequate(seen: Seen) -> State:
    judged = PhotoAdequacy.objects.filter(review__signed_at__gte=timezone.now() - RECENT)
    total, poor = judged.count(), judged.filter(adequate=False).count()
    text = _("Readers found %(poor)s of %(of)s photos of 90 days not good enough.")
    return State("good", text % {"poor": poor, "of": total})


def _lost(seen: Seen) -> State:
    waiting = PathologyResult.objects.unanswered().count()
    text = _("Pathology results that nobody has told the patient yet: %s.")
    return State("attention" if waiting else "good", text % waiting)


def _ledger(seen: Seen) -> State:
    last = last_verification()
    if last is None:
        return State("attention", _("The ledger was never verified."))
    entry, found = last
    if not found.intact:
        return State("bad", _("The last verification found it not intact."))
    if timezone.now() - entry.at > VERIFIED:
        return State("attention", _("Intact when last verified, more than a week ago."))
    return State("good", _("Intact when last verified, within a week."))


def _seen_by_others(seen: Seen) -> State:
    if settings.STAFF_MFA_REQUIRED:
        return State("good", _("Staff need a second factor."))
    return State("bad", _("Staff need no second factor."))


CHECKS: Mapping[str, Callable[[Seen], State]] = {
    "missed-melanoma-ranked-low": _melanoma,
    "a-changed-rule-hides-a-case": _rules,
    "a-stuck-job-makes-a-case-invisible": _stuck,
    "stale-or-altered-model": _stale,
    "worse-model-put-in-charge": _worse,
    "automation-bias": _bias,
    "worse-on-dark-skin": _dark,
    "notification-not-delivered": _mail,
    "clock-miscounted": _clock,
    "inadequate-photo-read-as-benign": _inadequate,
    "lost-outcome": _lost,
    "the-ledger-is-tampered-with": _ledger,
    "somebody-else-sees-a-photo": _seen_by_others,
}


def gather(figures: Figures, now: Operations, moved: list[Drift]) -> dict[str, State]:
    """The states, from figures that the page has already."""
    return states(Seen(figures, now, moved, ModelVersion.objects.defer("facts").active()))


@dataclass(frozen=True)
class Shown:
    """What a page's tables are written and its plots drawn from."""

    figures: Figures
    drift: list[Drift]

    @property
    def stamp(self) -> str:
        """Its name in the addresses of the plots: an older page has older ones."""
        return self.figures.as_of.strftime(STAMP)


@dataclass(frozen=True)
class Snapshot:
    """What the board shows besides alarms."""

    shown: Shown
    now: Operations
    states: dict[str, State]  # by the hazard's key


def show(window: str) -> Shown:
    """A window's figures as `board.current` keeps them, and what had drifted when they were
    counted."""
    figures = board.current(window)
    stamp = figures.as_of.strftime(STAMP)
    return cache.get_or_set(_shown(window, stamp), lambda: Shown(figures, drift.current()), SHOWN)


def shown(window: str, stamp: str) -> Shown | None:
    """What a page of the last hour showed; None where that is not kept any more."""
    try:
        datetime.strptime(stamp, STAMP)  # noqa: DTZ007  (a name, not a time)
    except ValueError:
        return None
    return cache.get(_shown(window, stamp))


def _shown(window: str, stamp: str) -> str:
    return f"safety-shown-{window}-{stamp}"


def snapshot(window: str) -> Snapshot:
    """The board of a window: its figures of at most `board.KEPT` seconds ago, work and controls of
    at most KEPT."""
    seen = show(window)
    key = f"safety-now-{window}-{seen.stamp}-{get_language()}"
    found = cache.get(key)
    if found is None:
        now = operations.look()
        found = now, gather(seen.figures, now, seen.drift)
        cache.set(key, found, KEPT)
    return Snapshot(seen, *found)
