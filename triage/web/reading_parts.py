"""The parts of the reading page, worded and ordered for a clinician's eye."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from triage import conditions, rulebook
from triage.models import Case, Photo, Review, ReviewOutcome
from triage.notes import read_notes
from triage.photo_advice import Doubt, doubts
from triage.priority import Reason, Source
from triage.reading import Reading
from triage.symptoms import Group, question, seven_point
from triage.urgency import Urgency
from triage.web.reading_forms import DecisionForm

SHORT = {
    "itch": "Itch", "bleed": "Bled", "grew": "Grew", "changed": "Changed shape or colour",
    "hurt": "Pain", "elevation": "Raised", "irregular_shape": "Irregular shape",
    "irregular_colour": "Irregular colour", "inflammation": "Inflammation",
    "oozing": "Oozing or crusting", "sensation_change": "Change in sensation",
    "fever_with_spreading_rash": "Fever with spreading rash",
    "mucosal_or_blistering": "Mucosal sores or blistering",
    "black_or_dead_skin": "Black or dead skin", "over_half_body": "Over half of the body",
    "bleeding_not_stopping": "Bleeding that does not stop",
    "duration_weeks": "Duration", "diameter_mm": "Largest diameter",
}  # fmt: skip
SOURCES = {
    Source.MODEL: "Model", Source.CHECKLIST: "Symptoms", Source.RED_FLAG: "Emergency sign",
    Source.PATIENT: "History", Source.WAITING: "Waiting", Source.FAIL_SAFE: "Fail-safe",
    Source.CLINICIAN: "Clinician",
}  # fmt: skip

DOUBTS = {
    Doubt.BLURRED: "may be blurred", Doubt.DARK: "dark", Doubt.BRIGHT: "overexposed",
    Doubt.NO_LESION: "no spot made out", Doubt.FAR: "taken from far away", Doubt.SMALL: "small",
}  # fmt: skip


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
        ("Name", str(patient.user)),
        ("Age", "" if age is None else f"{age} years"),
        ("Sex", patient.get_sex_display()),
        ("Skin type", patient.get_skin_type_display() or ""),
        ("Previous skin cancer", _word(patient.previous_skin_cancer)),
        ("Melanoma in the family", _word(patient.family_melanoma)),
        ("Immunosuppression", _word(patient.immunosuppression)),
        ("Sun exposure", _word(patient.sun_exposure)),
        ("Medication", patient.medication),
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
            unknown.append(label.lower())
        elif value is True:
            rows["yes"].insert(0 if red_flag else len(rows["yes"]), (label, "Yes"))
        elif value is False:
            rows["no"].append(label.lower())
    facts = _measures(case) + rows["yes"]
    if rows["no"]:
        facts.append(("Answered no", ", ".join(rows["no"])))
    if unknown:
        facts.append(("Not answered", ", ".join(unknown)))
    score = seven_point(answers).score
    return [*facts, ("7-point checklist", f"{score} of 10 by the boxes ticked")]


def _measures(case: Case) -> list[tuple[str, str]]:
    found = []
    weeks, width = case.symptoms.duration_weeks, case.symptoms.diameter_mm
    if weeks is not None:
        found.append((SHORT["duration_weeks"], _duration(weeks)))
    if width is not None:
        found.append((SHORT["diameter_mm"], f"{width:g} mm"))
    return found


def _duration(weeks: int) -> str:
    if weeks < 9:
        return f"{weeks} week{'' if weeks == 1 else 's'}"
    if weeks < 104:
        return f"{weeks} weeks (about {round(weeks / 4.35)} months)"
    return f"{weeks} weeks (about {round(weeks / 52)} years)"


def note_parts(case: Case) -> list[NotePart]:
    """The patient's own words, with what counted marked where it stands."""
    notes = case.symptoms.notes
    today = case.submitted_at.astimezone(UTC).date()
    parts, at = [], 0
    for phrase in read_notes(notes, today=today).phrases:
        if phrase.start < at:
            continue
        parts.append(NotePart(notes[at : phrase.start]))
        label = SHORT[phrase.name].lower()
        if phrase.name == "duration_weeks":
            label = f"{phrase.value} weeks"
        no = phrase.value is False
        parts.append(NotePart(phrase.text, f"no: {label}" if no else label, against=no))
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
        ("Diagnosis", name(review.diagnosis)),
        ("Differential", review.differential),
        ("What was seen", review.findings),
        ("Confidence", review.get_confidence_display() or ""),
        ("What happens next", review.get_outcome_display()),
        ("Urgency", rulebook.current().book.name(Urgency(review.urgency))),
        ("Why this urgency", review.urgency_reason),
        ("Referred to", review.destination),
        ("Advice", review.advice),
        ("What to look out for", review.safety_net),
        ("See again", f"in {review.follow_up_weeks} weeks" if review.follow_up_weeks else ""),
        ("Good photos", f"{sum(adequate)} of {len(adequate)}" if adequate else ""),
        ("First opinion", name(review.first_diagnosis) if review.first_diagnosis else ""),
        ("Model", review.get_agreement_display()),
        ("Time of reading", minutes(review.reading_seconds)),
        ("Why amended", review.amendment_reason),
    ]
    facts = [(term, value) for term, value in facts if value]
    return Version(review.version, str(review.reader), review.signed_at, facts)


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
    outcome = ReviewOutcome(case.answer_outcome).label.lower()
    return f"{name(case.answer_diagnosis)}, {outcome}"


def decision_rows(form: DecisionForm) -> list[tuple[str, str]]:
    """What is about to be signed, in the order of the form."""
    rows = []
    for field in form:
        value = form.cleaned_data.get(field.name)
        choices = dict(getattr(field.field, "choices", []))
        if choices and isinstance(value, bool):
            value = "Yes" if value else "No"
        shown = str(choices.get(value, value)) if value not in (None, "") else ""
        rows.append((field.label, shown))
    return rows


def name(code: str) -> str:
    known = conditions.find(code)
    return known.name if known else code


def _word(value: bool | None) -> str:
    return {True: "Yes", False: "No", None: ""}[value]
