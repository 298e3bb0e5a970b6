"""Photos again: the clinician asks, the patient sends, logged in or by the link in the mail."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from portal.audit.models import Entry
from tests import cast
from triage import outbox, retakes, worklist
from triage.models import Case, Notification, OneTimeLink, PhotoRequest
from triage.urgency import Urgency

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(people) -> Case:
    case = cast.send_case(people.patient, notes="canary-in-the-notes")
    worklist.claim(actor=people.dermatologist, case=case)
    return case


@pytest.fixture
def asked(people, case, browser) -> Case:
    page = reverse("triage:photos_again", args=[case.reference])
    answer = browser(people.dermatologist).post(
        page, {"reasons": ["blurred", "no_scale"], "note": "Nearer, please."}
    )
    assert answer["Location"] == reverse("triage:worklist")
    return case


@pytest.fixture
def letter_link(asked) -> str:
    outbox.deliver()
    (found,) = [m for m in map(_link, mail.outbox) if m]
    return found


def _link(message) -> str:
    found = re.search(r"/link/[\w-]+/", message.body)
    return found.group() if found else ""


def picture(name: str = "photo.jpg", size=(900, 700)) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, cast.jpeg(size=size), "image/jpeg")


def test_a_reason_is_needed(people, case, browser):
    page = reverse("triage:photos_again", args=[case.reference])
    answer = browser(people.dermatologist).post(page, {"note": "Please."})
    assert answer.status_code == 422
    assert "Choose at least one reason." in answer.content.decode()
    assert Case.objects.get().paused_at is None


def test_the_patient_sees_what_to_do_differently_and_sends(people, asked, browser):
    patient = browser(people.patient)
    told = patient.get(reverse("triage:notifications")).content.decode()
    assert "asks you for new photos" in told
    here = reverse("triage:retake", args=[asked.reference])
    page = patient.get(here).content.decode()
    assert "tap on the spot to focus" in page
    assert "Lay a coin or a ruler" in page
    assert "Nearer, please." in page
    answer = patient.post(here, {"photos_close_up": picture(), "photos_overview": picture()})
    assert answer["Location"] == reverse("triage:case", args=[asked.reference])
    row = Case.objects.get()
    assert (row.paused_at, row.photos.count()) == (None, 3)
    assert [p.kind for p in row.photos.all()][1:] == ["close_up", "overview"]


def test_a_photo_can_be_added_looked_at_and_taken_off_again(people, asked, browser):
    patient, here = browser(people.patient), reverse("triage:retake", args=[asked.reference])
    page = patient.post(here, {"photos_close_up": picture(size=(300, 200)), "step": "add"})
    assert "may be blurred" in page.content.decode()
    (upload,) = re.findall(r'name="upload" value="([\w-]+)"', page.content.decode())
    gone = patient.post(here, {"upload": upload, "step": f"remove-{upload}"})
    assert "Remove photo" not in gone.content.decode()
    assert Case.objects.get().paused_at


def test_what_is_no_photo_is_said_beside_its_field_and_the_others_are_kept(people, asked, browser):
    patient, here = browser(people.patient), reverse("triage:retake", args=[asked.reference])
    bad = SimpleUploadedFile("letter.jpg", b"no photo", "image/jpeg")
    page = patient.post(here, {"photos_close_up": [bad, picture()]})
    assert page.status_code == 422
    text = page.content.decode()
    assert "letter.jpg:" in text
    assert text.count('name="upload"') == 1


def test_sending_nothing_is_told(people, asked, browser):
    here = reverse("triage:retake", args=[asked.reference])
    answer = browser(people.patient).post(here, {})
    assert answer.status_code == 422
    assert "Add at least one photo." in answer.content.decode()


def test_the_link_opens_the_upload_page_and_nothing_of_the_patient(
    people, asked, letter_link, browser
):
    visitor = browser()
    first = visitor.get(letter_link)
    assert first.status_code == 200
    place = str(asked.lesion)
    assert place not in first.content.decode(), "mail programs look at it too"
    answer = visitor.post(letter_link)
    assert answer["Location"] == reverse("triage:link_photos")
    page = visitor.get(answer["Location"]).content.decode()
    for secret in (asked.reference, people.patient.name, people.patient.email, "canary",
                   "Nearer, please.", reverse("triage:case", args=[asked.reference])):  # fmt: skip
        assert secret not in page
    assert f"<strong>{place}</strong>" in page, "or the wrong spot is photographed"
    assert "log in to read it" in page
    done = visitor.post(reverse("triage:link_photos"), {"photos_close_up": picture()})
    assert "Your new photos" not in done.content.decode()
    assert "have arrived" in done.content.decode()
    assert Case.objects.get().round == 2
    assert visitor.get(reverse("triage:case", args=[asked.reference])).status_code == 302  # log in
    sent = Entry.objects.doing("photos.sent_again").get()
    assert (sent.actor_role, sent.patient_id) == ("link", asked.patient_id)


def test_a_link_works_once(letter_link, browser):
    browser().post(letter_link)
    other = browser()
    for answer in (other.get(letter_link), other.post(letter_link)):
        assert answer.status_code == 404
        assert "It has been used" in answer.content.decode()
    assert other.get(reverse("triage:link_photos")).status_code == 404
    assert Entry.objects.doing("link.used").filter(result="denied").count() == 1


def test_once_the_photos_arrived_the_link_says_so(letter_link, browser):
    visitor = browser()
    visitor.post(letter_link)
    visitor.post(reverse("triage:link_photos"), {"photos_close_up": picture()})
    for who, address in (
        (visitor, reverse("triage:link_photos")), (visitor, letter_link), (browser(), letter_link),
    ):  # fmt: skip
        page = who.get(address).content.decode()
        assert "Your photos have arrived" in page
        assert "It has been used" not in page and "Mail me a new link" not in page


@pytest.mark.parametrize(("urgency", "days"), [(Urgency.URGENT_CANCER, 2), (Urgency.SOON, 7)])
def test_the_mail_names_the_day_until_when_the_photos_are_wanted(people, case, urgency, days):
    Case.objects.update(urgency=urgency)
    retakes.ask(actor=people.dermatologist, case=case, reasons=["dark"])
    outbox.deliver()
    (body,) = [message.body for message in mail.outbox if _link(message)]
    day = timezone.localtime(timezone.now() + timedelta(days=days))
    assert f"Please send them by {date_format(day)}: until then we wait for them." in body
    life = body.index("stops working seven days after")
    assert body.index("/link/") < life, "how long the link works is said of the link"
    assert "about the link alone" in body[life:]
    assert str(case.lesion) not in body


def test_a_mail_after_that_day_does_not_set_it_again(people, asked):
    PhotoRequest.objects.update(
        asked_at=timezone.now() - timedelta(9), wanted_by=timezone.now() - timedelta(2)
    )
    outbox.deliver()
    (body,) = [message.body for message in mail.outbox if _link(message)]
    assert "please send them now" in body and "Please send them by" not in body


def test_looking_at_a_link_does_not_use_it_up(letter_link, browser):
    for _ in range(3):  # as mail programs do
        assert browser().get(letter_link).status_code == 200
    assert OneTimeLink.objects.get().used_at is None


def test_an_old_link_says_so_and_a_new_one_can_be_asked_for(asked, letter_link, browser):
    now = timezone.now()
    OneTimeLink.objects.update(made_at=now - timedelta(8), expires_at=now - timedelta(1))
    visitor = browser()
    assert "too old" in visitor.get(letter_link).content.decode()
    Notification.objects.update(mailed_at=now - timedelta(8))
    mail.outbox.clear()
    visitor.post(f"{letter_link}again/")
    visitor.post(f"{letter_link}again/")  # impatient
    assert outbox.deliver() == 1
    assert visitor.get(_link(mail.outbox[0])).status_code == 200


def test_a_newer_link_ends_the_older_one(asked, letter_link, browser):
    Notification.objects.update(mailed_at=timezone.now() - timedelta(hours=1))
    browser().post(f"{letter_link}again/")
    outbox.deliver()
    assert "newer one was sent" in browser().get(letter_link).content.decode()


def test_what_an_opened_link_allows_ends_after_a_while(letter_link, browser):
    visitor = browser()
    visitor.post(letter_link)
    OneTimeLink.objects.update(used_at=timezone.now() - timedelta(hours=3))
    assert visitor.get(reverse("triage:link_photos")).status_code == 404


def test_nothing_is_taken_once_the_clinic_waits_no_longer(people, asked, letter_link, browser):
    visitor = browser()
    visitor.post(letter_link)
    retakes.withdraw(actor=people.dermatologist, case=asked)
    answer = visitor.post(reverse("triage:link_photos"), {"photos_close_up": picture()})
    assert answer.status_code == 404
    assert "Nothing more is needed" in answer.content.decode()
    assert Case.objects.get().photos.count() == 1


def test_a_case_that_waits_cannot_be_claimed_and_says_why(people, asked, browser):
    reader = browser(people.dermatologist2)
    page = reader.post(reverse("triage:claim", args=[asked.reference]))
    assert page.status_code == 409
    assert "waits for new photos" in page.content.decode()
    waits = reader.get(reverse("triage:reading", args=[asked.reference])).content.decode()
    assert "Blurred, Nothing to judge the size by" in waits
    claim = reverse("triage:claim", args=[asked.reference])
    assert claim not in waits
    reader.post(reverse("triage:photos_withdraw", args=[asked.reference]))
    again = reader.get(reverse("triage:reading", args=[asked.reference])).content.decode()
    assert claim in again


def test_guessing_links_is_slowed_down(db, settings, browser):
    settings.ACCOUNT_RATE_LIMITS = {"one_time_link": "3/m/ip"}
    visitor = browser()
    seen = [visitor.get(f"/link/{'a' * 43}/").status_code for _ in range(4)]
    assert seen == [404, 404, 404, 429]


def test_the_pages_need_few_queries(
    people, asked, letter_link, django_assert_max_num_queries, browser
):
    reader, patient = browser(people.dermatologist), browser(people.patient)
    for client, page, most in (
        (reader, reverse("triage:photos_again", args=[asked.reference]), 12),
        (patient, reverse("triage:retake", args=[asked.reference]), 12),
        (patient, reverse("triage:notifications"), 12),
        (browser(), letter_link, 14),  # eleven of them the counter against guessing
    ):
        with django_assert_max_num_queries(most):
            assert client.get(page).status_code == 200
