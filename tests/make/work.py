"""Builders of work items, sprints and releases that go through the actions."""

from itertools import count
from typing import Any

from accounts.models import Person
from devlink.actions import create_release, create_sprint, create_work_item
from devlink.models import Release, Sprint, WorkItem

_numbers = count(1)


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
