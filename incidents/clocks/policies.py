"""Which policy a ticket falls under; pure.

A policy is for everybody, for a service, for an organisation, or for a service of an organisation.
The most specific one wins as a whole: organisation and service, then organisation, then service,
then everybody. At most one policy exists for each of these, so there is never a tie. A target the
winning policy leaves blank is no target: nothing is filled in from a less specific one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from incidents.clocks.calendars import Calendar
from incidents.clocks.rules import Agreement, Promise, Rules, Target


@dataclass(frozen=True)
class Subject:
    """What decides about a ticket's targets."""

    priority: int
    service: int | None = None
    organisation: int | None = None


class Scoped(Protocol):
    """Something that is for a service, an organisation, both or everybody (None)."""

    @property
    def service(self) -> int | None: ...
    @property
    def organisation(self) -> int | None: ...


@dataclass(frozen=True)
class Row:
    """One target of a policy's version, in minutes of working time of a calendar."""

    priority: int
    target: Target
    minutes: int
    calendar: Calendar
    calendar_version: int
    team: int | None = None


@dataclass(frozen=True)
class CompiledPolicy:
    """One version of a policy, ready to be read."""

    version: int
    service: int | None
    organisation: int | None
    rows: tuple[Row, ...]
    rules: Rules
    warn_percent: int

    def agreement(self, priority: int) -> Agreement:
        """What it promises for a priority."""
        promises = tuple(
            Promise(
                row.target,
                timedelta(minutes=row.minutes),
                row.calendar,
                row.calendar_version,
                row.team,
            )
            for row in self.rows
            if row.priority == priority
        )
        return Agreement(self.version, promises, self.rules, self.warn_percent)


def fits(policy: Scoped, subject: Subject) -> bool:
    """True when the policy is for this ticket at all."""
    return policy.service in {None, subject.service} and policy.organisation in {
        None,
        subject.organisation,
    }


def specificity(policy: Scoped) -> tuple[bool, bool]:
    """Greater is more specific: an organisation counts more than a service."""
    return policy.organisation is not None, policy.service is not None


def most_specific(policies: Iterable[CompiledPolicy], subject: Subject) -> CompiledPolicy | None:
    """The policy a ticket falls under; None when no policy is for it."""
    return max((one for one in policies if fits(one, subject)), key=specificity, default=None)
