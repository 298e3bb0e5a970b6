"""The clinic's pages. Addresses hold references and random ids only, never who a patient is."""

from django.urls import URLPattern, include, path, register_converter
from django.urls.converters import StringConverter

from triage.web import (
    ask,
    cases,
    conditions,
    exports,
    media,
    my_urls,
    my_work,
    pathology,
    profile,
    reading,
    reading_desk,
    rules_urls,
    second_readings,
    send_photos,
    sending,
    similar,
    snippets,
    where,
    worklist,
)


class Reference(StringConverter):
    """A case's reference, as people type it too: in small letters."""

    regex = "[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}"

    def to_python(self, value: str) -> str:
        return value.upper()


register_converter(Reference, "typed_reference")

app_name = "triage"

patient: list[URLPattern] = [
    path("cases/", cases.patient_cases, name="patient_cases"),
    path("cases/<typed_reference:reference>/", cases.case, name="case"),
    path("cases/<typed_reference:reference>/progress/", cases.progress, name="case_progress"),
    path("send/", sending.send, name="send"),
    path("send/elsewhere/<slug:why>/", sending.elsewhere_page, name="elsewhere"),
    path("send/emergency/", sending.emergency, name="send_emergency"),
    path("send/throw-away/", sending.throw_away, name="send_throw_away"),
    path("send/photos/add/", send_photos.upload, name="upload"),
    path("send/photos/<uuid:pk>/", send_photos.remove, name="upload_remove"),
    path("send/photos/<uuid:pk>/thumbnail/", media.upload_thumbnail, name="upload_thumbnail"),
    path("send/<slug:name>/", sending.step, name="send_step"),
    path("ask/", ask.ask, name="ask"),
    path("ask/say/", ask.say, name="say"),
    path("ask/back/", ask.take_back, name="ask_back"),
    path("ask/again/", ask.start_again, name="ask_again"),
    path("ask/send/", ask.hand_over, name="ask_send"),
    path("profile/", profile.profile, name="profile"),
    path("profile/consents/<slug:kind>/", profile.consent, name="consent"),
]
staff: list[URLPattern] = [
    path("worklist/", worklist.queue, name="worklist"),
    path("worklist/search/", worklist.search, name="worklist_search"),
    path("worklist/claim/", worklist.claim_next, name="claim_next"),
    path("my-work/", my_work.show, name="my_work"),
    path("worklist/texts/", snippets.index, name="snippets"),
    path("worklist/texts/all/", snippets.all_of_them, name="snippets_all"),
    path("worklist/texts/new/", snippets.new, name="snippet_new"),
    path("worklist/texts/<int:pk>/", snippets.edit, name="snippet"),
    path("worklist/texts/<int:pk>/delete/", snippets.delete, name="snippet_delete"),
    path("worklist/<typed_reference:reference>/", reading.show, name="reading"),
    path("worklist/<typed_reference:reference>/claim/", worklist.claim, name="claim"),
    path("worklist/<typed_reference:reference>/release/", worklist.release, name="release"),
    path(
        "worklist/<typed_reference:reference>/heartbeat/", reading_desk.heartbeat, name="heartbeat"
    ),
    path("worklist/<typed_reference:reference>/opinion/", reading.opinion, name="opinion"),
    path("worklist/<typed_reference:reference>/draft/", reading_desk.draft, name="draft"),
    path("worklist/<typed_reference:reference>/sign/", reading.sign, name="sign"),
    path("worklist/<typed_reference:reference>/amend/", reading.amend, name="amend"),
    path(
        "worklist/<typed_reference:reference>/second-reading/",
        second_readings.sign,
        name="second_reading_sign",
    ),
    path(
        "worklist/<typed_reference:reference>/second-reading/ask/",
        second_readings.ask,
        name="second_reading_ask",
    ),
    path(
        "worklist/<typed_reference:reference>/second-reading/hand-over/",
        second_readings.hand_over,
        name="second_reading_hand_over",
    ),
    path("worklist/<typed_reference:reference>/similar/", similar.show, name="similar"),
    path("worklist/<typed_reference:reference>/export/<slug:form>/", exports.case, name="export"),
    path("training-set/", exports.training, name="training_set"),
    path("pathology/", pathology.index, name="pathology"),
    path("pathology/new/", pathology.new, name="pathology_new"),
    path("pathology/import/", pathology.bring, name="pathology_import"),
    path("pathology/<int:pk>/", pathology.result, name="pathology_result"),
    path("pathology/<int:pk>/tell/", pathology.tell, name="pathology_tell"),
    path("pathology/<int:pk>/correct/", pathology.correct, name="pathology_correct"),
    path("second-readings/", second_readings.index, name="second_readings"),
    path("second-readings/<int:pk>/settle/", second_readings.settle, name="second_reading_settle"),
]
photos: list[URLPattern] = [
    path("photos/<uuid:pk>/", media.photo, name="photo"),
    path("photos/<uuid:pk>/thumbnail/", media.thumbnail, name="photo_thumbnail"),
    path("photos/<uuid:pk>/activation/", media.activation, name="activation"),
]
public: list[URLPattern] = [
    path("where-to-go/", where.where_to_go, name="where_to_go"),
    path("conditions/", conditions.conditions, name="conditions"),
    path("conditions/<slug:slug>/", conditions.condition, name="condition"),
]
governance = [
    path("", include("triage.web.governance_urls")),
    path("", include("triage.web.place_urls")),
]
contact = [path("", include("triage.web.contact_urls"))]
urlpatterns = patient + my_urls.urlpatterns + rules_urls.urlpatterns + staff + photos + public
urlpatterns += governance + contact
