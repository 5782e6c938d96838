"""Does involvement help here? Incidents caused by releases, with support involved and without.

An observation, not an experiment: nobody drew lots for which release support took part in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from accounts.models import Person
from analysis.rates import RateRatio
from analysis.strata import (
    Pooled,
    Stratum,
    crude,
    mantel_haenszel,
    pooled_dispersion,
    stratify,
)
from catalogue.models import Service
from changes.models import CausedIncident, ClusterSuspect
from dashboards.involvement.lead_times import WATCHED, deployed, service_of
from devlink.models import InvolvementEvent, Release
from incidents.models import Kind, Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.workflow import MERGED
from problems.models import ClusterMember

# Fewer releases than this on either side say more about the single release than about the side.
FEWEST_EACH = 5
PERIODS = {180: "Half a year", 365: "Year", 730: "Two years"}
USUAL_DAYS = 365
MOST = 1000
# Upper ends of the size bands: items in the release.
SIZES = ((2, "1–2 items"), (5, "3–5 items"))
LARGEST = "6 or more items"
UNLISTED = "no items listed"
RISKS = {1: "high risk", 2: "medium risk", 3: "low risk"}


@dataclass(frozen=True)
class Outcome:
    """One release, whether support took part before it shipped, and the incidents it caused."""

    release: Release
    involved: bool
    service: str
    size: str
    risk: str
    incidents: int

    @property
    def stratum(self) -> tuple[str, str, str]:
        """Releases with the same are alike enough to be compared."""
        return self.service, self.size, self.risk


@dataclass(frozen=True)
class Group:
    """Releases of one side."""

    n: int
    incidents: int

    @property
    def rate(self) -> float | None:
        """Incidents a release; None when there are fewer than `FEWEST_EACH`."""
        return self.incidents / self.n if self.n >= FEWEST_EACH else None

    @property
    def missing(self) -> int:
        """How many more releases it takes."""
        return max(0, FEWEST_EACH - self.n)


@dataclass(frozen=True)
class Difference:
    """The comparison. `ratio` and `matched` are None while either side has too few releases;
    `matched` also where no stratum holds both sides with incidents on each.
    """

    outcomes: Sequence[Outcome]
    involved: Group
    without: Group
    left_out: int
    more: bool
    dispersion: float
    ratio: RateRatio | None
    matched: Pooled | None
    strata: Sequence[tuple[tuple[str, str, str], Stratum]]

    @property
    def enough(self) -> bool:
        return not self.involved.missing and not self.without.missing

    @property
    def n_matched(self) -> int:
        """Releases in strata that hold both sides: only these enter the matched ratio."""
        return sum(
            int(one.exposure_with + one.exposure_without)
            for _, one in self.strata
            if one.exposure_with and one.exposure_without
        )

    @property
    def verdict(self) -> str:
        """What may be said, in one sentence."""
        if not self.enough:
            return "Too few releases to compare."
        found = self.matched
        if found is None:
            return "No comparison of like with like is possible yet."
        if found.high < 1:
            return "Releases with support involved caused fewer incidents than others like them."
        if found.low > 1:
            return "Releases with support involved caused more incidents than others like them."
        return "No difference is shown: the interval holds 1, which is no difference."


def size_band(items: int) -> str:
    """The band of a release by how much is in it."""
    if not items:
        return UNLISTED
    return next((label for most, label in SIZES if items <= most), LARGEST)


def caused_by(release: Release) -> TicketQuerySet:
    """Incidents of the seven days after a deployment that its change caused.

    Those people confirmed as caused by the change, and those of clusters that began within these
    days and whose likeliest suspect is the change; not those people cleared it of.
    """
    if release.deployed_at is None or release.change_id is None:
        return Ticket.objects.none()
    links = CausedIncident.objects.filter(change=release.change_id)
    confirmed = links.filter(verdict=CausedIncident.Verdict.CONFIRMED).values("ticket")
    cleared = links.filter(verdict=CausedIncident.Verdict.REJECTED).values("ticket")
    clusters = _clusters_after([release.change_id]).get(release.change_id, [])
    members = ClusterMember.objects.filter(cluster__in=clusters).values("ticket")
    return (
        Ticket.objects.unmerged()
        .filter(
            Q(pk__in=confirmed) | Q(pk__in=members),
            kind=Kind.INCIDENT,
            created_at__gte=release.deployed_at,
            created_at__lt=release.deployed_at + WATCHED,
        )
        .exclude(pk__in=cleared)
    )


def _clusters_after(changes: Sequence[int]) -> dict[int, list[int]]:
    """Clusters by the change that is their likeliest suspect, begun within seven days of it."""
    suspected = ClusterSuspect.objects.filter(change__in=changes).values("cluster")
    likeliest = (
        ClusterSuspect.objects.filter(cluster__in=suspected)
        .order_by("cluster_id", "-score", "pk")
        .distinct("cluster_id")
        .values_list("cluster_id", "change_id", "minutes_before")
    )
    wanted = set(changes)
    found: dict[int, list[int]] = {}
    for cluster, change, minutes in likeliest:
        if change in wanted and minutes <= WATCHED / timedelta(minutes=1):
            found.setdefault(change, []).append(cluster)
    return found


def _incidents(releases: Sequence[Release]) -> dict[int, int]:
    """How many incidents each release caused, as `caused_by` counts them; four queries."""
    changes = [one.change_id for one in releases if one.change_id is not None]
    clusters = _clusters_after(changes)
    owner = {cluster: change for change, own in clusters.items() for cluster in own}
    caused: dict[int, set[tuple[int, datetime]]] = {}
    cleared: dict[int, set[int]] = {}
    counted = {"ticket__kind": Kind.INCIDENT}
    links = CausedIncident.objects.filter(change__in=changes, **counted).exclude(
        ticket__state_category=MERGED
    )
    for change, ticket, at, verdict in links.values_list(
        "change_id", "ticket_id", "ticket__created_at", "verdict"
    ):
        if verdict == CausedIncident.Verdict.CONFIRMED:
            caused.setdefault(change, set()).add((ticket, at))
        elif verdict == CausedIncident.Verdict.REJECTED:
            cleared.setdefault(change, set()).add(ticket)
    members = ClusterMember.objects.filter(cluster__in=owner, **counted).exclude(
        ticket__state_category=MERGED
    )
    for cluster, ticket, at in members.values_list("cluster_id", "ticket_id", "ticket__created_at"):
        caused.setdefault(owner[cluster], set()).add((ticket, at))
    return {one.pk: _in_time(one, caused, cleared) for one in releases}


def _in_time(
    release: Release, caused: dict[int, set[tuple[int, datetime]]], cleared: dict[int, set[int]]
) -> int:
    change, live = release.change_id, release.deployed_at
    if change is None or live is None:
        return 0
    return sum(
        live <= at < live + WATCHED and ticket not in cleared.get(change, ())
        for ticket, at in caused.get(change, ())
    )


def _involved() -> Exists:
    """Support took part before the deployment: in the release, or in an item it holds."""
    acts = InvolvementEvent.objects.involving_support().filter(at__lt=OuterRef("deployed_at"))
    return Exists(
        acts.filter(
            Q(release=OuterRef("pk")) | Q(work_item__in=_items_of_release()),
        )
    )


def _items_of_release() -> object:
    return (
        Release.work_items.through._default_manager.filter(release=OuterRef(OuterRef("pk")))
        .order_by()
        .values("work_item")
    )


def difference(
    person: Person, start: datetime, end: datetime, service: Service | None, *, now: datetime
) -> Difference:
    """Compares the releases deployed in [start, end) whose seven days are over.

    Left out are those without a change: nothing can be confirmed as caused by them.
    """
    rows = deployed(person, start, min(end, now - WATCHED), service).annotate(
        took_part=_involved(),
        size=Count("work_items", distinct=True),
    )
    found = list(rows[: MOST + 1])
    releases = [one for one in found[:MOST] if one.change_id is not None]
    counts = _incidents(releases)
    outcomes = [_outcome(one, counts[one.pk]) for one in releases]
    sides = {
        side: [one.incidents for one in outcomes if one.involved is side] for side in (True, False)
    }
    groups = {side: Group(len(counted), sum(counted)) for side, counted in sides.items()}
    strata = stratify([(one.stratum, one.involved, one.incidents) for one in outcomes])
    phi = pooled_dispersion(sides.values())
    enough = not any(group.missing for group in groups.values())
    return Difference(
        outcomes=outcomes,
        involved=groups[True],
        without=groups[False],
        left_out=len(found[:MOST]) - len(releases),
        more=len(found) > MOST,
        dispersion=phi,
        ratio=crude(strata.values(), phi=phi) if enough else None,
        matched=mantel_haenszel(strata.values(), phi=phi) if enough else None,
        strata=sorted(strata.items(), key=lambda one: one[0]),
    )


def _outcome(release: Release, incidents: int) -> Outcome:
    change = release.change
    return Outcome(
        release=release,
        involved=release.took_part,  # type: ignore[attr-defined]  # annotated
        service=service_of(release),
        size=size_band(release.size),  # type: ignore[attr-defined]  # annotated
        risk=RISKS[change.risk] if change else "",
        incidents=incidents,
    )
