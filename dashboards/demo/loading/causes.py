"""Finds the clusters with the product's own run and says which of them stands for which cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce, Least

from dashboards.demo.loading.chronicle import Chronicle, World
from incidents.models import Ticket
from incidents.similar import embed_tickets
from problems.actions import (
    confirm_cluster,
    dismiss_cluster,
    rename_cluster,
    request_cluster_run,
    start_run,
)
from problems.clustering.running import cluster_tickets
from problems.counting import refresh_counts
from problems.models import Cluster, ClusterMember

_BATCH = 256
_ENOUGH = 3
_NIGHT = timedelta(hours=14)
Progress = Callable[[str, int, int], None]


def load_clusters(world: World, progress: Progress) -> int:
    """Embeds every ticket, does one run, and fills `world.clusters`; returns how many there are."""
    ids = list(Ticket.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        embed_tickets(ids[start : start + _BATCH])
        progress("embedding", min(start + _BATCH, len(ids)), len(ids))
    progress("clustering", 0, 1)
    asked = request_cluster_run(actor=world.person("priya.nair"))
    run = start_run(asked.pk)
    if run is None:
        raise RuntimeError("Somebody else took the demo's clustering run.")
    cluster_tickets(run)
    progress("clustering", 1, 1)
    refresh_counts(Cluster.objects.values_list("pk", flat=True), now=world.plan.now)
    _date_back(world.plan.now)
    world.clusters = _stand_for_causes(world)
    return Cluster.objects.count()


def _date_back(now: datetime) -> None:
    """As if the nightly runs of half a year had found them: members joined when they came, and
    the cluster was made the night after there were enough of them."""
    came = Ticket.objects.filter(pk=OuterRef("ticket_id")).values("created_at")
    ClusterMember.objects.update(joined_at=Subquery(came))
    joined = ClusterMember.objects.filter(cluster=OuterRef("pk")).order_by("joined_at", "pk")
    enough = Subquery(joined.values("joined_at")[_ENOUGH - 1 : _ENOUGH])
    next_night = Least(enough + _NIGHT, Value(now))
    Cluster.objects.filter(first_seen_at__isnull=False).update(
        created_at=Coalesce(next_night, F("first_seen_at"))
    )


def _stand_for_causes(world: World) -> dict[str, Cluster]:
    """For each cause the cluster that holds most of its tickets and little else."""
    truth = {world.tickets[one.key].pk: one.cause for one in world.plan.tickets if one.cause}
    inside: dict[int, Counter[str]] = {}
    for cluster_id, ticket_id in ClusterMember.objects.values_list("cluster_id", "ticket_id"):
        inside.setdefault(cluster_id, Counter())[truth.get(ticket_id, "")] += 1
    best: dict[str, tuple[int, int]] = {}
    for cluster_id, causes in inside.items():
        cause, count = causes.most_common(1)[0]
        mostly = 2 * count > sum(causes.values())
        if mostly and count > best.get(cause, (0, 0))[0]:
            best[cause] = (count, cluster_id)
    rows = Cluster.objects.in_bulk([cluster_id for _, cluster_id in best.values()])
    return {cause: rows[cluster_id] for cause, (_, cluster_id) in best.items()}


def tell_decisions(world: World, chronicle: Chronicle) -> None:
    """Adds what people decided about clusters without a problem."""
    now = world.plan.now
    for cause in world.plan.improvement.confirmed:
        if cause in world.clusters:
            chronicle.add(
                now - timedelta(days=9),
                partial(_confirm, world, cause),
            )
    for cause, reason in world.plan.improvement.dismissed.items():
        if cause in world.clusters:
            chronicle.add(
                now - timedelta(days=16),
                partial(_dismiss, world, cause, reason),
            )
    names = {problem.cause: problem for problem in world.plan.improvement.problems}
    for cause, problem in names.items():
        if cause in world.clusters:
            chronicle.add(
                problem.opened_at + timedelta(minutes=20),
                partial(_rename, world, cause, problem.title),
            )


def _confirm(world: World, cause: str, at: datetime) -> None:
    world.clusters[cause] = confirm_cluster(
        world.clusters[cause], actor=world.person("priya.nair"), at=at
    )


def _dismiss(world: World, cause: str, reason: str, at: datetime) -> None:
    world.clusters[cause] = dismiss_cluster(
        world.clusters[cause], actor=world.person("priya.nair"), reason=reason, at=at
    )


def _rename(world: World, cause: str, title: str, at: datetime) -> None:
    """The name of the problem is what people call the cause from then on."""
    rename_cluster(world.clusters[cause], actor=world.person("priya.nair"), title=title)
