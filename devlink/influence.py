"""The Influence Index of a support team, or of the whole desk, with its five parts.

Index = 100 × the geometric mean of five shares between 0 and 1: one part at zero makes the whole
zero, so that nothing is averaged away. It is hidden as soon as one part rests on too few subjects.
There is none for a person.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import prod
from typing import Any

from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from accounts.models import Person, Team
from devlink.chains import agreed_causes
from devlink.delivery import answered, delivered
from devlink.measures import FEWEST, rate_of, subjects
from devlink.models import FixClaim, ReleaseItem, WorkItem
from problems.models import Cluster

# What a cause that goes on brings a week is the mean of these weeks.
VOLUME_WEEKS = 12
USUAL_PERIOD = timedelta(days=180)
# Lengths a reader may choose, in days.
PERIODS = {90: "Quarter", 180: "Half a year", 365: "Year"}


@dataclass(frozen=True)
class Part:
    """One of the five parts. `rate` is None when fewer than `FEWEST` subjects stand behind it."""

    key: str
    label: str
    definition: str
    subjects: str
    n: int
    rate: float | None
    words: str

    @property
    def percent(self) -> int | None:
        return None if self.rate is None else round(100 * self.rate)


@dataclass(frozen=True)
class Influence:
    """The index and its parts; `index` is None while a part is hidden."""

    parts: tuple[Part, ...]

    @property
    def hidden(self) -> tuple[Part, ...]:
        """The parts with too few subjects."""
        return tuple(one for one in self.parts if one.rate is None)

    @property
    def index(self) -> float | None:
        return index_of([one.rate for one in self.parts])

    @property
    def weakest(self) -> Part | None:
        """The lowest of the parts that are shown, the first of two alike."""
        shown = [one for one in self.parts if one.rate is not None]
        return min(shown, key=lambda one: one.rate or 0.0, default=None)


def index_of(rates: Sequence[float | None]) -> float | None:
    """100 × the geometric mean; None when a rate is unknown."""
    known = [one for one in rates if one is not None]
    if not known or len(known) < len(rates):
        return None
    return float(100 * prod(known) ** (1 / len(known)))


def _supported(team: Team, path: str) -> Q:
    """Records of what a team supports; a component without a team follows its service."""
    own = Q(**{f"{path}__support_team": team})
    service = {f"{path}__support_team__isnull": True, f"{path}__service__support_team": team}
    return own | Q(**service)


def _sprints(person: Person, start: datetime, end: datetime, team: Team | None) -> QuerySet[Any]:
    sprints = subjects("prioritised", person, start, end)
    if team is None:
        return sprints
    items = WorkItem.objects.filter(_supported(team, "component"), sprint=OuterRef("pk"))
    return sprints.filter(Exists(items))


def _releases(person: Person, start: datetime, end: datetime, team: Team | None) -> QuerySet[Any]:
    releases = subjects("told-before", person, start, end)
    if team is None:
        return releases
    items = ReleaseItem.objects.filter(
        _supported(team, "work_item__component"), release=OuterRef("pk")
    )
    return releases.filter(Exists(items) | Q(service__support_team=team))


def _causes(person: Person, start: datetime, end: datetime, team: Team | None) -> QuerySet[Cluster]:
    """Agreed causes that still come in, or were verified ended within the period."""
    causes = agreed_causes(person, now=end, team=team).filter(created_at__lt=end)
    within = Q(verified_at__gte=start, verified_at__lt=end)
    return causes.filter(within | Q(verified_at__isnull=True)).annotate(
        met=ExpressionWrapper(Q(verified_at__isnull=False), output_field=BooleanField())
    )


Reader = Callable[[Person, datetime, datetime, Team | None], QuerySet[Any]]
# key → (label, definition, what is counted, reader)
DEFINITIONS: dict[str, tuple[str, str, str, Reader]] = {
    "involved": (
        "Involved before commitment",
        "Sprints started in the period to which support contributed evidence, a vote, a comment "
        "or a sign-off before the start, of all started. For a team: sprints with work on what "
        "it supports.",
        "sprints",
        _sprints,
    ),
    "answered": (
        "Asks answered in time",
        "Asks in sprints started in the period that were accepted, deferred or declined before "
        "the sprint started, of all asked. A question back is no answer.",
        "asks",
        answered,
    ),
    "delivered": (
        "Accepted asks delivered",
        "Accepted asks with a release live by the end of the promised sprint or of the one after "
        "it, of all accepted asks for which this time ended in the period.",
        "accepted asks",
        delivered,
    ),
    "told-before": (
        "Told before it shipped",
        "Releases deployed in the period of which support had a notice before the deployment, of "
        "all deployed. For a team: releases with work on what it supports.",
        "releases",
        _releases,
    ),
    "eliminated": (
        "Verified elimination",
        "Incidents a week ended by fixes verified in the period, of the incidents a week of all "
        "agreed causes: what came before the fix for those ended, the mean of the last 12 weeks "
        "for those that go on. A fix that is only watched, or came back, ends nothing.",
        "causes",
        _causes,
    ),
}


def read(
    key: str, person: Person, start: datetime, end: datetime, team: Team | None = None
) -> QuerySet[Any]:
    """The records a part counts in [start, end), each with `met`."""
    return DEFINITIONS[key][3](person, start, end, team)


def part(
    key: str, person: Person, start: datetime, end: datetime, team: Team | None = None
) -> Part:
    """One part; one query, two for the elimination."""
    label, definition, what, reader = DEFINITIONS[key]
    rows = reader(person, start, end, team)
    if key == "eliminated":
        return _elimination(rows)
    counted = rows.order_by().aggregate(
        n=Count("pk", distinct=True), met_count=Count("pk", filter=Q(met=True), distinct=True)
    )
    n, met = counted["n"], counted["met_count"]
    return Part(key, label, definition, what, n, rate_of(met, n), f"{met} of {n} {what}")


@dataclass(frozen=True)
class Volume:
    """Incidents a week of one cause, and how many of them a verified fix ended."""

    a_week: float
    ended: float = 0.0

    @property
    def words(self) -> str:
        ended = f", {self.ended:.1f} of them ended" if self.ended else ""
        return f"{self.a_week:.1f} incidents a week{ended}"


def volumes(causes: Sequence[Cluster]) -> dict[int, Volume]:
    """Each cause's volume, read `with_milestones` and `met`; one query for the verified fixes."""
    ended = [one.pk for one in causes if getattr(one, "met", False)]
    claims = FixClaim.objects.filter(cluster__in=ended, state="verified").order_by("-deployed_at")
    proofs = {claim.cluster_id: claim for claim in claims}
    return {
        one.pk: _volume_ended(proofs[one.pk]) if one.pk in proofs else _volume_now(one)
        for one in causes
    }


def _volume_now(cause: Cluster) -> Volume:
    return Volume(sum(cause.weekly[-VOLUME_WEEKS:]) / VOLUME_WEEKS)


def _volume_ended(claim: FixClaim) -> Volume:
    """Before the fix by its own baseline; never more is ended than came."""
    baseline = claim.result.get("baseline") or {}
    fall = (claim.result.get("fall_per_week") or {}).get("value") or 0.0
    before = float(baseline.get("count") or 0.0) / (baseline.get("weeks") or 1)
    return Volume(max(before, 0.0), min(max(float(fall), 0.0), max(before, 0.0)))


def _elimination(rows: QuerySet[Cluster]) -> Part:
    label, definition, what, _ = DEFINITIONS["eliminated"]
    causes = list(rows.order_by().only("weekly"))
    found = volumes(causes).values()
    whole, ended = sum(one.a_week for one in found), sum(one.ended for one in found)
    rate = ended / whole if len(causes) >= FEWEST and whole else None
    words = f"{ended:.1f} of {whole:.1f} incidents a week, {len(causes)} causes"
    return Part("eliminated", label, definition, what, len(causes), rate, words)


def influence(
    person: Person, start: datetime, end: datetime, team: Team | None = None
) -> Influence:
    """The five parts of a support team, or of the whole desk; six queries."""
    return Influence(tuple(part(key, person, start, end, team) for key in DEFINITIONS))
