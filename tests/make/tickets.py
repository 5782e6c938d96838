"""Builders of tickets that go through the actions: test data is always data that can come about."""

from itertools import count
from typing import Any

from accounts.models import Person
from incidents.actions import open_ticket
from incidents.models import Ticket

_numbers = count(1)


def make_ticket(by: Person, **fields: Any) -> Ticket:
    """A ticket opened by `by` for themselves unless `requester` says otherwise."""
    fields.setdefault("title", f"Checkout is stuck {next(_numbers)}")
    fields.setdefault("description", "The page turns and turns.")
    fields.setdefault("requester", by)
    fields.setdefault("channel", "portal")
    return open_ticket(actor=by, **fields)


def make_tickets(how_many: int, by: Person, **fields: Any) -> list[Ticket]:
    """Several tickets."""
    return [make_ticket(by, **fields) for _ in range(how_many)]
