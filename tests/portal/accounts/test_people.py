"""Who may come in, and who decides it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from portal.accounts import people
from portal.accounts.models import Invitation, User
from portal.audit.models import Entry
from tests.portal.accounts.steps import PASSWORD, actions, link_in_mail, log_in


@pytest.fixture
def administrator(cast) -> Client:
    client = Client()
    client.force_login(cast.administrator)
    return client


def invite(cast, email: str = "colleague@example.org", role: str = "dermatologist"):
    return people.invite(actor=cast.administrator, email=email, role=role, clinic=cast.clinic)


def test_an_invited_colleague_opens_the_link_and_joins(administrator, cast):
    administrator.post(
        "/people/invite/",
        {"email": "Colleague@example.org", "role": "dermatologist", "clinic": cast.clinic.pk},
    )
    assert mail.outbox[-1].to == ["colleague@example.org"]
    link = link_in_mail()

    colleague = Client()
    assert cast.clinic.name in colleague.get(link).content.decode()
    assert colleague.post(link, {"name": "Dr Co", "password": PASSWORD})["Location"] == "/"

    user = User.objects.get(email="colleague@example.org")
    assert (user.role, user.clinic, user.name) == ("dermatologist", cast.clinic, "Dr Co")
    assert colleague.get("/account/").status_code == 200
    assert log_in(Client(), user).status_code == 302  # the address counts as verified
    assert actions(action__startswith="invitation.") == ["invitation.accepted"]
    invited = Entry.objects.get(action="user.invited")
    assert (invited.actor_id, invited.detail["role"]) == (cast.administrator.pk, "dermatologist")


def test_where_staff_need_a_second_factor_joining_leads_to_its_set_up(cast, mfa_required):
    link = f"/invitations/{invite(cast).token}/"
    colleague = Client()
    response = colleague.post(link, {"name": "Dr Co", "password": PASSWORD}, follow=True)
    assert response.redirect_chain[-1][0] == "/accounts/2fa/"
    assert colleague.get("/accounts/2fa/totp/activate/").status_code == 200


def test_a_link_works_once(cast):
    link = f"/invitations/{invite(cast).token}/"
    Client().post(link, {"name": "Dr Co", "password": PASSWORD})
    second = Client().post(link, {"name": "Dr Evil", "password": PASSWORD})
    assert second.status_code == 404
    assert b"This invitation does not work" in second.content


def test_a_link_ends_after_seven_days(cast):
    issued = invite(cast)
    assert issued.invitation.expires_at - issued.invitation.invited_at == timedelta(days=7)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(f"/invitations/{issued.token}/").status_code == 404
    with pytest.raises(people.NotInvited):
        people.accept(token=issued.token, name="Late", password=PASSWORD)


def test_a_withdrawn_link_ends_at_once(administrator, cast):
    issued = invite(cast)
    administrator.post(f"/people/invitations/{issued.invitation.pk}/withdraw/")
    assert Client().get(f"/invitations/{issued.token}/").status_code == 404
    assert "invitation.withdrawn" in actions(actor_id=cast.administrator.pk)


def test_inviting_again_ends_the_earlier_link(cast):
    first, second = invite(cast), invite(cast)
    assert Client().get(f"/invitations/{first.token}/").status_code == 404
    assert Client().get(f"/invitations/{second.token}/").status_code == 200


def test_the_database_does_not_hold_the_secret_of_a_link(cast):
    issued = invite(cast)
    assert issued.token not in str(Invitation.objects.values().get(pk=issued.invitation.pk))


def test_somebody_with_an_account_is_not_invited_again(administrator, cast):
    page = administrator.post(
        "/people/invite/",
        {"email": cast.patient.email, "role": "dermatologist", "clinic": cast.clinic.pk},
    )
    assert page.status_code == 422
    assert b"already has an account" in page.content


def test_whoever_signed_up_meanwhile_keeps_the_account(cast):
    issued = invite(cast, email="both@example.org")
    User.objects.create_user("both@example.org", role="patient", clinic=cast.clinic)
    page = Client().post(f"/invitations/{issued.token}/", {"name": "x", "password": PASSWORD})
    assert page.status_code == 404
    assert User.objects.get(email="both@example.org").role == "patient"


def test_the_list_of_people_costs_few_queries(administrator, cast, django_assert_max_num_queries):
    for number in range(60):
        User.objects.create_user(f"{number}@example.org", role="dermatologist", clinic=cast.clinic)
    with django_assert_max_num_queries(12):
        page = administrator.get("/people/")
    assert b"Page 1 of 2" in page.content
    assert b"59@example.org" not in page.content
    assert b"Page 2 of 2" in administrator.get("/people/?page=2").content


def test_nobody_is_invited_as_a_patient(cast):
    with pytest.raises(people.NotAllowed):
        invite(cast, role="patient")


@pytest.mark.parametrize("who", ["patient", "dermatologist", "outsider"])
def test_only_administrators_change_who_may_come_in(who, cast):
    actor = getattr(cast, who)
    with pytest.raises(people.NotAllowed):
        people.invite(actor=actor, email="x@example.org", role="dermatologist", clinic=cast.clinic)
    with pytest.raises(people.NotAllowed):
        people.disable(actor=actor, user=cast.patient2, reason="misuse")
    with pytest.raises(people.NotAllowed):
        people.enable(actor=actor, user=cast.patient2, reason="safe")
    client = Client()
    client.force_login(actor)
    for path in ("/people/", "/people/invite/", f"/people/{cast.patient2.pk}/switch/"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
    denied = Entry.objects.filter(actor=actor, result="denied").values_list("object_id", flat=True)
    assert set(denied) == {"accounts:people", "accounts:invite", "accounts:switch"}


def test_a_disabled_administrator_decides_nothing(cast):
    cast.administrator.is_active = False
    with pytest.raises(people.NotAllowed):
        invite(cast)


def test_disabling_asks_why_and_records_it(administrator, cast):
    path = f"/people/{cast.dermatologist.pk}/switch/"
    assert administrator.post(path).status_code == 422
    administrator.post(path, {"reason": "left"})
    cast.dermatologist.refresh_from_db()
    assert not cast.dermatologist.is_active
    entry = Entry.objects.get(action="user.disabled")
    assert entry.detail["reason"] == "left"
    assert entry.object_id == str(cast.dermatologist.pk)
    administrator.post(path, {"reason": "returned"})
    assert "user.enabled" in actions(actor_id=cast.administrator.pk)


def test_an_administrator_cannot_lock_themself_out(administrator, cast):
    path = f"/people/{cast.administrator.pk}/switch/"
    for page in (
        administrator.get(path, follow=True),
        administrator.post(path, {"reason": "left"}, follow=True),
    ):
        assert page.redirect_chain == [("/people/", 302)]
        assert "You cannot disable your own account" in page.content.decode()
    with pytest.raises(people.NotYourself):
        people.disable(actor=cast.administrator, user=cast.administrator, reason="left")
    cast.administrator.refresh_from_db()
    assert cast.administrator.is_active


def test_the_list_shows_staff_first_and_finds_patients_by_name(administrator, cast):
    page = administrator.get("/people/").content.decode()
    assert cast.dermatologist.email in page
    assert cast.patient.email not in page
    found = administrator.get(
        "/people/", {"role": "everybody", "text": cast.patient.email[:14]}
    ).content.decode()
    assert cast.patient.email in found
    assert cast.dermatologist.email not in found
    assert actions(action="people.listed") == ["people.listed"] * 2


def test_a_mail_that_cannot_be_sent_leaves_no_open_invitation(administrator, cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    form = {"email": "c@example.org", "role": "dermatologist", "clinic": cast.clinic.pk}
    page = administrator.post("/people/invite/", form, follow=True)
    assert b"The mail could not be sent" in page.content
    assert not Invitation.objects.waiting().exists()
