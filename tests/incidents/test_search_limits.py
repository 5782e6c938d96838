"""A search that would take too long ends with a sentence, and others go on."""

from collections.abc import Callable, Iterator

import psycopg2
import pytest
from django.db import connection
from django.test import Client

from accounts.models import Person
from incidents.searching import STATEMENT_MS
from tests.conftest import Cast
from tests.make.tickets import make_ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def busy_index(cast: Cast) -> Iterator[None]:
    """Nobody can read the words of tickets: as slow as a search can be."""
    settings = connection.get_connection_params()
    settings.pop("cursor_factory", None)
    settings.pop("context", None)
    other = psycopg2.connect(**settings)
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLE incidents_ticketsearch IN ACCESS EXCLUSIVE MODE")
        yield
    other.rollback()
    other.close()


def test_every_search_is_stopped_with_a_sentence_and_the_desk_goes_on(
    cast: Cast, as_user: Callable[[Person], Client], request: pytest.FixtureRequest
) -> None:
    """One slow search holds up nobody else."""
    make_ticket(cast.rob, title="Checkout hangs")
    request.getfixturevalue("busy_index")
    assert STATEMENT_MS <= 2_000
    staff, requester = as_user(cast.ann), as_user(cast.rob)
    for browser, address in (
        (staff, "/search/?q=checkout"),
        (staff, "/tickets/?q=checkout"),
        (requester, "/portal/?q=checkout"),
    ):
        page = browser.get(address).content.decode()
        assert "This search took too long" in page, address
    for address in ("/api/v1/search/?q=checkout", "/api/v1/tickets/?q=checkout"):
        answer = staff.get(address)
        assert answer.status_code == 422
        assert "took too long" in answer.json()["q"][0]
    assert "Checkout hangs" in staff.get("/tickets/").content.decode()
