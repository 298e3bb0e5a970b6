"""Celery tasks of the clinic itself: what has to happen later, found from rows."""

from celery import shared_task

from triage import answers, conversations, drafts, photos, reranking


@shared_task(name="triage.tasks.tell_patients")
def tell_patients() -> None:
    answers.tell_patients()


@shared_task(name="triage.tasks.rank_anew")
def rank_anew() -> None:
    reranking.rank_anew()


@shared_task(name="triage.tasks.sweep_uploads")
def sweep_uploads() -> None:
    conversations.sweep()
    drafts.sweep()
    photos.sweep_uploads()
