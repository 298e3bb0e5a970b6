"""The cast, and a client of the API for each of them."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def cast(db: None) -> Any:
    from tests import cast

    return cast.gather()


@pytest.fixture
def api() -> Callable[[Any], Any]:
    """A client that carries this person's token, as an app would; None for nobody's."""
    from rest_framework.test import APIClient

    from portal.accounts.tokens import issue_token

    def client_of(user: Any) -> APIClient:
        client = APIClient()
        if user is not None:
            _, secret = issue_token(user)
            client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
        return client

    return client_of
