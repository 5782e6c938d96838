"""“First seen after”: scores the changes that went live before a cluster began."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from analysis.bursts import ChangeCandidate, first_seen_after, onset
from analysis.text import word_parts
from catalogue.models import Component
from changes.models import Change, ClusterSuspect
from changes.recent import DAYS
from core.wording import span_words
from problems.actions import note_first_seen_after
from problems.models import Cluster, ClusterMember

SCORE = (
    "How likely the change is the cause, 0 to 1, the sum of four parts. Recency: 0.40, less the"
    " longer before it went live (to a third in 53 hours). Component: 0.25 on the same component, a"
    " fifth of that on the same service. Words: 0.20 times the share of the cluster's own words"
    " that the change speaks of. Surge since: 0.15 times how unlikely so many tickets are in the"
    " days after it."
)


def _words(text: str) -> frozenset[str]:
    return frozenset(word_parts(text))


def resemblance(change: Change, cluster: Cluster) -> float:
    """Share of the cluster's own words that the change speaks of, 0 to 1."""
    own = _words(" ".join([cluster.title, *cluster.terms]))
    said = _words(f"{change.title} {change.description}")
    return len(own & said) / len(own) if own else 0.0


def _place(change: Change, cluster: Cluster, components: Iterable[Component]) -> str:
    """How near the change is to the cluster: same component, same service, or neither."""
    near = list(components)
    if cluster.component_id and cluster.component_id in {one.pk for one in near}:
        return "same"
    if cluster.service_id and cluster.service_id in {one.service_id for one in near}:
        return "service"
    return "none"


def began(cluster: Cluster, seen: list[datetime]) -> datetime | None:
    """When it began: the first ticket, or the start of the surge of a cluster that surges."""
    return (onset(seen) if cluster.is_burst else None) or cluster.first_seen_at


def _expected(seen: list[datetime], began: datetime, since: datetime) -> float:
    """Tickets to expect from `since` to the newest one at the rate before it began."""
    earlier = [at for at in seen if at < began]
    if not earlier:
        return 0.0
    before = max(began - min(earlier), timedelta(days=1))
    return len(earlier) * ((max(seen) - since) / before)


def _candidate(
    change: Change, cluster: Cluster, seen: list[datetime], began: datetime
) -> ChangeCandidate | None:
    started = change.started_at
    place = _place(change, cluster, change.components.all())
    if started is None or place == "none":
        return None
    return ChangeCandidate(
        id=change.pk,
        started_at=started,
        component=place,
        similarity=resemblance(change, cluster),
        count_since=sum(started <= at <= started + timedelta(days=DAYS) for at in seen),
        expected_since=_expected(seen, began, started),
    )


@transaction.atomic
def find_suspects(clusters: Iterable[Cluster]) -> int:
    """Writes the suspects of these clusters anew; returns how many there are. Three queries."""
    watched = [one for one in clusters if one.first_seen_at]
    if not watched:
        return 0
    first = min(one.first_seen_at for one in watched if one.first_seen_at)
    changes = list(
        Change.objects.filter(started_at__gte=first - timedelta(days=DAYS))
        .exclude(state="cancelled")
        .prefetch_related("components")
    )
    seen: dict[int, list[datetime]] = {one.pk: [] for one in watched}
    members = ClusterMember.objects.filter(cluster__in=watched)
    for cluster_id, at in members.values_list("cluster_id", "ticket__created_at"):
        seen[cluster_id].append(at)
    rows = [row for one in watched for row in _suspects(one, changes, seen[one.pk])]
    ClusterSuspect.objects.filter(cluster__in=watched).delete()
    ClusterSuspect.objects.bulk_create(rows)
    note_first_seen_after(_in_words(watched, rows, changes))
    return len(rows)


def _in_words(
    clusters: list[Cluster], rows: list[ClusterSuspect], changes: list[Change]
) -> dict[int, str]:
    """The likeliest suspect of each cluster as its card says it; empty when there is none."""
    by_number = {change.pk: change for change in changes}
    best: dict[int, ClusterSuspect] = {}
    for row in sorted(rows, key=lambda one: one.score):
        best[row.cluster_id] = row
    said = {one.pk: "" for one in clusters}
    for pk, row in best.items():
        change = by_number[row.change_id]
        ago = span_words(60 * row.minutes_before)
        said[pk] = f"{change.reference} {change.title[:100]}, {ago} before"
    return said


def _suspects(
    cluster: Cluster, changes: list[Change], seen: list[datetime]
) -> list[ClusterSuspect]:
    began_at = began(cluster, seen)
    if began_at is None:
        return []
    candidates = (_candidate(change, cluster, seen, began_at) for change in changes)
    started = {change.pk: change.started_at for change in changes}
    found = first_seen_after(began_at, [one for one in candidates if one])
    rows = []
    for one in found:
        changed_at = started[one.id]
        if changed_at is None:
            continue
        rows.append(
            ClusterSuspect(
                cluster=cluster,
                change_id=one.id,
                score=round(one.score, 4),
                parts={
                    "recency": round(one.time, 4),
                    "component": round(one.component, 4),
                    "text": round(one.text, 4),
                    "surge": round(one.surge, 4),
                },
                minutes_before=int((began_at - changed_at).total_seconds() // 60),
            )
        )
    return rows
