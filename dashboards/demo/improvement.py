"""What lies between desk and development in the demo, with real dates for a given now."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypedDict, cast

from dashboards.demo.grammar import lines_of

_HERE = Path(__file__).parent / "improvement"
FIRST_SPRINT, LAST_SPRINT = 31, 41


class _Row(TypedDict, total=False):
    key: str
    cause: str
    opened: float
    resolved: float
    finished: float
    state: str
    outcome: str
    duplicate_of: str
    impact: int
    title: str
    description: str
    root_cause: str
    workaround: str
    version: str
    name: str
    deployed: float
    deployed_hours: float
    told: float
    notes: str
    type: str
    component: str
    weeks: float
    hours: float
    causes: str
    review: str
    release: str
    caused: int


@dataclass(frozen=True)
class DemoProblem:
    """A problem and how far it has come."""

    key: str
    cause: str
    title: str
    description: str
    root_cause: str
    workaround: str
    impact: int
    state: str
    outcome: str
    duplicate_of: str
    opened_at: datetime
    resolved_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class DemoRelease:
    """A release; `told_at` is None when support was never told.

    `caused` is how many incidents people will say it caused.
    """

    version: str
    name: str
    notes: str
    state: str
    at: datetime
    told_at: datetime | None
    caused: int

    @property
    def is_deployed(self) -> bool:
        """True once it reached production."""
        return self.state in ("hypercare", "closed")


@dataclass(frozen=True)
class DemoChange:
    """A change with its planned or real start."""

    key: str
    title: str
    type: str
    component: str
    state: str
    outcome: str
    at: datetime
    told_at: datetime | None
    cause: str
    release: str
    review: str


@dataclass(frozen=True)
class DemoSprint:
    """A two-week sprint."""

    number: int
    state: str
    planning_at: datetime
    starts_on: date
    ends_on: date
    started_at: datetime | None
    closed_at: datetime | None

    @property
    def name(self) -> str:
        """What people call it."""
        return f"Sprint {self.number}"


@dataclass(frozen=True)
class DemoWorkItem:
    """A work item; `problem` is the key of what it is meant to end."""

    key: str
    title: str
    kind: str
    component: str
    state: str
    sprint: int | None
    release: str
    problem: str
    discussed: bool
    created_at: datetime
    committed_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class DemoAsk:
    """What support asked of a sprint, and the answer."""

    item: str
    sprint: int
    team: str
    points: int
    state: str
    reason: str
    comment: str
    asked_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True)
class Improvement:
    """Everything between the desk and development, for one now."""

    problems: tuple[DemoProblem, ...]
    changes: tuple[DemoChange, ...]
    releases: tuple[DemoRelease, ...]
    sprints: tuple[DemoSprint, ...]
    work_items: tuple[DemoWorkItem, ...]
    asks: tuple[DemoAsk, ...]
    confirmed: tuple[str, ...]
    dismissed: dict[str, str]


def _rows(file: str, table: str) -> list[_Row]:
    text = (_HERE / file).read_text(encoding="utf-8")
    return cast("list[_Row]", tomllib.loads(text)[table])


def working_day(at: datetime) -> datetime:
    """The moment itself, or the Friday before when it falls on a weekend."""
    return at - timedelta(days=max(0, at.weekday() - 4))


def _before(now: datetime, weeks: float | None) -> datetime | None:
    return None if weeks is None else now - timedelta(weeks=weeks)


def _problem(row: _Row, now: datetime) -> DemoProblem:
    opened = now - timedelta(weeks=row["opened"])
    return DemoProblem(
        key=row["key"],
        cause=row["cause"],
        title=row["title"],
        description=row["description"],
        root_cause=row["root_cause"],
        workaround=row["workaround"],
        impact=row["impact"],
        state=row["state"],
        outcome=row.get("outcome", ""),
        duplicate_of=row.get("duplicate_of", ""),
        opened_at=working_day(opened),
        resolved_at=_before(now, row.get("resolved")),
        finished_at=_before(now, row.get("finished")),
    )


def next_working_day(at: datetime) -> datetime:
    """The moment itself, or the Monday after when it falls on a weekend."""
    return at + timedelta(days=(7 - at.weekday()) % 7 if at.weekday() > 4 else 0)


def _moment(
    row: _Row, now: datetime, weeks: float, off_weekend: Callable[[datetime], datetime]
) -> datetime:
    """Hours before now are taken literally; weeks are moved off weekends to an early hour."""
    hours = row.get("deployed_hours", row.get("hours"))
    if hours is not None:
        return now - timedelta(hours=hours)
    at = now - timedelta(weeks=weeks)
    return off_weekend(at).replace(hour=5, minute=30, second=0, microsecond=0)


def _told(row: _Row, at: datetime) -> datetime | None:
    return at - timedelta(hours=row["told"]) if "told" in row else None


def _release(row: _Row, now: datetime) -> DemoRelease:
    # Later, never earlier: what a release ends must not go on after it.
    at = _moment(row, now, row.get("deployed", 0.0), next_working_day)
    told = _told(row, at)
    return DemoRelease(
        row["version"],
        row["name"],
        row["notes"],
        row["state"],
        at,
        # What is planned ahead was announced lately, not in the future.
        told if told is None or told <= now else now - timedelta(days=1),
        row.get("caused", 0),
    )


def _change(row: _Row, now: datetime) -> DemoChange:
    # Earlier, never later: what a change causes must not come before it.
    at = _moment(row, now, row.get("weeks", 0.0), working_day)
    told = _told(row, at)
    return DemoChange(
        key=row["key"],
        title=row["title"],
        type=row["type"],
        component=row["component"],
        state=row["state"],
        outcome=row.get("outcome", ""),
        at=at,
        told_at=told if told is None or told <= now else now - timedelta(days=1),
        cause=row.get("causes", ""),
        release=row.get("release", ""),
        review=row.get("review", ""),
    )


def _sprints(now: datetime) -> tuple[DemoSprint, ...]:
    monday = (now - timedelta(days=now.weekday())).replace(
        hour=8, minute=0, second=0, microsecond=0
    )
    current = monday - timedelta(weeks=1)
    found = []
    for number in range(FIRST_SPRINT, LAST_SPRINT + 1):
        start = current + timedelta(weeks=2 * (number - (LAST_SPRINT - 1)))
        state = "closed" if number < LAST_SPRINT - 1 else "active"
        state = "planning" if number == LAST_SPRINT else state
        found.append(
            DemoSprint(
                number=number,
                state=state,
                planning_at=start + timedelta(hours=2),
                starts_on=start.date(),
                ends_on=start.date() + timedelta(days=13),
                started_at=None if state == "planning" else start + timedelta(hours=4),
                closed_at=start + timedelta(days=14, hours=1) if state == "closed" else None,
            )
        )
    return tuple(found)


def _work_items(
    sprints: tuple[DemoSprint, ...], releases: tuple[DemoRelease, ...], now: datetime
) -> tuple[DemoWorkItem, ...]:
    table = tomllib.loads((_HERE / "work.toml").read_text(encoding="utf-8"))
    discussed = set(lines_of(table["discussed"]))
    by_number = {sprint.number: sprint for sprint in sprints}
    shipped = {release.version: release for release in releases}
    found = []
    for position, line in enumerate(lines_of(table["items"])):
        key, kind, component, number, version, title = (part.strip() for part in line.split("|"))
        sprint = by_number.get(int(number)) if number else None
        started = sprint.started_at if sprint else None
        release = shipped.get(version)
        done_at = sprint.closed_at if sprint else None
        if release is not None and release.is_deployed:
            done_at = release.at - timedelta(days=1, hours=position % 5)
        created = (sprint.planning_at if sprint else now) - timedelta(days=12 + position % 17)
        found.append(
            DemoWorkItem(
                key=key,
                title=title,
                kind=kind,
                component=component,
                state=_item_state(sprint, done_at, version),
                sprint=sprint.number if sprint else None,
                release=version,
                problem=table["fixes"].get(key, ""),
                discussed=key in discussed,
                created_at=min(created, now - timedelta(days=2)),
                committed_at=started,
                finished_at=done_at,
            )
        )
    return tuple(found)


def _item_state(sprint: DemoSprint | None, done_at: datetime | None, version: str) -> str:
    if done_at is not None:
        return "done"
    if sprint is None or sprint.state == "planning":
        return "discovery"
    # What goes into the release under readiness is finished; the rest is being worked on.
    return "done" if version == "7.10.0" else "in_progress"


def _asks(sprints: tuple[DemoSprint, ...], now: datetime) -> tuple[DemoAsk, ...]:
    table = tomllib.loads((_HERE / "work.toml").read_text(encoding="utf-8"))
    by_number = {sprint.number: sprint for sprint in sprints}
    found = []
    for position, line in enumerate(lines_of(table["asks"]["rows"])):
        item, number, team, points, state, reason, comment = (p.strip() for p in line.split("|"))
        sprint = by_number[int(number)]
        asked = min(
            sprint.planning_at - timedelta(days=3 + position % 4), now - timedelta(hours=30)
        )
        answered = min(asked + timedelta(hours=20 + 9 * (position % 6)), now - timedelta(hours=2))
        found.append(
            DemoAsk(
                item=item,
                sprint=sprint.number,
                team=team,
                points=int(points),
                state=state,
                reason=reason,
                comment=comment,
                asked_at=asked,
                answered_at=None if state in ("open", "expired") else answered,
            )
        )
    return tuple(found)


def plan_improvement(now: datetime) -> Improvement:
    """The same for the same now."""
    sprints = _sprints(now)
    releases = tuple(_release(row, now) for row in _rows("releases.toml", "release"))
    clusters = tomllib.loads((_HERE / "clusters.toml").read_text(encoding="utf-8"))
    return Improvement(
        problems=tuple(_problem(row, now) for row in _rows("problems.toml", "problem")),
        changes=tuple(_change(row, now) for row in _rows("changes.toml", "change")),
        releases=releases,
        sprints=sprints,
        work_items=_work_items(sprints, releases, now),
        asks=_asks(sprints, now),
        confirmed=lines_of(clusters["confirmed"]),
        dismissed=dict(clusters["dismissed"]),
    )
