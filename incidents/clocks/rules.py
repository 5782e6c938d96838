"""Which targets there are, and when each one's clock runs, waits or has ended; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from incidents.clocks.calendars import Calendar
from incidents.workflow import (
    CLOSED,
    MERGED,
    RESOLVED,
    WAITING_DEVELOPMENT,
    WAITING_REQUESTER,
    WAITING_THIRD_PARTY,
)


class Target(StrEnum):
    """What is promised. Ownership is between teams (an OLA), the others are made to requesters."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"
    OWNERSHIP = "ownership"


class Effect(StrEnum):
    """What a stretch does to a clock. The gap from resolved to reopened is a kind of its own."""

    RUNNING = "running"
    PAUSED = "paused"
    RESOLVED_GAP = "resolved_gap"


# A merged ticket is a pointer: its clocks stand still, and go on when the merge is undone.
ENDED = frozenset({RESOLVED, CLOSED, MERGED})
# Ends that keep no promise and break none.
DROPPING = frozenset({CLOSED, MERGED})
WAITING = (WAITING_REQUESTER, WAITING_THIRD_PARTY, WAITING_DEVELOPMENT)

# A first answer may only wait for words of the requester; an answer to a message never waits.
DEFAULT_PAUSES: Mapping[Target, frozenset[str]] = MappingProxyType(
    {
        Target.FIRST_RESPONSE: frozenset({WAITING_REQUESTER}),
        Target.NEXT_RESPONSE: frozenset(),
        Target.RESOLUTION: frozenset(WAITING),
        Target.OWNERSHIP: frozenset(WAITING),
    }
)


@dataclass(frozen=True)
class Rules:
    """How one version of a policy reads history.

    `pauses` names the categories in which each target's clock waits. `reasons` maps a reason for
    waiting to the category it counts as ("scheduled" → "open": the clock runs on), whatever the
    category of the state is; a reason it does not name keeps the state's.
    """

    pauses: Mapping[Target, frozenset[str]] = field(default_factory=lambda: DEFAULT_PAUSES)
    reasons: Mapping[str, str] = field(default_factory=dict)

    def effect(self, target: Target, category: str, reason: str = "") -> Effect:
        """What a stretch in this category, for this reason, does to the target's clock."""
        category = self.reasons.get(reason, category)
        if category in ENDED:
            return Effect.RESOLVED_GAP
        return Effect.PAUSED if category in self.pauses[target] else Effect.RUNNING


@dataclass(frozen=True)
class Promise:
    """One target of a ticket: how much working time of which calendar.

    `calendar_version` names the calendar's version; `team` is whose ownership it is about.
    """

    target: Target
    amount: timedelta
    calendar: Calendar
    calendar_version: int = 0
    team: int | None = None


@dataclass(frozen=True)
class Agreement:
    """What one version of a policy promises for one ticket, and how it reads its history."""

    version: int
    promises: tuple[Promise, ...]
    rules: Rules = field(default_factory=Rules)
    warn_percent: int = 75

    def promise(self, target: Target, team: int | None = None) -> Promise | None:
        """The promise about a target (of a team); None when there is none."""
        for one in self.promises:
            if one.target == target and one.team == team:
                return one
        return None
