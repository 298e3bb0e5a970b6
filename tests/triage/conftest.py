"""The cast and a case, for the clinic's tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # this file is read before Django is set up
    from pytest_django import Settings

    from tests.cast import Cast
    from triage.models import Case


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> None:
    """What a test keeps of photos is not the next one's."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def people(db: None) -> Cast:
    from tests import cast

    return cast.gather()


@pytest.fixture
def case(people: Cast) -> Case:
    """Just sent by the first patient; nobody has looked at it yet."""
    from tests import cast

    return cast.send_case(people.patient)
