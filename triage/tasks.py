"""Celery tasks of the clinic itself: what has to happen later, found from rows.

One thing each: what breaks one of them holds up no other."""

from celery import shared_task

from triage import (
    clock,
    conversations,
    drafts,
    erasure,
    notifications,
    outbox,
    photos,
    reranking,
    retakes,
    retention,
    second_readings,
)
from triage.safety import watch


@shared_task(name="triage.tasks.deliver_mail")
def deliver_mail() -> None:
    outbox.deliver()


@shared_task(name="triage.tasks.wait_no_longer")
def wait_no_longer() -> None:
    retakes.sweep()


@shared_task(name="triage.tasks.keep_the_clock")
def keep_the_clock() -> None:
    clock.escalate()


@shared_task(name="triage.tasks.pass_on_readings")
def pass_on_readings() -> None:
    second_readings.sweep()


@shared_task(name="triage.tasks.remind")
def remind() -> None:
    notifications.remind_follow_ups()


@shared_task(name="triage.tasks.rank_anew")
def rank_anew() -> None:
    reranking.rank_anew()


@shared_task(name="triage.tasks.sweep_uploads")
def sweep_uploads() -> None:
    conversations.sweep()
    drafts.sweep()
    photos.sweep_uploads()


@shared_task(name="triage.tasks.watch_safety")
def watch_safety() -> None:
    watch.sweep()


@shared_task(name="triage.tasks.keep_no_longer")
def keep_no_longer() -> None:
    retention.carry_out_due()


@shared_task(name="triage.tasks.sweep_erased_files")
def sweep_erased_files() -> None:
    erasure.sweep_files()
