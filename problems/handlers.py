"""What this app does when something happened."""

from django.db import transaction
from django.utils import timezone

from core.models import Event
from core.timeline import handles
from incidents.events import LIKENESS_JUDGED, MERGE_UNDONE, TICKET_EMBEDDED, TICKETS_MERGED
from incidents.models import Likeness, Ticket, TicketMerge
from problems.actions import follow_merge, follow_undone_merge
from problems.clustering.describing import describe_apart
from problems.clustering.joining import follow_word, join_ticket
from problems.events import (
    CLUSTER_RUN_REQUESTED,
    CLUSTER_SPLIT_OFF,
    CLUSTERS_UNMERGED,
    PROBLEM_FOLLOW_UP_ADDED,
    PROBLEM_FOLLOW_UP_CHANGED,
    PROBLEM_FOLLOW_UP_OVERDUE,
    PROBLEM_TASK_ADDED,
    PROBLEM_TASK_CHANGED,
)
from problems.notices import tell_of_follow_up, tell_of_overdue_action, tell_of_task
from problems.tasks import run_clustering


@handles(CLUSTER_RUN_REQUESTED)
def start_the_run(event: Event) -> None:
    """Wakes a clustering worker once the receipt is kept."""
    transaction.on_commit(_Start(event.subject_id), robust=True)


class _Start:
    """A named callable for `on_commit`: Django's robust logging needs a `__qualname__`."""

    __qualname__ = "start_the_run"

    def __init__(self, run_id: int) -> None:
        self.run_id = run_id

    def __call__(self) -> None:
        run_clustering.delay(self.run_id)


@handles(TICKET_EMBEDDED)
def join_the_nearest_cluster(event: Event) -> None:
    """A new ticket joins the cluster it looks like, and its page says so."""
    ticket = Ticket.objects.select_related("component").filter(pk=event.subject_id).first()
    if ticket is not None:
        join_ticket(ticket)


@handles(CLUSTER_SPLIT_OFF, CLUSTERS_UNMERGED)
def describe_what_was_parted(event: Event) -> None:
    """Both clusters say what their own tickets have in common, before the next run does."""
    ids = [event.subject_id, event.payload["cluster_id"]]
    describe_apart(ids, since=event.at, now=timezone.now())


@handles(LIKENESS_JUDGED)
def follow_what_was_said(event: Event) -> None:
    """Two tickets said to be one matter share a cluster, two said to be different do not."""
    ids = [event.subject_id, event.payload["ticket_id"]]
    rows = Ticket.objects.select_related("component").in_bulk(ids)
    # Whoever took it back or said the opposite meanwhile has the last word.
    said = Likeness.objects.of(ids[0]).filter(first__in=ids, second__in=ids).first()
    if len(rows) == 2 and said is not None and said.kind == event.payload["likeness"]:
        follow_word(rows[ids[0]], rows[ids[1]], said.kind, event.actor)


def _merge_held(event: Event) -> TicketMerge:
    """The merge, held: it is not undone while something follows from it."""
    rows = TicketMerge.objects.select_for_update(of=("self",)).select_related("source", "target")
    return rows.get(pk=event.payload["merge_id"])


@handles(TICKETS_MERGED)
def go_on_with_the_target(event: Event) -> None:
    """Problems and clusters of the source go on with the target, unless it is undone already."""
    merge = _merge_held(event)
    if merge.undone_at is None:
        follow_merge(merge.source, merge.target, merge_id=merge.pk, at=event.at)


@handles(MERGE_UNDONE)
def go_back_to_the_source(event: Event) -> None:
    """The source has its problems back."""
    merge = _merge_held(event)
    follow_undone_merge(merge.source, merge.target, merge_id=merge.pk, at=event.at)


@handles(PROBLEM_FOLLOW_UP_OVERDUE)
def remind_of_follow_up(event: Event) -> None:
    """Whoever is to do it hears that it is late."""
    tell_of_overdue_action(event)


@handles(PROBLEM_TASK_ADDED, PROBLEM_TASK_CHANGED)
def tell_who_has_the_task(event: Event) -> None:
    """Whoever is to do it hears that it is theirs."""
    tell_of_task(event)


@handles(PROBLEM_FOLLOW_UP_ADDED, PROBLEM_FOLLOW_UP_CHANGED)
def tell_who_has_the_follow_up(event: Event) -> None:
    """Whoever is to do it hears that it is theirs."""
    tell_of_follow_up(event)
