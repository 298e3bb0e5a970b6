"""Words for the pages about the rule book."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from triage import conditions

register = template.Library()

# What decides where a case stands, told without a word of the patient's.
_DECIDES = {
    "model_risk": gettext_lazy("The model's risk of cancer"),
    "unscored": gettext_lazy("Not scored yet"),
    "failed": gettext_lazy("Could not be scored"),
    "unusable_score": gettext_lazy("A result that cannot be used"),
    "out_of_domain": gettext_lazy("A photo that the model does not know"),
    "uncertain": gettext_lazy("The model is not sure"),
    "delay_matters": gettext_lazy("A place or size where delay matters"),
    "seven_point": gettext_lazy("7-point checklist"),
    "suspected_elsewhere": gettext_lazy("Another clinician suspects cancer"),
    "raised_and_growing": gettext_lazy("Raised and growing"),
    "not_healing": gettext_lazy("A sore that does not heal"),
    "red_flag_unsure": gettext_lazy("An emergency sign that is not ruled out"),
    "dark_skin": gettext_lazy("Brown or black skin"),
    "clinician": gettext_lazy("Set by a clinician"),
}
_KINDS = {
    "red_flag": gettext_lazy("An emergency sign"),
    "checklist": gettext_lazy("A warning sign of the checklist"),
    "history": gettext_lazy("The patient's history"),
}


@register.filter
def reason_in_words(code: str) -> str:
    """The kind of reason behind a code of triage.priority.Reason."""
    if code in _DECIDES:
        return str(_DECIDES[code])
    kind, _sep, rest = code.partition("_")
    if kind == "model" and (known := conditions.find(rest)):
        return known.name
    found = next((words for start, words in _KINDS.items() if code.startswith(start)), None)
    return str(found or _("Other signs"))
