"""Clusters as a run leaves them."""

from typing import Any

from django.utils import timezone

from accounts.models import Person
from incidents.models import Ticket
from problems.counting import refresh_counts
from problems.models import Cluster, ClusterMember
from tests.make.tickets import make_ticket


def make_cluster(*tickets: Ticket, title: str = "Checkout is stuck", **fields: Any) -> Cluster:
    """A candidate cause with these members."""
    fields.setdefault("described_at", timezone.now())
    cluster = Cluster.objects.create(title=title, **fields)
    ClusterMember.objects.bulk_create(
        ClusterMember(
            cluster=cluster,
            ticket=ticket,
            reason="close to the centre (0.70)",
            confidence=0.7,
            joined_at=timezone.now(),
        )
        for ticket in tickets
    )
    refresh_counts([cluster.pk])
    cluster.refresh_from_db()
    return cluster


def make_cluster_of(how_many: int, by: Person, **fields: Any) -> Cluster:
    """A candidate cause with that many new tickets by one person."""
    return make_cluster(*[make_ticket(by) for _ in range(how_many)], **fields)


def member_ids(cluster: Cluster) -> set[int]:
    """The tickets of a cluster as the database has them now."""
    return set(cluster.members.values_list("ticket_id", flat=True))
