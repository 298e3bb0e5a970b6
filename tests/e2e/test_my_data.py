"""A patient follows their lesions, sees who looked, takes everything along, asks to be forgotten;
an administrator carries it out; on a desktop, on a telephone and without JavaScript."""

import json
import re
import zipfile

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import DESKTOP, PHONE

# Run inside the product: a lesion sent three times and answered once, two more; a second patient
# with an answered case; a third with one that waits.
SEED = """
import json, uuid
from datetime import timedelta
from django.utils import timezone
from tests import cast
from tests.triage.records import answer
from triage import access, intake, my_lesions, patients
from triage.models import Case, Lesion
from triage.symptoms import Answers

people = cast.gather()
third = cast.person("third", "patient", people.clinic)
from triage.models import ConsentKind
patients.grant_consent(actor=third, patient=patients.patient_of(third), kind=ConsentKind.CARE)

def send(user, seed, days, place, region="", photos=1, **answers):
    uploads = [cast.add_photo(user, cast.lesion_jpeg(seed + n, skin_tone=3)) for n in range(photos)]
    case = intake.submit(actor=user, patient=patients.patient_of(user), uploads=uploads,
        place=place, answers=Answers(**answers), idempotency_key=uuid.uuid4().hex).case
    Case.objects.filter(pk=case.pk).update(submitted_at=timezone.now() - timedelta(days=days))
    if region:
        Lesion.objects.filter(pk=case.lesion_id).update(region=region)
    return case

mine = people.patient
first = send(mine, 1, 200, intake.Place("back", "left"), "back-upper-left", bleed=False,
             itch=False, diameter_mm=4.0, grew=False)
answer(people, first, follow_up_weeks=12)
again = intake.Place("back", "left", first.lesion)
second = send(mine, 2, 90, again, photos=2, bleed=False, itch=True, diameter_mm=5.0, grew=True)
latest = send(mine, 3, 2, again, bleed=True, itch=True, diameter_mm=6.5, grew=True)
my_lesions.rename(actor=mine, lesion=first.lesion, nickname="Mole by the shoulder blade")
send(mine, 9, 30, intake.Place("nose"), "face-nose")
send(mine, 12, 40, intake.Place("nose"), "face-nose")
access.read_case(actor=people.dermatologist, reference=second.reference)
access.read_photo(actor=people.dermatologist, photo_id=str(second.photos.first().pk))
answer(people, send(people.patient2, 5, 20, intake.Place("chest", "left"), "front-chest-left"))
send(third, 6, 1, intake.Place("chest", "left"), "front-chest-left")
print("SEED" + json.dumps({"references": [c.reference for c in (first, second, latest)],
    "patient2": patients.patient_of(people.patient2).pk,
    "people": {"third": third.email} | {name: getattr(people, name).email
    for name in ("patient", "patient2", "administrator")}}))
"""


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_lesion_is_followed_over_time(log_in, look, screen):
    page = log_in("patient", **screen)
    expect(page.get_by_role("heading", name="My lesions")).to_be_visible()
    expect(page.get_by_role("link", name="Nose: 2 lesions")).to_be_visible()
    look(page, "lesions")
    page.get_by_role("link", name="Mole by the shoulder blade").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mole by the shoulder blade")
    expect(page.get_by_text("Look again on")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Has it bled?")
    expect(row).to_contain_text("no")
    expect(row.locator("strong")).to_have_text("yes")
    look(page, "lesion")
    page.get_by_role("link", name="Compare two photos").click()
    expect(page.get_by_role("button", name="Larger")).to_be_visible()
    page.wait_for_timeout(1500)  # until both photos are drawn
    look(page, "compare")


def test_a_region_with_several_lesions_lists_them(log_in, look):
    page = log_in("patient", **DESKTOP)
    page.get_by_role("link", name="Nose: 2 lesions").click()
    expect(page.locator(".portal-spots > li")).to_have_count(2)
    expect(page.get_by_role("link", name="Nose: 2 lesions")).to_have_attribute(
        "aria-current", "true"
    )
    look(page, "lesions-region")


def test_two_photos_zoom_and_move_in_step_by_keyboard_too(log_in, seeded):
    page = log_in("patient", **DESKTOP)
    page.get_by_role("link", name="Mole by the shoulder blade").last.click()
    page.get_by_role("link", name="Compare two photos").click()
    left, right = page.locator(".portal-compare__view").all()
    expect(page.locator(".openseadragon-canvas")).to_have_count(2)
    page.wait_for_timeout(800)

    before = pictures(left, right)
    page.get_by_role("button", name="Larger").click()
    page.wait_for_timeout(1500)
    after = pictures(left, right)
    assert before[0] != after[0] and before[1] != after[1], "both are larger"
    page.get_by_label("Move both together").uncheck()
    left.locator(".openseadragon-canvas").focus()
    page.keyboard.press("+")
    page.wait_for_timeout(1500)
    alone = pictures(left, right)
    assert alone[0] != after[0] and alone[1] == after[1], "one moves alone"
    page.get_by_role("button", name="Whole photos").click()
    page.wait_for_timeout(1500)
    assert pictures(left, right) == before


def pictures(*views) -> list[bytes]:
    return [view.screenshot() for view in views]


def test_without_a_script_two_photos_stand_side_by_side_and_can_be_chosen(log_in, look):
    page = log_in("patient", **DESKTOP, java_script_enabled=False)
    page.get_by_role("link", name="Mole by the shoulder blade").last.click()
    page.get_by_role("link", name="Compare two photos").click()
    expect(page.locator(".portal-compare img")).to_have_count(2)
    expect(page.get_by_role("button", name="Larger")).to_be_hidden()
    page.get_by_label("On the left").select_option(index=3)
    page.get_by_role("button", name="Show these").click()
    chosen = page.get_by_label("On the left").input_value()
    expect(page.locator(".portal-compare img").first).to_have_attribute("src", f"/photos/{chosen}/")
    box = [image.bounding_box() for image in page.locator(".portal-compare img").all()]
    assert box[0]["y"] == box[1]["y"] and box[0]["x"] < box[1]["x"]


def test_a_lesion_is_given_a_name_and_new_photos_of_it_are_begun(log_in):
    page = log_in("patient", **PHONE)
    page.locator(".portal-spots a").last.click()
    page.get_by_label("Your own name for it").fill("Freckle")
    page.get_by_role("button", name="Save the name").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Freckle")
    page.get_by_role("link", name="Send new photos of it").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "/send/" in page.url


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_my_data_says_who_looked_and_what_i_agreed_to(log_in, look, screen):
    page = log_in("patient", **screen)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="My data").click()
    look(page, "my-data")
    page.get_by_role("link", name="Who has looked").click()
    expect(page.get_by_role("row").filter(has_text="Dermatologist, Clinic").first).to_be_visible()
    look(page, "looks")
    page.goto("/my-data/consents/")
    look(page, "consents")
    page.goto("/cases/")
    look(page, "results")
    page.goto("/profile/")
    look(page, "profile")


def test_everything_is_downloaded_as_one_file(log_in, look, tmp_path):
    page = log_in("patient", **DESKTOP)
    page.goto("/my-data/download/")
    look(page, "download")
    page.get_by_role("button", name="Make my file").click()
    look(page, "download-ready")
    with page.expect_download() as started:
        page.get_by_role("link", name="Download my-data.zip").click()
    file = tmp_path / "my-data.zip"
    started.value.save_as(file)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        tables = json.loads(archive.read("my-data.json"))["tables"]
        assert len(tables["cases"]) == 5 and len(tables["lesions"]) == 3
        assert len([name for name in archive.namelist() if name.startswith("photos/")]) == 6


def test_a_patient_is_forgotten_by_an_administrator(log_in, look, seeded, portal):
    patient = log_in("patient2", **PHONE)
    patient.goto("/my-data/erasure/")
    look(patient, "erasure")
    patient.get_by_role("button", name="Ask to erase everything").click()
    expect(patient.get_by_role("alert")).to_contain_text("Tick this if you are sure.")
    look(patient, "erasure-error")
    patient.get_by_label("I understand that this cannot be undone").check()
    patient.get_by_role("button", name="Ask to erase everything").click()
    expect(patient.get_by_text("Will be carried out")).to_be_visible()
    look(patient, "erasure-asked")

    page = log_in("administrator", **DESKTOP)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Requests").click()
    look(page, "requests")
    page.get_by_role("link", name=f"Open the request of patient {seeded['patient2']}").click()
    page.get_by_label("A claim or a complaint").check()
    page.get_by_label("Why must it be kept?").fill("Claim 17 of 2026")
    page.get_by_role("button", name="Hold the record").click()
    expect(page.get_by_text("Claim 17 of 2026")).to_be_visible()
    look(page, "request-held")
    patient.reload()
    expect(patient.get_by_text("Must be kept for now")).to_be_visible()
    page.get_by_role("link", name="Lift the hold").click()
    look(page, "hold-lift")
    page.get_by_label("The claim or inquiry is closed").check()
    page.get_by_role("button", name="Lift the hold").click()
    look(page, "holds-none")
    page.goto("/requests/")
    page.get_by_role("link", name=f"Open the request of patient {seeded['patient2']}").click()
    look(page, "request")
    page.get_by_role("button", name="Erase this patient’s record").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick this when you have checked it.")
    page.get_by_label("I have checked that nothing of this record must be kept").check()
    page.get_by_role("button", name="Erase this patient’s record").click()
    expect(page.get_by_text("The record is erased")).to_be_visible()
    look(page, "requests-done")
    found = portal.query("SELECT id FROM accounts_user WHERE email = %s",
                         [seeded["people"]["patient2"]])  # fmt: skip
    assert found == []
    patient.goto("/lesions/")
    expect(patient).to_have_url(re.compile("/accounts/login/"))
    assert "intact" in portal.manage("audit_verify")


def test_open_cases_are_withdrawn_or_waited_for_without_a_script(log_in, look):
    page = log_in("third", **PHONE, java_script_enabled=False)
    page.goto("/my-data/erasure/")
    expect(page.get_by_text("1 case of yours has not been answered yet.")).to_be_visible()
    page.get_by_label("I understand that this cannot be undone").check()
    page.get_by_role("button", name="Ask to erase everything").click()
    expect(page.get_by_text("Waiting for an answer")).to_be_visible()
    page.get_by_label("I understand that this cannot be undone").check()
    page.get_by_role("button", name="Withdraw these cases").click()
    expect(page.get_by_text("Will be carried out")).to_be_visible()
    page.get_by_role("button", name="Take my request back").click()
    expect(page.get_by_text("Nothing was erased.")).to_be_visible()


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_pages_of_holds_and_retention(log_in, look, screen, seeded):
    page = log_in("administrator", **screen)
    page.goto("/requests/holds/")
    page.get_by_label("Whose record").fill(seeded["people"]["third"])
    page.get_by_label("An inquiry by a court or an authority").check()
    page.get_by_label("Why must it be kept?").fill("An inquiry")
    page.get_by_role("button", name="Hold the record").click()
    expect(page.get_by_role("cell", name="An inquiry")).to_be_visible()
    look(page, "holds")
    page.get_by_role("link", name="Lift").click()
    page.get_by_label("It was placed by mistake").check()
    page.get_by_role("button", name="Lift the hold").click()
    page.goto("/requests/retention/")
    expect(page.get_by_text("8 years after")).to_be_visible()
    look(page, "retention")
