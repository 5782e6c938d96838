"""How good the clusters are, by what people decided about them and by the runs themselves.

Two errors are told apart. *Over-clustering*: a cluster holds more than one cause, so that a fix
closes it while another cause goes on. *Under-clustering*: one cause lies in several clusters.
Each measure has its definition, how many records it rests on, and these records to look at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Person
from core.models import Event
from incidents.models import Ticket
from problems import events
from problems.clustering.corpus import clusterable
from problems.models import (
    Cluster,
    ClusterConstraint,
    ClusterMember,
    ClusterMerge,
    ClusterMove,
    ClusterRun,
)

PERIOD = timedelta(days=90)
# Below that a share says more about chance than about the clusters.
FEWEST_CLUSTERS = 5
FEWEST_TICKETS = 20


@dataclass(frozen=True)
class Measure:
    """One measure: `met` of `n` records, or an index `given` over `n` (then `met` is None).

    `rate` is None below `fewest`.
    """

    key: str
    label: str
    definition: str
    met: int | None
    n: int
    unit: str
    fewest: int
    given: float | None = None

    @property
    def rate(self) -> float | None:
        if self.n < self.fewest:
            return None
        return self.met / self.n if self.met is not None else self.given

    @property
    def is_index(self) -> bool:
        """True for a number between 0 and 1 that is no share."""
        return self.met is None

    @property
    def words(self) -> str:
        """What stands behind the number."""
        return (
            f"{self.n:,} {self.unit}"
            if self.met is None
            else f"{self.met:,} of {self.n:,} {self.unit}"
        )


# A person moved a ticket to another cluster, or said beside it that it is another matter.
_TAKEN_OUT = (events.MEMBER_MOVED_AWAY.name, events.MEMBER_PARTED.name)


class Decided:
    """Clusters people decided about since a moment, by what they decided."""

    def __init__(self, since: datetime) -> None:
        self.since = since

    def _subjects(self, *names: str) -> frozenset[int]:
        rows = Event.objects.filter(name__in=names, at__gte=self.since)
        return frozenset(rows.values_list("subject_id", flat=True))

    @cached_property
    def confirmed(self) -> frozenset[int]:
        """Confirmed as one cause."""
        rows = Cluster.objects.filter(confirmed_at__gte=self.since)
        return frozenset(rows.values_list("pk", flat=True))

    @cached_property
    def merged(self) -> frozenset[int]:
        """Merged into another by a person: one cause lay in two clusters."""
        rows = ClusterMerge.objects.filter(at__gte=self.since, undone_at=None)
        return frozenset(rows.values_list("source_id", flat=True))

    @cached_property
    def taken_apart(self) -> frozenset[int]:
        """Split by a person, or freed of a ticket: taken out, moved to another cluster, or said
        to be another matter than a ticket beside it."""
        wrong = ClusterMove.objects.filter(
            decision=ClusterMove.Decision.PUT_BACK, decided_at__gte=self.since
        )
        return self._subjects(
            events.CLUSTER_SPLIT.name, events.MEMBER_REMOVED.name, *_TAKEN_OUT
        ) | frozenset(wrong.filter(after__isnull=False).values_list("after_id", flat=True))

    @cached_property
    def dismissed(self) -> frozenset[int]:
        """Put away as no cause at all."""
        said = self._subjects(events.CLUSTER_DISMISSED.name)
        rows = Cluster.objects.filter(pk__in=said, state="dismissed")
        return frozenset(rows.values_list("pk", flat=True)) - self.merged

    @cached_property
    def all(self) -> frozenset[int]:
        """Every cluster somebody decided about."""
        return self.confirmed | self.merged | self.taken_apart | self.dismissed

    @cached_property
    def agreed(self) -> frozenset[int]:
        """Confirmed just as they were found."""
        return self.confirmed - self.taken_apart - self.merged - self.dismissed


_OF_DECIDED = "of all clusters people decided about in the last 90 days"

# key → (label, definition, which clusters count)
CLUSTER_MEASURES: dict[str, tuple[str, str, Callable[[Decided], frozenset[int]]]] = {
    "agreement": (
        "Confirmed as found",
        f"Clusters that a person confirmed and nobody took apart or merged, {_OF_DECIDED}.",
        lambda decided: decided.agreed,
    ),
    "over-clustering": (
        "Over-clustering",
        "Clusters that a person split, or out of which a person took a ticket (by hand, into "
        "another cluster, or by saying that it is another matter), because they held more than "
        f"one cause, {_OF_DECIDED}.",
        lambda decided: decided.taken_apart,
    ),
    "under-clustering": (
        "Under-clustering",
        "Clusters that a person merged into another because both were one cause, "
        f"{_OF_DECIDED}. A merge that was undone does not count.",
        lambda decided: decided.merged,
    ),
    "dismissed": (
        "Dismissed",
        f"Clusters that a person dismissed as no cause, {_OF_DECIDED}.",
        lambda decided: decided.dismissed,
    ),
}
RECORD_KEYS = (*CLUSTER_MEASURES, "places", "unclustered", "stability")


def measures(now: datetime) -> list[Measure]:
    """Every measure; the number of queries does not depend on how much there is to count."""
    decided = Decided(now - PERIOD)
    found = [
        Measure(
            key,
            label,
            definition,
            len(chosen(decided)),
            len(decided.all),
            "clusters",
            FEWEST_CLUSTERS,
        )
        for key, (label, definition, chosen) in CLUSTER_MEASURES.items()
    ]
    return [*found, _places(decided), _unclustered(now), _stability()]


def _places(decided: Decided) -> Measure:
    wrong = wrong_places(decided.since).count()
    right = ClusterMember.objects.filter(cluster__in=decided.confirmed, confirmed=True)
    by_hand = ClusterConstraint.objects.filter(
        cluster__in=decided.confirmed, kind=ClusterConstraint.Kind.MUST
    ).values("ticket_id")
    left_alone = right.exclude(ticket__in=by_hand).count()
    return Measure(
        "places",
        "Tickets left where they were found",
        "Members of clusters confirmed in the last 90 days that no person put there or took away, "
        "of these and the tickets people took out of a cluster, moved to another, or put back.",
        left_alone,
        left_alone + wrong,
        "tickets",
        FEWEST_TICKETS,
    )


def wrong_places(since: datetime) -> QuerySet[Ticket]:
    """Tickets people took out of a cluster, moved to another one, or put back where a run had
    taken them from."""
    approved = ClusterMove.objects.filter(
        decision=ClusterMove.Decision.APPROVED,
        ticket=OuterRef("ticket"),
        before=OuterRef("cluster"),
    )
    removed = ClusterConstraint.objects.filter(
        ~Exists(approved), kind=ClusterConstraint.Kind.CANNOT, created_at__gte=since
    )
    back = ClusterMove.objects.filter(decision=ClusterMove.Decision.PUT_BACK, decided_at__gte=since)
    taken = Event.objects.filter(name__in=_TAKEN_OUT, at__gte=since)
    moved = list(taken.values_list("payload__ticket_id", flat=True))
    return Ticket.objects.filter(
        Q(pk__in=removed.values("ticket_id")) | Q(pk__in=back.values("ticket_id")) | Q(pk__in=moved)
    )


def unclustered(now: datetime) -> QuerySet[Ticket]:
    """Incidents of the last 90 days that take part and are in no cluster."""
    placed = ClusterMember.objects.values("ticket_id")
    return _taking_part(now).exclude(pk__in=placed)


def _taking_part(now: datetime) -> QuerySet[Ticket]:
    return clusterable().filter(created_at__gte=now - PERIOD, created_at__lte=now)


def _unclustered(now: datetime) -> Measure:
    return Measure(
        "unclustered",
        "In no cluster",
        "Incidents of the last 90 days that are in no cluster, of all incidents that take part. "
        "Some have a cause of their own: none is no goal.",
        unclustered(now).count(),
        _taking_part(now).count(),
        "incidents",
        FEWEST_TICKETS,
    )


def measured_runs() -> QuerySet[ClusterRun]:
    """Finished runs over all services that had clusters to compare with, newest first."""
    return ClusterRun.objects.filter(
        state="done", scope__isnull=True, stability__isnull=False
    ).defer("mean")


def _stability() -> Measure:
    last = measured_runs().first()
    return Measure(
        "stability",
        "Stability",
        "Agreement of the clusters before and after the last run over all services, on the "
        "tickets that had a cluster before: adjusted Rand index, 1 when nothing moved, 0 when "
        "everything was dealt anew.",
        None,
        last.stability_tickets if last else 0,
        "tickets compared",
        FEWEST_TICKETS,
        given=last.stability if last else None,
    )


def records(
    key: str, person: Person, now: datetime
) -> "QuerySet[Cluster] | QuerySet[Ticket] | QuerySet[ClusterRun]":
    """What this person may see of the records that count for a measure."""
    if key == "stability":
        return measured_runs().filter(pk__in=ClusterRun.objects.visible_to(person).values("pk"))
    if key in CLUSTER_MEASURES:
        numbers = CLUSTER_MEASURES[key][2](Decided(now - PERIOD))
        clusters = Cluster.objects.visible_to(person).filter(pk__in=numbers)
        return clusters.defer("centroid", "keys")
    tickets = wrong_places(now - PERIOD) if key == "places" else unclustered(now)
    return tickets.filter(pk__in=Ticket.objects.visible_to(person).values("pk"))
