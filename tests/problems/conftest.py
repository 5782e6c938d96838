"""What several tests of problems lean on."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def queries_of() -> Callable[[Client, str], int]:
    """How many queries a page costs once its caches are warm."""

    def count(browser: Client, address: str) -> int:
        browser.get(address)
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(address).status_code == 200
        return len(seen)

    return count
