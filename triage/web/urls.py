"""The clinic's pages. Addresses hold references and random ids only, never who a patient is."""

from django.urls import URLPattern

app_name = "triage"
urlpatterns: list[URLPattern] = []
