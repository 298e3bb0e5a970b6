"""The clinic's pages. Addresses hold references and random ids only, never who a patient is."""

from django.urls import URLPattern, path

from triage.web import cases, conditions, media, profile, sending

app_name = "triage"

patient: list[URLPattern] = [
    path("cases/", cases.patient_cases, name="patient_cases"),
    path("cases/<str:reference>/", cases.case, name="case"),
    path("cases/<str:reference>/progress/", cases.progress, name="case_progress"),
    path("send/", sending.send, name="send"),
    path("send/start/", sending.start, name="start"),
    path("send/elsewhere/<slug:why>/", sending.elsewhere, name="elsewhere"),
    path("send/photos/", sending.upload, name="upload"),
    path("send/photos/<uuid:pk>/", sending.remove, name="upload_remove"),
    path("send/photos/<uuid:pk>/thumbnail/", media.upload_thumbnail, name="upload_thumbnail"),
    path("send/photos/unsent/", sending.forget_unsent, name="forget_unsent"),
    path("profile/", profile.profile, name="profile"),
    path("profile/consents/<slug:kind>/", profile.consent, name="consent"),
]
staff: list[URLPattern] = []
photos: list[URLPattern] = [
    path("photos/<uuid:pk>/", media.photo, name="photo"),
    path("photos/<uuid:pk>/thumbnail/", media.thumbnail, name="photo_thumbnail"),
    path("photos/<uuid:pk>/activation/", media.activation, name="activation"),
]
public: list[URLPattern] = [
    path("conditions/", conditions.conditions, name="conditions"),
    path("conditions/<slug:slug>/", conditions.condition, name="condition"),
]
urlpatterns = patient + staff + photos + public
