"""The parts of the reading page, worded and ordered for a clinician's eye."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from triage import conditions, rulebook
from triage.models import Case, Photo, Review, ReviewOutcome
from triage.naming import in_sentence
from triage.notes import read_notes
from triage.photo_advice import doubts
from triage.priority import Reason
from triage.reading import Reading
from triage.symptoms import Group, question, seven_point
from triage.urgency import Urgency
from triage.web.reading_forms import DecisionForm
from triage.web.reading_words import DOUBTS, SHORT, SOURCES, TOLD


@dataclass(frozen=True)
class PhotoCard:
    photo: Photo
    number: int
    doubts: tuple[str, ...]  # blurred, dark
    map_of: str  # the condition that its activation map is of, "" where none may be seen
    judged: str  # what the signed answer says of it, "" before


@dataclass(frozen=True)
class NotePart:
    """A stretch of the notes; `counted` says as what."""

    text: str
    counted: str = ""
    against: bool = False  # it says no


def photo_cards(seen: Reading) -> list[PhotoCard]:
    maps: dict[str, str] = {}
    if seen.assessment and (seen.answered or (seen.draft and seen.draft.revealed_at)):
        maps = {pair["photo"]: pair["label"] for pair in seen.assessment.mapped}
    judged = {}
    if seen.signed:
        words = {True: _("Good enough"), False: _("Not good enough")}
        judged = {photo: words[good] for photo, good in seen.signed[-1].adequate.items()}
    return [
        PhotoCard(
            photo,
            number,
            tuple(DOUBTS[each] for each in doubts(photo)),
            name(maps[str(photo.pk)]) if str(photo.pk) in maps else "",
            judged.get(str(photo.pk), ""),
        )
        for number, photo in enumerate(seen.case.photos.all(), start=1)
    ]


def patient_facts(case: Case) -> list[tuple[str, str]]:
    patient = case.patient
    age = patient.age_on(case.submitted_at.date())
    return [
        (_("Name"), str(patient.user)),
        (_("Age"), "" if age is None else _("%(age)s years") % {"age": age}),
        (_("Sex"), patient.get_sex_display()),
        (_("Skin type"), patient.get_skin_type_display() or ""),
        (_("Previous skin cancer"), _word(patient.previous_skin_cancer)),
        (_("Melanoma in the family"), _word(patient.family_melanoma)),
        (_("Immunosuppression"), _word(patient.immunosuppression)),
        (_("Sun exposure"), _word(patient.sun_exposure)),
        (_("Medication"), patient.medication),
    ]


def symptom_facts(case: Case) -> list[tuple[str, str]]:
    """What was answered, what is present first; questions left open are one line at the end."""
    answers = case.symptoms.answers
    rows = {"yes": [], "no": []}
    unknown = []
    for name, label in SHORT.items():
        value = getattr(answers, name)
        red_flag = question(name).group is Group.RED_FLAG
        if value is None:
            unknown.append(in_sentence(label))
        elif value is True:
            rows["yes"].insert(0 if red_flag else len(rows["yes"]), (label, _("Yes")))
        elif value is False:
            rows["no"].append(in_sentence(label))
    facts = _measures(case) + rows["yes"]
    if rows["no"]:
        facts.append((_("Answered no"), ", ".join(rows["no"])))
    if unknown:
        facts.append((_("Not answered"), ", ".join(unknown)))
    score = seven_point(answers).score
    return [
        *facts,
        (_("7-point checklist"), _("%(score)s of 10 by the boxes ticked") % {"score": score}),
    ]


def _measures(case: Case) -> list[tuple[str, str]]:
    found = []
    weeks, width = case.symptoms.duration_weeks, case.symptoms.diameter_mm
    if weeks is not None:
        found.append((SHORT["duration_weeks"], _duration(weeks)))
    if width is not None:
        found.append((SHORT["diameter_mm"], f"{width:g} mm"))
    return found


def _duration(weeks: int) -> str:
    if weeks < 1:
        return _("less than a week")
    words = ngettext("%(weeks)s week", "%(weeks)s weeks", weeks)
    if weeks >= 104:
        words = _("%(weeks)s weeks (about %(years)s years)")
    elif weeks >= 9:
        words = _("%(weeks)s weeks (about %(months)s months)")
    return words % {"weeks": weeks, "months": round(weeks / 4.35), "years": round(weeks / 52)}


def note_parts(case: Case) -> list[NotePart]:
    """The patient's own words, with what counted marked where it stands."""
    notes = case.symptoms.notes
    today = case.submitted_at.astimezone(UTC).date()
    parts, at = [], 0
    reading = read_notes(notes, today=today)
    told = (reading.family_melanoma, reading.earlier_cancer, reading.weak_immunity)
    marked = [*reading.phrases, *reading.dangers, *(each for each in told if each)]
    for phrase in sorted(marked, key=lambda each: (each.start, each.end)):
        if phrase.start < at:
            continue
        parts.append(NotePart(notes[at : phrase.start]))
        label = in_sentence((SHORT | TOLD)[phrase.name])
        if phrase.name == "duration_weeks":
            label = _duration(phrase.value)
        no = phrase.value is False
        counted = _("no: %(what)s") % {"what": label} if no else label
        parts.append(NotePart(phrase.text, counted, against=no))
        at = phrase.end
    parts.append(NotePart(notes[at:]))
    return [part for part in parts if part.text]


def reason_rows(reasons: tuple[Reason, ...]) -> list[dict[str, object]]:
    return [
        {
            "source": SOURCES[reason.source], "text": reason.text, "points": reason.points,
            "urgency": None if reason.urgency is None else int(reason.urgency),
        }
        for reason in reasons
    ]  # fmt: skip


@dataclass(frozen=True)
class EarlierRow:
    reference: str
    site: str
    sent: datetime
    same_lesion: bool
    answer: str


@dataclass(frozen=True)
class Version:
    """One signed version of the answer."""

    version: int
    reader: str
    signed_at: datetime
    facts: list[tuple[str, str]]


def earlier_rows(seen: Reading) -> list[EarlierRow]:
    rows = []
    for other in seen.earlier:
        answer = answer_of(other) or _("not answered yet")
        same = other.lesion_id == seen.case.lesion_id
        rows.append(
            EarlierRow(other.reference, str(other.lesion), other.submitted_at, same, answer)
        )
    return rows


def version(review: Review) -> Version:
    adequate = review.adequate.values()
    facts = [
        (_("Diagnosis"), name(review.diagnosis)),
        (_("Differential"), review.differential),
        (_("What was seen"), review.findings),
        (_("Confidence"), review.get_confidence_display() or ""),
        (_("What happens next"), review.get_outcome_display()),
        (_("Urgency"), rulebook.current().book.name(Urgency(review.urgency))),
        (_("Why this urgency"), review.urgency_reason),
        (_("Referred to"), review.destination),
        (_("Advice"), review.advice),
        (_("What to look out for"), review.safety_net),
        (_("See again"), _weeks_on(review.follow_up_weeks)),
        (_("Good photos"), _of(sum(adequate), len(adequate))),
        (_("First opinion"), name(review.first_diagnosis) if review.first_diagnosis else ""),
        (_("Model"), review.get_agreement_display()),
        (_("Time of reading"), minutes(review.reading_seconds)),
        (_("Why amended"), review.amendment_reason),
    ]
    facts = [(term, value) for term, value in facts if value]
    return Version(review.version, str(review.reader), review.signed_at, facts)


def _weeks_on(weeks: int | None) -> str:
    if not weeks:
        return ""
    return ngettext("in %(weeks)s week", "in %(weeks)s weeks", weeks) % {"weeks": weeks}


def _of(part: int, whole: int) -> str:
    return _("%(part)s of %(whole)s") % {"part": part, "whole": whole} if whole else ""


def minutes(seconds: int | None) -> str:
    """Such as "3 min 05 s"; "" where nothing was measured."""
    if seconds is None:
        return ""
    whole, rest = divmod(seconds, 60)
    return f"{whole} min {rest:02} s" if whole else f"{rest} s"


def answer_of(case: Case) -> str:
    """What one of the patient's other cases was answered with, "" before it is."""
    if not case.answer_diagnosis:
        return ""
    outcome = in_sentence(ReviewOutcome(case.answer_outcome).label)
    return f"{name(case.answer_diagnosis)}, {outcome}"


def decision_rows(form: DecisionForm) -> list[tuple[str, str]]:
    """What is about to be signed, in the order of the form."""
    rows = []
    for field in form:
        value = form.cleaned_data.get(field.name)
        choices = dict(getattr(field.field, "choices", []))
        if choices and isinstance(value, bool):
            value = _("Yes") if value else _("No")
        shown = str(choices.get(value, value)) if value not in (None, "") else ""
        rows.append((field.label, shown))
    return rows


def name(code: str) -> str:
    known = conditions.find(code)
    return known.name if known else code


def _word(value: bool | None) -> str:
    return {True: _("Yes"), False: _("No"), None: ""}[value]
