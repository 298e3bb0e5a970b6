"""Addresses of the pages about people; allauth's own are under accounts/."""

from django.urls import path

from portal.accounts import administration, views

app_name = "accounts"
urlpatterns = [
    path("account/", views.account, name="account"),
    path("people/", views.people, name="people"),
    path("people/search/", views.search, name="people_search"),
    path("people/invite/", views.invite, name="invite"),
    path("people/<int:pk>/", administration.person, name="person"),
    path("people/<int:pk>/<slug:what>/", administration.act, name="act"),
    path("clinics/", administration.clinics, name="clinics"),
    path("clinics/new/", administration.clinic, name="clinic_new"),
    path("clinics/<int:pk>/", administration.clinic, name="clinic"),
    path("people/invitations/<int:pk>/withdraw/", views.withdraw, name="withdraw"),
    path("invitations/<str:token>/", views.accept, name="accept"),
    path("tokens/", views.api_tokens, name="tokens"),
    path("tokens/<str:token_key>/revoke/", views.revoke_token, name="revoke_token"),
    path("mailbox/", views.mailbox, name="mailbox"),
]
