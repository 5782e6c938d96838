"""Who is owed a word, kept up to date by what happens."""

from django.db import transaction

from core.models import Event
from core.timeline import handles
from devlink import actions, events, loop, tasks, telling
from devlink.handlers.subjects import RELATED, ask_of, item_of
from devlink.models import FixClaim, WorkItem
from incidents.events import FIX_CONFIRMED, STILL_BROKEN
from incidents.models import Ticket
from problems.events import (
    MEMBER_ADDED,
    MEMBER_REMOVED,
    PROBLEM_TICKET_LINKED,
    PROBLEM_TICKET_UNLINKED,
    PROBLEM_TICKETS_LINKED,
)


@handles(
    events.WORK_ITEM_CREATED,
    events.WORK_ITEM_EDITED,
    events.WORK_ITEM_LINKED,
    events.WORK_ITEM_UNLINKED,
    events.WORK_ITEM_REOPENED,
    events.WORK_ITEM_CANCELLED,
    events.EVIDENCE_ATTACHED,
    events.EVIDENCE_DETACHED,
)
def keep_what_is_owed(event: Event) -> None:
    """Who waits for an item is owed a word from now on, and who no longer does is not."""
    loop.catch_up([item_of(event.subject_id)], at=event.at)


@handles(events.ASK_MADE, events.ASK_REPEATED)
def keep_what_is_owed_for_the_ask(event: Event) -> None:
    """The people behind an ask are owed a word about the item it asks for."""
    loop.catch_up([ask_of(event).work_item], at=event.at)


@handles(PROBLEM_TICKET_LINKED, PROBLEM_TICKETS_LINKED, PROBLEM_TICKET_UNLINKED)
def keep_what_is_owed_for_the_problem(event: Event) -> None:
    """Who meets a problem waits for the work against it, also when that is live already."""
    items = WorkItem.objects.filter(problem_id=event.subject_id)
    loop.catch_up(items.select_related(*RELATED), at=event.at)


@handles(MEMBER_ADDED, MEMBER_REMOVED)
def keep_what_is_owed_for_the_cluster(event: Event) -> None:
    """The same for a cluster without a problem; what runs move is taken over at night."""
    items = WorkItem.objects.filter(cluster_id=event.subject_id, problem=None)
    loop.catch_up(items.select_related(*RELATED), at=event.at)


@handles(events.RELEASE_DEPLOYED, events.RELEASE_GREW)
def make_words_due(event: Event) -> None:
    """What is owed about the release's items is due from now on, whoever tells it."""
    items = WorkItem.objects.filter(releases=event.subject_id).order_by("pk")
    loop.bring_in_line(items, at=event.at)


@handles(FIX_CONFIRMED)
def settle_what_is_confirmed(event: Event) -> None:
    """The requester's yes settles what they were owed."""
    actions.note_confirmed(Ticket.objects.get(pk=event.subject_id), at=event.at)


@handles(STILL_BROKEN)
def take_up_the_doubt(event: Event) -> None:
    """The requester's no reaches the work, those who did it and the claim that it helped.

    The ticket waits for development again where there is open work against its problem; where
    there is none, the desk has it and decides.
    """
    ticket = Ticket.objects.get(pk=event.subject_id)
    doubted = actions.note_still_broken(ticket, said=event.payload["note"], at=event.at)
    for one in doubted:
        telling.tell_of_doubt(one, key=f"devlink.fix_doubted:{event.pk}:{one.work_item_id}")
    for item in WorkItem.objects.filter(problem__ticket_links__ticket=ticket).open():
        actions.hand_over_tickets(item, ticket_ids=[ticket.pk], at=event.at)
    items = [one.work_item_id for one in doubted]
    verified = FixClaim.objects.filter(work_item__in=items, state="verified")
    ids = list(verified.values_list("pk", flat=True))

    def judge() -> None:
        for claim_id in ids:
            tasks.judge_claim.delay(claim_id)

    transaction.on_commit(judge, robust=True)
