"""The boxes beside a ticket: drawn with the page, or fetched by browsers that run scripts."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from incidents import actions
from incidents.models import Ticket
from tests.conftest import Cast

As = Callable[[Person], Client]
IN_A_BOX = "Followers hear of replies"


@pytest.fixture
def browser(cast: Cast, as_user: As) -> Client:
    """Ann's, which said before that it runs scripts."""
    made = as_user(cast.ann)
    made.cookies["scripts"] = "on"
    return made


def test_without_scripts_the_page_is_whole(cast: Cast, ticket: Ticket, as_user: As) -> None:
    page = as_user(cast.ann).get(ticket.get_absolute_url()).content.decode()
    assert IN_A_BOX in page
    assert f"/tickets/{ticket.pk}/boxes/" not in page


def test_with_scripts_the_boxes_follow_the_conversation(ticket: Ticket, browser: Client) -> None:
    with CaptureQueriesContext(connection) as seen:
        page = browser.get(f"/tickets/{ticket.pk}/?from=state%3Dopen").content.decode()
    assert IN_A_BOX not in page
    address = f"/tickets/{ticket.pk}/boxes/?from=state%3Dopen"
    assert f'hx-get="{address}" hx-trigger="load"' in page
    with CaptureQueriesContext(connection) as beside:
        boxes = browser.get(address, HTTP_HX_REQUEST="true").content.decode()
    assert IN_A_BOX in boxes
    assert "<html" not in boxes
    assert len(seen) < len(beside)


def test_scripts_switched_off_later_still_read_everything(ticket: Ticket, browser: Client) -> None:
    page = browser.get(ticket.get_absolute_url()).content.decode()
    address = f"{ticket.get_absolute_url()}?boxes=drawn"
    assert f'<noscript><a class="btn" href="{address}&amp;from=">' in page
    assert IN_A_BOX in browser.get(address).content.decode()
    assert browser.get(f"/tickets/{ticket.pk}/boxes/").url == address


def test_nobody_fetches_boxes_of_a_ticket_they_may_not_see(
    cast: Cast, ticket: Ticket, as_user: As
) -> None:
    address = f"/tickets/{ticket.pk}/boxes/"
    assert as_user(cast.dev).get(address, HTTP_HX_REQUEST="true").status_code == 404
    assert as_user(cast.rob).get(address, HTTP_HX_REQUEST="true").status_code == 404


def test_boxes_cost_the_same_with_three_and_with_thirty_messages(
    cast: Cast, ticket: Ticket, browser: Client
) -> None:
    def price() -> int:
        with CaptureQueriesContext(connection) as seen:
            browser.get(f"/tickets/{ticket.pk}/boxes/", HTTP_HX_REQUEST="true")
        return len(seen)

    price()
    for _ in range(3):
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Hello")
    few = price()
    for _ in range(27):
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Hello")
    assert price() == few
