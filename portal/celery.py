"""The Celery application. Web processes use it only to ring: they never import a task's module."""

import logging
import os

from celery import Celery
from celery.signals import celeryd_init, worker_ready
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# How to reach the broker when ringing: one try, and half a second for each answer.
PROMPT = {"max_retries": 0, "socket_connect_timeout": 0.5, "socket_timeout": 0.5}

log = logging.getLogger(__name__)

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
# imported by workers alone, on start
app.conf.imports = ["inference.tasks", "triage.tasks", "portal.audit.tasks"]


@app.on_after_configure.connect
def set_the_clock(sender: Celery, **kwargs: object) -> None:
    """What the scheduler rings for. A ring that nobody took in time is not worth keeping."""
    from django.conf import settings

    for what, task, seconds, expires in (
        ("ring for waiting cases", "inference.tasks.score_waiting", settings.SWEEP_SECONDS, 25),
        ("mail what people are told", "triage.tasks.deliver_mail", settings.SWEEP_SECONDS, 25),
        ("wait no longer for photos", "triage.tasks.wait_no_longer", settings.SWEEP_SECONDS, 25),
        ("keep the clinic's clock", "triage.tasks.keep_the_clock", settings.SWEEP_SECONDS, 25),
        ("pass on what a reader who left was asked", "triage.tasks.pass_on_readings", 300, 250),
        ("remind of a look that is due", "triage.tasks.remind", 3600, 600),
        ("rank anew after rules changed", "triage.tasks.rank_anew", settings.SWEEP_SECONDS, 25),
        ("note the end of the ledger's chain", "portal.audit.tasks.anchor", 300, 250),
        ("look for alarms", "triage.tasks.watch_safety", 300, 250),
        ("delete photos whose case was never sent", "triage.tasks.sweep_uploads", 3600, 600),
        ("erase records that are over their time", "triage.tasks.keep_no_longer", 3600, 600),
        ("delete files of erased records", "triage.tasks.sweep_erased_files", 3600, 600),
    ):
        signature = sender.signature(task, app=sender)
        sender.add_periodic_task(seconds, signature, name=what, expires=expires)


def broker_answers() -> bool:
    """Whether one does, within about a second; a page may wait for it."""
    try:
        with app.connection_for_write(transport_options=PROMPT) as connection:
            connection.ensure_connection(max_retries=1, timeout=1, interval_start=0)
    except (OperationalError, OSError):
        return False
    return True


def ring(task: str = "inference.tasks.score_waiting") -> None:
    """Wake the workers. Raises kombu.exceptions.OperationalError when no broker answers.

    Somebody is waiting for a page meanwhile, so it goes over a connection of its own that gives
    up within a second; the workers' connections are patient. A ring that is lost costs a sweep.
    """
    with app.connection_for_write(transport_options=PROMPT) as connection:
        app.send_task(task, expires=60, connection=connection)


def wake(task: str = "inference.tasks.score_waiting") -> None:
    """Ring where the rows are the work: with no broker the sweep rings later, so that is logged,
    not raised."""
    try:
        ring(task)
    except (OperationalError, OSError) as problem:
        log.warning("no broker answered; the sweep will ring: %s", type(problem).__name__)


@celeryd_init.connect
def check_worker(sender: str, instance, conf, options: dict, **kwargs: object) -> None:
    """Refuse to start a worker whose settings could lose, double or strand work."""
    pool = options.get("pool")
    pool = getattr(pool, "__module__", pool) or conf.worker_pool
    visible = conf.broker_transport_options["visibility_timeout"]
    from django.conf import settings

    wrong = [
        message
        for fault, message in [
            ("prefork" not in str(pool), "--pool must be prefork: a crash may cost a child only"),
            (conf.worker_prefetch_multiplier != 1, "CELERY_WORKER_PREFETCH_MULTIPLIER must be 1"),
            (not conf.task_acks_late, "CELERY_TASK_ACKS_LATE must be on"),
            (not conf.task_time_limit, "CELERY_TASK_TIME_LIMIT must be set"),
            ((conf.task_time_limit or 0) > visible / 2,
             "CELERY_TASK_TIME_LIMIT must be at most half of the visibility timeout"),
            ((conf.task_time_limit or 0) >= settings.SCORING_LEASE.total_seconds(),
             "SCORING_LEASE_SECONDS must be longer than CELERY_TASK_TIME_LIMIT"),
            (conf.timezone != "UTC" or not conf.enable_utc, "CELERY_TIMEZONE must be UTC"),
        ]
        if fault
    ]  # fmt: skip
    if wrong:
        # Celery swallows every Exception of a signal handler; an exit it lets through.
        raise SystemExit("The worker cannot start: " + "; ".join(wrong))


@worker_ready.connect
def look_for_work(**kwargs: object) -> None:
    """A worker that has just started looks at once, without waiting for the clock."""
    ring()
