"""What people decide about clusters, and what happens to one once a fix is linked."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.events import EventKind
from core.timeline import record
from incidents.models import Ticket
from problems import events, permissions
from problems.actions.rows import locked, words
from problems.actions.words import keep_word, locked_clusters, tell_ticket
from problems.counting import refresh_counts
from problems.models import Cluster, ClusterConstraint, ClusterMember, ClusterMerge
from problems.workflow import CLUSTER

VERDICT_STEPS = {
    "verified": "verify",
    "partial": "find_partial",
    "not_effective": "find_not_effective",
    "regressed": "regress",
}
BY_HAND = "added by {name}"


@transaction.atomic
def confirm_cluster(
    cluster: Cluster, *, actor: Person | None, at: datetime | None = None
) -> Cluster:
    """A person says that these tickets have one cause; later runs keep them together."""
    cluster = locked(cluster)
    permissions.require(actor, "confirm", cluster)
    cluster.state = CLUSTER.target("confirm", cluster.state)
    now = at or timezone.now()
    mark_confirmed(cluster, actor=actor, at=now)
    cluster.save(update_fields=["state", "confirmed_at", "confirmed_by", "updated_at"])
    record(events.CLUSTER_CONFIRMED, cluster, actor=actor, at=now, tickets=cluster.ticket_count)
    return cluster


def mark_confirmed(cluster: Cluster, *, actor: Person | None, at: datetime) -> None:
    """Notes who confirmed and when, on the cluster (not saved) and on its members (saved)."""
    cluster.confirmed_at = at
    cluster.confirmed_by = actor
    cluster.updated_at = at
    cluster.members.update(confirmed=True)


@transaction.atomic
def rename_cluster(cluster: Cluster, *, actor: Person | None, title: str) -> Cluster:
    """Gives the cluster a person's name, which no run changes."""
    cluster = locked(cluster)
    permissions.require(actor, "rename", cluster)
    before, title = cluster.title, words(title, longest=200)
    if not title:
        raise DomainError("A cluster needs a name.", field="title")
    cluster.title = title
    cluster.named_by_person = True
    cluster.updated_at = timezone.now()
    cluster.save(update_fields=["title", "named_by_person", "updated_at"])
    record(events.CLUSTER_RENAMED, cluster, actor=actor, before=before, title=title)
    return cluster


@transaction.atomic
def lock_cluster(cluster: Cluster, *, actor: Person | None) -> Cluster:
    """Freezes the members: neither runs nor new tickets change them."""
    return _set_locked(cluster, actor, "lock", events.CLUSTER_LOCKED, value=True)


@transaction.atomic
def unlock_cluster(cluster: Cluster, *, actor: Person | None) -> Cluster:
    """Lets runs and new tickets change the members again."""
    return _set_locked(cluster, actor, "unlock", events.CLUSTER_UNLOCKED, value=False)


def _set_locked(
    cluster: Cluster, actor: Person | None, step: str, kind: EventKind, *, value: bool
) -> Cluster:
    cluster = locked(cluster)
    permissions.require(actor, step, cluster)
    if cluster.locked == value:
        return cluster
    cluster.locked = value
    cluster.updated_at = timezone.now()
    cluster.save(update_fields=["locked", "updated_at"])
    record(kind, cluster, actor=actor)
    return cluster


@transaction.atomic
def dismiss_cluster(
    cluster: Cluster, *, actor: Person | None, reason: str, at: datetime | None = None
) -> Cluster:
    """Puts the cluster away with a reason; its tickets do not come back as a new candidate.

    A confirmation is taken back by it: a cluster that is restored is a candidate like any other,
    in which only the tickets somebody put there stay by a person's word.
    """
    cluster = locked(cluster)
    permissions.require(actor, "dismiss", cluster)
    cluster.state = CLUSTER.target("dismiss", cluster.state)
    cluster.dismissed_reason = words(reason, longest=250)
    if not cluster.dismissed_reason:
        raise DomainError("Say why it is dismissed.", field="reason")
    _take_confirmation_back(cluster)
    cluster.updated_at = at or timezone.now()
    cluster.save(
        update_fields=["state", "dismissed_reason", "confirmed_at", "confirmed_by", "updated_at"]
    )
    record(events.CLUSTER_DISMISSED, cluster, actor=actor, at=at, reason=cluster.dismissed_reason)
    return cluster


def _take_confirmation_back(cluster: Cluster) -> None:
    """As if nobody had confirmed: on the cluster (not saved) and on its members (saved)."""
    cluster.confirmed_at = cluster.confirmed_by = None
    by_hand = cluster.constraints.filter(kind=ClusterConstraint.Kind.MUST).values("ticket_id")
    cluster.members.exclude(ticket__in=by_hand).update(confirmed=False)


@transaction.atomic
def restore_cluster(cluster: Cluster, *, actor: Person | None) -> Cluster:
    """Makes a dismissed cluster a candidate again."""
    cluster = locked(cluster)
    permissions.require(actor, "restore", cluster)
    cluster.state = CLUSTER.target("restore", cluster.state)
    merge = ClusterMerge.objects.filter(source=cluster, undone_at=None).select_related("into")
    for one in merge:
        raise DomainError(f"It was merged into “{one.into}”: undo the merge there.")
    cluster.dismissed_reason = ""
    cluster.updated_at = timezone.now()
    cluster.save(update_fields=["state", "dismissed_reason", "updated_at"])
    record(events.CLUSTER_RESTORED, cluster, actor=actor)
    return cluster


@transaction.atomic
def remove_from_cluster(cluster: Cluster, *, actor: Person | None, ticket: Ticket) -> Cluster:
    """Takes a wrong member out; no later run puts it back."""
    cluster = locked(cluster)
    permissions.require(actor, "remove_member", cluster)
    gone, _ = ClusterMember.objects.filter(cluster=cluster, ticket=ticket).delete()
    if not gone:
        raise DomainError(f"{ticket.reference} is not in this cluster.", field="ticket")
    keep_word(cluster, ticket, actor, ClusterConstraint.Kind.CANNOT)
    refresh_counts([cluster.pk])
    record(
        events.MEMBER_REMOVED,
        cluster,
        actor=actor,
        ticket_id=ticket.pk,
        reference=ticket.reference,
    )
    record(
        events.TICKET_LEFT_CLUSTER,
        ticket,
        actor=actor,
        cluster_id=cluster.pk,
        title=cluster.title,
    )
    cluster.refresh_from_db()
    return cluster


@transaction.atomic
def add_to_cluster(cluster: Cluster, *, actor: Person | None, ticket: Ticket) -> Cluster:
    """Puts a ticket here by a person's word, out of the cluster it was in; runs keep it here."""
    # The ticket first, then the clusters by number: two people placing it wait for each other.
    locked(ticket)
    left = set(ClusterMember.objects.filter(ticket=ticket).values_list("cluster_id", flat=True))
    held = {row.pk: row for row in locked_clusters({cluster.pk, *left})}
    cluster = held[cluster.pk]
    permissions.require(actor, "add_member", cluster)
    if cluster.state == "dismissed":
        raise DomainError("This cluster is dismissed; restore it first.", field="ticket")
    reason = BY_HAND.format(name=actor.name if actor else "the system")
    ClusterMember.objects.update_or_create(
        ticket=ticket,
        defaults={
            "cluster": cluster,
            "reason": words(reason, longest=250),
            "confidence": 1.0,
            "confirmed": True,
            "is_representative": False,
            "joined_at": timezone.now(),
        },
    )
    keep_word(cluster, ticket, actor, ClusterConstraint.Kind.MUST)
    refresh_counts([cluster.pk, *left])
    record(
        events.MEMBER_ADDED,
        cluster,
        actor=actor,
        ticket_id=ticket.pk,
        reference=ticket.reference,
    )
    for pk in left - {cluster.pk}:
        record(
            events.MEMBER_MOVED_AWAY,
            held[pk],
            actor=actor,
            ticket_id=ticket.pk,
            reference=ticket.reference,
            cluster_id=cluster.pk,
            title=cluster.title,
        )
    tell_ticket(cluster, ticket, actor=actor, reason=reason, confidence=1.0)
    cluster.refresh_from_db()
    return cluster


@transaction.atomic
def join_cluster(
    cluster: Cluster, *, ticket: Ticket, reason: str, confidence: float
) -> ClusterMember | None:
    """The system puts a new ticket where it looks alike, and says why on the ticket.

    Returns None when somebody or something else placed the ticket in the meantime, and when the
    cluster is locked or dismissed: what looks like a dismissed one waits for the next run, which
    puts it there without telling anybody of a cause.
    """
    cluster = locked(cluster)
    if cluster.locked or cluster.state == "dismissed":
        return None
    member, new = ClusterMember.objects.get_or_create(
        ticket=ticket,
        defaults={
            "cluster": cluster,
            "reason": words(reason, longest=250),
            "confidence": confidence,
        },
    )
    if not new:
        return None
    refresh_counts([cluster.pk])
    tell_ticket(cluster, ticket, actor=None, reason=reason, confidence=confidence)
    return member


@transaction.atomic
def note_first_seen_after(texts: Mapping[int, str]) -> None:
    """Keeps the likeliest change before each cluster's first ticket, in words, for its card."""
    rows = list(Cluster.objects.filter(pk__in=texts).only("pk").order_by("pk"))
    for row in rows:
        row.first_seen_after = words(texts[row.pk], longest=160)
    Cluster.objects.bulk_update(rows, ["first_seen_after"], batch_size=500)


@transaction.atomic
def link_cluster_fix(
    cluster: Cluster, *, actor: Person | None, at: datetime | None = None
) -> Cluster:
    """A work item was agreed that is to end the cause."""
    return _advance(cluster, "link_fix", events.CLUSTER_FIX_LINKED, actor=actor, at=at)


@transaction.atomic
def unlink_cluster_fix(
    cluster: Cluster, *, actor: Person | None, at: datetime | None = None
) -> Cluster:
    """The only work item that was to end the cause no longer is."""
    return _advance(cluster, "unlink_fix", events.CLUSTER_FIX_UNLINKED, actor=actor, at=at)


@transaction.atomic
def ship_cluster(cluster: Cluster, *, actor: Person | None, at: datetime | None = None) -> Cluster:
    """The fix is out."""
    return _advance(cluster, "ship", events.CLUSTER_SHIPPED, actor=actor, at=at)


@transaction.atomic
def watch_cluster(cluster: Cluster, *, actor: Person | None, at: datetime | None = None) -> Cluster:
    """From now on recurrences are counted against the time before the fix."""
    return _advance(cluster, "watch", events.CLUSTER_WATCHED, actor=actor, at=at)


def _advance(
    cluster: Cluster,
    step: str,
    kind: EventKind,
    *,
    actor: Person | None,
    at: datetime | None,
) -> Cluster:
    cluster = locked(cluster)
    permissions.require(actor, step, cluster)
    cluster.state = CLUSTER.target(step, cluster.state)
    cluster.updated_at = at or timezone.now()
    cluster.save(update_fields=["state", "updated_at"])
    record(kind, cluster, actor=actor, at=at)
    return cluster


@transaction.atomic
def settle_cluster(
    cluster: Cluster, *, actor: Person | None, verdict: str, at: datetime | None = None
) -> Cluster:
    """Writes down whether the fix worked: verified, partial, not_effective or regressed."""
    cluster = locked(cluster)
    permissions.require(actor, "settle", cluster)
    if verdict not in VERDICT_STEPS:
        raise DomainError(
            f"A verdict is one of {', '.join(VERDICT_STEPS)}, not “{verdict}”.", field="verdict"
        )
    cluster.state = CLUSTER.target(VERDICT_STEPS[verdict], cluster.state)
    cluster.updated_at = at or timezone.now()
    cluster.save(update_fields=["state", "updated_at"])
    record(
        events.CLUSTER_SETTLED,
        cluster,
        actor=actor,
        at=at,
        verdict=verdict,
        label=CLUSTER.label(cluster.state),
    )
    return cluster
