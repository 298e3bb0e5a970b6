"""Addresses of the API, version 1. References and random ids only, as on the pages."""

from django.urls import path, re_path, register_converter

from triage.api import cases, contact, drafts, ledger, people, problems, schema, worklist
from triage.models import ConsentKind


class Reference:
    regex = "[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}"
    to_python = to_url = staticmethod(str)


class Kind:
    regex = "|".join(ConsentKind.values)
    to_python = staticmethod(ConsentKind)
    to_url = staticmethod(str)


register_converter(Reference, "reference")
register_converter(Kind, "consent_kind")

app_name = "api"
urlpatterns = [
    path("v1/cases/", cases.Cases.as_view(), name="cases"),
    path("v1/cases/<reference:reference>/", cases.OneCase.as_view(), name="case"),
    path(
        "v1/cases/<reference:reference>/reviews/", worklist.Reviews.as_view(), name="case_reviews"
    ),
    path(
        "v1/cases/<reference:reference>/release/", worklist.Release.as_view(), name="case_release"
    ),
    path(
        "v1/cases/<reference:reference>/heartbeat/",
        worklist.Heartbeat.as_view(),
        name="case_heartbeat",
    ),
    path(
        "v1/cases/<reference:reference>/photos-again/",
        contact.PhotosAgain.as_view(),
        name="photos_again",
    ),
    path("v1/cases/<reference:reference>/photos/", contact.Photos.as_view(), name="case_photos"),
    path(
        "v1/cases/<reference:reference>/messages/",
        contact.Messages.as_view(),
        name="case_messages",
    ),
    path("v1/draft/", drafts.OneDraft.as_view(), name="draft"),
    path("v1/notifications/", contact.Notifications.as_view(), name="notifications"),
    path("v1/photos/<uuid:pk>/", cases.Photo.as_view(), name="photo"),
    path("v1/photos/<uuid:pk>/thumbnail/", cases.Thumbnail.as_view(), name="photo_thumbnail"),
    path("v1/worklist/", worklist.Worklist.as_view(), name="worklist"),
    path("v1/worklist/claim/", worklist.Claim.as_view(), name="worklist_claim"),
    path("v1/audit/", ledger.Ledger.as_view(), name="audit"),
    path("v1/token/", people.Token.as_view(), name="token"),
    path("v1/me/", people.Me.as_view(), name="me"),
    path("v1/profile/", people.Profile.as_view(), name="profile"),
    path("v1/consents/", people.Consents.as_view(), name="consents"),
    path("v1/consents/<consent_kind:kind>/", people.OneConsent.as_view(), name="consent"),
    path("schema/", schema.Schema.as_view(), name="schema"),
    path("docs/", schema.Docs.as_view(), name="docs"),
    re_path(r"^(?P<rest>[\s\S]*)\Z", problems.unknown_address, name="unknown"),
]
