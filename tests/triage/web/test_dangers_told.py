"""Notes that tell of trouble breathing or self-harm: what their patient and the staff are shown."""

import pytest

from tests import cast as casting
from tests.triage.web.desk import url
from tests.triage.web.journey import go, post
from tests.triage.web.test_worklist import text

AIR, HARM = "My throat is closing since the sting.", "It itches. I want to kill myself."


@pytest.mark.parametrize("notes", [AIR, HARM])
def test_the_form_answers_with_emergency_advice_before_it_goes_on(sender, notes):
    go(sender, until="notes")
    page = sender.get(post(sender, "notes", notes=notes).headers["Location"]).text
    assert page.index("Seek emergency care now") < page.index("<h1")
    assert "Samaritans on 116 123" in page


@pytest.mark.parametrize(
    ("notes", "marked", "reason"),
    [
        (AIR, "throat is closing trouble breathing",
         "trouble breathing, or a swollen face, tongue or throat: the notes say ‘throat is "
         "closing’"),
        (HARM, "kill myself thoughts of self-harm",
         "thoughts of self-harm: the notes say ‘kill myself’"),
    ],
)  # fmt: skip
def test_the_dermatologist_reads_it_marked_and_as_a_reason(people, reader, notes, marked, reason):
    case = casting.send_case(people.patient, notes=notes)
    page = text(reader.get(url(case)))
    assert marked in page
    assert f"Emergency sign: {reason}" in page
