"""An emergency that a patient tells in a message is seen on the worklist and on the case's page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests import cast as casting
from tests.triage.test_messages import EMERGENCY as ALARM
from tests.world import sign
from triage import messages, second_readings, worklist
from triage.models import Case, Thread
from triage.worklist import Filters

pytestmark = pytest.mark.django_db
BADGE, NOTICE = "Emergency told in a message", "A message tells of an emergency sign: read it"


def listed(reader) -> str:
    return reader.get("/worklist/").content.decode()


def page_of(reader, case) -> str:
    return reader.get(f"/worklist/{case.reference}/").content.decode()


def later(hours: int) -> None:
    Thread.objects.update(emergency_at=timezone.now() - timedelta(hours=hours))


def test_the_row_and_the_case_s_page_say_so_and_lead_to_the_message(people, reader, case):
    messages.write(actor=people.patient, case=case, text="When will it be read?")
    assert BADGE not in listed(reader) and NOTICE not in page_of(reader, case)
    messages.write(actor=people.patient, case=case, text=ALARM)
    assert listed(reader).count(BADGE) == 1
    page = page_of(reader, case)
    link = f'<a href="{reverse("triage:thread", args=[case.reference])}">{NOTICE}</a>'
    assert link in page and "The case is open." in page and "Nobody has answered it yet." in page


def test_it_stays_for_a_day_once_it_was_answered(people, reader, case):
    messages.write(actor=people.patient, case=case, text=ALARM)
    messages.write(actor=people.dermatologist, case=case, text="Call 999 now.")
    assert BADGE in listed(reader)
    assert "This conversation no longer waits for an answer." in page_of(reader, case)
    later(hours=25)
    assert BADGE not in listed(reader) and NOTICE not in page_of(reader, case)


def test_it_stays_as_long_as_nobody_answers(people, reader, case):
    messages.write(actor=people.patient, case=case, text=ALARM)
    later(hours=240)
    assert BADGE in listed(reader) and NOTICE in page_of(reader, case)


def test_it_is_on_the_page_of_an_answered_case_too(people, reader, case):
    sign(people.dermatologist, case)
    messages.write(actor=people.patient, case=case, text=ALARM)
    page = page_of(reader, case)
    assert NOTICE in page and "The case is open." not in page


def test_it_moves_no_case_and_a_list_that_refreshes_itself_shows_it(people, case):
    before = worklist.look(actor=people.dermatologist, filters=Filters())
    place = Case.objects.get().place
    messages.write(actor=people.patient, case=case, text=ALARM)
    again = worklist.look(actor=people.dermatologist, filters=Filters(), seen=before.version)
    assert again is not None and again.page.cases[0].told_emergency
    assert Case.objects.get().place == place


def test_who_reads_blind_is_told_of_what_waits_and_not_of_what_was_answered(people, case):
    asked = second_readings.ask(actor=people.dermatologist, case=case, colleague=None)
    blind = Client()
    blind.force_login(asked.reader)
    messages.write(actor=people.patient, case=case, text=ALARM)
    assert NOTICE in page_of(blind, case)
    messages.write(actor=people.dermatologist, case=case, text="Call 999 now.")
    assert NOTICE not in page_of(blind, case)


def test_many_rows_that_tell_so_ask_the_database_no_more(people, reader):
    cases = [casting.send_case(people.patient, key=f"key-{number}") for number in range(3)]
    listed(reader)  # what is asked once for all is known from here on
    with CaptureQueriesContext(connection) as calm:
        assert BADGE not in listed(reader)
    for one in cases:
        messages.write(actor=people.patient, case=one, text=ALARM)
    with CaptureQueriesContext(connection) as alarming:
        assert listed(reader).count(BADGE) == 3
    assert len(alarming) == len(calm) <= 14
