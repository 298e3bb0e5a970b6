"""What belongs to a patient: every row of the database that leads to them by foreign keys.

The walk follows the keys themselves, so that a table added later belongs too; `triage_erase` in the
database (migration 0008) walks the same way. Each table must be described here, for the download.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import FileField, ForeignKey, Model, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from triage.models import Patient

Text = str | Promise
Found = dict[type[Model], set[Any]]  # model -> primary keys


@dataclass(frozen=True)
class Table:
    """How the rows of one model are given to the patient whose they are."""

    model: str  # its label
    name: str  # in the download
    about: Text  # what a row is
    left_out: Mapping[str, Text] = field(default_factory=dict)  # field -> why it is not given
    only: Q | None = None  # which rows are given; None: all
    without: Text = ""  # why the others are not


SECRET = _("A secret that only computers need; with it somebody could log in as you.")
COPY = _("A smaller copy of a photo that is in the file.")
SEARCH = _("The words of your notes once more, for searching.")
SIGNED_ONLY = _("A draft of a clinician’s. It is not what they think until they sign it.")

TABLES = (
    Table("accounts.User", "account", _("Your account: name, e-mail address, when you joined."),
          {"password": SECRET}),
    Table("account.EmailAddress", "email_addresses", _("An e-mail address of your account.")),
    Table("account.EmailConfirmation", "email_confirmations",
          _("A mail that asked you to confirm an address."), {"key": SECRET}),
    Table("mfa.Authenticator", "second_factors", _("A second step of your log-in."),
          {"data": SECRET}),
    Table("usersessions.UserSession", "sessions", _("A device that is logged in, or was."),
          {"session_key": SECRET, "data": SECRET}),
    Table("knox.AuthToken", "api_tokens", _("A key that you made for a program."),
          {"digest": SECRET, "token_key": SECRET}),
    Table("triage.MailPreference", "mail_preferences", _("Whether you want mails.")),
    Table("triage.Patient", "profile", _("What you told the clinic about yourself.")),
    Table("triage.Consent", "consents", _("Something you agreed to: which wording, from when.")),
    Table("triage.Lesion", "lesions", _("A place on your skin that you sent photos of.")),
    Table("triage.Conversation", "conversations",
          _("What you told the assistant; its answers follow from that.")),
    Table("triage.Draft", "drafts", _("A form that you began and have not sent.")),
    Table("triage.Upload", "unsent_photos", _("A photo that you have not sent yet."),
          {"thumbnail": COPY}),
    Table("triage.Case", "cases", _("One sending: when, how urgent, and why it was ranked so."),
          {"notes_index": SEARCH}),
    Table("triage.Symptoms", "symptoms", _("What you answered about a lesion. Empty: not sure.")),
    Table("triage.Photo", "photos", _("A photo that you sent, and what was measured of it."),
          {"thumbnail": COPY}),
    Table("triage.Assessment", "assessments",
          _("What the software made of a case, also where it was not shown to you. Its figures "
            "are no diagnosis.")),
    Table("triage.PhotoFinding", "photo_findings", _("What the software made of one photo.")),
    Table("triage.PhotoEmbedding", "photo_embeddings",
          _("A photo as the software’s numbers, for finding others that look like it.")),
    Table("triage.Replay", "replays", _("An assessment done again, to check it.")),
    Table("triage.Review", "answers", _("An answer that a clinician signed."), {},
          Q(signed_at__isnull=False), SIGNED_ONLY),
    Table("triage.PhotoAdequacy", "photo_adequacies",
          _("Whether a clinician found a photo good enough."), {},
          Q(review__signed_at__isnull=False), SIGNED_ONLY),
    Table("triage.SecondReading", "second_readings", _("Another clinician’s opinion of a case."),
          {}, Q(signed_at__isnull=False), SIGNED_ONLY),
    Table("triage.PathologyResult", "pathology", _("What a laboratory found in a sample.")),
    Table("triage.PhotoRequest", "photo_requests", _("New photos that a clinician asked for.")),
    Table("triage.OneTimeLink", "links", _("A link that was mailed to you and works once."),
          {"token_hash": SECRET}),
    Table("triage.Breach", "late_cases", _("A case that was not read by its due time.")),
    Table("triage.Thread", "conversations_with_the_clinic", _("The messages about one case.")),
    Table("triage.Message", "messages", _("A message from you or from the clinic.")),
    Table("triage.Notification", "notifications", _("Word to you that something happened.")),
    Table("triage.LegalHold", "holds", _("A time in which your record must not be erased."),
          {"reason": _("It may be about others too. Ask the clinic for it.")}),
)  # fmt: skip

# What leads to an account, but only ever to one of the staff.
OF_STAFF = frozenset({
    "accounts.Invitation", "triage.DutyShift", "triage.ModelApproval", "triage.RuleBook",
    "triage.Snippet", "triage.Erasure",
})  # fmt: skip


def of(patient: Patient) -> Found:
    """The keys of every row that leads to this patient or their account, by model."""
    found: Found = defaultdict(set)
    found[User] = {patient.user_id}
    found[Patient] = {patient.pk}
    waiting: list[type[Model]] = [User, Patient]
    while waiting:
        model = waiting.pop(0)
        for child, key in _referring(model):
            rows = child._base_manager.filter(**{f"{key.name}__in": found[model]})
            new = set(rows.values_list("pk", flat=True)) - found[child]
            if new:
                found[child] |= new
                waiting.append(child)
    return {model: keys for model, keys in found.items() if keys}


def models() -> set[type[Model]]:
    """Every model that can lead to a patient."""
    found: set[type[Model]] = {User, Patient}
    waiting: list[type[Model]] = [User, Patient]
    while waiting:
        new = {child for child, _key in _referring(waiting.pop())} - found
        found |= new
        waiting += new
    return found


def files(found: Found) -> list[str]:
    """The names of all files of these rows in the storage, copies too."""
    names = []
    for model, keys in found.items():
        for stored in (f for f in model._meta.concrete_fields if isinstance(f, FileField)):
            rows = model._base_manager.filter(pk__in=keys).order_by("pk")
            names += [name for name in rows.values_list(stored.name, flat=True) if name]
    return names


def model_of(table: Table) -> type[Model]:
    return apps.get_model(table.model)


def _referring(model: type[Model]) -> Iterator[tuple[type[Model], ForeignKey]]:
    """Who has a foreign key to this model. The ledger has none that the database knows of."""
    for relation in model._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and not relation.many_to_many:
            child = relation.related_model
            if child._meta.managed:
                yield child, relation.field
