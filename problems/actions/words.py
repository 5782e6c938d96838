"""What several acts on clusters have in common: holding them, keeping a word, telling a ticket."""

from django.utils import timezone

from accounts.models import Person
from core.timeline import record
from incidents.models import Ticket
from problems import events
from problems.models import Cluster, ClusterConstraint


def locked_clusters(ids: set[int]) -> list[Cluster]:
    """These clusters, held in order of number."""
    rows = Cluster.objects.select_for_update(of=("self",)).filter(pk__in=ids)
    return list(rows.order_by("pk"))


def keep_word(
    cluster: Cluster, ticket: Ticket, actor: Person | None, kind: ClusterConstraint.Kind
) -> None:
    """Keeps a person's word; the system's own moves are no word to keep."""
    if actor is None:
        return
    ClusterConstraint.objects.update_or_create(
        cluster=cluster,
        ticket=ticket,
        defaults={"kind": kind, "person": actor, "created_at": timezone.now()},
    )


def tell_ticket(
    cluster: Cluster, ticket: Ticket, *, actor: Person | None, reason: str, confidence: float
) -> None:
    """Says on the ticket that it is in the cluster, and why."""
    record(
        events.TICKET_JOINED_CLUSTER,
        ticket,
        actor=actor,
        cluster_id=cluster.pk,
        title=cluster.title,
        reason=reason,
        confidence=confidence,
    )
