"""What the form says back: its answers in words, and when to come back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any

from django.forms import Form
from django.utils import timezone
from django.utils.formats import date_format, localize, time_format
from django.utils.translation import ngettext

from triage import body_map, drafts
from triage.models import Draft
from triage.web.send_steps import BY_NAME, Step, steps_of


@dataclass(frozen=True)
class Section:
    """What one page of the form says."""

    step: Step
    rows: tuple[tuple[str, str], ...]  # question, answer


def summary(draft: Draft) -> list[Section]:
    """Every answer in words, page by page, but the photos."""
    return [
        Section(step, tuple(_rows(step, draft)))
        for step in steps_of(draft)
        if step.form and step.name not in ("photos", "consent")
    ]


def _rows(step: Step, draft: Draft) -> Iterator[tuple[str, str]]:
    form = step.form(draft=draft)
    if step is BY_NAME["place"]:
        region = body_map.REGIONS.get(draft.entered.get("region", ""))
        yield str(form["region"].label), region.label if region else ""
        return
    for field in form:
        yield str(field.label), _said(form, field.name)


def _said(form: Form, name: str) -> str:
    field = form.fields[name]
    value = field.prepare_value(form.get_initial_for_field(field, name))
    choices = dict(getattr(field, "choices", ()))
    if value in (None, ""):
        return ""
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, float):
        return localize(int(value) if value.is_integer() else value)
    return str(choices.get(value, choices.get(str(value), value)))


def come_back(retry_after: int) -> str:
    when = timezone.localtime(timezone.now() + timedelta(seconds=retry_after))
    minutes = ceil(retry_after / 60)
    words: dict[str, Any] = {"time": time_format(when, "H:i"), "minutes": minutes}
    return ngettext(
        "You have sent as much as one hour allows. Try again after %(time)s, in %(minutes)d "
        "minute.",
        "You have sent as much as one hour allows. Try again after %(time)s, in %(minutes)d "
        "minutes.",
        minutes,
    ) % words  # fmt: skip


def where(draft: Draft) -> str:
    """The place of the spot in words, or ""."""
    if lesion := drafts.lesion_of(draft):
        return str(lesion)
    region = body_map.REGIONS.get(draft.entered.get("region", ""))
    return region.label if region else ""
