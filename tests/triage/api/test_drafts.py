"""What was begun on the pages, through the API."""

from tests.triage.api.test_cases import problem
from triage import drafts, patients
from triage.intake import Place
from triage.models import Draft
from triage.symptoms import Answers

DRAFT = "/api/v1/draft/"


def begin(user) -> Draft:
    return drafts.begin(
        actor=user, patient=patients.patient_of(user), place=Place("arm", "left"),
        answers=Answers(itch=True, duration_weeks=6, notes="Since May"),
    )  # fmt: skip


def test_what_was_begun_can_be_read(cast, api):
    begin(cast.patient)
    told = api(cast.patient).get(DRAFT).json()
    assert (told["body_site"], told["body_side"], told["notes"]) == ("arm", "left", "Since May")
    assert (told["symptoms"]["itch"], told["symptoms"]["bleed"]) == (True, None)
    assert told["go_on"] == "/send/who/" and told["photos"] == []


def test_nobody_else_reads_it_and_without_one_there_is_nothing(cast, api):
    begin(cast.patient)
    for other in (cast.patient2, cast.dermatologist, cast.administrator):
        problem(api(other).get(DRAFT), 404, "not-found")
        problem(api(other).delete(DRAFT), 404, "not-found")
    problem(api(None).get(DRAFT), 401, "not-authenticated")
    assert Draft.objects.count() == 1


def test_it_can_be_thrown_away_once(cast, api):
    begin(cast.patient)
    client = api(cast.patient)
    assert client.delete(DRAFT).status_code == 204
    assert not Draft.objects.exists()
    problem(client.delete(DRAFT), 404, "not-found")
