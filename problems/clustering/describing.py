"""What a cluster that people made is about, until the next run describes it among all others."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

import numpy as np
from django.db.models import Q

from analysis.clusters import Cluster as Group
from analysis.clusters import describe
from core.timeline import record
from incidents.vectorspaces import serving
from problems.actions.words import locked_clusters
from problems.clustering.corpus import read_documents, read_vectors
from problems.clustering.joining import mean_of_last_run
from problems.events import CLUSTER_DESCRIBED
from problems.models import Cluster, ClusterMember

# The newest tickets of each speak for it.
MOST_READ = 500


def describe_apart(ids: Collection[int], *, since: datetime, now: datetime) -> list[int]:
    """Works out terms, cohesion, exact keys and typical tickets of these clusters from stored
    vectors, each told apart from the others; returns those it described.

    One that was described after `since` is left as it is.
    """
    stale = Q(described_at=None) | Q(described_at__lte=since)
    held = {row.pk: row for row in locked_clusters(set(ids))}
    chosen = set(Cluster.objects.filter(stale, pk__in=held).values_list("pk", flat=True))
    home_of = {ticket: cluster for cluster in held for ticket in _newest(cluster)}
    _, row_of, rows = read_vectors(list(home_of))
    documents = [one for one in read_documents(list(home_of)) if one.id in row_of]
    order = sorted(held)
    labels = [order.index(home_of[one.id]) for one in documents]
    vectors = rows[np.asarray([row_of[one.id] for one in documents], dtype=np.intp)]
    groups = {
        order[group.label]: group
        for group in describe(documents, vectors, labels, mean_of_last_run(serving().model))
    }
    for pk in sorted(chosen):
        cluster, group = held[pk], groups.get(pk)
        typical = {ticket for ticket, home in home_of.items() if home == pk}
        if group is not None:
            say_what_it_is(cluster, group, now)
            typical = set(group.medoids)
        elif len(typical) > 1:
            # Without vectors nothing can be said yet.
            continue
        else:
            cluster.described_at = now
        cluster.save(update_fields=["terms", "cohesion", "keys", "described_at"])
        cluster.members.filter(is_representative=True).update(is_representative=False)
        cluster.members.filter(ticket__in=typical).update(is_representative=True)
        record(CLUSTER_DESCRIBED, cluster, actor=None, at=now)
    return sorted(chosen)


def say_what_it_is(cluster: Cluster, group: Group, now: datetime) -> None:
    """Terms, cohesion and exact keys of the group, on the cluster (not saved)."""
    cluster.terms = [term[:60] for term in group.terms]
    cluster.cohesion = group.cohesion
    cluster.keys = [asdict(key) for key in group.keys]
    cluster.described_at = now


def _newest(cluster: int) -> list[int]:
    members = ClusterMember.objects.filter(cluster=cluster).order_by("-ticket_id")
    return list(members.values_list("ticket_id", flat=True)[:MOST_READ])
