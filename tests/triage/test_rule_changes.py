"""A version of the rule book is written once, with its reason, and read by all from then on."""

from dataclasses import replace
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from portal.audit.models import Entry
from tests.triage.test_at_once import at_once
from triage import rule_changes, rulebook
from triage.book import AS_DELIVERED, Book
from triage.models import RuleBook


def book(**rules: object) -> Book:
    now = rulebook.current().book
    return replace(now, rules=replace(now.rules, **rules))


def test_before_the_first_change_the_portal_works_as_delivered(db):
    assert rulebook.current() == rulebook.InForce(0, AS_DELIVERED) == rulebook.version(0)


def test_the_newest_version_is_in_force_and_the_older_ones_stay(people):
    for days in (6, 5):
        rule_changes.adopt(actor=people.administrator, book=book(routine_days=days),
                           over=rulebook.current().version, reason="Sooner")  # fmt: skip
    assert (rulebook.current().version, rulebook.current().rules.routine_days) == (2, 5)
    assert rulebook.version(1).rules.routine_days == 6


def test_before_and_after_are_in_the_ledger_texts_by_their_digest(people):
    changed = book(routine_days=5)
    changed = replace(changed, words=replace(changed.words, emergency="Call 112. Now."))
    rule_changes.adopt(actor=people.administrator, book=changed, over=0, reason="Sooner")
    entry = Entry.objects.get(action="rules.changed")
    assert (entry.actor, entry.object_id) == (people.administrator, "1")
    assert (entry.detail["version"], entry.detail["reason"]) == ([0, 1], "Sooner")
    told = entry.detail["changes"]
    assert told["rules.routine_days"] == [7, 5]
    assert told["words.emergency"][0] == "" and told["words.emergency"][1].startswith("sha256:")
    assert "112" not in str(entry.detail)


@pytest.mark.parametrize("name", ["patient", "dermatologist", "outsider"])
def test_only_an_administrator_changes_them(people, name):
    with pytest.raises(rule_changes.NotAllowed):
        rule_changes.adopt(actor=getattr(people, name), book=book(routine_days=5), over=0,
                           reason="Sooner")  # fmt: skip
    assert not RuleBook.objects.exists()


def test_a_change_needs_a_reason_and_has_to_change_something(people):
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(rule_changes.ReasonMissing):
            rule_changes.adopt(actor=people.administrator, book=book(routine_days=5), over=0,
                               reason=reason)  # fmt: skip
    with pytest.raises(rule_changes.NothingChanged):
        rule_changes.adopt(actor=people.administrator, book=book(), over=0, reason="Nothing")
    with pytest.raises(rule_changes.ChangedMeanwhile):
        rule_changes.adopt(actor=people.administrator, book=book(routine_days=5), over=3,
                           reason="Over what is not there")  # fmt: skip


def test_the_database_itself_keeps_what_was_written(people):
    rule_changes.adopt(actor=people.administrator, book=book(routine_days=5), over=0, reason="Why")
    for change in (
        lambda: RuleBook.objects.update(reason="Another"),
        lambda: RuleBook.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
            change()


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_the_same_moment_one_holds(people):
    def change(days: int) -> None:
        wanted = book(routine_days=days)
        rule_changes.adopt(actor=people.administrator, book=wanted, over=0, reason="Sooner")

    got = at_once(partial(change, 5), partial(change, 6))
    assert sorted(map(str, got)) == ["ChangedMeanwhile", "None"]
    assert RuleBook.objects.count() == 1


def test_what_the_process_remembers_is_never_another_version_s(people, django_assert_num_queries):
    rule_changes.adopt(actor=people.administrator, book=book(routine_days=5), over=0, reason="Why")
    assert rulebook.current().rules.routine_days == 5
    with django_assert_num_queries(1):
        rulebook.current()
    with rulebook.one_version(), django_assert_num_queries(1):
        assert rulebook.current() is rulebook.current()
        assert rulebook.current().version == 1
    rule_changes.adopt(actor=people.administrator, book=book(routine_days=6), over=1, reason="Why")
    assert rulebook.current().rules.routine_days == 6


def test_a_change_inside_a_request_holds_from_then_on(people):
    with rulebook.one_version():
        assert rulebook.current().version == 0
        rule_changes.adopt(actor=people.administrator, book=book(routine_days=5), over=0,
                           reason="Why")  # fmt: skip
        assert rulebook.current().version == 1
