"""Who may come in, and who decides it."""

import html
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.accounts import people
from portal.accounts.mfa import is_enrolled
from portal.accounts.models import Invitation, User
from portal.audit.models import Entry
from tests import cast as casting
from tests.portal.accounts.steps import PASSWORD, actions, enrol_factor, link_in_mail, log_in
from tests.triage.web.test_worklist import queries
from triage import duty
from triage.models import SecondReading
from triage.permissions import visible_cases

JOINS = {"role": "dermatologist", "reason": "joins"}


def invite(cast, email: str = "colleague@example.org", role: str = "dermatologist"):
    return people.invite(
        actor=cast.administrator, email=email, role=role, clinic=cast.clinic, reason="joins"
    )


def test_an_invited_colleague_opens_the_link_and_joins(administrator, cast):
    administrator.post(
        "/people/invite/",
        {"email": "Colleague@example.org", "clinic": cast.clinic.pk, **JOINS},
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
    assert invited.detail["reason"] == "joins"


def test_nobody_is_invited_without_a_reason(administrator, cast):
    form = {"email": "c@example.org", "clinic": cast.clinic.pk, **JOINS, "reason": ""}
    page = administrator.post("/people/invite/", form)
    assert page.status_code == 422 and b"Choose why." in page.content
    assert not mail.outbox and not Invitation.objects.exists()


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
    path = f"/people/invitations/{issued.invitation.pk}/withdraw/"
    assert administrator.post(path).status_code == 422, "nothing is withdrawn without a reason"
    assert Client().get(f"/invitations/{issued.token}/").status_code == 200
    administrator.post(path, {"reason": "stays_away"})
    assert Client().get(f"/invitations/{issued.token}/").status_code == 404
    entry = Entry.objects.get(action="invitation.withdrawn", actor=cast.administrator)
    assert entry.detail["reason"] == "stays_away"


def test_inviting_again_ends_the_earlier_link(cast):
    first, second = invite(cast), invite(cast)
    assert Client().get(f"/invitations/{first.token}/").status_code == 404
    assert Entry.objects.get(action="invitation.withdrawn").detail["reason"] == "renewed"
    assert Client().get(f"/invitations/{second.token}/").status_code == 200


def test_the_database_does_not_hold_the_secret_of_a_link(cast):
    issued = invite(cast)
    assert issued.token not in str(Invitation.objects.values().get(pk=issued.invitation.pk))


def test_somebody_with_an_account_is_not_invited_again(administrator, cast):
    page = administrator.post(
        "/people/invite/",
        {"email": cast.patient.email, "clinic": cast.clinic.pk, **JOINS},
    )
    assert page.status_code == 422
    assert b"already has an account" in page.content


def test_whoever_signed_up_meanwhile_keeps_the_account(cast):
    issued = invite(cast, email="both@example.org")
    User.objects.create_user("both@example.org", role="patient", clinic=cast.clinic)
    page = Client().post(f"/invitations/{issued.token}/", {"name": "x", "password": PASSWORD})
    assert page.status_code == 404
    assert User.objects.get(email="both@example.org").role == "patient"


def test_the_list_of_people_costs_few_queries(administrator, cast):
    for number in range(60):
        User.objects.create_user(f"{number}@example.org", role="dermatologist", clinic=cast.clinic)
    assert len(queries(lambda: administrator.get("/people/"))) <= 12
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
        people.invite(actor=actor, email="x@example.org", role="dermatologist",
                      clinic=cast.clinic, reason="joins")  # fmt: skip
    with pytest.raises(people.NotAllowed):
        people.disable(actor=actor, user=cast.patient2, reason="misuse")
    with pytest.raises(people.NotAllowed):
        people.enable(actor=actor, user=cast.patient2, reason="safe")
    client = Client()
    client.force_login(actor)
    for path in ("/people/", "/people/invite/", f"/people/{cast.patient2.pk}/disable/"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
    denied = Entry.objects.filter(actor=actor, result="denied").values_list("object_id", flat=True)
    assert set(denied) == {"accounts:people", "accounts:invite", "accounts:act"}


def test_a_disabled_administrator_decides_nothing(cast):
    cast.administrator.is_active = False
    with pytest.raises(people.NotAllowed):
        invite(cast)


def test_disabling_asks_why_and_records_it(administrator, cast):
    path = f"/people/{cast.dermatologist.pk}/"
    assert b"You can enable it again" in administrator.get(f"{path}disable/").content
    assert administrator.post(f"{path}disable/").status_code == 422
    administrator.post(f"{path}disable/", {"reason": "left"})
    cast.dermatologist.refresh_from_db()
    assert not cast.dermatologist.is_active
    entry = Entry.objects.get(action="user.disabled")
    assert entry.detail["reason"] == "left"
    assert entry.object_id == str(cast.dermatologist.pk)
    administrator.post(f"{path}enable/", {"reason": "returned"})
    assert "user.enabled" in actions(actor_id=cast.administrator.pk)
    shown = administrator.get(path).content.decode()
    assert "No longer works here" in shown and "Works here again" in shown


ACTS = ("disable", "role", "clinic", "sessions", "second-factor")


@pytest.mark.parametrize("act", ACTS)
def test_an_administrator_cannot_lock_themself_out(administrator, cast, act):
    path = f"/people/{cast.administrator.pk}/"
    for page in (
        administrator.get(f"{path}{act}/", follow=True),
        administrator.post(f"{path}{act}/", {"reason": "left"}, follow=True),
    ):
        assert page.redirect_chain == [(path, 302)]
        assert "You cannot change your own account here" in page.content.decode()
    assert "This is your own account." in administrator.get(path).content.decode()
    with pytest.raises(people.NotYourself):
        people.disable(actor=cast.administrator, user=cast.administrator, reason="left")
    cast.administrator.refresh_from_db()
    assert cast.administrator.is_active


def test_the_last_administrator_stays_one(cast):
    second = casting.person("second", "administrator", cast.clinic)
    people.disable(actor=cast.administrator, user=second, reason="left")
    people.enable(actor=cast.administrator, user=second, reason="returned")
    people.disable(actor=second, user=cast.administrator, reason="left")
    with pytest.raises(people.NotAllowed):  # whoever was disabled meanwhile decides nothing more
        people.disable(actor=cast.administrator, user=second, reason="misuse")
    User.objects.filter(pk=cast.administrator.pk).update(is_active=True, role="dermatologist")
    with pytest.raises(people.NotAllowed):
        people.change_role(
            actor=cast.administrator, user=second, role="dermatologist", reason="duties"
        )
    second.refresh_from_db()
    assert second.is_active and second.is_administrator


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_disable_each_other_one_stays(cast):
    second = casting.person("second", "administrator", cast.clinic)
    gate = threading.Barrier(2)

    def lock_out(actor: User, user: User) -> str:
        gate.wait()
        try:
            people.disable(actor=actor, user=user, reason="misuse")
        except people.NotAllowed:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        ended = pool.map(lock_out, (cast.administrator, second), (second, cast.administrator))
        assert sorted(ended) == ["done", "refused"]
    assert User.objects.filter(role="administrator", is_active=True).count() == 1


def test_a_changed_role_holds_at_once_and_ends_every_session(administrator, cast):
    colleague = Client()
    log_in(colleague, cast.dermatologist)
    assert colleague.get("/worklist/").status_code == 200
    path = f"/people/{cast.dermatologist.pk}/"
    page = administrator.post(
        f"{path}role/", {"role": "administrator", "reason": "duties"}, follow=True
    )
    assert "from Dermatologist to Administrator" in page.content.decode()
    cast.dermatologist.refresh_from_db()
    assert cast.dermatologist.is_administrator
    assert colleague.get("/worklist/").status_code == 302  # to log in
    entry = Entry.objects.get(action="user.role_changed")
    assert entry.detail["role"] == ["dermatologist", "administrator"]
    assert entry.detail["reason"] == "duties" and entry.detail["sessions_ended"] == 1


def test_a_patient_is_never_made_staff_nor_staff_a_patient(administrator, cast):
    with pytest.raises(people.NotStaff):
        people.change_role(
            actor=cast.administrator, user=cast.patient, role="dermatologist", reason="duties"
        )
    with pytest.raises(people.NotStaff):
        people.change_role(
            actor=cast.administrator, user=cast.dermatologist, role="patient", reason="duties"
        )
    page = administrator.get(f"/people/{cast.patient.pk}/")
    assert b"Change the role" not in page.content
    answer = administrator.post(f"/people/{cast.patient.pk}/role/", {"role": "dermatologist"})
    assert answer.status_code == 302 and not actions(action="user.role_changed")


def test_a_moved_dermatologist_sees_the_other_clinic_s_cases_only(administrator, cast, settings):
    case = casting.send_case(cast.patient)
    path = f"/people/{cast.dermatologist.pk}/clinic/"
    page = administrator.post(
        path, {"clinic": cast.other_clinic.pk, "reason": "moved"}, follow=True
    ).content.decode()
    assert f"from {cast.clinic} to {cast.other_clinic}" in page
    cast.dermatologist.refresh_from_db()
    assert not visible_cases(cast.dermatologist).filter(pk=case.pk).exists()
    assert Entry.objects.get(action="user.moved").detail["reason"] == "moved"


def test_a_reset_second_factor_is_gone_and_the_person_is_told(administrator, cast, mfa_required):
    enrol_factor(cast.administrator)
    session = administrator.session
    session["portal_mfa_enrolled"] = True
    session.save()
    enrol_factor(cast.dermatologist)
    path = f"/people/{cast.dermatologist.pk}/"
    assert b"First make sure" in administrator.get(f"{path}second-factor/").content
    page = administrator.post(f"{path}second-factor/", {"reason": "lost"}, follow=True)
    assert b"has no second step now" in page.content
    assert not is_enrolled(cast.dermatologist)
    assert mail.outbox[-1].to == [cast.dermatologist.email]
    assert "second step" in mail.outbox[-1].subject
    colleague = Client()
    log_in(colleague, cast.dermatologist)
    assert colleague.get("/worklist/")["Location"] == "/accounts/2fa/"
    entry = Entry.objects.get(action="user.second_factor_reset")
    assert entry.detail["factors"] == ["totp"] and entry.detail["reason"] == "lost"


def test_where_there_is_no_second_step_none_is_taken_away(administrator, cast):
    path = f"/people/{cast.dermatologist.pk}/"
    assert b"Take the second step away" not in administrator.get(path).content
    page = administrator.post(f"{path}second-factor/", {"reason": "lost"}, follow=True)
    assert b"That cannot be done with this account now." in page.content
    with pytest.raises(people.NoSecondFactor):  # taken away by somebody else meanwhile
        people.reset_second_factor(actor=cast.administrator, user=cast.dermatologist, reason="lost")
    assert not mail.outbox and not actions(action="user.second_factor_reset")
    enrol_factor(cast.dermatologist)
    assert b"Take the second step away" in administrator.get(path).content


def test_a_mail_that_fails_is_told_to_the_administrator(administrator, cast, settings):
    enrol_factor(cast.dermatologist)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    path = f"/people/{cast.dermatologist.pk}/second-factor/"
    page = administrator.post(path, {"reason": "lost"}, follow=True)
    assert b"tell them yourself" in page.content


def test_the_list_is_filtered_by_clinic_and_state(administrator, cast):
    people.disable(actor=cast.administrator, user=cast.dermatologist2, reason="left")
    off = administrator.get("/people/", {"state": "off"}).content.decode()
    assert cast.dermatologist2.email in off and cast.dermatologist.email not in off
    other = administrator.get("/people/", {"clinic": cast.other_clinic.pk}).content.decode()
    assert cast.outsider.email in other and cast.dermatologist.email not in other
    nobody = administrator.post("/people/search/", {"text": "no such name"}, follow=True)
    assert b"Nobody found" in nobody.content


def test_the_page_of_a_person_is_paged_and_costs_few_queries(administrator, cast):
    for _ in range(30):
        people.end_sessions(actor=cast.administrator, user=cast.dermatologist, reason="asked")
    path = f"/people/{cast.dermatologist.pk}/"
    assert len(queries(lambda: administrator.get(path))) <= 12
    assert b"Page 1 of 2" in administrator.get(path).content
    assert actions(action="person.viewed") == ["person.viewed"] * 2
    assert b"Page 2 of 2" in administrator.get(f"{path}?page=2").content


def test_an_invitation_is_withdrawn_after_being_asked(administrator, cast):
    issued = invite(cast)
    path = f"/people/invitations/{issued.invitation.pk}/withdraw/"
    assert "can't be undone" in html.unescape(administrator.get(path).content.decode())
    assert Client().get(f"/invitations/{issued.token}/").status_code == 200


def test_the_list_shows_staff_first_and_finds_patients_by_name(administrator, cast):
    page = administrator.get("/people/").content.decode()
    assert cast.dermatologist.email in page
    assert cast.patient.email not in page
    asked = {"role": "everybody", "text": cast.patient.email[:14]}
    answer = administrator.post("/people/search/", asked, follow=True)
    found = answer.content.decode()
    assert cast.patient.email in found
    assert cast.dermatologist.email not in found
    assert answer.redirect_chain == [("/people/?role=everybody&found=1", 302)]  # no name in it
    assert cast.dermatologist.email in administrator.get("/people/").content.decode()
    assert actions(action="people.listed") == ["people.listed"] * 3


def test_a_mail_that_cannot_be_sent_leaves_no_open_invitation(administrator, cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    form = {"email": "c@example.org", "clinic": cast.clinic.pk, **JOINS}
    page = administrator.post("/people/invite/", form, follow=True)
    assert b"The mail could not be sent" in page.content
    assert not Invitation.objects.waiting().exists()
    assert Entry.objects.get(action="invitation.withdrawn").detail["reason"] == "unsent"


@pytest.mark.parametrize("what", ["disable", "clinic", "role"])
def test_whoever_is_needed_is_not_sent_away_unnoticed(administrator, cast, what):
    page = f"/people/{cast.dermatologist.pk}/{what}/"
    assert "Before you go on" not in administrator.get(page).content.decode()
    now, hour = timezone.now(), timedelta(hours=1)
    case = casting.send_case(cast.patient)
    duty.add(actor=cast.dermatologist, user=cast.dermatologist, starts_at=now - hour,
             ends_at=now + hour)  # fmt: skip
    SecondReading.objects.create(
        case=case, kind="asked", reader=cast.dermatologist, asked_by=cast.dermatologist2,
        question="?", blinded=False, asked_at=now, due_at=now + hour,
    )  # fmt: skip
    User.objects.filter(pk=cast.dermatologist2.pk).update(is_active=False)
    shown = administrator.get(page).content.decode()
    assert "This person is on duty now." in shown
    assert "the last dermatologist who can read in this clinic (1 open case)" in shown
    assert "1 second reading is with this person." in shown
