"""Pathology on pages: what is to be told, enter, import with a look before, correct, tell."""

from django import forms
from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.audit.ledger import record, record_denied
from portal.refusals import said
from triage import pathology, pathology_import
from triage.conditions import CONDITIONS
from triage.models import PathologyResult, Specimen
from triage.pathology import Result
from triage.web.guards import for_dermatologists, posted_from
from triage.web.reading_forms import add_problems

PAGE = 25
KEPT = 600  # seconds that a file waits between the look and the word to enter it
COLUMNS = {"columns": pathology_import.COLUMNS, "specimens": Specimen.values}
DIAGNOSES = [("", gettext_lazy("Choose what was found")), *((c.code, c.name) for c in CONDITIONS)]


class ResultForm(forms.Form):
    use_required_attribute = False

    reference = forms.CharField(
        label=gettext_lazy("Case"),
        max_length=40,  # with spaces, or pasted; what fits no case is said to fit none
        help_text=gettext_lazy("The reference, such as B2C3-D4F5-G6H7."),
        error_messages={"required": gettext_lazy("Enter the reference of the case.")},
    )
    diagnosis = forms.ChoiceField(
        label=gettext_lazy("What was found"),
        choices=DIAGNOSES,
        error_messages={"required": gettext_lazy("Choose what was found.")},
    )
    reported_on = forms.DateField(
        label=gettext_lazy("Day of the report"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": gettext_lazy("Enter the day of the report.")},
    )
    taken_on = forms.DateField(
        label=gettext_lazy("Day the specimen was taken"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    specimen = forms.ChoiceField(
        label=gettext_lazy("Specimen"), choices=Specimen.choices, initial=Specimen.OTHER
    )
    laboratory_number = forms.CharField(
        label=gettext_lazy("Laboratory number"), max_length=60, required=False
    )
    report = forms.CharField(
        label=gettext_lazy("The report, as written"),
        max_length=pathology.REPORT_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def result(self) -> Result:
        return Result(
            **{name: value for name, value in self.cleaned_data.items() if name != "reference"}
        )


class TellForm(forms.Form):
    use_required_attribute = False

    text = forms.CharField(
        label=gettext_lazy("To the patient"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "What was found, what it means, and what happens next. They get a mail "
            "that there is news, and read this in the portal."
        ),
        error_messages={
            "required": gettext_lazy("Write to the patient what was found and what happens next.")
        },
    )
    called = forms.BooleanField(
        label=gettext_lazy("I have called the patient and will amend the answer now"),
        required=False,
    )

    def __init__(self, *args: object, missed: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if not missed:
            del self.fields["called"]

    def refuse(self) -> None:
        self.add_error("called", _("Amend the answer first, or call the patient and tick this."))


class ImportForm(forms.Form):
    use_required_attribute = False

    file = forms.FileField(
        label=gettext_lazy("File of results"),
        allow_empty_file=True,
        help_text=gettext_lazy(
            "CSV with a first line of column names, or a FHIR R4 bundle. 1 MB at most."
        ),
        error_messages={"required": gettext_lazy("Choose a file.")},
    )


@for_dermatologists
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What is to be told or amended, or everything (?all=1)."""
    everything = "all" in request.GET
    results = pathology.to_do(request.user)
    if everything:
        found = pathology.visible_results(request.user)
        results = pathology.with_answers(found).order_by("-entered_at", "-pk")
    with transaction.atomic():
        page = Paginator(results, PAGE).get_page(request.GET.get("page"))
        rows = [(row, _missed(row)) for row in page]
        record(actor=request.user, action="pathology.listed", object_type="case",
               references=sorted({row.case.reference for row, _missed in rows}))  # fmt: skip
    context = {"rows": rows, "page": page, "everything": everything}
    return render(request, "triage/staff/pathology.html", context)


@for_dermatologists
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = ResultForm(request.POST or None, initial={"reference": request.GET.get("reference", "")})
    if request.method == "POST" and form.is_valid():
        try:
            entered = pathology.enter(
                actor=request.user, reference=form.cleaned_data["reference"], result=form.result()
            )
        except pathology.Incomplete as incomplete:
            add_problems(form, incomplete.problems)
        except pathology.NoSuchCase:
            form.add_error("reference", _("No case of your clinic has this reference."))
        except pathology.AlreadyThere:
            form.add_error("laboratory_number", _("This number is on record for the case already."))
        else:
            messages.success(request, _("The result is on record. Now tell the patient."))
            return redirect("triage:pathology_result", entered.pk)
    return render(request, "triage/staff/pathology_form.html", {"form": form})


@for_dermatologists
@require_safe
def result(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    return _result(request, found, TellForm(missed=_missed(found)))


@for_dermatologists
@posted_from("triage:pathology_result", "pk")
def tell(request: HttpRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    form = TellForm(request.POST, missed=_missed(found))
    if not form.is_valid():
        return _result(request, found, form, status=422)
    try:
        pathology.tell(actor=request.user, result=found, **form.cleaned_data)
    except pathology.AnswerStands:
        form.refuse()
        return _result(request, found, form, status=422)
    except pathology.AlreadyTold:
        messages.error(request, _("The patient was told already, or the result was corrected."))
    else:
        messages.success(request, _("The patient can read it now."))
    return redirect("triage:pathology_result", pk)


@for_dermatologists
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    wrong = _find(request, pk)
    before = {name: getattr(wrong, name) for name in Result.__dataclass_fields__}
    before["reference"] = wrong.case.reference
    form = ResultForm(request.POST or None, initial=before)
    form.fields["reference"].disabled = True
    if request.method == "POST" and form.is_valid():
        try:
            fresh = pathology.correct(actor=request.user, wrong=wrong, result=form.result())
        except pathology.Incomplete as incomplete:
            add_problems(form, incomplete.problems)
        except pathology.AlreadyCorrected:
            form.add_error(None, said(pathology.AlreadyCorrected))
        else:
            messages.success(request, _("Corrected. The first result stays readable."))
            return redirect("triage:pathology_result", fresh.pk)
    return render(request, "triage/staff/pathology_form.html", {"form": form, "wrong": wrong})


@for_dermatologists
@require_http_methods(["GET", "HEAD", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Import: first a look at what the file says, then, confirmed, all of it or nothing."""
    place = f"pathology-import:{request.user.pk}"
    if "confirmed" in request.POST:
        content = cache.get(place)
        if content is None:
            messages.error(request, _("The file is no longer kept. Choose it again."))
            return redirect("triage:pathology_import")
        return _enter(request, content, place)
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read(pathology_import.BYTES_MAX + 1)
        try:
            parsed = pathology_import.parse(reader=request.user, content=content)
        except pathology_import.Unreadable as problem:
            form.add_error("file", str(problem))
        else:
            cache.set(place, content, KEPT)
            context = {"form": form, "parsed": parsed, **COLUMNS}
            return render(request, "triage/staff/pathology_import.html", context)
    context, status = {"form": form, **COLUMNS}, 422 if form.errors else 200
    return render(request, "triage/staff/pathology_import.html", context, status=status)


def _enter(request: HttpRequest, content: bytes, place: str) -> HttpResponse:
    try:
        parsed = pathology_import.parse(reader=request.user, content=content)
        count = pathology_import.enter_all(actor=request.user, parsed=parsed)
    except (pathology_import.Unreadable, pathology.AlreadyThere, pathology.NoSuchCase) as problem:
        messages.error(request, str(problem) or said(problem))
        return redirect("triage:pathology_import")
    cache.delete(place)
    text = ngettext("%(count)d result is on record.", "%(count)d results are on record.", count)
    messages.success(request, text % {"count": count})
    return redirect("triage:pathology")


def _find(request: HttpRequest, pk: int) -> PathologyResult:
    with transaction.atomic():
        results = pathology.with_answers(pathology.visible_results(request.user))
        found = results.select_related("told_by", "corrects").filter(pk=pk).first()
        if found is not None:
            record(actor=request.user, action="pathology.viewed", about=found.case,
                   patient_id=found.case.patient_id, result_id=pk)  # fmt: skip
            return found
    record_denied(actor=request.user, action="pathology.viewed", object_type="pathologyresult",
                  object_id=str(pk))  # fmt: skip
    raise Http404


def _missed(result: PathologyResult) -> bool:
    """A cancer that the answer does not call one, by a result that stands."""
    corrected = hasattr(result, "correction")
    return not corrected and pathology.missed(result, result.answered_as)


def _result(
    request: HttpRequest, found: PathologyResult, form: TellForm, status: int = 200
) -> HttpResponse:
    context = {
        "result": found,
        "missed": _missed(found),
        "correction": getattr(found, "correction", None),
        "form": form,
    }
    return render(request, "triage/staff/pathology_result.html", context, status=status)
