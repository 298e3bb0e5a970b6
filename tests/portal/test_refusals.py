"""What pages say of a refusal is the exception's docstring, in the reader's language."""

import ast
from pathlib import Path

from django.conf import settings
from django.utils import translation

from portal.refusals import SHOWN, said
from triage.retakes import NotOnDesk


def docstrings() -> set[str]:
    """Of every exception class of portal and triage, on one line."""
    found = set()
    for file in [*Path(settings.BASE_DIR, "triage").rglob("*.py"),
                 *Path(settings.BASE_DIR, "portal").rglob("*.py")]:  # fmt: skip
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and (text := ast.get_docstring(node)):
                found.add(" ".join(text.split()))
    return found


def test_what_can_be_translated_is_what_the_exceptions_say():
    assert set(SHOWN) <= docstrings(), sorted(set(SHOWN) - docstrings())


def test_a_refusal_is_told_in_the_reader_s_language():
    assert said(NotOnDesk) == "This case is not on your desk. Claim it first."
    with translation.override("de"):
        assert said(NotOnDesk()).startswith("Dieser Fall ist nicht bei Ihnen in Arbeit.")
