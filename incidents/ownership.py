"""Which tickets their owners have left alone for too long. Reads only."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, OuterRef, Subquery
from django.db.models.functions import Greatest

from accounts.availability.reading import schedules
from core.models import Event
from incidents.events import TICKET_ASSIGNED
from incidents.models import Message, StatusInterval, TeamPolicy, Ticket, TouchInterval
from incidents.models.ticket import TicketQuerySet
from incidents.workflow import OPEN

MOST_AT_ONCE = 500


def with_last_sign(tickets: TicketQuerySet) -> Any:
    """With `last_sign`: when the owner last did anything, or the ticket last came to them.

    That is the latest of: it was assigned, it came into the state it is in (a wait starts the
    time anew), the owner wrote on it, the owner had it open.
    """
    mine = {"ticket": OuterRef("pk")}
    assigned = Event.objects.filter(
        subject_kind="incidents.ticket", subject_id=OuterRef("pk"), name=TICKET_ASSIGNED.name
    )
    wrote = Message.objects.filter(**mine, author=OuterRef("assignee"))
    touched = TouchInterval.objects.filter(**mine, person=OuterRef("assignee"))
    entered = StatusInterval.objects.filter(**mine, ended_at__isnull=True)
    signs = (
        Subquery(assigned.order_by("-id").values("at")[:1]),
        Subquery(wrote.order_by("-id").values("created_at")[:1]),
        Subquery(touched.order_by("-ended_at").values("ended_at")[:1]),
        Subquery(entered.values("started_at")[:1]),
    )
    # PostgreSQL's GREATEST passes over what is missing.
    latest = Greatest(*signs, output_field=DateTimeField())
    return tickets.annotate(last_sign=latest)


def owned_in_work(policy: TeamPolicy) -> TicketQuerySet:
    """The team's tickets in work that have an owner; those that wait for anybody are not."""
    return Ticket.objects.filter(
        team_id=policy.team_id, assignee__isnull=False, state_category=OPEN
    )


def left_alone(policy: TeamPolicy, at: datetime, *, only: int | None = None) -> list[int]:
    """Numbers of tickets that were not touched for the policy's working minutes, oldest first.

    With `only` nothing else than that ticket is looked at.
    """
    if policy.ownership_minutes is None:
        return []
    limit = timedelta(minutes=policy.ownership_minutes)
    # No working time is longer than the time on the wall.
    late = with_last_sign(owned_in_work(policy)).filter(last_sign__lte=at - limit)
    if only is not None:
        late = late.filter(pk=only)
    rows = list(late.order_by("last_sign").values_list("pk", "assignee_id", "last_sign"))
    weeks = schedules({owner for _, owner, _ in rows}, at)
    over = [pk for pk, owner, since in rows if weeks[owner].worked(since, at) >= limit]
    return over[:MOST_AT_ONCE]
