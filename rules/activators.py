"""What sets a rule off: the one list. A new fact on tickets becomes usable by a line here."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from core.events import EventKind
from core.models import Event
from incidents import events
from incidents.models import Message, Ticket


def _always(event: Event, ticket: Ticket) -> bool:
    return True


def _said_by_requester(event: Event, ticket: Ticket) -> bool:
    return _is_public(event) and event.actor is not None and not _as_desk(event, ticket)


def _said_by_agent(event: Event, ticket: Ticket) -> bool:
    return _is_public(event) and _as_desk(event, ticket)


def _is_public(event: Event) -> bool:
    return bool(event.payload.get("message_kind") == Message.Kind.PUBLIC)


def _as_desk(event: Event, ticket: Ticket) -> bool:
    actor = event.actor
    return actor is not None and actor.is_staff_member and actor.pk != ticket.requester_id


def _note(event: Event, ticket: Ticket) -> bool:
    return bool(event.payload.get("message_kind") == Message.Kind.NOTE)


@dataclass(frozen=True)
class Activator:
    """A fact that sets rules off. `fits` looks at the event and its ticket, without queries.

    `event.actor` is loaded.
    """

    key: str
    label: str
    kinds: tuple[EventKind, ...]
    fits: Callable[[Event, Ticket], bool] = field(default=_always)


ACTIVATORS: tuple[Activator, ...] = (
    Activator("opened", "A ticket is opened", (events.TICKET_OPENED,)),
    Activator(
        "requester_replied",
        "The requester replies",
        (events.TICKET_REPLIED,),
        _said_by_requester,
    ),
    Activator("agent_replied", "An agent replies", (events.TICKET_REPLIED,), _said_by_agent),
    Activator("note_added", "An internal note is added", (events.TICKET_REPLIED,), _note),
    Activator("edited", "Fields are edited", (events.TICKET_EDITED,)),
    Activator("tagged", "Its tags change", (events.TICKET_TAGGED, events.TICKET_UNTAGGED)),
    Activator("assigned", "It is assigned", (events.TICKET_ASSIGNED,)),
    Activator(
        "returned",
        "It goes back to the queue: its owner left it alone",
        (events.TICKET_RETURNED_TO_POOL,),
    ),
    Activator(
        "state_changed",
        "Its state changes",
        (
            events.TICKET_STARTED,
            events.TICKET_ON_HOLD,
            events.TICKET_RESUMED,
            events.TICKET_HANDED_TO_DEVELOPMENT,
            events.DEVELOPMENT_BEGUN,
            events.TICKET_RETURNED,
            events.FIX_OFFERED,
            events.FIX_CONFIRMED,
            events.STILL_BROKEN,
            events.TICKET_RESOLVED,
            events.TICKET_REOPENED,
            events.TICKET_CLOSED,
            events.TICKET_CANCELLED,
            events.REQUEST_SUBMITTED,
            events.REQUEST_APPROVED,
            events.REQUEST_REJECTED,
        ),
    ),
    Activator("resolved", "It is resolved", (events.TICKET_RESOLVED,)),
    Activator("reopened", "It is reopened", (events.TICKET_REOPENED,)),
    Activator("rated", "The requester rates the help", (events.TICKET_RATED,)),
)


class Moment(StrEnum):
    """The moments a rule of time counts from."""

    CREATED = "since_created"
    UPDATED = "since_updated"
    REQUESTER_REPLY = "since_requester_reply"
    IN_STATE = "in_state"
    BEFORE_TARGET = "before_target"
    AFTER_TARGET = "after_target"


MOMENTS: dict[str, str] = {
    Moment.CREATED: "after it was created",
    Moment.UPDATED: "after its last change",
    Moment.REQUESTER_REPLY: "after the requester's last reply",
    Moment.IN_STATE: "in the same state",
    Moment.BEFORE_TARGET: "before its resolution target",
    Moment.AFTER_TARGET: "after its resolution target",
}

BY_KEY: dict[str, Activator] = {one.key: one for one in ACTIVATORS}
KINDS: tuple[EventKind, ...] = tuple(
    dict.fromkeys(kind for one in ACTIVATORS for kind in one.kinds)
)
BY_EVENT: dict[str, list[Activator]] = defaultdict(list)
for _one in ACTIVATORS:
    for _kind in _one.kinds:
        BY_EVENT[_kind.name].append(_one)

CHOICES: list[tuple[str, list[tuple[str, str]]]] = [
    ("When something happens", [(one.key, one.label) for one in ACTIVATORS]),
    ("When time has passed", [(str(key), label.capitalize()) for key, label in MOMENTS.items()]),
]
KEYS = frozenset(BY_KEY) | frozenset(str(key) for key in MOMENTS)

_UNITS = ((1440, "day"), (60, "hour"), (1, "minute"))


def span_of(minutes: int) -> tuple[int, int]:
    """(amount, minutes of the unit) in the largest unit that divides it."""
    for size, _ in _UNITS:
        if minutes % size == 0:
            return minutes // size, size
    return minutes, 1


def words_for(key: str, minutes: int) -> str:
    """What sets the rule off, in words: "It is resolved", "3 days after it was created"."""
    if key in BY_KEY:
        return BY_KEY[key].label
    if key not in MOMENTS:
        return key
    amount, size = span_of(minutes)
    unit = dict(_UNITS)[size]
    return f"{amount} {unit}{'' if amount == 1 else 's'} {MOMENTS[key]}"
