"""Tickets for which the moment of a time rule has come."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery

from incidents.models import Message, StatusInterval, Ticket
from incidents.models.ticket import TicketQuerySet
from rules.activators import Moment
from rules.models import RuleRun, RuleVersion

OCCURRENCE = "occurrence"


def with_moment(
    tickets: TicketQuerySet, version: RuleVersion, start: datetime, end: datetime
) -> TicketQuerySet:
    """The tickets whose moment lies from `start` to `end`, with `occurrence`: what it counts from.

    A time before the resolution target is no moment any more once the target has passed.
    """
    span = timedelta(minutes=version.minutes)
    early = version.activator == Moment.BEFORE_TARGET
    shift = -span if early else span
    column, tickets = _basis(tickets, version.activator, start - shift, end - shift)
    tickets = tickets.filter(**{f"{column}__gte": start - shift, f"{column}__lte": end - shift})
    if early:
        tickets = tickets.filter(**{f"{column}__gt": end})
    return tickets.annotate(**({} if column == OCCURRENCE else {OCCURRENCE: F(column)}))


def _basis(
    tickets: TicketQuerySet, moment: str, start: datetime, end: datetime
) -> tuple[str, TicketQuerySet]:
    """The column a moment counts from, and the tickets with it.

    Moments that are rows of other tables are looked for there first, between `start` and `end`:
    what the column says of all tickets need not be asked then.
    """
    if moment == Moment.CREATED:
        return "created_at", tickets
    if moment == Moment.UPDATED:
        return "updated_at", tickets
    if moment in (Moment.BEFORE_TARGET, Moment.AFTER_TARGET):
        return "resolution_due_at", tickets.open()
    near, own = _in_state(start, end) if moment == Moment.IN_STATE else _replies(start, end)
    tickets = tickets.filter(pk__in=near.values("ticket_id"))
    return OCCURRENCE, tickets.annotate(occurrence=Subquery(own[:1]))


def _in_state(start: datetime, end: datetime) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """States entered in that time, and when each ticket entered the one it is in."""
    running = StatusInterval.objects.filter(ended_at__isnull=True)
    near = running.filter(started_at__gte=start, started_at__lte=end)
    return near, running.filter(ticket=OuterRef("pk")).values("started_at")


def _replies(start: datetime, end: datetime) -> tuple[QuerySet[Any], QuerySet[Any]]:
    """What was said in that time, and when each requester spoke last."""
    said = Message.objects.filter(kind=Message.Kind.PUBLIC)
    near = said.filter(created_at__gte=start, created_at__lte=end)
    own = said.filter(ticket=OuterRef("pk"), author=OuterRef("requester"))
    return near, own.order_by("-created_at").values("created_at")


def due(tickets: TicketQuerySet, version: RuleVersion, now: datetime) -> TicketQuerySet:
    """Tickets whose moment has come since the rule was switched on and that it has not had yet.

    What the rule itself changed is no new "last change".
    """
    came = with_moment(tickets, version, version.rule.on_since or now, now)
    ran = RuleRun.objects.filter(rule=version.rule_id, ticket=OuterRef("pk")).exclude(
        outcome=RuleRun.Outcome.HELD
    )
    came = came.exclude(Exists(ran.filter(occurrence=OuterRef(OCCURRENCE))))
    if version.activator == Moment.UPDATED:
        came = came.exclude(Exists(ran.filter(finished_at=OuterRef("updated_at"))))
    return came


def occurrence_of(ticket: Ticket, version: RuleVersion, now: datetime) -> datetime | None:
    """What the moment counts from when it has come for this ticket; None when it has not."""
    rows = due(Ticket.objects.filter(pk=ticket.pk), version, now)
    found: datetime | None = rows.values_list(OCCURRENCE, flat=True).first()
    return found
