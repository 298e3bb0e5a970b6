"""The Celery application. Web processes use it only to ring: they never import a task's module."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.imports = ["inference.tasks"]  # imported by workers alone, on start


def ring() -> None:
    """Wake the scoring workers. Raises kombu.exceptions.OperationalError when no broker answers."""
    app.send_task("inference.tasks.score_waiting", expires=60)
