"""The small page of texts: written, changed, deleted, found."""

import pytest

from tests.triage.web.test_worklist import QUERIES, queries, text
from triage import snippets
from triage.models import Snippet

PAGE = "/worklist/texts/"
NEW = {"name": "mole", "text": "It is harmless.", "for_clinic": "no"}


def test_a_text_is_written_changed_and_deleted(reader):
    assert "No texts yet" in text(reader.get(PAGE))
    shown = text(reader.post(f"{PAGE}new/", NEW, follow=True))
    assert "The text /mole is saved." in shown and "It is harmless." in shown
    pk = Snippet.objects.get().pk
    reader.post(f"{PAGE}{pk}/", {**NEW, "text": "All is well.", "for_clinic": "yes"})
    assert "All is well." in text(reader.get(PAGE))
    asked = text(reader.get(f"{PAGE}{pk}/delete/"))
    assert "It cannot be brought back." in asked and Snippet.objects.exists()
    assert "The text /mole is deleted." in text(reader.post(f"{PAGE}{pk}/delete/", follow=True))


@pytest.mark.parametrize(("change", "words"), [
    ({"name": "a mole"}, "Use small letters"),
    ({"name": ""}, "Give the text a name."),
    ({"text": " "}, "Write the text."),
    ({"for_clinic": ""}, "Say whose text it is."),
])  # fmt: skip
def test_what_is_missing_is_said_beside_it(reader, change, words):
    assert words in text(reader.post(f"{PAGE}new/", {**NEW, **change}))
    assert not Snippet.objects.exists()


def test_a_taken_name_is_said_to_be_so(reader):
    reader.post(f"{PAGE}new/", NEW)
    assert "There is a text of this name already" in text(reader.post(f"{PAGE}new/", NEW))


def test_a_colleague_s_text_is_not_found(people, reader):
    theirs = snippets.keep(actor=people.dermatologist2, name="x", text="Y.", for_clinic=False)
    for address in (f"{PAGE}{theirs.pk}/", f"{PAGE}{theirs.pk}/delete/"):
        assert reader.get(address).status_code == reader.post(address, NEW).status_code == 404


def test_the_list_is_paged_and_searched(people, reader):
    for number in range(27):
        snippets.keep(
            actor=people.dermatologist, name=f"text-{number:02}", text="Words.", for_clinic=False
        )
    assert "text-26" not in text(reader.get(PAGE))
    assert "text-26" in text(reader.get(f"{PAGE}?page=2"))
    assert "text-26" in text(reader.get(f"{PAGE}?text=26"))
    assert "No text matches" in text(reader.get(f"{PAGE}?text=nothing"))
    assert len(queries(lambda: reader.get(PAGE))) <= QUERIES


def test_the_reading_page_fetches_them_by_name(people, reader):
    for name, for_clinic in (("ours", True), ("mine", False)):
        snippets.keep(actor=people.dermatologist, name=name, text=name, for_clinic=for_clinic)
    snippets.keep(actor=people.dermatologist2, name="theirs", text="No.", for_clinic=False)
    told = reader.get(f"{PAGE}all/").json()
    assert told == {"texts": [{"name": n, "text": n} for n in ("mine", "ours")]}
