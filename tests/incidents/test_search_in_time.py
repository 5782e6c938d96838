"""Words that take too long to find among all tickets are looked for among the newest."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Person
from core.time_limits import TookTooLong
from incidents import searching
from incidents.models import Ticket
from tests.conftest import Cast
from tests.make.tickets import make_ticket

As = Callable[[Person], Client]
Act = Callable[[Person], APIClient]
MANY = 12_000
PHRASE = '"checkout printer"'
SENTENCE = "these are from the newest 500 tickets"


@pytest.fixture
def two_common_words(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> list[Ticket]:
    """Both words stand in every ticket, next to each other in an old and a new one only."""
    old = make_ticket(cast.rob, title="Checkout printer jams, the oldest", description="")
    filler = " ".join(f"word{n}" for n in range(60))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
            "WHERE table_name = 'incidents_ticket' AND column_name NOT IN ('id', 'title')"
        )
        columns = cursor.fetchone()[0]
        cursor.execute(
            f"INSERT INTO incidents_ticket (title, {columns}) "  # noqa: S608 (names of columns)
            f"SELECT 'Printer before checkout', {columns} "
            "FROM incidents_ticket, generate_series(1, %s) WHERE id = %s",
            [MANY, old.pk],
        )
        cursor.execute(
            "INSERT INTO incidents_ticketsearch (ticket_id, everything, public) "
            "SELECT id, words, words FROM incidents_ticket, "
            "(SELECT to_tsvector('english', 'printer ' || %s || ' checkout') AS words) AS one "
            "ON CONFLICT DO NOTHING",
            [filler],
        )
        cursor.execute("ANALYZE incidents_ticket, incidents_ticketsearch")
    new = make_ticket(cast.rob, title="Checkout printer jams, the newest", description="")
    monkeypatch.setattr("incidents.searching.limits.STATEMENT_MS", 1)
    monkeypatch.setattr("incidents.searching.limits.NEWEST", ((500, 5_000),))
    return [old, new]


def test_every_search_shows_what_is_found_among_the_newest_and_says_so(
    two_common_words: list[Ticket], cast: Cast, as_user: As, api_as: Act
) -> None:
    _, new = two_common_words
    for person, address in (
        (cast.ann, "/search/"),
        (cast.ann, "/tickets/"),
        (cast.rob, "/portal/"),
    ):
        answer = as_user(person).get(address, {"q": PHRASE})
        page = answer.content.decode()
        assert answer.status_code == 200, address
        assert SENTENCE in page, address
        assert "the newest</" in page.replace("<mark>", "").replace("</mark>", ""), address
        assert "the oldest" not in page, address
    board = as_user(cast.ann).get("/tickets/", {"q": PHRASE, "layout": "board"})
    assert (board.status_code, SENTENCE in board.content.decode()) == (200, True)
    listed = api_as(cast.ann).get("/api/v1/tickets/", {"q": PHRASE}).json()
    assert [row["id"] for row in listed["results"]] == [new.pk]
    assert SENTENCE in listed["note"]
    assert SENTENCE in api_as(cast.ann).get("/api/v1/search/", {"q": PHRASE}).json()["note"]


def test_a_search_that_is_quick_says_nothing_of_it(cast: Cast, as_user: As, api_as: Act) -> None:
    make_ticket(cast.rob, title="Checkout printer jams", description="")
    listed = api_as(cast.ann).get("/api/v1/tickets/", {"q": PHRASE}).json()
    assert (len(listed["results"]), "note" in listed) == (1, False)
    assert "too long" not in as_user(cast.ann).get("/tickets/", {"q": PHRASE}).content.decode()


def test_the_column_beside_a_ticket_is_found_in_time_too(
    two_common_words: list[Ticket], cast: Cast, as_user: As
) -> None:
    _, new = two_common_words
    page = as_user(cast.ann).get(f"/tickets/{new.pk}/", {"from": f"q={PHRASE}"})
    assert page.status_code == 200
    assert "the newest" in page.content.decode()


@pytest.mark.parametrize("slow", [1, 2, 3])
def test_fewer_tickets_are_looked_through_until_it_is_quick_enough(cast: Cast, slow: int) -> None:
    first = make_ticket(cast.rob, title="Checkout hangs")
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('incidents_ticket', 'id'), 70000)")
    second = make_ticket(cast.rob, title="Checkout hangs")
    highest = max(first.pk, second.pk)
    asked: list[int] = []

    def read(above: int) -> str:
        asked.append(above)
        if len(asked) <= slow:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(5)")
        return "found"

    if slow == 3:
        with pytest.raises(TookTooLong, match="Add a rarer word") as refused:
            searching.in_time(read)
        assert refused.value.field == "q"
    else:
        found, sentence = searching.in_time(read)
        assert found == "found"
        assert f"newest {(50_000, 5_000)[slow - 1]:,} tickets" in sentence
    assert asked == [0, highest - 50_000, highest - 5_000][: slow + 1]
