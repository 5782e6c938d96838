"""What every change of a ticket shares: the locked row, its state, its clocks, its version."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import Person
from core import given
from core.errors import TransitionNotAllowed
from incidents.actions._clocks import DEADLINE_FIELDS, reckon
from incidents.models import Message, StatusInterval, Ticket
from incidents.search_index import index_tickets
from incidents.workflow import category_of

MOST_WORDS = 100_000
words = partial(given.words, most=MOST_WORDS)
STATE_FIELDS = (
    "state",
    "state_category",
    "pending_reason",
    *DEADLINE_FIELDS,
)
# Fields by whose words or people a ticket is found.
SEARCHED_FIELDS = frozenset(
    {
        "title",
        "description",
        "resolution_text",
        "source_number",
        "requester",
        "organisation",
        "assignee",
    }
)


def locked(ticket: Ticket) -> Ticket:
    """The row as it is now; nobody else changes it before this transaction ends."""
    return (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("requester", "organisation", "assignee", "team", "service", "component")
        .get(pk=ticket.pk)
    )


def locked_all(ids: Iterable[int]) -> dict[int, Ticket]:
    """Several rows as they are now, by id; always locked in the order of their ids, so that two
    changes of the same tickets wait for each other instead of forever.
    """
    rows = (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("requester", "organisation", "assignee", "team", "service", "component")
        .filter(pk__in=set(ids))
        .order_by("pk")
    )
    return {row.pk: row for row in rows}


def target_of(ticket: Ticket, step: str) -> str:
    """Where `step` leads from here; TransitionNotAllowed when it does not start here."""
    workflow = ticket.workflow
    if step not in workflow.steps:
        raise TransitionNotAllowed(f"A {ticket.get_kind_display().lower()} has no such step.")
    return workflow.target(step, ticket.state)


def enter(
    ticket: Ticket, state: str, *, actor: Person | None, at: datetime, reason: str = ""
) -> None:
    """Puts the locked ticket into `state`: closes the running interval, adds one, moves deadlines.

    Saving STATE_FIELDS is the caller's.
    """
    running = StatusInterval.objects.filter(ticket=ticket, ended_at__isnull=True)
    # Two clocks of two processes may differ by a little; time in a state is never negative.
    running.update(ended_at=Greatest("started_at", Value(at)))
    category = category_of(ticket.kind, state, reason)
    StatusInterval.objects.create(
        ticket=ticket, state=state, category=category, reason=reason, started_at=at, actor=actor
    )
    ticket.state = state
    ticket.state_category = category
    ticket.pending_reason = reason if state == "pending" else ""
    set_deadlines(ticket)


def set_deadlines(ticket: Ticket) -> None:
    """Works all clocks out anew from the whole history; saving DEADLINE_FIELDS is the caller's."""
    reckon([ticket], now=timezone.now())


def save(ticket: Ticket, *fields: str, at: datetime) -> None:
    """Writes these fields as the ticket's next version, and what search finds it by."""
    ticket.version += 1
    ticket.updated_at = at
    ticket.save(update_fields=[*fields, "version", "updated_at"])
    if not SEARCHED_FIELDS.isdisjoint(fields):
        index_tickets([ticket.pk])


def say(
    ticket: Ticket, *, actor: Person | None, body: str, kind: str, at: datetime
) -> Message | None:
    """Adds the words given with a step to the conversation; None when there are none."""
    if not body.strip():
        return None
    message = Message.objects.create(
        ticket=ticket, author=actor, kind=kind, body=words(body, "note"), created_at=at
    )
    index_tickets([ticket.pk])
    return message
