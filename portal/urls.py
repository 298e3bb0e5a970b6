"""Every address of the portal."""

from django.urls import include, path

from portal import health
from portal.accounts import views as accounts
from triage.web import system

urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", accounts.home, name="home"),
    path("language/", accounts.language, name="language"),
    path("accounts/signup/", accounts.sign_up),  # before allauth's own, which it wraps
    path("accounts/", include("allauth.urls")),
    path("", include("portal.accounts.urls")),
    path("audit/", include("portal.audit.urls")),
    path("api/", include("triage.api.urls")),
    path("system/", system.system, name="system"),
    path("system/score-again/", system.score_again, name="score_again"),
    path("", include("triage.web.urls")),
]

handler400 = "triage.api.problems.bad_request"
handler500 = "triage.api.problems.server_error"
handler429 = "portal.accounts.views.too_many"  # allauth asks for it
