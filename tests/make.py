"""Builders that go through the actions, so that test data is always data that can come about."""

from itertools import count
from typing import Any

from accounts.models import Person, Team
from accounts.roles import Side
from catalogue.models import Component, Service
from devlink.actions import create_release, create_sprint, create_work_item
from devlink.models import Release, Sprint, WorkItem
from incidents.actions import open_ticket
from incidents.models import Ticket
from problems.actions import open_problem
from problems.models import Problem

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


def make_problem(by: Person, **fields: Any) -> Problem:
    """A problem opened by `by`."""
    fields.setdefault("title", f"Checkout loses its session {next(_numbers)}")
    return open_problem(actor=by, **fields)


def make_team(name: str, side: str = Side.SUPPORT, *, restricted: bool = False) -> Team:
    """A team."""
    return Team.objects.create(name=name, side=side, restricted=restricted)


def make_component(service: Service, name: str, **fields: Any) -> Component:
    """A component of a service."""
    return Component.objects.create(service=service, name=name, key=name.lower(), **fields)


def make_work_item(by: Person, **fields: Any) -> WorkItem:
    """A work item."""
    fields.setdefault("title", f"Keep the session alive {next(_numbers)}")
    return create_work_item(actor=by, **fields)


def make_sprint(by: Person, **fields: Any) -> Sprint:
    """A sprint in planning."""
    fields.setdefault("name", f"Sprint {next(_numbers)}")
    return create_sprint(actor=by, **fields)


def make_release(by: Person, **fields: Any) -> Release:
    """A release being planned."""
    fields.setdefault("version", f"4.{next(_numbers)}.0")
    return create_release(actor=by, **fields)
