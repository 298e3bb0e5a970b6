"""The rule book as an administrator reads it: sections, labels, units, where a number is from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from triage import conditions
from triage.book import AS_DELIVERED, Book, flat
from triage.models import ReviewOutcome
from triage.priority import EMERGENCY_TEXT
from triage.rules import least_urgency
from triage.urgency import Urgency

Text = str | Any  # a str, or one in the language of whoever reads it


@dataclass(frozen=True)
class Entry:
    """One value of the book."""

    path: str  # as triage.book.flat names it
    label: Text
    help: Text = ""
    unit: Text = ""
    least: Urgency | None = None  # of an urgency: the least urgent choice
    percent: bool = False  # a share from 0 to 1 that people read as 0 to 100 %
    long: bool = False  # a text of several lines


@dataclass(frozen=True)
class Section:
    slug: str
    title: Text
    intro: Text
    entries: tuple[Entry, ...]


NICE = gettext_lazy("From NICE guideline NG12, section 1.7.")
OWN = gettext_lazy("The portal's own starting value, not from a guideline.")
HOURS, WORKING_DAYS, DAYS = (
    gettext_lazy("hours"), gettext_lazy("working days"), gettext_lazy("days"),
)  # fmt: skip
POINTS, WEEKS, YEARS = gettext_lazy("points"), gettext_lazy("weeks"), gettext_lazy("years")
PORTALS = gettext_lazy("The portal's words: ‘%(text)s’")
STANDS = gettext_lazy(
    "Your own words are added to the portal's, which are always shown first: ‘%(text)s’"
)
_format = lazy(lambda sentence, **words: sentence % words, str)


def _targets() -> tuple[Entry, ...]:
    return (
        Entry("rules.emergency_hours", gettext_lazy("Emergency: read within"),
              gettext_lazy("The same day, so 24 at most. The portal's own starting value."), HOURS),
        Entry("rules.urgent_cancer_hours", gettext_lazy("Urgent suspected cancer: read within"),
              gettext_lazy("England's Faster Diagnosis Standard gives 28 days to a yes or no; "
                           "reading is the first step of it."), HOURS),
        Entry("rules.soon_working_days", gettext_lazy("Soon: read within"),
              gettext_lazy("Saturdays, Sundays and the clinic's holidays do not count."),
              WORKING_DAYS),
        Entry("rules.routine_days", gettext_lazy("Routine: read within"),
              gettext_lazy("England gives 18 weeks to treatment; reading is the first step of it."),
              DAYS),
        Entry("rules.advice_days", gettext_lazy("Advice: read within"), OWN, DAYS),
    )  # fmt: skip


def _limits() -> tuple[Entry, ...]:
    share = gettext_lazy(
        "At 100 the model's own limit holds, chosen for 95 per cent sensitivity. Less finds more "
        "and alarms more often; more than 100 is refused, because rules only raise."
    )
    return (
        Entry("rules.melanoma_limit_share", gettext_lazy("Melanoma: share of the model's limit"),
              share, "%", percent=True),
        Entry("rules.malignancy_limit_share",
              gettext_lazy("Any cancer: share of the model's limit"), share, "%", percent=True),
        Entry("rules.class_threshold", gettext_lazy("Another condition is plausible from"),
              gettext_lazy("Of the model's probability; 50 at most. Melanoma has its own limit."),
              "%", percent=True),
        Entry("rules.uncertainty_limit", gettext_lazy("The model counts as unsure from"),
              gettext_lazy("0 is sure, 100 says nothing. An unsure result is never below the "
                           "fail-safe urgency."), "%", percent=True),
        Entry("rules.seven_point_threshold", gettext_lazy("7-point checklist: urgent from"),
              gettext_lazy("NICE guideline NG12 says 3. It can be made more careful, not less."),
              POINTS),
        Entry("rules.not_healing_weeks", gettext_lazy("A sore counts as not healing after"),
              gettext_lazy("The NHS says 4 weeks."), WEEKS),
        Entry("rules.large_lesion_mm", gettext_lazy("A lesion counts as large from"),
              gettext_lazy("The British Association of Dermatologists counts a basal cell "
                           "carcinoma of 2 cm or more as high risk."), gettext_lazy("mm")),
        Entry("rules.floor", gettext_lazy("Fail-safe urgency"),
              gettext_lazy("Not scored, failed, unsure or unknown to the model, or over its limit: "
                           "never less urgent than this."), least=Urgency.SOON),
        Entry("rules.warning_urgency", gettext_lazy("Urgency of a warning sign"),
              gettext_lazy("Growing, changing, uneven or bleeding; and brown or black skin, of "
                           "which the model has seen few photos."), least=Urgency.ROUTINE),
        Entry("rules.critical_sites", gettext_lazy("Places where delay matters"),
              gettext_lazy("Words for places on the body, in small letters, with spaces between. "
                           "A basal cell carcinoma there is 'soon'. Places can be added, not "
                           "taken away."), long=True),
    )  # fmt: skip


def _points() -> tuple[Entry, ...]:
    labels = {
        "red_flag_points": gettext_lazy("Each emergency sign"),
        "risk_points": gettext_lazy("The model's risk of cancer, at 100 %"),
        "fail_safe_points": gettext_lazy("No usable result of the model"),
        "checklist_points": gettext_lazy("Each point of the 7-point checklist"),
        "warning_points": gettext_lazy("Raised and growing; not healing: each"),
        "previous_points": gettext_lazy("An earlier skin cancer"),
        "immune_points": gettext_lazy("A weakened immune system"),
        "family_points": gettext_lazy("Melanoma in the family"),
        "skin_type_points": gettext_lazy("Skin of type I or II, V or VI"),
        "age_points_per_decade": gettext_lazy("Each ten years of age over the age below"),
        "age_points_limit": gettext_lazy("Age together at most"),
        "waiting_points_per_day": gettext_lazy("Each day of waiting"),
        "waiting_points_limit": gettext_lazy("Waiting together at most"),
    }
    entries = [Entry(f"rules.{name}", label, "", POINTS) for name, label in labels.items()]
    age = Entry("rules.age_from", gettext_lazy("Age counts from"), "", YEARS)
    entries.insert(9, age)
    for code in AS_DELIVERED.rules.class_points:
        label = _format(
            gettext_lazy("%(condition)s, at a probability of 100 %%"),
            condition=conditions.by_code(code).name,
        )
        entries.append(Entry(f"rules.class_points.{code}", label, "", POINTS))
    return tuple(entries)


def _conditions() -> tuple[Entry, ...]:
    return tuple(
        Entry(f"rules.class_urgency.{one.code}", one.name,
              gettext_lazy("A cancer can be made more urgent, not less.") if one.is_malignant
              else "", least=least_urgency(one.code))
        for one in conditions.CONDITIONS
    )  # fmt: skip


def _site() -> tuple[Entry, ...]:
    return (
        Entry("site.preliminary_result_at_once",
              gettext_lazy("Show patients the preliminary result at once"),
              gettext_lazy("Without the tick it is held back until a dermatologist has answered.")),
        Entry("site.commit_then_reveal",
              gettext_lazy("First opinion before the model's result"),
              gettext_lazy("A dermatologist commits to an opinion before they see what the model "
                           "said: good software helps readers, faulty software misleads all of "
                           "them (Tschandl 2020).")),
        Entry("site.safety_sample_share", gettext_lazy("Safety sample"),
              gettext_lazy("Of the cases that the model ranked low, so many are read again by a "
                           "second dermatologist who does not see the first answer."), "%",
              percent=True),
        Entry("site.blinded_share", gettext_lazy("Other cases read again"),
              gettext_lazy("Likewise, of all other cases."), "%", percent=True),
        Entry("site.cases_per_hour", gettext_lazy("Cases that a patient may send in an hour"),
              OWN),
        Entry("site.photos_wait_days", gettext_lazy("Wait for new photos"),
              gettext_lazy("While photos are asked for again the clock stands still. When they do "
                           "not come the case is back on the worklist, marked."),
              DAYS),
        Entry("site.urgent_photos_wait_days", gettext_lazy("Wait for new photos, urgent cases"),
              gettext_lazy("Of suspected cancer. The clock of an emergency is never stopped."),
              DAYS),
        Entry("site.keep_records_years", gettext_lazy("Keep records for"),
              gettext_lazy("After the last contact, and until the patient is 25. Then a record is "
                           "erased by itself, unless a legal hold stands. In England health "
                           "records of adults are kept for 8 years."),
              YEARS),
    )  # fmt: skip


def _names() -> Iterator[Entry]:
    for urgency in Urgency:
        yield Entry(f"words.names.{urgency.name}", _format(
            gettext_lazy("Name of ‘%(urgency)s’ for staff"), urgency=urgency.label))  # fmt: skip
    for urgency in Urgency:
        yield Entry(f"words.how_soon.{urgency.name}", _format(
            gettext_lazy("What a patient is told of ‘%(urgency)s’"), urgency=urgency.label),
            _format(STANDS if urgency is Urgency.EMERGENCY else PORTALS, text=urgency.how_soon),
            long=True)  # fmt: skip
    yield Entry("words.emergency", gettext_lazy("Emergency advice"),
                _format(STANDS, text=EMERGENCY_TEXT), long=True)  # fmt: skip


def _texts() -> Iterator[Entry]:
    for outcome in ReviewOutcome:
        for part, label in (
            ("advice", gettext_lazy("%(outcome)s: advice")),
            ("safety_net", gettext_lazy("%(outcome)s: what to look out for")),
        ):
            label = _format(label, outcome=outcome.label)
            yield Entry(f"texts.{outcome.value}.{part}", label, long=True)


SECTIONS: tuple[Section, ...] = (
    Section("targets", gettext_lazy("Targets"),
            gettext_lazy("How soon a case is to be read, counted from when it was sent. A target "
                         "that is longer than that of a less urgent case has no effect."),
            _targets()),
    Section("limits", gettext_lazy("Limits"),
            gettext_lazy("From where on a sign counts. Every sign can raise a case; none lowers "
                         "it."), _limits()),
    Section("conditions", gettext_lazy("Urgency of each condition"),
            gettext_lazy("Where the model finds it plausible, a case is at least this urgent."),
            _conditions()),
    Section("points", gettext_lazy("Points"),
            gettext_lazy("They order cases of one urgency that are due in the same hour. All "
                         "together may give 1,000 at most. The portal's own starting values."),
            _points()),
    Section("site", gettext_lazy("How the portal works"), "", _site()),
    Section("names", gettext_lazy("Names and words"),
            gettext_lazy("Leave a field empty for the portal's own words, in the reader's "
                         "language."), tuple(_names())),
    Section("texts", gettext_lazy("Standard texts"),
            gettext_lazy("What a dermatologist starts from for each outcome. Safety-netting "
                         "follows NICE guideline NG12, section 1.15. The portal's texts are a "
                         "start: have them reviewed."), tuple(_texts())),
)  # fmt: skip
ENTRIES: dict[str, Entry] = {entry.path: entry for section in SECTIONS for entry in section.entries}


@dataclass(frozen=True)
class Change:
    """One value before and after, as people read it."""

    label: str
    before: str
    after: str
    long: bool


def in_words(entry: Entry, value: Any) -> str:
    """A value as people read it."""
    if value is None or value == "":
        return _("The portal's own words") if entry.path.startswith("words.") else _("None")
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return " ".join(value)
    if entry.least is not None:
        return Urgency[value].label
    shown = f"{value * 100:g}" if entry.percent else f"{value:g}" if _is_number(value) else value
    if entry.unit and isinstance(value, int):
        return _counted(entry.unit, value)
    return f"{shown} {entry.unit}".strip()


def _counted(unit: Text, count: int) -> str:
    if unit is HOURS:
        text = ngettext("%(count)s hour", "%(count)s hours", count)
    elif unit is WORKING_DAYS:
        text = ngettext("%(count)s working day", "%(count)s working days", count)
    elif unit is DAYS:
        text = ngettext("%(count)s day", "%(count)s days", count)
    elif unit is WEEKS:
        text = ngettext("%(count)s week", "%(count)s weeks", count)
    elif unit is YEARS:
        text = ngettext("%(count)s year", "%(count)s years", count)
    elif unit is POINTS:
        text = ngettext("%(count)s point", "%(count)s points", count)
    else:
        return f"{count} {unit}"
    return text % {"count": count}


def told(changed: dict[str, tuple[Any, Any]]) -> list[Change]:
    """What triage.book.changes found, in the order of the form."""
    return [
        Change(str(entry.label), in_words(entry, changed[path][0]),
               in_words(entry, changed[path][1]), entry.long)
        for path, entry in ENTRIES.items()
        if path in changed
    ]  # fmt: skip


def unlisted(book: Book) -> set[str]:
    """Values that no section shows: none, as a test says."""
    return set(flat(book)) - set(ENTRIES)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))
