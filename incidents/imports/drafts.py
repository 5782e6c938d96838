"""What a row says once it is understood: a ticket that is not stored yet."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Name:
    """Somebody a row speaks of, by name, by address or both."""

    name: str
    email: str = ""


@dataclass(frozen=True)
class Draft:
    """A ticket as a row describes it; people, teams and services are still names."""

    line: int
    number: str
    kind: str
    title: str
    description: str
    created_at: datetime
    state: str
    category_of_state: str
    pending_reason: str
    channel: str
    impact: int
    urgency: int
    priority: int
    severity: int | None
    requester: Name | None
    assignee: Name | None
    organisation: str
    team: str
    service: str
    component: str
    category: str
    updated_at: datetime | None
    first_response_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    reassignment_count: int
    reopen_count: int
    resolution_code: str
    resolution_text: str
    version_seen: str
    csat_score: int | None
    # What was done to values that did not fit as they were.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stretch:
    """A time in one state, as far as the row tells."""

    state: str
    category: str
    started_at: datetime
    ended_at: datetime | None
    reason: str = ""


class Refused(Exception):
    """The row cannot become a ticket: the field at fault and why."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field_name
        self.reason = reason


@dataclass
class Notes:
    """Collects what was done to the values of one row."""

    said: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        """Keeps one sentence; the same for every row it happens to, so that they can be counted."""
        self.said.append(sentence)
