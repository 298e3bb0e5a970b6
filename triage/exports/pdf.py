"""One case as a PDF report, for the record or for a colleague; A4, readable in black and white."""

import io
from collections.abc import Iterator, Mapping
from functools import partial
from xml.sax.saxutils import escape

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from triage import rulebook
from triage.conditions import find
from triage.exports.case_file import CaseFile, content
from triage.model_risk import limit_of
from triage.models import Assessment, Photo, Review
from triage.symptoms import QUESTIONS, Kind, seven_point
from triage.urgency import Urgency

MARGIN = 20 * mm
LIKELIEST = 3
PHOTO = 80 * mm  # the longest side on paper

_base = getSampleStyleSheet()
TITLE = ParagraphStyle("title", _base["Title"], fontSize=16, alignment=0, spaceAfter=4)
HEADING = ParagraphStyle("heading", _base["Heading2"], fontSize=12, spaceBefore=10, spaceAfter=3)
BODY = ParagraphStyle("body", _base["BodyText"], fontSize=9.5, leading=13)
SMALL = ParagraphStyle("small", BODY, fontSize=8, leading=10, textColor=colors.HexColor("#333333"))


def report(file: CaseFile) -> bytes:
    """The PDF. Raises OSError where a photo is lost."""
    stream = io.BytesIO()
    reference = file.case.reference
    document = SimpleDocTemplate(
        stream, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN,
        bottomMargin=MARGIN, title=_("Report of case %s") % reference, author=file.case.clinic.name,
        lang=get_language(),
    )  # fmt: skip
    parts = [
        part
        for section in (_head, _photos, _told, _history, _model, _answers, _laboratory)
        for part in section(file)
    ]
    document.build(parts, canvasmaker=partial(_Numbered, reference=reference))
    return stream.getvalue()


class _Numbered(Canvas):
    """Writes "page 1 of 3" when the number of pages is known."""

    def __init__(self, *args, reference: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self._reference, self._pages = reference, []

    def showPage(self) -> None:
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            place = _("Case %(reference)s, page %(number)d of %(pages)d") % {
                "reference": self._reference, "number": number, "pages": len(self._pages),
            }  # fmt: skip
            self.setFont("Helvetica", 8)
            self.drawString(MARGIN, 10 * mm, place)
            super().showPage()
        super().save()


def _head(file: CaseFile) -> Iterator[Flowable]:
    case, patient = file.case, file.case.patient
    age = patient.age_on(case.submitted_at.date())
    yield Paragraph(escape(f"{case.lesion}, {case.reference}"), TITLE)
    yield _facts([
        (_("Clinic"), case.clinic.name),
        (_("Telephone number of the clinic"), case.clinic.phone),
        (_("Patient"), str(patient.user)),
        (_("Born"), _day(patient.birth_date) if patient.birth_date else ""),
        (_("Age when sent"), "" if age is None else str(age)),
        (_("Sex"), patient.get_sex_display()),
        (_("Skin type"), patient.get_skin_type_display() or ""),
        (_("Telephone number"), patient.phone),
        (_("Sent"), _moment(case.submitted_at)),
        (_("Printed"), _moment(timezone.now())),
    ])  # fmt: skip


def _photos(file: CaseFile) -> Iterator[Flowable]:
    yield Paragraph(_("Photos"), HEADING)
    cells = [_photo(number, photo) for number, photo in enumerate(file.photos, start=1)]
    rows = [cells[at : at + 2] for at in range(0, len(cells), 2)]
    for row in rows:
        yield KeepTogether(Table([row + [""] * (2 - len(row))], colWidths=[85 * mm] * 2))


def _photo(number: int, photo: Photo) -> list[Flowable]:
    scale = PHOTO / max(photo.width, photo.height)
    picture = Image(io.BytesIO(content(photo)), photo.width * scale, photo.height * scale)
    return [picture, Paragraph(escape(f"{number}. {photo.get_kind_display()}"), SMALL)]


def _told(file: CaseFile) -> Iterator[Flowable]:
    symptoms = file.case.symptoms
    yield Paragraph(_("What the patient told"), HEADING)
    rows = []
    for question in QUESTIONS:
        value = getattr(symptoms, question.name)
        if value is not None:
            shown = _yes_no(value) if question.kind is Kind.YES_NO else f"{value:g}"
            rows.append((question.text, shown))
    score = seven_point(symptoms.answers).score
    rows.append((_("7-point checklist"), _("%d of 10") % score))
    yield _facts(rows, wide=True)
    if symptoms.notes:
        yield Paragraph(escape(symptoms.notes).replace("\n", "<br/>"), BODY)


def _history(file: CaseFile) -> Iterator[Flowable]:
    """What the patient's own record says now, as the reading page shows it."""
    patient = file.case.patient
    yield Paragraph(_("The patient’s history"), HEADING)
    yield _facts([
        (_("Previous skin cancer"), _yes_no(patient.previous_skin_cancer)),
        (_("Melanoma in the family"), _yes_no(patient.family_melanoma)),
        (_("Immunosuppression"), _yes_no(patient.immunosuppression)),
        (_("Sun exposure"), _yes_no(patient.sun_exposure)),
        (_("Medication"), patient.medication or _("Not given")),
    ])  # fmt: skip


def _yes_no(value: bool | None) -> str:
    return _("Not known") if value is None else _("Yes") if value else _("No")


def _model(file: CaseFile) -> Iterator[Flowable]:
    said = file.assessment
    if said is None:
        return
    yield Paragraph(_("Preliminary result by software, not a diagnosis"), HEADING)
    yield _facts([
        *_risks(said), (_("Model"), f"{said.model_version}, {said.artifact_sha256[:12]}"),
    ])  # fmt: skip
    if said.with_history:
        yield Paragraph(_("Of the two risks the greater counts for the urgency."), SMALL)


def _risks(said: Assessment) -> Iterator[tuple[str, str]]:
    """Photos alone and, where there is one, with the history: each with the limit of its own that
    the clinic's rules make of the model's."""
    rules, history = rulebook.current().rules, said.with_history
    melanoma, cancer = rules.melanoma_limit_share, rules.malignancy_limit_share
    yield _("Likeliest, photos alone"), _likely(said.probabilities)
    if history:
        yield _("Likeliest, with history"), _likely(history.probabilities)
    limit = limit_of(said.melanoma_threshold, melanoma, rules)
    yield _("Melanoma, photos alone"), _risk(said.melanoma_risk, limit)
    if history:
        own = history.melanoma_threshold or said.melanoma_threshold
        limit = limit_of(own, melanoma, rules)
        yield _("Melanoma, with history"), _risk(history.melanoma_risk, limit)
    limit = limit_of(said.malignancy_threshold, cancer, rules)
    yield _("Any skin cancer, photos alone"), _risk(said.malignancy_risk, limit)
    if history:
        own = history.malignancy_threshold or said.malignancy_threshold
        limit = limit_of(own, cancer, rules)
        yield _("Any skin cancer, with history"), _risk(history.malignancy_risk, limit)


def _likely(probabilities: Mapping[str, float]) -> str:
    first = sorted(probabilities.items(), key=lambda one: (-one[1], one[0]))[:LIKELIEST]
    return ", ".join(f"{_name(code)} {value:.1%}" for code, value in first)


def _answers(file: CaseFile) -> Iterator[Flowable]:
    for review in reversed(file.reviews):
        yield Paragraph(_("Answer, version %d") % review.version, HEADING)
        yield from _answer(review)
    if not file.reviews:
        yield Paragraph(_("Not answered yet."), BODY)


def _answer(review: Review) -> Iterator[Flowable]:
    yield _facts([
        (_("Diagnosis"), _name(review.diagnosis)),
        (_("Differential"), review.differential),
        (_("What was seen"), review.findings),
        (_("Urgency"), Urgency(review.urgency).label),
        (_("What happens next"), review.get_outcome_display()),
        (_("Referred to"), review.destination),
        (_("Signed"), f"{_moment(review.signed_at)}, {review.reader}"),
        (_("Why amended"), review.amendment_reason),
    ])  # fmt: skip
    for text in (review.advice, review.safety_net):
        yield Paragraph(escape(text).replace("\n", "<br/>"), BODY)


def _laboratory(file: CaseFile) -> Iterator[Flowable]:
    for result in file.pathology:
        yield Paragraph(_("Pathology"), HEADING)
        yield _facts([
            (_("Found"), _name(result.diagnosis)),
            (_("Reported"), _day(result.reported_on)),
            (_("Laboratory number"), result.laboratory_number),
            (_("Report"), result.report),
        ])  # fmt: skip


def _facts(rows: list[tuple[str, str]], *, wide: bool = False) -> Flowable:
    """Terms and what is known; a term without a value is left out."""
    cells = [
        [Paragraph(escape(str(term)), SMALL), Paragraph(escape(str(value)), BODY)]
        for term, value in rows
        if value
    ]
    if not cells:
        return Spacer(1, 1)
    first = 120 * mm if wide else 45 * mm
    table = Table(cells, colWidths=[first, 170 * mm - first])
    table.setStyle(TableStyle([
        ("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.grey),
        ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ]))  # fmt: skip
    return table


def _risk(risk: float, limit: float) -> str:
    return _("%(risk)s; counts from %(limit)s") % {"risk": f"{risk:.1%}", "limit": f"{limit:.1%}"}


def _name(code: str) -> str:
    known = find(code)
    return known.name if known else code


def _day(day) -> str:
    return date_format(day, "DATE_FORMAT")


def _moment(at) -> str:
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")
