"""Addresses of the rule book's pages."""

from django.urls import URLPattern, path

from triage.web import rules

urlpatterns: list[URLPattern] = [
    path("rules/", rules.rules, name="rules"),
    path("rules/edit/", rules.edit, name="rules_edit"),
    path("rules/adopt/", rules.adopt, name="rules_adopt"),
    path("rules/progress/", rules.progress, name="rule_progress"),
    path("rules/import/", rules.bring_in, name="rules_import"),
    path("rules/versions/", rules.versions, name="rule_versions"),
    path("rules/versions/<int:number>/", rules.version, name="rule_version"),
    path("rules/versions/<int:number>/export/", rules.export, name="rules_export"),
    path("rules/versions/<int:number>/restore/", rules.restore, name="rules_restore"),
]
