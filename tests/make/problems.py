"""Builders of problems that go through the actions."""

from itertools import count
from typing import Any

from accounts.models import Person
from problems.actions import open_problem
from problems.models import Problem

_numbers = count(1)


def make_problem(by: Person, **fields: Any) -> Problem:
    """A problem opened by `by`."""
    fields.setdefault("title", f"Checkout loses its session {next(_numbers)}")
    return open_problem(actor=by, **fields)
