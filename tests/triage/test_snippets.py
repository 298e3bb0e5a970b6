"""Texts by name: one's own and the clinic's; who may use, change and delete which."""

import pytest

from portal.audit.models import Entry
from triage import snippets
from triage.models import Snippet

pytestmark = pytest.mark.django_db


def keep(actor, name="mole", text="A mole.", for_clinic=False, snippet=None) -> Snippet:
    return snippets.keep(actor=actor, name=name, text=text, for_clinic=for_clinic, snippet=snippet)


def names(user) -> list[str]:
    return [snippet.name for snippet in snippets.usable(user)]


def test_one_s_own_are_one_s_own_and_the_clinic_s_everybody_s(people):
    keep(people.dermatologist, "mine")
    keep(people.dermatologist, "ours", for_clinic=True)
    assert names(people.dermatologist) == ["mine", "ours"]
    assert names(people.dermatologist2) == ["ours"]
    assert names(people.outsider) == names(people.administrator) == names(people.patient) == []


def test_a_name_is_taken_once_by_each(people):
    keep(people.dermatologist)
    with pytest.raises(snippets.NameTaken):
        keep(people.dermatologist)
    keep(people.dermatologist2)
    keep(people.dermatologist, for_clinic=True)
    with pytest.raises(snippets.NameTaken):
        keep(people.dermatologist2, for_clinic=True)
    assert [s.owner_id for s in snippets.usable(people.dermatologist)] == [
        people.dermatologist.pk, None,
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["", "-mole", "Mole", "a mole", "x" * 31, "mole\n"])
def test_a_name_must_be_typable(people, name):
    with pytest.raises(ValueError, match="a-z"):
        keep(people.dermatologist, name)


def test_a_change_keeps_the_row_and_every_act_is_on_record_without_the_words(people):
    snippet = keep(people.dermatologist)
    changed = keep(people.dermatologist, text="Harmless.", for_clinic=True, snippet=snippet)
    assert (changed.pk, changed.text, changed.owner) == (snippet.pk, "Harmless.", None)
    snippets.delete(actor=people.dermatologist2, snippet=changed)
    assert not Snippet.objects.exists()
    entries = Entry.objects.filter(object_type="snippet").order_by("id")
    assert [e.action for e in entries] == ["snippet.added", "snippet.changed", "snippet.deleted"]
    assert "Harmless" not in str([e.detail for e in entries])


@pytest.mark.parametrize("name", ["dermatologist2", "outsider", "administrator", "patient"])
def test_nobody_changes_or_deletes_another_s(people, name):
    snippet, other = keep(people.dermatologist), getattr(people, name)
    with pytest.raises(snippets.NotAllowed):
        keep(other, text="Mine now.", snippet=snippet)
    with pytest.raises(snippets.NotAllowed):
        snippets.delete(actor=other, snippet=snippet)
    assert Snippet.objects.get().text == "A mole."


def test_there_is_an_end_to_them(people, monkeypatch):
    monkeypatch.setattr(snippets, "MOST", 1)
    snippet = keep(people.dermatologist)
    keep(people.dermatologist, text="Changed.", snippet=snippet)
    with pytest.raises(snippets.TooMany):
        keep(people.dermatologist, "another")


def test_they_are_found_by_name_and_words(people):
    keep(people.dermatologist, "mole", "Nothing to do.")
    keep(people.dermatologist, "sun", "Wear a hat.")
    found = snippets.mentioning(snippets.usable(people.dermatologist), "/su")
    assert [s.name for s in found] == ["sun"]
    found = snippets.mentioning(snippets.usable(people.dermatologist), "nothing")
    assert [s.name for s in found] == ["mole"]
