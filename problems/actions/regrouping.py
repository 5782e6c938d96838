"""Merging clusters, undoing that, splitting one, and taking a single ticket out of one."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Avg
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.timeline import record
from incidents.models import Ticket
from incidents.vectorspaces import serving
from problems import events, permissions
from problems.actions.rows import locked, words
from problems.actions.words import keep_word, locked_clusters, tell_ticket
from problems.counting import refresh_counts
from problems.models import Cluster, ClusterConstraint, ClusterMember, ClusterMerge
from problems.workflow import CLUSTER

MOST_SPLIT_OFF = 1_000
SPLIT_OFF = "split off by {name}"
MERGED = "merged by {name} from “{title}”"
# What a merge changes of a member, and its undoing gives back.
_GIVEN_BACK = ("reason", "confidence", "confirmed", "is_representative")


@transaction.atomic
def merge_clusters(
    cluster: Cluster, *, actor: Person | None, into: Cluster, at: datetime | None = None
) -> Cluster:
    """A person says that two clusters have one cause: all members move to `into` and stay there.

    The merge can be undone at any time.
    """
    if cluster.pk == into.pk:
        raise DomainError("A cluster cannot be merged with itself.", field="into")
    held = {row.pk: row for row in locked_clusters({cluster.pk, into.pk})}
    cluster, into = held[cluster.pk], held[into.pk]
    permissions.require(actor, "merge", cluster)
    if into.state == "dismissed":
        raise DomainError("That cluster is dismissed; restore it first.", field="into")
    before = cluster.state
    cluster.state = CLUSTER.target("dismiss", cluster.state)
    now = at or timezone.now()
    rows = cluster.members.values("ticket_id", *_GIVEN_BACK)
    was = {str(row.pop("ticket_id")): row for row in rows.order_by("ticket_id")}
    moving = [int(ticket) for ticket in was]
    unsure = into.members.filter(confirmed=False)
    newly_sure = sorted(unsure.values_list("ticket_id", flat=True))
    unsure.update(confirmed=True)
    name = actor.name if actor else "the system"
    cluster.members.update(
        cluster=into,
        confirmed=True,
        is_representative=False,
        reason=words(MERGED.format(name=name, title=cluster.title), longest=250),
    )
    cluster.dismissed_reason = words(f"Merged into “{into.title}”", longest=250)
    cluster.updated_at = now
    cluster.save(update_fields=["state", "dismissed_reason", "updated_at"])
    ClusterMerge.objects.create(
        source=cluster,
        into=into,
        source_state=before,
        ticket_ids=moving,
        was=was,
        newly_sure=newly_sure,
        person=actor,
        at=now,
    )
    refresh_counts([cluster.pk, into.pk])
    record(events.CLUSTER_DISMISSED, cluster, actor=actor, at=at, reason=cluster.dismissed_reason)
    record(
        events.CLUSTERS_MERGED,
        into,
        actor=actor,
        at=at,
        cluster_id=cluster.pk,
        title=cluster.title,
        tickets=len(moving),
    )
    into.refresh_from_db()
    return into


@transaction.atomic
def undo_cluster_merge(
    cluster: Cluster, *, actor: Person | None, merge: ClusterMerge, at: datetime | None = None
) -> Cluster:
    """Gives the source of a merge into `cluster` its tickets and its state back; returns it.

    Its members have their reasons and what was sure of them back, and those of `cluster` that
    only the merge had made sure are so no more. Tickets that have gone elsewhere since stay there.
    No later run draws the two together again.
    """
    merge = locked(merge)
    if merge.into_id != cluster.pk or merge.undone_at is not None:
        raise DomainError("This merge is undone already.", field="merge")
    homes = _gone_on(merge.into_id)
    held = {row.pk: row for row in locked_clusters({merge.source_id, *homes})}
    source = held[merge.source_id]
    permissions.require(actor, "undo_merge", cluster)
    source.state = CLUSTER.target("restore", source.state)
    if merge.source_state == "confirmed":
        source.state = CLUSTER.target("confirm", source.state)
    now = at or timezone.now()
    going = ClusterMember.objects.filter(ticket_id__in=merge.ticket_ids, cluster__in=homes)
    back = list(Ticket.objects.filter(pk__in=going.values("ticket_id")).order_by("pk"))
    _give_back(back, source, merge)
    _keep_out(back, source, held[cluster.pk], actor)
    _unsettle(held[cluster.pk], merge)
    source.dismissed_reason, source.updated_at = "", now
    source.save(update_fields=["state", "dismissed_reason", "updated_at"])
    _find_centres(cluster, source)
    merge.undone_at = now
    merge.save(update_fields=["undone_at"])
    refresh_counts(held)
    for one, other in ((cluster, source), (source, cluster)):
        record(
            events.CLUSTERS_UNMERGED,
            one,
            actor=actor,
            at=at,
            cluster_id=other.pk,
            title=other.title,
            tickets=len(back),
        )
    source.refresh_from_db()
    return source


def _give_back(tickets: Sequence[Ticket], source: Cluster, merge: ClusterMerge) -> None:
    """Moves these tickets home, each as it was before the merge."""
    rows = list(ClusterMember.objects.filter(ticket__in=tickets))
    for row in rows:
        row.cluster = source
        for name, value in merge.was.get(str(row.ticket_id), {}).items():
            setattr(row, name, value)
    ClusterMember.objects.bulk_update(rows, ["cluster", *_GIVEN_BACK], batch_size=1_000)


def _unsettle(cluster: Cluster, merge: ClusterMerge) -> None:
    """Members that only this merge made sure are no longer; the rest keeps what was said of it.

    Another merge that stands, or a person who confirmed since, would have made them sure as well.
    """
    if cluster.confirmed_at is not None and cluster.confirmed_at >= merge.at:
        return
    other = cluster.merges.filter(undone_at=None).exclude(pk=merge.pk).first()
    if other is not None:
        other.newly_sure = [*other.newly_sure, *merge.newly_sure]
        other.save(update_fields=["newly_sure"])
        return
    said = cluster.constraints.filter(kind=ClusterConstraint.Kind.MUST).values("ticket_id")
    sure = cluster.members.filter(ticket_id__in=merge.newly_sure).exclude(ticket__in=said)
    sure.update(confirmed=False)


def _gone_on(cluster_id: int) -> list[int]:
    """The cluster, and those it was itself merged into since."""
    homes = [cluster_id]
    onward = dict(ClusterMerge.objects.filter(undone_at=None).values_list("source_id", "into_id"))
    while (following := onward.get(homes[-1])) is not None and following not in homes:
        homes.append(following)
    return homes


@transaction.atomic
def split_cluster(
    cluster: Cluster,
    *,
    actor: Person | None,
    tickets: Sequence[Ticket],
    title: str = "",
    at: datetime | None = None,
) -> Cluster:
    """A person says that these members have another cause: they become a cluster of their own.

    No later run puts them back. Links of the tickets to problems stay, and so do those of the
    cluster. Returns the new cluster.
    """
    cluster = locked(cluster)
    permissions.require(actor, "split", cluster)
    chosen = {ticket.pk for ticket in tickets}
    if not chosen:
        raise DomainError("Choose the tickets that have another cause.", field="tickets")
    if len(chosen) > MOST_SPLIT_OFF:
        raise DomainError(f"At most {MOST_SPLIT_OFF:,} tickets at once.", field="tickets")
    sitting = set(cluster.members.values_list("ticket_id", flat=True))
    strange = [one.reference for one in tickets if one.pk not in sitting]
    if strange:
        raise DomainError(f"Not in this cluster: {', '.join(strange[:5])}.", field="tickets")
    if chosen == sitting:
        raise DomainError("One ticket at least has to stay.", field="tickets")
    now = at or timezone.now()
    rows = list(Ticket.objects.filter(pk__in=chosen).order_by("pk"))
    name = words(title, longest=200)
    new = Cluster.objects.create(
        title=name or words(rows[0].title, longest=200),
        named_by_person=bool(name),
        created_at=now,
        updated_at=now,
    )
    _put_apart(rows, new, cluster, actor, now)
    _find_centres(cluster, new)
    refresh_counts([cluster.pk, new.pk])
    for kind, one, other in (
        (events.CLUSTER_SPLIT, cluster, new),
        (events.CLUSTER_SPLIT_OFF, new, cluster),
    ):
        record(
            kind,
            one,
            actor=actor,
            at=at,
            cluster_id=other.pk,
            title=other.title,
            tickets=len(rows),
        )
    new.refresh_from_db()
    return new


def _put_apart(
    tickets: Sequence[Ticket],
    home: Cluster,
    away_from: Cluster,
    actor: Person | None,
    now: datetime,
) -> None:
    """Moves these tickets to `home` for good, by a person's word."""
    name = actor.name if actor else "the system"
    reason = words(SPLIT_OFF.format(name=name), longest=250)
    ClusterMember.objects.filter(ticket__in=tickets).update(
        cluster=home,
        reason=reason,
        confidence=1.0,
        confirmed=True,
        is_representative=False,
        joined_at=now,
    )
    # What was said of them and their new home before does not hold any more.
    home.constraints.filter(ticket__in=tickets).delete()
    _keep_out(tickets, home, away_from, actor)


def _keep_out(
    tickets: Sequence[Ticket], home: Cluster, away_from: Cluster, actor: Person | None
) -> None:
    """Keeps these tickets of `home` out of the other cluster for good, and says so on them."""
    rows = ClusterMember.objects.filter(ticket__in=tickets)
    why = {row.ticket_id: row for row in rows.only("ticket_id", "reason", "confidence")}
    for ticket in tickets:
        row = why[ticket.pk]
        keep_word(away_from, ticket, actor, ClusterConstraint.Kind.CANNOT)
        tell_ticket(home, ticket, actor=actor, reason=row.reason, confidence=row.confidence)


def _find_centres(*clusters: Cluster) -> None:
    """Where new tickets are compared with them until the next run describes them."""
    space = serving()
    for cluster in clusters:
        members = cluster.members.values("ticket_id")
        found = space.vectors().filter(pk__in=members).aggregate(mean=Avg("vector"))
        cluster.centroid, cluster.model = found["mean"], space.model
        cluster.save(update_fields=["centroid", "model"])


@transaction.atomic
def part_from_cluster(
    cluster: Cluster, *, actor: Person | None, ticket: Ticket, at: datetime | None = None
) -> bool:
    """Takes a ticket out because it is another matter than a member; False when it is not in it.

    What keeps it out is what was said about the two tickets; about the cluster nothing is kept.
    """
    cluster = locked(cluster)
    gone, _ = ClusterMember.objects.filter(cluster=cluster, ticket=ticket).delete()
    if not gone:
        return False
    cluster.constraints.filter(ticket=ticket, kind=ClusterConstraint.Kind.MUST).delete()
    refresh_counts([cluster.pk])
    record(
        events.MEMBER_PARTED,
        cluster,
        actor=actor,
        at=at,
        ticket_id=ticket.pk,
        reference=ticket.reference,
    )
    record(
        events.TICKET_LEFT_CLUSTER,
        ticket,
        actor=actor,
        at=at,
        cluster_id=cluster.pk,
        title=cluster.title,
    )
    return True


@transaction.atomic
def withdraw_word(
    cluster: Cluster, *, actor: Person | None, ticket: Ticket, at: datetime | None = None
) -> Cluster:
    """Takes back that a ticket belongs, or does not belong, to the cluster; runs decide again."""
    cluster = locked(cluster)
    permissions.require(actor, "withdraw_word", cluster)
    word = cluster.constraints.filter(ticket=ticket).first()
    if word is None:
        raise DomainError(f"Nothing was said about {ticket.reference}.", field="ticket")
    label = word.get_kind_display()
    word.delete()
    cluster.members.filter(ticket=ticket).update(confirmed=cluster.confirmed_at is not None)
    record(
        events.WORD_WITHDRAWN,
        cluster,
        actor=actor,
        at=at,
        label=label,
        reference=ticket.reference,
        ticket_id=ticket.pk,
    )
    return cluster
