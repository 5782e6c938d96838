"""Making two tickets one, and taking that back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, TransitionNotAllowed
from core.events import EventKind
from core.timeline import record
from core.wording import absolute
from incidents.actions._keeping import STATE_FIELDS, enter, locked_all, save, target_of
from incidents.actions.drafting import move_drafts
from incidents.actions.relating import copy_relations
from incidents.events import MERGE_UNDONE, MERGED_AWAY, MERGED_BACK, TICKETS_MERGED
from incidents.models import Message, Ticket, TicketMerge, TicketRelation, TicketShare
from incidents.permissions import merged_words, require
from incidents.search_index import index_tickets
from incidents.workflow import CLOSED

_AT_ONCE = "Somebody merged one of these tickets at this moment. Please look again."


@transaction.atomic
def merge_ticket(
    ticket: Ticket,
    *,
    actor: Person | None,
    into: Ticket,
    opened: bool = False,
    at: datetime | None = None,
) -> TicketMerge:
    """Makes `ticket` a pointer to `into`, which handles both from now on.

    Messages, files and links stay on the ticket they were written on and are shown on the target;
    the target keeps its state, owner and clocks. The words of either requester stay with those
    who could read them, unless `opened`: then the people of both tickets read both.
    """
    source, target, moved = _lock_both(ticket, into)
    for one in (source, target):
        require(actor, "merge", one)
    _check_pair(source, target)
    at = at or timezone.now()
    merge = TicketMerge(source=source, target=target, actor=actor, merged_at=at, opened=opened)
    merge.before = {
        "state": source.state,
        "reason": source.pending_reason,
        "first_contact": target.first_contact_resolution,
        "moved": moved,
        "relations": copy_relations(source, target, actor=actor, at=at),
        "readers": _open_to_readers(source, target) if opened else [],
        "own_shares": _shares_of(source),
        "shares": _share_alike(source, target),
    }
    merge.save()
    _point(source, target, actor, at)
    move_drafts(source, target)
    Ticket.objects.filter(pk__in=moved).update(merged_into=target)
    _count_as_further_contact(source, target)
    save(target, "first_contact_resolution", at=at)
    index_tickets([source.pk, target.pk])
    _tell(merge, actor, at, (MERGED_AWAY, TICKETS_MERGED))
    return merge


def _lock_both(ticket: Ticket, into: Ticket) -> tuple[Ticket, Ticket, list[int]]:
    """(source, target, tickets merged into the source before), all of them locked."""
    if ticket.pk == into.pk:
        raise DomainError("A ticket cannot be merged into itself.", field="into")
    moved = _pointing_to(ticket)
    rows = locked_all([ticket.pk, into.pk, *moved])
    if _pointing_to(ticket) != moved:
        raise TransitionNotAllowed(_AT_ONCE)
    return rows[ticket.pk], rows[into.pk], moved


def _pointing_to(ticket: Ticket) -> list[int]:
    rows = Ticket.objects.filter(merged_into=ticket.pk)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _check_pair(source: Ticket, target: Ticket) -> None:
    """Refuses what would lead nowhere: a second merge, a chain, an end nobody looks at."""
    if source.is_merged:
        raise TransitionNotAllowed(merged_words(source))
    if target.merged_into is not None:
        last = target.merged_into.reference
        raise DomainError(
            f"{target.reference} was itself merged into {last}. Merge into {last} instead.",
            field="into",
        )
    if target.state_category == CLOSED:
        raise DomainError(
            f"{target.reference} is {target.state_label.lower()}: nobody would answer there. "
            "Reopen it first, or choose another ticket.",
            field="into",
        )


def _point(source: Ticket, target: Ticket, actor: Person | None, at: datetime) -> None:
    enter(source, target_of(source, "merge"), actor=actor, at=at)
    source.merged_into = target
    save(source, *STATE_FIELDS, "merged_into", at=at)


def _count_as_further_contact(source: Ticket, target: Ticket) -> None:
    """The same requester came twice: what was resolved was not resolved in the first contact."""
    if target.first_contact_resolution and source.requester_id == target.requester_id:
        target.first_contact_resolution = False


def _people_of(ticket: Ticket) -> set[int]:
    return {ticket.requester_id, *ticket.affected_users.values_list("pk", flat=True)}


def _open_to_readers(source: Ticket, target: Ticket) -> list[list[int]]:
    """Makes the people of each ticket affected users of the other; returns whom it added where."""
    theirs = {source.pk: _people_of(source), target.pk: _people_of(target)}
    added: list[list[int]] = []
    for one, other in ((source, target), (target, source)):
        new = sorted(theirs[other.pk] - theirs[one.pk])
        one.affected_users.add(*new)
        added += [[one.pk, person_id] for person_id in new]
    return added


def _shares_of(ticket: Ticket) -> list[list[int | str]]:
    rows = TicketShare.objects.filter(ticket=ticket).order_by("pk")
    return [list(row) for row in rows.values_list("team_id", "because")]


def _share_alike(source: Ticket, target: Ticket) -> list[list[int | str]]:
    """What is shown to development of one ticket is shown of both; returns what the target got."""
    pair = (source.pk, target.pk)
    there = {
        (one.ticket_id, one.team_id, one.because)
        for one in TicketShare.objects.filter(ticket__in=pair)
    }
    wanted = {(pk, team, because) for _, team, because in there for pk in pair} - there
    TicketShare.objects.bulk_create(
        [TicketShare(ticket_id=pk, team_id=team, because=because) for pk, team, because in wanted],
        ignore_conflicts=True,
    )
    return [[team, because] for pk, team, because in sorted(wanted) if pk == target.pk]


def _tell(
    merge: TicketMerge,
    actor: Person | None,
    at: datetime,
    kinds: tuple[EventKind, EventKind],
    **more: Any,
) -> None:
    """The source and the target each tell of it, by an event of their own; the target says more."""
    source, target = merge.source, merge.target
    ends: dict[str, Any] = {"actor": actor, "at": at, "target_id": target.pk}
    record(kinds[0], source, target=target.reference, **ends)
    ends |= {"source": source.reference, "source_id": source.pk, "merge_id": merge.pk}
    record(kinds[1], target, **ends, **more)


@transaction.atomic
def undo_merge(ticket: Ticket, *, actor: Person | None, at: datetime | None = None) -> TicketMerge:
    """Takes a merge back within 30 days: the source is what it was before, to the letter.

    What was written to the source meanwhile stays on the target; TicketMerge's event lists it.
    Refused when it is too late, or while the target is itself merged.
    """
    # The merge before its tickets: who follows a merge elsewhere holds it while they do.
    standing = TicketMerge.objects.select_for_update(of=("self",))
    merge = standing_merge(ticket, standing)
    rows = locked_all([merge.source_id, merge.target_id, *merge.before["moved"]])
    source, target = rows[merge.source_id], rows[merge.target_id]
    for one in (source, target):
        require(actor, "merge", one)
    at = at or timezone.now()
    refusal = why_not_undone(merge, target, at)
    if refusal:
        raise TransitionNotAllowed(refusal)
    _take_back(merge, source, target)
    enter(source, merge.before["state"], actor=actor, at=at, reason=merge.before["reason"])
    source.merged_into = None
    save(source, *STATE_FIELDS, "merged_into", at=at)
    save(target, "first_contact_resolution", at=at)
    merge.undone_at, merge.undone_by = at, actor
    merge.save(update_fields=["undone_at", "undone_by"])
    index_tickets([source.pk, target.pk])
    stayed = [message.pk for message in stayed_messages(merge)]
    _tell(merge, actor, at, (MERGED_BACK, MERGE_UNDONE), stayed_ids=stayed)
    return merge


def standing_merge(
    ticket: Ticket, merges: models.QuerySet[TicketMerge] | None = None
) -> TicketMerge:
    """The merge that made this ticket a pointer; TransitionNotAllowed when there is none."""
    rows = TicketMerge.objects.all() if merges is None else merges
    standing = rows.filter(source=ticket.pk, undone_at__isnull=True)
    merge = standing.select_related("source", "target", "actor").first()
    if merge is None:
        raise TransitionNotAllowed(f"{ticket.reference} is not merged; there is nothing to undo.")
    return merge


def why_not_undone(merge: TicketMerge, target: Ticket, now: datetime) -> str:
    """Why a merge cannot be undone any more, or not yet; empty when it can."""
    if now > merge.undo_until:
        return (
            f"{merge.source.reference} was merged on {absolute(merge.merged_at)}. "
            "A merge can be undone for 30 days."
        )
    if target.merged_into is not None:
        return (
            f"{target.reference} was itself merged into {target.merged_into.reference} since. "
            f"Undo that merge first."
        )
    return ""


def _take_back(merge: TicketMerge, source: Ticket, target: Ticket) -> None:
    """Removes and moves back exactly the rows the merge added and moved."""
    before = merge.before
    Ticket.objects.filter(pk__in=before["moved"], merged_into=target).update(merged_into=source)
    TicketRelation.objects.filter(pk__in=before["relations"]).delete()
    both = {source.pk: source, target.pk: target}
    for ticket_id, person_id in before["readers"]:
        both[ticket_id].affected_users.remove(person_id)
    for team_id, because in before["shares"]:
        TicketShare.objects.filter(ticket=target, team=team_id, because=because).delete()
    for share in TicketShare.objects.filter(ticket=source):
        if [share.team_id, share.because] not in before["own_shares"]:
            share.delete()
    if before["first_contact"] and target.resolved_at and not _came_again(target, source):
        target.first_contact_resolution = True


def _came_again(target: Ticket, source: Ticket) -> bool:
    """Whether another merged ticket of the requester, or a reopening, still says so."""
    others = Ticket.objects.filter(merged_into=target, requester=target.requester_id)
    return bool(target.reopen_count) or others.exclude(pk=source.pk).exists()


def stayed_messages(merge: TicketMerge) -> Iterable[Message]:
    """What was written to the source while it was merged, and stands on the target."""
    messages = Message.objects.filter(ticket=merge.target_id, merged_from=merge.source_id)
    return messages.filter(created_at__gte=merge.merged_at).select_related("author")
