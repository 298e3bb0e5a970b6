"""The administrator's pages of places."""

from django.urls import path

from triage.web import place_pages

urlpatterns = [
    path("places/", place_pages.index, name="places"),
    path("places/new/", place_pages.new, name="place_new"),
    path("places/import/", place_pages.bring_in, name="places_import"),
    path("places/export/", place_pages.export, name="places_export"),
    path("places/<int:pk>/", place_pages.edit, name="place"),
    path("places/<int:pk>/remove/", place_pages.remove, name="place_remove"),
    path("places/<int:pk>/put-back/", place_pages.put_back, name="place_put_back"),
]
