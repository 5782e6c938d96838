"""A ticket of the story: Rob of Acme cannot pay, Ann took the call."""

from collections.abc import Callable

import pytest

from incidents.actions import open_ticket, reply_to_ticket, share_ticket
from incidents.models import Message, Ticket
from incidents.remembering import forget
from tests.conftest import Cast

Opener = Callable[..., Ticket]


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    """No test compares with what another one counted."""
    forget()


@pytest.fixture
def opened(cast: Cast) -> Opener:
    """Opens a ticket of Rob's, logged by Ann; fields may say otherwise."""

    def make(**fields: object) -> Ticket:
        given = {
            "actor": cast.ann,
            "requester": cast.rob,
            "title": "Card is declined at checkout",
            "description": "Every card of my bank is declined since this morning.",
            "component": cast.checkout,
            "channel": "phone",
        }
        return open_ticket(**{**given, **fields})

    return make


@pytest.fixture
def ticket(opened: Opener) -> Ticket:
    """One of them."""
    return opened()


@pytest.fixture
def shared(ticket: Ticket, cast: Cast) -> Ticket:
    """The same, shown to the payments developers."""
    share_ticket(ticket, team=cast.payments_team, because="devlink.workitem:1")
    return ticket


@pytest.fixture
def note(ticket: Ticket, cast: Cast) -> Message:
    """An internal note nobody outside may read."""
    return reply_to_ticket(
        ticket, actor=cast.ann, body="Zanzibar is the secret word.", kind=Message.Kind.NOTE
    )
