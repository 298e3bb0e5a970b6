"""One case on a dermatologist's desk: look, first opinion, the model's, decision, signature."""

from dataclasses import asdict, replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from portal.refusals import said
from triage import pathology, reading, reading_time, reviews, rulebook, worklist
from triage.conditions import CONDITIONS, by_code
from triage.models import Case, ReviewOutcome
from triage.reading import Reading
from triage.standard_decisions import DIGITS, STANDARD_DECISIONS, fill_in
from triage.web import reading_model, reading_parts
from triage.web.guards import for_dermatologists, posted_from
from triage.web.reading_desk import revision_of, seconds_of
from triage.web.reading_forms import (
    AmendmentForm,
    DecisionForm,
    OpinionForm,
    add_problems,
    start_from,
)
from triage.web.second_readings import SecondOpinionForm

# What a digit chooses in the first opinion, with the urgency that the diagnosis has by itself.
PICKS = [(digit, by_code(code)) for code, digit in DIGITS.items()]


@for_dermatologists
@require_safe
def show(request: HttpRequest, reference: str) -> HttpResponse:
    """The case as this reader may see it now, with the form for the step they are at."""
    return _page(request, _open(request, reference))


@for_dermatologists
@posted_from("triage:reading", "reference")
def opinion(request: HttpRequest, reference: str) -> HttpResponse:
    """Lock the first opinion; the model's result is shown after it."""
    seen = _open(request, reference)
    form = OpinionForm(request.POST)
    if not form.is_valid() or not seen.held or seen.draft is None:
        return _page(request, seen, opinion_form=form)
    reading_time.add(actor=request.user, case=seen.case, seconds=seconds_of(request))
    try:
        reviews.commit_first_opinion(actor=request.user, review=seen.draft, opinion=form.opinion())
    except reviews.AlreadyCommitted:
        messages.info(request, _("Your first opinion was locked before; it has not changed."))
    except reviews.NotYours:
        return _page(request, _open(request, reference), opinion_form=form)
    return redirect("triage:reading", reference)


@for_dermatologists
@posted_from("triage:reading", "reference")
def sign(request: HttpRequest, reference: str) -> HttpResponse:
    """First show what would be signed, then, confirmed, sign it."""
    seen = _open(request, reference)
    if seen.draft is None:
        return redirect("triage:reading", reference)
    form = DecisionForm(_sent(request, seen), photos=seen.case.photos.all())
    complete = form.is_valid()
    decision = form.decision()
    reading_time.add(actor=request.user, case=seen.case, seconds=seconds_of(request))
    try:
        draft = reviews.save_draft(
            actor=request.user, review=seen.draft, decision=decision, revision=revision_of(request)
        )
        seen = replace(seen, draft=draft)
        if not complete or not seen.held or "change" in request.POST:
            return _page(request, seen, decision_form=form)
        if "confirmed" not in request.POST:
            reviews.check(decision, seen.case)
            return _confirm(request, seen, form)
        reviews.sign(actor=request.user, review=draft, decision=decision)
    except reviews.ChangedElsewhere as changed:
        form.add_error(None, said(changed))
        return _page(request, _open(request, reference), decision_form=form, elsewhere=True)
    except reviews.Incomplete as incomplete:
        add_problems(form, incomplete.problems)
        return _page(request, seen, decision_form=form)
    except (reviews.OpinionFirst, reviews.NotYours):
        return redirect("triage:reading", reference)  # that page says which, or shows the signature
    signed = _("You signed case %(reference)s. The patient will be told.")
    messages.success(request, signed % {"reference": reference})
    return redirect("triage:reading", reference)


def _sent(request: HttpRequest, seen: Reading) -> Any:
    """What the form sent, with the ready-made decision in it where that was pressed."""
    diagnosis = request.POST.get("standard")
    if diagnosis not in STANDARD_DECISIONS:
        return request.POST
    texts = rulebook.current().book.texts
    return fill_in(request.POST.dict(), diagnosis=diagnosis, case=seen.case, texts=texts)


@for_dermatologists
@require_http_methods(["GET", "HEAD", "POST"])
def amend(request: HttpRequest, reference: str) -> HttpResponse:
    """A new version of a signed answer, with the reason; the old one stays."""
    seen = _open(request, reference)
    if not seen.signed:
        raise Http404
    newest = seen.signed[-1]
    photos = seen.case.photos.all()
    if request.method != "POST":
        form = AmendmentForm(initial=start_from(newest), photos=photos)
        return _amendment(request, seen, form)
    form = AmendmentForm(request.POST, photos=photos)
    if str(newest.version) != request.POST.get("version"):
        form.add_error(None, said(reviews.AlreadyAmended))
    if not form.is_valid() or "change" in request.POST:
        return _amendment(request, seen, form)
    try:
        if "confirmed" not in request.POST:
            reviews.check(form.decision(), seen.case)
            return _confirm(request, seen, form)
        reviews.amend(
            actor=request.user, review=newest, decision=form.decision(),
            reason=form.cleaned_data["amendment_reason"],
        )  # fmt: skip
    except reviews.Incomplete as incomplete:
        add_problems(form, incomplete.problems)
    except reviews.AlreadyAmended as amended:
        form.add_error(None, said(amended))
    else:
        messages.success(
            request, _("You amended the answer to case %(reference)s.") % {"reference": reference}
        )
        return redirect("triage:reading", reference)
    return _amendment(request, seen, form)


def _open(request: HttpRequest, reference: str) -> Reading:
    """The case, and the draft that goes with having it on the desk."""
    try:
        seen = reading.read(actor=request.user, reference=reference)
        unopened = seen.draft is None or (seen.model_shown and not seen.draft.revealed_at)
        if seen.held and not seen.answered and unopened:
            draft = reviews.open_review(actor=request.user, case=seen.case)
            return replace(seen, draft=draft)
    except Case.DoesNotExist:
        raise Http404 from None
    except reviews.NotYours:  # it left the desk this very moment
        return replace(seen, held=False)
    return seen


def _page(
    request: HttpRequest,
    seen: Reading,
    *,
    opinion_form: OpinionForm | None = None,
    decision_form: DecisionForm | None = None,
    elsewhere: bool = False,
    second_form: SecondOpinionForm | None = None,
) -> HttpResponse:
    """The reading page. A form that was filled in stays on it, even where the case was lost."""
    if seen.held and seen.draft and not (opinion_form or decision_form):
        if seen.draft.revealed_at is None:
            opinion_form = OpinionForm()
        else:
            photos = seen.case.photos.all()
            decision_form = DecisionForm(initial=start_from(seen.draft), photos=photos)
    context = _parts(request, seen) | {
        "opinion_form": opinion_form,
        "decision_form": decision_form,
        "form": opinion_form or decision_form or second_form,
        "results": pathology.of_case(request.user, seen.case),
        "second_form": seen.second and (second_form or SecondOpinionForm()),
        "holder": worklist.holder(seen.case),
        "draft": seen.draft,
        # sign() has saved the draft, unless another window had before
        "kept": decision_form is not None and decision_form.is_bound and not elsewhere,
        "elsewhere": elsewhere,
        "now": timezone.now(),
    }
    if opinion_form:
        context["picks"] = PICKS
    if decision_form:
        context |= _help_in_writing(request)
    return render(request, "triage/staff/reading.html", context)


def page_with(
    request: HttpRequest, reference: str, *, second_form: SecondOpinionForm
) -> HttpResponse:
    """The reading page with a second opinion that was filled in and isn't complete."""
    return _page(request, _open(request, reference), second_form=second_form)


def _parts(request: HttpRequest, seen: Reading) -> dict[str, object]:
    case, assessment = seen.case, seen.assessment
    return {
        "seen": seen,
        "case": case,
        "urgency": seen.signed[-1].urgency if seen.signed else case.urgency,
        "overdue": not seen.answered and case.due_at < timezone.now(),
        "photos": reading_parts.photo_cards(seen),
        "before_photos": seen.before.photos.all() if seen.before else (),
        "before_answer": reading_parts.answer_of(seen.before) if seen.before else "",
        "patient_facts": reading_parts.patient_facts(case),
        "symptom_facts": reading_parts.symptom_facts(case),
        "note_parts": reading_parts.note_parts(case),
        "reasons": reading_parts.reason_rows(seen.reasons),
        "points": sum(reason.points for reason in seen.reasons),
        "earlier": reading_parts.earlier_rows(seen),
        "versions": [reading_parts.version(review) for review in reversed(seen.signed)],
        "first_opinion": reading_parts.name(seen.draft.first_diagnosis) if seen.draft else "",
        "assessment": assessment,
        "figures": reading_model.figures(assessment, rulebook.current().rules)
        if assessment
        else [],
        "certainty": reading_model.certainty(assessment) if assessment else "",
    }


def _help_in_writing(request: HttpRequest) -> dict[str, object]:
    """What the decision's form offers: ready-made decisions, texts, the conditions' names."""
    texts = rulebook.current().book.texts
    return {
        "standard_texts": {str(outcome): asdict(text) for outcome, text in texts.items()},
        "standard_rows": [(ReviewOutcome(code).label, text) for code, text in texts.items()],
        "standards": [
            (DIGITS[code], code, reading_parts.name(code), ReviewOutcome(standard.outcome).label)
            for code, standard in STANDARD_DECISIONS.items()
        ],
        "condition_names": [condition.name for condition in CONDITIONS],
    }


def _confirm(request: HttpRequest, seen: Reading, form: DecisionForm) -> HttpResponse:
    decision = form.decision()
    context = {
        "seen": seen,
        "case": seen.case,
        "form": form,
        "rows": reading_parts.decision_rows(form),
        "amends": isinstance(form, AmendmentForm),
        "version": seen.signed[-1].version if seen.signed else None,
        "revision": seen.draft.draft_revision if seen.draft else None,
        "cautions": reviews.cautions(decision, seen.assessment, seen.before),
    }
    return render(request, "triage/staff/confirm.html", context)


def _amendment(request: HttpRequest, seen: Reading, form: AmendmentForm) -> HttpResponse:
    context = (
        _parts(request, seen)
        | _help_in_writing(request)
        | {
            "form": form,
            "decision_form": form,
            "version": seen.signed[-1].version,
        }
    )
    return render(request, "triage/staff/amend.html", context)
