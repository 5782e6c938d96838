"""What a cluster's card says in numbers, counted from its members."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Count, F, Func, IntegerField, Max, Min, QuerySet, Sum
from django.utils import timezone

from analysis.bursts import MAX_BASELINE_WEEKS, Burst, burst_of
from incidents.models import Ticket
from problems.models import Cluster, ClusterMember

WEEKS = 26
_WEEK = timedelta(days=7)
_AT_ONCE = 2000


@dataclass
class Counts:
    """The numbers of one cluster."""

    tickets: int = 0
    organisations: int = 0
    minutes: int = 0
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None
    weekly: list[int] = field(default_factory=lambda: [0] * WEEKS)
    organisations_last_week: int = 0
    component_id: int | None = None
    service_id: int | None = None


def surge(weekly: Sequence[int], *, weeks_known: int, organisations: int) -> Burst:
    """The last seven days against the weeks before them that the desk has a history of."""
    known = min(weeks_known, MAX_BASELINE_WEEKS, len(weekly) - 1)
    return burst_of(weekly[len(weekly) - 1 - known : -1], weekly[-1], organisations)


def refresh_counts(cluster_ids: Iterable[int], *, now: datetime | None = None) -> None:
    """Counts the members of these clusters again and saves what the cards show."""
    now = now or timezone.now()
    weeks_known = _weeks_of_history(now)
    for ids in _batches(sorted(set(cluster_ids))):
        found = count_members(ids, now)
        clusters = list(Cluster.objects.filter(pk__in=ids))
        for cluster in clusters:
            _apply(cluster, found[cluster.pk], weeks_known, now)
        Cluster.objects.bulk_update(
            clusters,
            [
                "ticket_count",
                "organisation_count",
                "minutes",
                "first_seen_at",
                "last_seen_at",
                "weekly",
                "burst_ratio",
                "burst_weeks",
                "is_burst",
                "component",
                "service",
                "updated_at",
            ],
            batch_size=500,
        )


def _apply(cluster: Cluster, counts: Counts, weeks_known: int, now: datetime) -> None:
    cluster.ticket_count = counts.tickets
    cluster.organisation_count = counts.organisations
    cluster.minutes = counts.minutes
    cluster.first_seen_at = counts.first_seen_at
    cluster.last_seen_at = counts.last_seen_at
    cluster.weekly = counts.weekly
    found = surge(
        counts.weekly, weeks_known=weeks_known, organisations=counts.organisations_last_week
    )
    cluster.burst_ratio, cluster.burst_weeks = found.ratio, found.weeks
    cluster.is_burst = found.is_burst
    cluster.component_id = counts.component_id
    cluster.service_id = counts.service_id
    cluster.updated_at = now


def _weeks_of_history(now: datetime) -> int:
    """Whole weeks since the first ticket, the last seven days left out."""
    first = Ticket.objects.order_by("created_at").values_list("created_at", flat=True).first()
    return 0 if first is None else max((now - first) // _WEEK - 1, 0)


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def count_members(ids: Sequence[int], now: datetime) -> dict[int, Counts]:
    """The numbers of each cluster; a handful of queries whatever the number of clusters."""
    counts = {pk: Counts() for pk in ids}
    members = ClusterMember.objects.filter(cluster_id__in=ids).order_by()
    _count_tickets(members, counts)
    _count_weeks(members, counts, now)
    _count_minutes(members, counts)
    _find_places(members, counts)
    return counts


def _count_tickets(members: QuerySet[ClusterMember], counts: dict[int, Counts]) -> None:
    rows = members.values_list("cluster_id").annotate(
        Count("pk"),
        Count("ticket__organisation", distinct=True),
        Min("ticket__created_at"),
        Max("ticket__created_at"),
    )
    for pk, tickets, organisations, first, last in rows:
        one = counts[pk]
        one.tickets, one.organisations = tickets, organisations
        one.first_seen_at, one.last_seen_at = first, last


def _count_weeks(
    members: QuerySet[ClusterMember], counts: dict[int, Counts], now: datetime
) -> None:
    recent = members.filter(
        ticket__created_at__gt=now - WEEKS * _WEEK, ticket__created_at__lte=now
    ).annotate(
        ago=Func(
            F("ticket__created_at"),
            template="floor(extract(epoch from (%(now)s - %(expressions)s)) / 604800)::int",
            now="TIMESTAMPTZ '" + now.isoformat() + "'",
            output_field=IntegerField(),
        )
    )
    rows = recent.values_list("cluster_id", "ago").annotate(
        Count("pk"), Count("ticket__organisation", distinct=True)
    )
    for pk, ago, tickets, organisations in rows:
        if not 0 <= ago < WEEKS:
            continue
        counts[pk].weekly[WEEKS - 1 - ago] = tickets
        if ago == 0:
            counts[pk].organisations_last_week = organisations


def _count_minutes(members: QuerySet[ClusterMember], counts: dict[int, Counts]) -> None:
    rows = members.values_list("cluster_id").annotate(
        spent=Sum(F("ticket__touches__ended_at") - F("ticket__touches__started_at"))
    )
    for pk, spent in rows:
        counts[pk].minutes = 0 if spent is None else round(spent.total_seconds() / 60)


def _find_places(members: QuerySet[ClusterMember], counts: dict[int, Counts]) -> None:
    """A cluster belongs to the component, and the service, of at least half of its tickets."""
    components: dict[int, dict[int, int]] = defaultdict(dict)
    services: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    rows = members.values_list("cluster_id", "ticket__component_id", "ticket__service_id").annotate(
        Count("pk")
    )
    for pk, component, service, tickets in rows:
        if component is not None:
            components[pk][component] = components[pk].get(component, 0) + tickets
        if service is not None:
            services[pk][service] += tickets
    for pk, one in counts.items():
        one.component_id = _majority(components[pk], one.tickets)
        one.service_id = _majority(services[pk], one.tickets)


def _majority(found: dict[int, int], whole: int) -> int | None:
    best = max(found, key=lambda pk: (found[pk], -pk), default=None)
    return best if best is not None and 2 * found[best] >= whole else None
