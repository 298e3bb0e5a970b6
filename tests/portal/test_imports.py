"""Who imports whom, seen in running processes."""

import json
import os
import subprocess

import pytest

from portal.processes import PROJECT, python

HEAVY = {"tensorflow", "keras", "openvino", "numpy", "scipy", "inference", "training"}


def modules_after(program: str) -> set[str]:
    """The top-level modules in a fresh process that has run this program."""
    told = subprocess.run(
        python("-c", f"{program}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"),
        cwd=PROJECT, env=os.environ.copy(), capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return {name.split(".")[0] for name in json.loads(told.stdout.splitlines()[-1])}


def test_the_web_application_loads_no_network_and_no_inference() -> None:
    loaded = modules_after(
        "import portal.wsgi\n"
        "from django.urls import get_resolver\n"
        "def walk(resolver):\n"
        "    for entry in resolver.url_patterns:\n"
        "        walk(entry) if hasattr(entry, 'url_patterns') else entry.callback\n"
        "walk(get_resolver())\n"
        "from portal.celery import app\n"
        "app.amqp\n"
    )
    assert loaded & HEAVY == set()


def test_predicting_needs_no_django() -> None:
    loaded = modules_after("import inference.predict, inference.classifier")
    assert loaded & {"django", "celery", "psycopg2", "portal", "triage"} == set()


@pytest.mark.parametrize("wrong", [["--pool", "threads"], ["--pool", "solo"]])
def test_a_worker_with_a_pool_that_is_not_prefork_refuses_to_start(wrong: list[str]) -> None:
    told = subprocess.run(
        python("-m", "celery", "--app", "portal", "worker", *wrong),
        cwd=PROJECT, env=os.environ.copy(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert told.returncode != 0
    assert "--pool must be prefork" in told.stderr + told.stdout
