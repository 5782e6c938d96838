"""Tickets on their way to development and back: handed over, shown, returned, offered a fix."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q

from core.timeline import record
from devlink import events
from devlink.actions.rows import locked
from devlink.models import Evidence, Release, WorkItem
from incidents.actions import (
    begin_development,
    hand_ticket_to_development,
    offer_fix,
    return_ticket_to_desk,
    share_ticket,
    unshare_tickets,
)
from incidents.models import Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.workflow import INCIDENT
from problems.models import Problem, ProblemTicket


def because_of(item: WorkItem) -> str:
    """The reason under which tickets are shown to the item's team."""
    return f"devlink.workitem:{item.pk}"


def tickets_of_problem(problem: Problem | None) -> TicketQuerySet:
    """Tickets linked to a problem that development may be shown; none of restricted teams."""
    if problem is None:
        return Ticket.objects.none()
    links = ProblemTicket.objects.filter(problem=problem)
    return Ticket.objects.filter(pk__in=links.values("ticket_id")).exclude(team__restricted=True)


def tickets_behind(item: WorkItem) -> TicketQuerySet:
    """Tickets of the item's problem and those attached to it as evidence; none restricted."""
    attached = item.evidence.filter(ticket__isnull=False).values("ticket_id")
    linked = tickets_of_problem(item.problem).values("pk")
    tickets = Ticket.objects.filter(Q(pk__in=attached) | Q(pk__in=linked))
    return tickets.exclude(team__restricted=True)


def _can(ticket: Ticket, step: str) -> bool:
    return ticket.workflow is INCIDENT and ticket.state in INCIDENT.steps[step].sources


@transaction.atomic
def hand_over_tickets(
    item: WorkItem, *, ticket_ids: Iterable[int] | None = None, at: datetime | None = None
) -> int:
    """The problem's open tickets wait for development and are shown to the item's team.

    Returns how many are shown. Doing it again changes nothing; a done item takes no tickets.
    """
    item = locked(item)
    if not item.is_open:
        return 0
    tickets = tickets_of_problem(item.problem).open()
    if ticket_ids is not None:
        tickets = tickets.filter(pk__in=list(ticket_ids))
    shown = 0
    for ticket in tickets.order_by("pk"):
        if _can(ticket, "hand_to_development"):
            ticket = hand_ticket_to_development(ticket, actor=None, at=at)  # noqa: PLW2901 (the fresh row)
        share_ticket(ticket, team=item.team, because=because_of(item))
        if item.state == "in_progress" and _can(ticket, "begin_development"):
            begin_development(ticket, actor=None, at=at)
        shown += 1
    return shown


@transaction.atomic
def begin_on_tickets(item: WorkItem, *, at: datetime | None = None) -> None:
    """The tickets that wait for this item are in development now."""
    for ticket in tickets_of_problem(item.problem).filter(state="awaiting_development"):
        begin_development(ticket, actor=None, at=at)


@transaction.atomic
def take_back_tickets(
    item: WorkItem, *, note: str, problem: Problem | None = None, at: datetime | None = None
) -> None:
    """Tickets that waited for this item go back to the desk, with the reason as a note.

    `problem` is the one it was against, where it no longer is.
    """
    for ticket in tickets_of_problem(problem or item.problem).open():
        if _can(ticket, "return_to_desk"):
            return_ticket_to_desk(ticket, actor=None, note=note, at=at)


@transaction.atomic
def stop_showing(item: WorkItem, *, unlinked: int | None = None) -> None:
    """Ends what the item's team may see because of it: everything, or the unlinked ticket."""
    if unlinked is None:
        unshare_tickets(because=because_of(item))
        return
    rest = tickets_of_problem(item.problem).exclude(pk=unlinked).open()
    unshare_tickets(because=because_of(item), keep=rest)
    for ticket in rest:
        share_ticket(ticket, team=item.team, because=because_of(item))


@transaction.atomic
def offer_fixes(release: Release, *, at: datetime | None = None) -> list[int]:
    """Every ticket that waited for what this release holds asks its requester to confirm.

    Returns the tickets' ids. A ticket on hold for another reason stays where it is.
    """
    offered = []
    items = WorkItem.objects.filter(releases=release)
    links = ProblemTicket.objects.filter(problem__in=items.values("problem_id"))
    attached = Evidence.objects.filter(work_item__in=items, ticket__isnull=False)
    tickets = Ticket.objects.filter(
        Q(pk__in=links.values("ticket_id")) | Q(pk__in=attached.values("ticket_id")),
        state__in=["awaiting_development", "in_development"],
    )
    for ticket in tickets.order_by("pk"):
        offer_fix(ticket, actor=None, release=str(release), at=at)
        offered.append(ticket.pk)
    return offered


@transaction.atomic
def write_release_notes(release: Release) -> Release:
    """Adds a line for every item that ends reported incidents and has none yet."""
    release = locked(release)
    lines = []
    for item in WorkItem.objects.filter(releases=release).select_related("problem").order_by("pk"):
        count, organisations = _reported(item)
        if count and f"{item.key}:" not in release.notes:
            lines.append(
                f"- {item.key}: {item.title} (tickets: {count}, organisations: {organisations})"
            )
    if lines:
        release.notes = "\n".join([*filter(None, [release.notes.rstrip()]), *lines])
        release.save(update_fields=["notes"])
        record(events.RELEASE_EDITED, release, actor=None, fields="notes")
    return release


def _reported(item: WorkItem) -> tuple[int, int]:
    """How many tickets and organisations met what the item ends."""
    sums = tickets_of_problem(item.problem).aggregate(
        tickets=Count("pk"), organisations=Count("organisation", distinct=True)
    )
    return sums["tickets"], sums["organisations"]
