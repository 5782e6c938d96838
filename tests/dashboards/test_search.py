"""One search over everything, and nothing of it that one may not see."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from core.marking import plain
from dashboards.search import search
from incidents.actions import reply_to_ticket
from incidents.models import Message
from tests.conftest import Cast
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket

As = Callable[[Person], Client]


def _titles(person: Person, text: str) -> list[str]:
    return [plain(hit.title) for hit in search(person, text).hits]


def test_words_of_tickets_and_problems_are_found_together(cast: Cast) -> None:
    make_ticket(cast.rob, title="Voucher refused at checkout")
    make_problem(cast.pia, title="Vouchers expire a day early")
    assert set(_titles(cast.ann, "voucher")) == {
        "Voucher refused at checkout",
        "Vouchers expire a day early",
    }


def test_a_requester_finds_their_own_and_never_a_note(cast: Cast) -> None:
    mine = make_ticket(cast.rob, title="Voucher refused")
    make_ticket(cast.stan, title="Voucher lost")
    reply_to_ticket(mine, actor=cast.ann, body="Quixotic.", kind=Message.Kind.NOTE)
    make_problem(cast.pia, title="Voucher trouble")
    assert _titles(cast.rob, "voucher") == ["Voucher refused"]
    assert _titles(cast.rob, "quixotic") == []
    assert _titles(cast.ann, "quixotic") == ["Voucher refused"]


def test_a_reference_opens_its_record(cast: Cast, as_user: As) -> None:
    ticket = make_ticket(cast.rob)
    answer = as_user(cast.ann).get("/search/", {"q": f"inc-{ticket.pk}"})
    assert answer["Location"] == ticket.get_absolute_url()


@pytest.mark.parametrize(
    "text",
    ["'", ":*", "<->", "!!", "((", '"open', "-", "the", "\x00", "a" * 100_000, "🙂", "\u202eabc"],
)
def test_any_text_is_answered(cast: Cast, as_user: As, text: str) -> None:
    make_ticket(cast.rob)
    assert as_user(cast.ann).get("/search/", {"q": text}).status_code == 200


def test_the_page_escapes_what_was_searched(cast: Cast, as_user: As) -> None:
    page = as_user(cast.ann).get("/search/", {"q": "<img src=x>"}).content.decode()
    assert "<img src=x>" not in page


def test_more_hits_do_not_cost_more_queries(cast: Cast) -> None:
    for _ in range(3):
        make_ticket(cast.rob, title="Voucher refused")
    search(cast.ann, "voucher")
    with CaptureQueriesContext(connection) as few:
        search(cast.ann, "voucher")
    for _ in range(20):
        make_ticket(cast.rob, title="Voucher refused")
    with CaptureQueriesContext(connection) as many:
        results = search(cast.ann, "voucher")
    assert len(many) == len(few)
    assert results.next_cursor
