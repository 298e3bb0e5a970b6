"""Messages as pages."""

import re

import pytest
from django.urls import reverse

from portal.accounts.models import Clinic
from tests import cast
from triage import messages, patients, second_readings
from triage.models import Case, Notification, Thread

pytestmark = pytest.mark.django_db


def thread(case: Case) -> str:
    return reverse("triage:thread", args=[case.reference])


def test_a_patient_reads_whom_to_call(people, case, browser):
    Clinic.objects.filter(pk=people.clinic.pk).update(phone="01632 960 001")
    patient = browser(people.patient)
    for address in (reverse("triage:messages"), thread(case),
                    reverse("triage:case", args=[case.reference])):  # fmt: skip
        page = patient.get(address).content.decode()
        assert people.clinic.name in page and 'href="tel:01632960001"' in page, address


def test_the_clinic_reads_how_to_call_who_writes_of_an_emergency(people, case, browser):
    patients.update_profile(actor=people.patient, patient=case.patient, phone="+44 1632 960 002")
    browser(people.patient).post(thread(case), {"text": "It is bleeding and will not stop"})
    assert (
        'href="tel:+441632960002"'
        in browser(people.dermatologist).get(thread(case)).content.decode()
    )


def test_a_patient_asks_and_the_clinic_answers_as_the_clinic(people, case, browser):
    patient, reader = browser(people.patient), browser(people.dermatologist)
    assert case.reference in patient.get(reverse("triage:messages")).content.decode()
    patient.post(thread(case), {"text": "How long does it take?"})
    listed = reader.get(reverse("triage:messages")).content.decode()
    assert "How long does it take?" in listed
    reader.post(thread(case), {"text": "Until tomorrow."})
    page = patient.get(thread(case)).content.decode()
    assert "Until tomorrow." in page
    assert people.dermatologist.name not in page
    assert "The clinic" in page


def test_an_emergency_sign_is_answered_with_emergency_advice_before_anything_else(
    people, case, browser
):
    patient = browser(people.patient)
    text = "The rash has spread over my whole body and I have a high fever."
    page = patient.post(thread(case), {"text": text}, follow=True).content.decode()
    assert "Seek emergency care now" in page
    assert page.index("Seek emergency care now") < page.index("<h1>")
    assert "Seek emergency care now" not in patient.get(thread(case)).content.decode()  # told once
    assert "Call them now" in browser(people.dermatologist).get(thread(case)).content.decode()


@pytest.mark.parametrize(
    "text", ["My tongue is swollen and I can't swallow", "I want to kill myself because of this"]
)
def test_who_has_no_air_or_thinks_of_self_harm_is_told_whom_to_call(people, case, browser, text):
    page = browser(people.patient).post(thread(case), {"text": text}, follow=True)
    shown = page.content.decode()
    assert shown.index("Samaritans on 116 123") < shown.index("<h1>")
    assert "Call them now" in browser(people.dermatologist).get(thread(case)).content.decode()


def test_an_empty_message_is_told(people, case, browser):
    page = browser(people.patient).post(thread(case), {"text": " "})
    assert page.status_code == 422
    assert "Write something first." in page.content.decode()


def test_what_needs_no_answer_leaves_the_list(people, case, browser):
    messages.write(actor=people.patient, case=case, text="Thank you!")
    reader = browser(people.dermatologist)
    reader.post(reverse("triage:thread_settle", args=[case.reference]))
    assert "No message waits" in reader.get(reverse("triage:messages")).content.decode()
    everything = reader.get(reverse("triage:messages") + "?show=all").content.decode()
    assert "Thank you!" in everything


def test_markup_in_a_message_is_shown_and_not_run(people, case, browser):
    messages.write(actor=people.patient, case=case, text="<script>alert(1)</script>")
    page = browser(people.dermatologist).get(thread(case)).content.decode()
    assert "&lt;script&gt;alert(1)" in page


def test_who_cannot_be_mailed_is_listed_for_the_clinic_until_reached(people, case, browser):
    told = Notification.objects.get(user=people.patient)
    Notification.objects.update(mail_attempts=9)
    reader = browser(people.dermatologist)
    page = reader.get(reverse("triage:messages")).content.decode()
    assert "Mails that no server takes" in page
    assert people.patient.name in page
    reader.post(reverse("triage:told_otherwise", args=[told.pk]))
    assert (
        "Mails that no server takes" not in reader.get(reverse("triage:messages")).content.decode()
    )


def test_each_empty_list_says_what_it_is_empty_of(people, browser):
    client = browser(people.dermatologist)
    assert "No message waits" in client.get(reverse("triage:messages")).content.decode()
    shown = client.get(reverse("triage:messages"), {"show": "all"}).content.decode()
    assert "No messages yet" in shown and "No message waits" not in shown


def test_the_navigation_counts_what_is_new(people, case, browser):
    messages.write(actor=people.patient, case=case, text="Hello?")
    page = browser(people.dermatologist).get(reverse("triage:worklist")).content.decode()
    assert page.count('class="portal-count"') == 1


def test_the_pages_need_few_queries_however_much_was_written(
    people, case, django_assert_max_num_queries, browser
):
    for other in (case, cast.send_case(people.patient), cast.send_case(people.patient2)):
        for n in range(3):
            messages.write(actor=other.patient.user, case=other, text=f"message {n}")
            messages.write(actor=people.dermatologist, case=other, text=f"answer {n}")
        messages.write(actor=other.patient.user, case=other, text="And?")
    for user in (people.patient, people.dermatologist):
        client = browser(user)
        for page in (reverse("triage:messages"), thread(case)):
            client.get(page)
            with django_assert_max_num_queries(12):
                assert client.get(page).status_code == 200


def test_the_page_sends_what_it_showed_so_that_nothing_later_is_settled(people, case, browser):
    patient, reader = browser(people.patient), browser(people.dermatologist)
    patient.post(thread(case), {"text": "Thank you."})
    page = reader.get(thread(case)).content.decode()
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]
    patient.post(thread(case), {"text": "And it bleeds now."})
    settle = reverse("triage:thread_settle", args=[case.reference])
    told = reader.post(settle, {"seen": seen}, follow=True).content.decode()
    assert "The patient has written since you opened this" in told
    assert "And it bleeds now." in told
    assert "No answer needed" in told


def test_what_was_written_is_not_thrown_away_by_no_answer_needed(people, case, browser):
    browser(people.patient).post(thread(case), {"text": "Thank you."})
    reader = browser(people.dermatologist)
    settle = reverse("triage:thread_settle", args=[case.reference])
    page = reader.post(settle, {"text": "You are welcome."})
    assert page.status_code == 422
    assert "Send what you have written" in page.content.decode()
    assert "You are welcome." in page.content.decode()
    assert Thread.objects.get().waiting_since is not None
    reader.post(settle, {"text": " "})
    assert Thread.objects.get().waiting_since is None


def test_who_reads_blind_answers_an_emergency_and_is_led_on(people, case, browser):
    second_readings.ask(actor=people.dermatologist, case=case, colleague=people.dermatologist2)
    text = "The rash has spread over my whole body and I have a high fever."
    browser(people.patient).post(thread(case), {"text": text})
    reader = browser(people.dermatologist2)
    assert "Call them now" in reader.get(thread(case)).content.decode()
    answer = reader.post(thread(case), {"text": "Please call 999 now."})
    assert answer.url == reverse("triage:messages")


def test_whoever_writes_what_cannot_be_read_is_shown_when_not_to_wait(people, case, browser):
    text = "Ich habe seit gestern Fieber und einen Ausschlag am ganzen Bauch."
    page = browser(people.patient).post(thread(case), {"text": text}, follow=True).content.decode()
    assert "Seek emergency care now" in page
