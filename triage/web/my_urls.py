"""Addresses of a patient's own lesions and data, and of the requests about data."""

from django.urls import URLPattern, path

from triage.web import lesions, my_data

urlpatterns: list[URLPattern] = [
    path("lesions/", lesions.lesions, name="lesions"),
    path("lesions/<uuid:pk>/", lesions.lesion, name="lesion"),
    path("lesions/<uuid:pk>/name/", lesions.rename, name="lesion_rename"),
    path("lesions/<uuid:pk>/compare/", lesions.compare, name="lesion_compare"),
    path("my-data/", my_data.home, name="my_data"),
    path("my-data/looks/", my_data.looks, name="looks"),
    path("my-data/consents/", my_data.consents, name="consents"),
    path("my-data/download/", my_data.download, name="download"),
    path("my-data/download/prepare/", my_data.prepare, name="download_prepare"),
    path("my-data/download/<str:token>/", my_data.everything, name="everything"),
]
