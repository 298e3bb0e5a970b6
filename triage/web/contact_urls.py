"""Addresses of what patients and the clinic say to each other, and of the clinic's clock."""

from django.urls import path

from triage.web import clock, inbox, messages, retakes

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
    path("messages/", messages.index, name="messages"),
    path("messages/<typed_reference:reference>/", messages.thread, name="thread"),
    path("messages/<typed_reference:reference>/settle/", messages.settle, name="thread_settle"),
    path("messages/mail/<int:pk>/", messages.told_otherwise, name="told_otherwise"),
    path("clock/", clock.show, name="clock"),
    path("clock/rota/", clock.rota, name="rota"),
    path("clock/rota/<int:pk>/off/", clock.take_off, name="rota_take_off"),
    path("clock/days-off/", clock.holidays, name="holidays"),
    path("clock/days-off/<int:pk>/remove/", clock.remove_holiday, name="holiday_remove"),
]
