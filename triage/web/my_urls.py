"""Addresses of a patient's own lesions and data, and of the requests about data."""

from django.urls import URLPattern, path

from triage.web import data_requests, lesions, my_data, my_erasure

urlpatterns: list[URLPattern] = [
    path("lesions/", lesions.lesions, name="lesions"),
    path("lesions/<uuid:pk>/", lesions.lesion, name="lesion"),
    path("lesions/<uuid:pk>/name/", lesions.rename, name="lesion_rename"),
    path("lesions/<uuid:pk>/compare/", lesions.compare, name="lesion_compare"),
    path("my-data/", my_data.home, name="my_data"),
    path("my-data/looks/", my_data.looks, name="looks"),
    path("my-data/consents/", my_data.consents, name="consents"),
    path("my-data/erasure/", my_erasure.erasure_page, name="erasure"),
    path("my-data/erasure/withdraw/", my_erasure.withdraw, name="erasure_withdraw"),
    path("my-data/download/", my_data.download, name="download"),
    path("my-data/download/prepare/", my_data.prepare, name="download_prepare"),
    path("my-data/download/<str:token>/", my_data.everything, name="everything"),
    path("requests/", data_requests.requests, name="requests"),
    path("requests/holds/", data_requests.holds, name="holds"),
    path("requests/holds/<uuid:pk>/lift/", data_requests.lift, name="hold_lift"),
    path("requests/retention/", data_requests.retention_list, name="retention"),
    path("requests/<uuid:pk>/", data_requests.one, name="request"),
    path("requests/<uuid:pk>/hold/", data_requests.hold_for, name="request_hold"),
    path("requests/<uuid:pk>/carry-out/", data_requests.carry_out, name="request_carry_out"),
]
