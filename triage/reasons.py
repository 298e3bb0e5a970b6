"""What argues for an urgency: red flags, the model, symptoms, history, waiting, a clinician.

Each function here yields reasons from one source; `triage.priority` puts them together. A reason
can raise or add, never lower.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from triage import conditions
from triage.model_risk import ModelFinding, limit_of, plausible, probability_of
from triage.rules import RED_FLAGS_COUNTED, Rules
from triage.symptoms import Answers, NotesReading, Phrase, red_flags, seven_point, unsure_red_flags
from triage.urgency import Urgency


@dataclass(frozen=True)
class PatientRisk:
    """What is known of the patient. `None` is 'not known'."""

    age: float | None = None  # years
    previous_skin_cancer: bool | None = None
    family_melanoma: bool | None = None
    immunosuppressed: bool | None = None
    skin_type: int | None = None  # Fitzpatrick, 1-6


class Source(StrEnum):
    """Where a reason comes from."""

    MODEL = "model"
    CHECKLIST = "checklist"
    RED_FLAG = "red_flag"
    PATIENT = "patient"
    WAITING = "waiting"
    FAIL_SAFE = "fail_safe"
    CLINICIAN = "clinician"


@dataclass(frozen=True)
class Reason:
    """One contribution to the priority."""

    code: str
    source: Source
    text: str  # plain English
    points: int = 0
    urgency: Urgency | None = None  # what it argues for, None: it only adds points


def from_red_flags(
    answers: Answers, known: Answers, reading: NotesReading, rules: Rules
) -> Iterator[Reason]:
    """Each red flag alone is an emergency, and so is a danger told in the notes; 'not sure' to a
    flag is at least the floor. Points count as often as there are flags, see `highest_score`."""
    unsure = unsure_red_flags(known)
    if unsure:
        signs = "; ".join(_RED_FLAG_TEXT[flag.name] for flag in unsure)
        yield Reason(
            "red_flag_unsure",
            Source.RED_FLAG,
            f"Not known whether there is an emergency sign: {signs}",
            urgency=rules.floor,
        )
    told = {q.name: _from_notes(answers, reading, (q.name,)) for q in red_flags(known)}
    told |= {danger.name: f": the notes say ‘{danger.text}’" for danger in reading.dangers}
    for n, (name, words) in enumerate(told.items()):
        yield Reason(
            f"red_flag_{name}",
            Source.RED_FLAG,
            f"Emergency sign: {_RED_FLAG_TEXT[name]}{words}",
            rules.red_flag_points if n < RED_FLAGS_COUNTED else 0,
            Urgency.EMERGENCY,
        )


_RED_FLAG_TEXT = {
    "fever_with_spreading_rash": "fever with a fast-spreading rash",
    "mucosal_or_blistering": "sores in mouth, eyes or genitals, or blistering or peeling skin",
    "black_or_dead_skin": "black or dead-looking skin",
    "over_half_body": "over half of the body is affected",
    "bleeding_not_stopping": "bleeding that does not stop",
    "airway": "trouble breathing, or a swollen face, tongue or throat",
    "self_harm": "thoughts of self-harm",
}


def from_model(finding: ModelFinding | None, failed: bool, rules: Rules) -> Iterator[Reason]:
    """The network's say, and the floor wherever it has none or is in doubt."""
    if failed:
        yield _fail_safe("failed", "The photos could not be scored: a person must look", rules)
    if finding is None:
        if not failed:
            yield _fail_safe("unscored", "Not scored yet", rules)
        return
    yield from _doubts(finding, rules)
    risk = probability_of(finding.malignancy_risk)
    if risk is not None:
        limit = limit_of(finding.malignancy_threshold, rules.malignancy_limit_share, rules)
        over = risk >= limit
        yield Reason(
            "model_risk", Source.MODEL,
            f"Risk of a malignant lesion {risk:.1%}, "
            f"{'at or above' if over else 'below'} the limit of {limit:.1%}",
            round(rules.risk_points * risk), rules.floor if over else None,
        )  # fmt: skip
    if finding.history:
        yield Reason("model_history", Source.MODEL, finding.history)
    for code, value in finding.probabilities.items():
        probability = probability_of(value)
        if probability is not None:
            yield from _class(code, probability, finding, rules)


def _fail_safe(code: str, text: str, rules: Rules) -> Reason:
    return Reason(code, Source.FAIL_SAFE, text, rules.fail_safe_points, rules.floor)


def _doubts(finding: ModelFinding, rules: Rules) -> Iterator[Reason]:
    """At most one, so that the points of the fail-safe count once."""
    numbers = [
        *finding.probabilities.values(), finding.malignancy_risk, finding.uncertainty,
        finding.melanoma_threshold, finding.malignancy_threshold,
    ]  # fmt: skip
    if not finding.probabilities or any(probability_of(n) is None for n in numbers):
        yield _fail_safe("unusable_score", "The score cannot be used: a person must look", rules)
    elif not finding.in_domain:
        yield _fail_safe("out_of_domain", "The model does not know this kind of photo", rules)
    elif finding.uncertainty >= rules.uncertainty_limit:
        yield _fail_safe("uncertain", "The model is not sure", rules)


def _class(code: str, probability: float, finding: ModelFinding, rules: Rules) -> Iterator[Reason]:
    """The worst plausible class wins, so each class argues for itself, however likely others are.

    A class that nobody described argues for the floor: what is not known is not benign.
    """
    limit = rules.class_threshold
    if code == "MEL":
        limit = limit_of(finding.melanoma_threshold, rules.melanoma_limit_share, rules)
    counts = probability >= limit
    points = round(rules.class_points.get(code, 0) * probability)
    if counts or points:
        known = conditions.find(code)
        yield Reason(
            f"model_{code}",
            Source.MODEL,
            f"{known.name if known else code}: {probability:.1%}",
            points,
            rules.class_urgency.get(code, rules.floor) if counts else None,
        )


def from_site_and_history(
    finding: ModelFinding | None,
    patient: PatientRisk,
    body_site: str | None,
    known: Answers,
    rules: Rules,
) -> Iterator[Reason]:
    """What site, size and history make of a suspected keratinocyte cancer (BCC, AK).

    NICE NG12, section 1.7: a BCC is urgent only where site or size makes delay matter; an unknown
    site counts as one that does. In immunosuppressed people squamous cell carcinoma is common,
    looks like its milder relatives and spreads sooner (BAD guideline on SCC, 2020), so the
    suspicion moves one category up. A previous skin cancer moves it up to 'soon', no further: many
    patients with one BCC grow another, and most of those can wait.
    """
    for code in ("BCC", "AK"):
        if not plausible(finding, code, rules):
            continue
        urgency = rules.class_urgency.get(code, rules.floor)
        name = conditions.by_code(code).name
        if code == "BCC" and _delay_matters(body_site, known.diameter_mm, rules):
            urgency = min(urgency, Urgency.SOON)
            yield Reason(
                "delay_matters", Source.MODEL,
                f"{name} where site or size may make delay matter", urgency=urgency,
            )  # fmt: skip
        if patient.previous_skin_cancer is True or patient.immunosuppressed is True:
            immune = patient.immunosuppressed is True
            bound = Urgency.URGENT_CANCER if immune else Urgency.SOON
            history = "a weakened immune system" if immune else "an earlier skin cancer"
            yield Reason(
                f"history_{code}", Source.PATIENT, f"{name} with {history}",
                urgency=urgency.raised(no_further_than=bound),
            )  # fmt: skip


def _delay_matters(body_site: str | None, diameter_mm: float | None, rules: Rules) -> bool:
    if body_site is None or not body_site.strip():
        return True
    parts = _site_parts(body_site)
    large = diameter_mm is not None and diameter_mm >= rules.large_lesion_mm
    return large or bool(parts & rules.critical_sites)


def _site_parts(body_site: str | None) -> set[str]:
    return set("".join(c if c.isalpha() else " " for c in (body_site or "").lower()).split())


def from_checklist(
    answers: Answers, known: Answers, reading: NotesReading, rules: Rules
) -> Iterator[Reason]:
    """The 7-point checklist, item by item, and the sum where it is high enough to count."""
    checklist = seven_point(known)
    for item in checklist.items:
        warns = item.points == 2 or item.code == "oozing"
        yield Reason(
            f"checklist_{item.code}",
            Source.CHECKLIST,
            f"{item.text} ({item.points} of the 7-point checklist)"
            + _from_notes(answers, reading, item.because),
            item.points * rules.checklist_points,
            rules.warning_urgency if warns else None,
        )
    if checklist.score >= rules.seven_point_threshold:
        yield Reason(
            "seven_point",
            Source.CHECKLIST,
            f"7-point checklist {checklist.score}, {rules.seven_point_threshold} or more",
            urgency=Urgency.URGENT_CANCER,
        )


def _from_notes(answers: Answers, reading: NotesReading, names: tuple[str, ...]) -> str:
    """The patient's own words, where they say more than the boxes do."""
    for phrase in reading.phrases:
        given = getattr(answers, phrase.name) if phrase.name in names else True
        if given is None and phrase.value:
            return f": the notes say ‘{phrase.text}’"
        if given is False and phrase.value:
            return f": ticked no, but the notes say ‘{phrase.text}’"
    return ""


def from_notes(reading: NotesReading) -> Iterator[Reason]:
    """What another clinician said, and whether the notes could be read at all."""
    if reading.suspected is not None:
        yield Reason(
            "suspected_elsewhere",
            Source.PATIENT,
            f"Another clinician suspects cancer: the notes say ‘{reading.suspected.text}’",
            urgency=Urgency.URGENT_CANCER,
        )
    if reading.unreadable:
        yield Reason(
            "notes_unreadable", Source.FAIL_SAFE, "The notes could not be read: read them yourself"
        )


def from_acral_site(
    body_site: str | None, known: Answers, reading: NotesReading
) -> Iterator[Reason]:
    """Acral lentiginous melanoma, which the networks have hardly seen (nails, palms, soles).

    A nail that changes, a new pigmented line in it, or something growing under it is to be
    referred at once (UK melanoma guidelines, Marsden 2010); the pathway is that of NICE NG12, 1.7.
    """
    parts = _site_parts(body_site)
    sole = parts & {"foot", "feet", "hand", "hands"} and reading.palm_or_sole
    change = known.grew is True or known.changed is True or known.irregular_colour is True
    if "nail" in parts and (change or reading.dark_band is not None):
        band = reading.dark_band
        yield Reason(
            "nail_change",
            Source.CHECKLIST,
            "A changing or pigmented nail: can be an acral lentiginous melanoma"
            + (f": the notes say ‘{band.text}’" if band else ""),
            urgency=Urgency.URGENT_CANCER,
        )
    elif sole and change:
        yield Reason(
            "palm_or_sole_change",
            Source.CHECKLIST,
            "Changing on a palm or sole: can be an acral lentiginous melanoma",
            urgency=Urgency.URGENT_CANCER,
        )


def from_warnings(
    answers: Answers, known: Answers, reading: NotesReading, rules: Rules
) -> Iterator[Reason]:
    """What the checklist, made for flat dark marks, does not see.

    A lump that is raised and growing may be a nodular melanoma, which is often even and of one
    colour (NG12, section 1.7, asks to consider it; Chamberlain 2003: 'elevated, firm, growing').
    A sore that has not healed in four weeks is how many keratinocyte cancers begin (NHS). What bled
    once, after shaving say, and stopped is none.
    """
    if known.elevation is True and known.grew is True:
        yield Reason(
            "raised_and_growing",
            Source.CHECKLIST,
            "Raised and growing: can be a nodular melanoma"
            + _from_notes(answers, reading, ("grew",)),
            rules.warning_points,
            rules.floor,
        )
    weeks = known.duration_weeks
    sore = known.bleed is True and not reading.bled_once or known.oozing is True
    if sore and weeks is not None and weeks >= rules.not_healing_weeks:
        yield Reason(
            "not_healing",
            Source.CHECKLIST,
            f"Bleeds or weeps, and has been there for {weeks} weeks"
            + _from_notes(answers, reading, ("duration_weeks",)),
            rules.warning_points,
            rules.floor,
        )


def with_notes(patient: PatientRisk, reading: NotesReading) -> PatientRisk:
    """The patient with what the notes tell of family and past; a yes there outweighs a no."""
    told = replace(patient, family_melanoma=True) if reading.family_melanoma else patient
    told = replace(told, immunosuppressed=True) if reading.weak_immunity else told
    return replace(told, previous_skin_cancer=True) if reading.earlier_cancer else told


def _told_of(ticked: bool | None, phrase: Phrase | None) -> str:
    """The patient's own words, where the profile does not say so."""
    if phrase is None or ticked is True:
        return ""
    but = "ticked no, but " if ticked is False else ""
    return f": {but}the notes say ‘{phrase.text}’"


def from_patient(
    finding: ModelFinding | None, patient: PatientRisk, reading: NotesReading, rules: Rules
) -> Iterator[Reason]:
    """History and constitution, whatever the lesion looks like; the notes tell of them too.

    Few photos that networks learn from show brown and black skin, so there a reassuring score
    alone never makes a case 'advice' (Daneshjou 2022 measured the loss of accuracy).
    """
    known = with_notes(patient, reading)
    if known.previous_skin_cancer is True:
        yield Reason(
            "previous_skin_cancer",
            Source.PATIENT,
            "Earlier skin cancer" + _told_of(patient.previous_skin_cancer, reading.earlier_cancer),
            rules.previous_points,
        )
    if known.immunosuppressed is True:
        yield Reason(
            "immunosuppressed",
            Source.PATIENT,
            "Weakened immune system" + _told_of(patient.immunosuppressed, reading.weak_immunity),
            rules.immune_points,
        )
    if known.family_melanoma is True:
        yield Reason(
            "family_melanoma",
            Source.PATIENT,
            "Melanoma in the family" + _told_of(patient.family_melanoma, reading.family_melanoma),
            rules.family_points,
        )
    if patient.skin_type in (1, 2):
        yield Reason("fair_skin", Source.PATIENT, "Fair skin that burns", rules.skin_type_points)
    if patient.skin_type in (5, 6) and finding is not None:
        yield Reason(
            "dark_skin",
            Source.FAIL_SAFE,
            "The model has seen few photos of brown and black skin: it may not reassure alone",
            rules.skin_type_points,
            rules.warning_urgency,
        )
    if patient.age is not None and math.isfinite(patient.age):
        decades = int(max(patient.age - rules.age_from, 0) // 10)
        points = min(decades * rules.age_points_per_decade, rules.age_points_limit)
        if points:
            yield Reason("age", Source.PATIENT, f"Age {patient.age:.0f}", points)


def from_waiting(submitted_at: datetime, now: datetime, rules: Rules) -> Iterator[Reason]:
    """Waiting adds points, so that of two equal cases the older comes first."""
    hours = max((now - submitted_at) / timedelta(hours=1), 0.0)
    points = int(min(hours / 24 * rules.waiting_points_per_day, rules.waiting_points_limit))
    if points:
        wait = f"{int(hours)} hours" if hours < 48 else f"{int(hours // 24)} days"
        yield Reason("waiting", Source.WAITING, f"Waiting for {wait}", points)


def from_clinician(urgency: Urgency | None) -> Iterator[Reason]:
    """A clinician's urgency is an argument like the others: rules may raise above it only."""
    if urgency is not None:
        yield Reason(
            "clinician", Source.CLINICIAN, f"Set by a clinician: {urgency.label}", urgency=urgency
        )
