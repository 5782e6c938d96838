"""Plays history back: acts in the order of their dates, each through the product's own actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max

from accounts.models import Person
from changes.models import Change
from core.models import Event
from dashboards.demo.loading.directory import Directory
from dashboards.demo.people import COMPANY_DOMAIN
from dashboards.demo.plan import DemoPlan
from devlink.models import Ask, FixClaim, Release, Sprint, WorkItem
from incidents.models import Ticket
from knowledge.models import Article
from problems.models import Cluster, Problem

Act = Callable[[datetime], None]
_SOON = timedelta(hours=1)


@dataclass
class World:
    """Rows made so far, by the keys of the plan."""

    plan: DemoPlan
    directory: Directory
    tickets: dict[str, Ticket] = field(default_factory=dict)
    articles: dict[str, Article] = field(default_factory=dict)
    clusters: dict[str, Cluster] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)
    items: dict[str, WorkItem] = field(default_factory=dict)
    sprints: dict[int, Sprint] = field(default_factory=dict)
    asks: dict[tuple[str, int], Ask] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)
    claims: list[FixClaim] = field(default_factory=list)

    def person(self, key: str) -> Person:
        """Somebody of the company."""
        return self.directory.people[f"{key}@{COMPANY_DOMAIN}"]


@dataclass(order=True)
class _Entry:
    at: datetime
    number: int
    act: Act = field(compare=False)


class Chronicle:
    """Collects acts with their dates; `play` does them in order, those of one moment as added."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._entries: list[_Entry] = []

    def add(self, at: datetime | None, act: Act) -> None:
        """Plans an act; one without a date, or with a date to come, never happens."""
        if at is not None and at <= self.now:
            self._entries.append(_Entry(at, len(self._entries), act))

    def play(self, progress: Callable[[str, int, int], None]) -> None:
        """Does everything, oldest first."""
        entries = sorted(self._entries)
        for done, entry in enumerate(entries, start=1):
            last = Event.objects.aggregate(last=Max("pk"))["last"] or 0
            entry.act(entry.at)
            # Some actions know no other moment than now; their facts belong to this one too.
            late = Event.objects.filter(pk__gt=last, at__gt=entry.at + _SOON)
            late.update(at=entry.at)
            progress("history", done, len(entries))
