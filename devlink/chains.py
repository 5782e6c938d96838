"""The influence chain of a cause: from its first ticket to a verified fix, with the days between.

A chain is a cause people agreed on: a cluster that is neither a mere candidate nor dismissed. Its
milestones are moments that stand in rows already; nothing is entered for it by hand:

seen      the first ticket of the cluster came in
grouped   the cluster was made, by a run or by a person
asked     support first asked for a fix of one of its problems
decided   development first accepted such an ask
shipped   the release that was verified went live; without one, the first release with a fix
verified  the look that found the fix verified, as long as that verdict stands

Asks and decisions after the shipment belong to a next round and are passed over. What was declined
goes on waiting: the wall still stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import Person, Team
from devlink.models import Ask, Decision, FixClaim, FixLook
from problems.models import Cluster

DAY = timedelta(days=1)
# A median of fewer chains says more about these chains than about the way.
FEWEST_CHAINS = 5
QUARTERS = 4
# (name, label, field of the annotated cluster)
MILESTONES = (
    ("seen", "First seen", "first_seen_at"),
    ("grouped", "Grouped as one cause", "created_at"),
    ("asked", "Asked for", "asked_at"),
    ("decided", "Accepted", "decided_at"),
    ("shipped", "Shipped", "shipped_at"),
    ("verified", "Verified", "verified_at"),
)
FIELDS = tuple(field for _, _, field in MILESTONES)
STANDINGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "under-way": ("Under way", ("confirmed", "problem_open", "fix_linked")),
    "watched": ("Shipped, being watched", ("shipped", "watching", "partial")),
    "verified": ("Verified", ("verified",)),
    "failed": ("Fix did not hold", ("not_effective", "regressed")),
}
AGREED = tuple(state for _, states in STANDINGS.values() for state in states)


@dataclass(frozen=True)
class Segment:
    """The stretch that ends with a milestone. `days` is None where an end of it is unknown.

    `is_open` means that it lasts: the days are those so far.
    """

    key: str
    label: str
    days: float | None
    is_open: bool = False


@dataclass(frozen=True)
class Chain:
    """One cause and its milestones; None for those not reached."""

    cluster: Cluster
    moments: tuple[datetime | None, ...]
    segments: tuple[Segment, ...]
    now: datetime

    @property
    def days(self) -> float | None:
        """From the first ticket to the verified fix, or so far."""
        start = next((at for at in self.moments if at is not None), None)
        return None if start is None else _days(start, self.moments[-1] or self.now)

    @property
    def is_verified(self) -> bool:
        return self.moments[-1] is not None

    @property
    def slowest(self) -> Segment | None:
        """The longest segment, finished or not; the earlier of two alike."""
        known = [one for one in self.segments if one.days is not None]
        return max(known, key=lambda one: one.days or 0.0, default=None)

    def at(self, name: str) -> datetime | None:
        """The moment of a milestone."""
        return self.moments[[key for key, _, _ in MILESTONES].index(name)]


def _days(start: datetime, end: datetime) -> float:
    """Never less than nothing: a ticket that joined later may be older than its group."""
    return max((end - start) / DAY, 0.0)


SEGMENTS = tuple((end, f"{start} → {end}") for (start, _, _), (end, _, _) in pairwise(MILESTONES))


def segments_of(moments: tuple[datetime | None, ...], now: datetime) -> tuple[Segment, ...]:
    """The five segments between six moments.

    A segment lasts when its beginning is known and nothing after it has happened.
    """
    found = []
    for place, (key, label) in enumerate(SEGMENTS, start=1):
        start, end = moments[place - 1], moments[place]
        if start is None:
            found.append(Segment(key, label, None))
        elif end is not None:
            found.append(Segment(key, label, _days(start, end)))
        elif any(moments[place:]):
            found.append(Segment(key, label, None))
        else:
            found.append(Segment(key, label, _days(start, now), is_open=True))
    return tuple(found)


def with_milestones(clusters: QuerySet[Cluster], *, now: datetime) -> QuerySet[Cluster]:
    """Adds `shipped_at`, `asked_at`, `decided_at`, `verified_at` and `ask_state` (of the newest
    ask, None without one)."""
    looks = FixLook.objects.filter(
        claim__cluster=OuterRef("pk"), claim__state="verified", verdict="verified"
    ).order_by("created_at", "pk")
    claims = FixClaim.objects.filter(cluster=OuterRef("pk")).order_by("deployed_at", "pk")
    asks = Ask.objects.filter(problem__cluster=OuterRef("pk"))
    accepted = Decision.objects.filter(
        ask__problem__cluster=OuterRef("pk"), verdict=Decision.Verdict.ACCEPTED
    )
    in_time = Q(created_at__lte=OuterRef("until"))
    return clusters.annotate(
        verified_at=Subquery(looks.values("created_at")[:1]),
        shipped_at=Coalesce(
            Subquery(looks.values("claim__deployed_at")[:1]),
            Subquery(claims.values("deployed_at")[:1]),
        ),
        until=Coalesce(F("shipped_at"), Value(now)),
        asked_at=Subquery(
            asks.filter(in_time).order_by("created_at", "pk").values("created_at")[:1]
        ),
        decided_at=Subquery(
            accepted.filter(in_time).order_by("created_at", "pk").values("created_at")[:1]
        ),
        ask_state=Subquery(asks.order_by("-created_at", "-pk").values("state")[:1]),
    )


def of_team(team: Team) -> Q:
    """Causes of a support team: those it asked a fix for, and those of what it supports."""
    asked = Exists(Ask.objects.filter(problem__cluster=OuterRef("pk"), team=team))
    above = Q(component__isnull=True) | Q(component__support_team__isnull=True)
    return asked | Q(component__support_team=team) | above & Q(service__support_team=team)


def agreed_causes(person: Person, *, now: datetime, team: Team | None = None) -> QuerySet[Cluster]:
    """The chains this person may see, of one support team or of all."""
    causes = Cluster.objects.visible_to(person).filter(state__in=AGREED)
    if team is not None:
        causes = causes.filter(of_team(team))
    return with_milestones(causes, now=now).defer("centroid", "keys")


def chain_of(cluster: Cluster, *, now: datetime) -> Chain:
    """The chain of a cluster that was read `with_milestones`."""
    moments: tuple[datetime | None, ...] = tuple(getattr(cluster, field) for field in FIELDS)
    return Chain(cluster, moments, segments_of(moments, now), now)


@dataclass(frozen=True)
class Wall:
    """One segment over many chains: the median of those that passed it, and how many wait."""

    key: str
    label: str
    n: int
    median_days: float | None
    waiting: int


@dataclass(frozen=True)
class Quarter:
    """How many chains ended verified in one quarter."""

    name: str
    start: datetime
    end: datetime
    verified: int


@dataclass(frozen=True)
class Ways:
    """Where the way of causes takes its time, over the last four quarters."""

    walls: tuple[Wall, ...]
    quarters: tuple[Quarter, ...]

    @property
    def slowest(self) -> Wall | None:
        """The wall with the longest median; None while every median is hidden."""
        known = [one for one in self.walls if one.median_days is not None]
        return max(known, key=lambda one: one.median_days or 0.0, default=None)


def quarter_start(at: datetime) -> datetime:
    """Midnight of the first day of the quarter."""
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.replace(month=3 * ((at.month - 1) // 3) + 1)


def quarters_until(now: datetime) -> list[tuple[datetime, datetime]]:
    """The last four quarters, this one included, oldest first."""
    starts = [quarter_start(now)]
    while len(starts) < QUARTERS:
        starts.insert(0, quarter_start(starts[0] - DAY))
    ends = [*starts[1:], quarter_start(starts[-1] + 95 * DAY)]
    return list(zip(starts, ends, strict=True))


def passed(key: str, *, since: datetime) -> Q:
    """Chains that passed this segment since then, of those read `with_milestones`."""
    place = [name for name, _, _ in MILESTONES].index(key)
    start, end = FIELDS[place - 1], FIELDS[place]
    return Q(**{f"{start}__isnull": False, f"{end}__gte": since})


def waiting(key: str) -> Q:
    """Chains in which this segment lasts, of those read `with_milestones`."""
    place = [name for name, _, _ in MILESTONES].index(key)
    nothing_after = {f"{field}__isnull": True for field in FIELDS[place:]}
    return Q(**{f"{FIELDS[place - 1]}__isnull": False}, **nothing_after)


def verified_in(quarter: Quarter) -> Q:
    """Chains that ended verified in a quarter, of those read `with_milestones`."""
    return Q(verified_at__gte=quarter.start, verified_at__lt=quarter.end)


def ways(causes: QuerySet[Cluster], *, now: datetime) -> Ways:
    """Medians, waiting chains and verified chains a quarter; one query over milestones only."""
    quarters = quarters_until(now)
    since = quarters[0][0]
    rows: list[tuple[Any, ...]] = list(causes.order_by().values_list(*FIELDS))
    took: dict[str, list[float]] = {key: [] for key, _ in SEGMENTS}
    waits: dict[str, int] = dict.fromkeys(took, 0)
    for row in rows:
        for place, one in enumerate(segments_of(row, now), start=1):
            if one.is_open:
                waits[one.key] += 1
            elif one.days is not None and row[place] >= since:
                took[one.key].append(one.days)
    return Ways(
        walls=tuple(
            Wall(key, label, len(took[key]), median_or_none(took[key]), waits[key])
            for key, label in SEGMENTS
        ),
        quarters=tuple(
            Quarter(
                f"Q{(start.month - 1) // 3 + 1} {start.year}",
                start,
                end,
                sum(1 for row in rows if row[-1] is not None and start <= row[-1] < end),
            )
            for start, end in quarters
        ),
    )


def median_or_none(days: Iterable[float]) -> float | None:
    """The median; None under `FEWEST_CHAINS`."""
    known = list(days)
    return median(known) if len(known) >= FEWEST_CHAINS else None
