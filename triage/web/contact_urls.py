"""Addresses of what patients and the clinic say to each other, and of the clinic's clock."""

from django.urls import path

from triage.web import inbox, retakes

urlpatterns = [
    path("cases/<typed_reference:reference>/photos-again/", retakes.retake, name="retake"),
    path("link/", retakes.link_photos, name="link_photos"),
    path("link/<slug:token>/", retakes.link, name="link"),
    path("link/<slug:token>/again/", retakes.link_again, name="link_again"),
    path("worklist/<typed_reference:reference>/photos-again/", retakes.ask, name="photos_again"),
    path(
        "worklist/<typed_reference:reference>/photos-again/withdraw/",
        retakes.withdraw,
        name="photos_withdraw",
    ),
    path("notifications/", inbox.notifications, name="notifications"),
    path("notifications/mail/", inbox.mail, name="notifications_mail"),
]
