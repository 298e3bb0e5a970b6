"""The pages of a patient's own lesions."""

import re
import uuid

import pytest

from portal.audit.models import Entry
from tests import cast
from tests.triage.records import answer
from tests.triage.test_my_lesions import again
from triage.models import Case, Lesion, Photo, PhotoKind

pytestmark = pytest.mark.django_db


def main(client, address: str, status: int = 200) -> str:
    got = client.get(address)
    assert got.status_code == status
    page = got.content.decode()
    return page[page.index("<main") :]


def test_it_is_where_a_patient_starts(people, browser):
    assert browser(people.patient).get("/")["Location"] == "/lesions/"


def test_an_empty_list_says_what_to_do(people, browser):
    page = main(browser(people.patient), "/lesions/")
    assert "You have not sent anything yet" in page and 'href="/send/"' in page
    assert "<svg" not in page.split("portal-empty")[0]


def test_the_list_shows_one_s_own_lesions_with_name_state_and_answer(people, browser):
    case = cast.send_case(people.patient)
    answer(people, case, follow_up_weeks=12)
    theirs = cast.send_case(people.patient2)
    Lesion.objects.filter(pk=case.lesion_id).update(nickname="<b>Spot</b>")
    page = main(browser(people.patient), "/lesions/")
    assert f"/lesions/{case.lesion.public_id}/" in page
    assert str(theirs.lesion.public_id) not in page
    assert "&lt;b&gt;Spot&lt;/b&gt;" in page and "Answered" in page
    assert "Melanocytic naevus, says the dermatologist" in page and "Look again on" in page


def test_the_drawing_leads_to_a_lesion_or_to_the_list_of_its_region(people, browser):
    one = cast.send_case(people.patient).lesion
    two = [cast.send_case(people.patient).lesion for _ in range(2)]
    Lesion.objects.filter(pk=one.pk).update(region="face-nose", body_site="nose")
    Lesion.objects.filter(pk__in=[lesion.pk for lesion in two]).update(region="front-chest-left")
    client = browser(people.patient)
    page = main(client, "/lesions/")
    drawing = page[: page.index('id="list"')]
    assert f'href="/lesions/{one.public_id}/" aria-label="Nose: 1 lesion"' in drawing
    assert 'href="?region=front-chest-left" aria-label="Chest, left: 2 lesions"' in drawing
    filtered = main(client, "/lesions/?region=front-chest-left")
    listed = filtered[filtered.index('id="list"') :]
    assert all(str(lesion.public_id) in listed for lesion in two)
    assert str(one.public_id) not in listed and "Show all" in listed


def test_a_lesion_without_a_side_is_marked_too_and_shown_where_it_may_be(people, browser):
    coarse, fine = [cast.send_case(people.patient).lesion for _ in range(2)]
    Lesion.objects.filter(pk=coarse.pk).update(region="", body_site="chest", side="")
    Lesion.objects.filter(pk=fine.pk).update(
        region="front-chest-left", body_site="chest", side="left"
    )
    page = main(browser(people.patient), "/lesions/")
    drawing = page[: page.index('id="list"')]
    assert f'href="/lesions/{coarse.public_id}/" aria-label="Chest: 1 lesion"' in drawing
    assert 'aria-label="Chest, left: 2 lesions"' in drawing


def test_a_place_is_called_as_it_was_tapped(people, browser):
    case = cast.send_case(people.patient)
    Lesion.objects.filter(pk=case.lesion_id).update(
        region="back-upper-left", body_site="back", side="left"
    )
    patient, reader = browser(people.patient), browser(people.dermatologist)
    assert "<h1>Your case: Upper back, left</h1>" in main(patient, f"/cases/{case.reference}/")
    assert "<h1>Upper back, left " in main(reader, f"/worklist/{case.reference}/")


def test_an_unknown_region_shows_all(people, browser):
    case = cast.send_case(people.patient)
    assert str(case.lesion.public_id) in main(browser(people.patient), "/lesions/?region=moon")


def test_the_list_has_pages_and_few_queries(people, browser, django_assert_max_num_queries):
    cast.decide(cases_per_hour=100)
    for _ in range(22):
        cast.send_case(people.patient)
    client = browser(people.patient)
    with django_assert_max_num_queries(12):
        first = main(client, "/lesions/")
    assert "Page 1 of 2" in first
    assert main(client, "/lesions/?page=2").count('class="portal-case"') == 2


def test_the_timeline_stands_latest_first_with_what_changed(
    people, browser, django_assert_max_num_queries
):
    case = cast.send_case(people.patient, bleed=False, diameter_mm=4.0)
    answer(people, case, follow_up_weeks=12)
    later = again(people.patient, case.lesion, bleed=True, diameter_mm=6.0)
    client = browser(people.patient)
    main(client, "/lesions/")
    with django_assert_max_num_queries(12):
        page = main(client, f"/lesions/{case.lesion.public_id}/")
    assert page.index(later.reference) < page.index(case.reference)
    row = page[page.index("Has it bled?") :]
    assert row.index("<td>no</td>") < row.index("<strong>yes</strong>")
    assert "You said that it was 6 mm wide." in page and "Not answered yet." in page
    assert f"/send/?again={later.reference}" in page
    assert "What to look out for" not in page, "the whole answer stands on the case's page"


def test_what_was_sent_on_one_day_is_told_apart_by_the_time(people, browser):
    case = cast.send_case(people.patient, bleed=False)
    middle = again(people.patient, case.lesion, bleed=True)
    latest = again(people.patient, case.lesion, bleed=False)
    for sent, at in ((case, "2026-03-03T09:00Z"), (middle, "2026-03-04T09:05Z"),
                     (latest, "2026-03-04T17:40Z")):  # fmt: skip
        Case.objects.filter(pk=sent.pk).update(submitted_at=at)
    client = browser(people.patient)
    page = main(client, f"/lesions/{case.lesion.public_id}/")
    heads = re.findall(r'<th scope="col">([^<]*\d[^<]*)</th>', page)
    assert heads == [
        "4 March 2026, 09:05", "4 March 2026, 17:40", "3 March 2026", "4 March 2026, 09:05",
    ]  # fmt: skip
    assert '/">4 March 2026, 17:40</a>' in page and '/">3 March 2026</a>' in page
    page = main(client, f"/lesions/{case.lesion.public_id}/compare/")
    names = re.findall(r"<option [^>]*>([^<]*)</option>", page)
    assert len(names) == 6 and len(set(names)) == 3
    assert "4 March 2026, 17:40, photo 1: Close-up" in names


def test_what_was_sent_within_a_minute_is_told_apart_by_the_second(people, browser):
    case = cast.send_case(people.patient)
    later = again(people.patient, case.lesion)
    Case.objects.filter(pk=case.pk).update(submitted_at="2026-03-03T09:00:07Z")
    Case.objects.filter(pk=later.pk).update(submitted_at="2026-03-03T09:00:41Z")
    client = browser(people.patient)
    address = f"/lesions/{case.lesion.public_id}/"
    for page in (main(client, address), main(client, f"{address}compare/")):
        assert "3 March 2026, 09:00:07" in page and "3 March 2026, 09:00:41" in page


def test_a_name_is_saved_and_one_that_is_too_long_is_given_back(people, browser):
    lesion = cast.send_case(people.patient).lesion
    client = browser(people.patient)
    address = f"/lesions/{lesion.public_id}/name/"
    assert client.post(address, {"nickname": "Elbow mole"}).status_code == 302
    assert "Elbow mole</h1>" in main(client, f"/lesions/{lesion.public_id}/")
    got = client.post(address, {"nickname": "x" * 61})
    assert got.status_code == 422 and "x" * 61 in got.content.decode()
    lesion.refresh_from_db()
    assert lesion.nickname == "Elbow mole"


def test_two_photos_stand_side_by_side_without_a_script(people, browser):
    case = cast.send_case(people.patient)
    later = again(people.patient, case.lesion)
    page = main(browser(people.patient), f"/lesions/{case.lesion.public_id}/compare/")
    shown = re.findall(r'<img src="/photos/([0-9a-f-]+)/"', page)
    assert shown == [str(case.photos.get().pk), str(later.photos.get().pk)]


def test_the_oldest_stands_beside_the_newest_of_the_same_kind(people, browser):
    oldest = cast.send_case(people.patient)
    again(people.patient, oldest.lesion)
    newest = again(people.patient, oldest.lesion)
    first, last = oldest.photos.get(), newest.photos.get()
    Photo.objects.create(
        case=newest, position=1, kind=PhotoKind.DERMOSCOPIC, file=last.file,
        thumbnail=last.thumbnail, width=last.width, height=last.height, sha256=last.sha256,
        sharpness=1.0, brightness=0.5,
    )  # fmt: skip
    Photo.objects.filter(pk=last.pk).update(position=2)
    page = main(browser(people.patient), f"/lesions/{oldest.lesion.public_id}/compare/")
    assert re.findall(r'<img src="/photos/([0-9a-f-]+)/"', page) == [str(first.pk), str(last.pk)]


def test_the_two_photos_can_be_chosen_and_a_stranger_s_is_not_among_them(people, browser):
    case = cast.send_case(people.patient)
    later = again(people.patient, case.lesion)
    theirs = cast.send_case(people.patient2).photos.get()
    old, new = case.photos.get(), later.photos.get()
    address = f"/lesions/{case.lesion.public_id}/compare/"
    client = browser(people.patient)
    page = main(client, f"{address}?left={new.pk}&right={old.pk}")
    assert re.findall(r'<img src="/photos/([0-9a-f-]+)/"', page) == [str(new.pk), str(old.pk)]
    for made_up in (theirs.pk, "x", uuid.uuid4()):
        page = main(client, f"{address}?left={made_up}&right={made_up}")
        shown = re.findall(r'<img src="/photos/([0-9a-f-]+)/"', page)
        assert shown == [str(old.pk), str(new.pk)]


def test_with_one_photo_there_is_nothing_to_compare_and_no_button(people, browser):
    lesion = cast.send_case(people.patient).lesion
    client = browser(people.patient)
    assert "Compare two photos" not in main(client, f"/lesions/{lesion.public_id}/")
    assert main(client, f"/lesions/{lesion.public_id}/compare/").count("<img") == 2


@pytest.mark.parametrize("page", ["", "compare/"])
def test_nobody_else_finds_it(people, browser, page):
    lesion = cast.send_case(people.patient).lesion
    for other in (people.patient2, people.dermatologist, people.administrator):
        assert browser(other).get(f"/lesions/{lesion.public_id}/{page}").status_code == 404
    unknown = browser(people.patient).get(f"/lesions/{uuid.uuid4()}/{page}")
    assert unknown.status_code == 404


def test_the_ledger_has_every_look(people, browser):
    lesion = cast.send_case(people.patient).lesion
    browser(people.patient).get(f"/lesions/{lesion.public_id}/")
    browser(people.patient).get(f"/lesions/{lesion.public_id}/compare/")
    done = Entry.objects.filter(object_id=str(lesion.public_id), action="lesion.viewed")
    assert done.count() == 2
