"""Lists of tickets in the order people work them, and the list a ticket was opened from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse

from accounts.models import Person
from core.references import reference
from core.requests import SignedInRequest
from incidents.filters import TicketFilter
from incidents.models import Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.wording import Clock, clock
from incidents.workflow import WORKFLOWS

SORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "sla": ("Resolution target", ("resolution_due_at", "-id")),
    "newest": ("Newest first", ("-id",)),
    "oldest": ("Oldest first", ("id",)),
    "priority": ("Priority", ("priority", "-id")),
}
DESK = "desk"
COLUMN_ROWS = 25
COUNT_SECONDS = 10
MOST_COUNTED = 1_000


class Listed(NamedTuple):
    """What a list reads of a ticket: building fifty records of six models would cost more."""

    id: int
    kind: str
    title: str
    priority: int
    state: str
    state_category: str
    resolution_due_at: datetime | None
    created_at: datetime
    requester__name: str
    organisation__name: str | None
    component__name: str | None
    assignee__name: str | None
    team__name: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list, ready to be drawn."""

    pk: int
    url: str
    reference: str
    title: str
    sub: str
    where: str
    priority: int
    state: str
    state_label: str
    component: str
    worker: str
    taken: bool
    clock: Clock
    created_at: datetime


@dataclass(frozen=True)
class Column:
    """The list beside a ticket: its name, its address and its first rows."""

    title: str
    url_query: str
    rows: list[Row]


def listed(tickets: QuerySet[Any]) -> QuerySet[Any]:
    """The same tickets as `Listed` lines, without building records."""
    return tickets.values_list(*Listed._fields, named=True)


def rows_of(lines: Sequence[Listed], now: datetime) -> list[Row]:
    """The lines with their clocks, all read at one instant."""
    below = reverse("incidents:tickets")
    return [_row(line, f"{below}{line.id}/", now) for line in lines]


def _row(line: Listed, url: str, now: datetime) -> Row:
    number = reference(line.kind, line.id)
    who = (number, line.requester__name, line.organisation__name)
    return Row(
        pk=line.id,
        url=url,
        reference=number,
        title=line.title,
        sub=" · ".join(part for part in who if part),
        where=" · ".join(part for part in (line.organisation__name, line.component__name) if part),
        priority=line.priority,
        state=line.state,
        state_label=WORKFLOWS[line.kind].label(line.state),
        component=line.component__name or "",
        worker=line.assignee__name or line.team__name or "",
        taken=line.assignee__name is not None,
        clock=clock(line.state_category, line.resolution_due_at, now),
        created_at=line.created_at,
    )


def by_target(tickets: TicketQuerySet) -> TicketQuerySet:
    """Nearest resolution target first; paused ones last."""
    return tickets.order_by("resolution_due_at", "-id")


def mine(person: Person) -> TicketQuerySet:
    """Open tickets this person works on."""
    return Ticket.objects.visible_to(person).open().filter(assignee=person)


def of_colleague(person: Person, colleague: Person) -> TicketQuerySet:
    """Open tickets of somebody else, as far as this person may see them."""
    return Ticket.objects.visible_to(person).open().filter(assignee=colleague)


def waiting_for_somebody(person: Person) -> TicketQuerySet:
    """Open tickets in the queues of this person's teams that nobody has taken."""
    tickets = Ticket.objects.visible_to(person).open()
    return tickets.filter(team_id__in=person.team_ids, assignee__isnull=True)


def column_for(request: SignedInRequest, origin: str, now: datetime) -> Column:
    """The list named by `origin`: `desk`, or the query string of a list of tickets."""
    person = request.user
    if origin and origin != DESK:
        filters = QueryDict(urlencode(parse_qsl(origin[:1000])))
        visible = Ticket.objects.visible_to(person)
        tickets = TicketFilter(filters, queryset=visible, request=request).qs
        sort = SORTS.get(filters.get("sort", ""), SORTS["sla"])[1]
        lines = listed(tickets.order_by(*sort))[:COLUMN_ROWS]
        return Column("Queue", origin, rows_of(list(lines), now))
    desk = Q(assignee=person) | Q(team_id__in=person.team_ids, assignee__isnull=True)
    tickets = by_target(Ticket.objects.visible_to(person).open().filter(desk))
    return Column("My desk", "", rows_of(list(listed(tickets)[:COLUMN_ROWS]), now))


def count_of(tickets: TicketQuerySet, key: str) -> int:
    """How many there are, up to 1,000, remembered for ten seconds under `key`."""
    kept = cache.get(key)
    if kept is None:
        kept = tickets.order_by()[:MOST_COUNTED].count()
        cache.set(key, kept, COUNT_SECONDS)
    return int(kept)
