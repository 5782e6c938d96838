"""What the plan consists of: frozen records without a database, keyed by names instead of ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

Payload = dict[str, str | int | bool | None]


@dataclass(frozen=True)
class PlannedMessage:
    """Something written on a ticket; `author` is an e-mail address."""

    at: datetime
    author: str
    kind: str
    body: str
    channel: str


@dataclass(frozen=True)
class PlannedInterval:
    """A stretch in one state; the last one is still running and has no end."""

    state: str
    category: str
    reason: str
    started_at: datetime
    ended_at: datetime | None
    actor: str


@dataclass(frozen=True)
class PlannedTouch:
    """A stretch in which somebody was busy with a ticket."""

    person: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True)
class PlannedFact:
    """An event of the log. `message` is the position of the message it tells of, or -1."""

    name: str
    at: datetime
    actor: str
    payload: Payload
    message: int = -1


@dataclass(frozen=True)
class PlannedTicket:
    """A ticket with its whole history up to now. People are e-mail addresses, the rest keys."""

    key: str
    cause: str
    kind: str
    category: str
    title: str
    body: str
    requester: str
    organisation: str
    channel: str
    component: str
    created_by: str
    created_at: datetime
    impact: int
    urgency: int
    version_seen: str
    team: str
    assignee: str
    state: str
    state_category: str
    pending_reason: str
    resolution_code: str
    resolution_text: str
    csat_score: int | None
    csat_comment: str
    csat_at: datetime | None
    updated_at: datetime
    assigned_at: datetime | None
    first_response_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    reassignment_count: int
    reopen_count: int
    first_contact_resolution: bool | None
    messages: tuple[PlannedMessage, ...]
    intervals: tuple[PlannedInterval, ...]
    touches: tuple[PlannedTouch, ...]
    facts: tuple[PlannedFact, ...]
