"""Lists of tickets in the order people work them, and the list a ticket was opened from."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode

from django.core.cache import cache
from django.db.models import Q
from django.http import QueryDict

from accounts.models import Person
from core.requests import SignedInRequest
from incidents.filters import TicketFilter
from incidents.models import Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.wording import Clock, clock

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


@dataclass(frozen=True)
class Row:
    """One line of a list: the ticket and where its clock stands."""

    ticket: Ticket
    clock: Clock


@dataclass(frozen=True)
class Column:
    """The list beside a ticket: its name, its address and its first rows."""

    title: str
    url_query: str
    rows: list[Row]


def rows_of(tickets: list[Ticket], now: datetime) -> list[Row]:
    """The tickets with their clocks, all read at one instant."""
    return [
        Row(ticket, clock(ticket.state_category, ticket.resolution_due_at, now))
        for ticket in tickets
    ]


def by_target(tickets: TicketQuerySet) -> TicketQuerySet:
    """Nearest resolution target first; paused ones last."""
    return tickets.order_by("resolution_due_at", "-id")


def mine(person: Person) -> TicketQuerySet:
    """Open tickets this person works on."""
    return Ticket.objects.visible_to(person).open().filter(assignee=person)


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
        chosen = TicketFilter(filters, queryset=visible, request=request)
        title, tickets = "Queue", chosen.qs
        sort = SORTS.get(filters.get("sort", ""), SORTS["sla"])[1]
        tickets = tickets.order_by(*sort)
    else:
        title = "My desk"
        desk = Q(assignee=person) | Q(team_id__in=person.team_ids, assignee__isnull=True)
        tickets = by_target(Ticket.objects.visible_to(person).open().filter(desk))
    shown = list(tickets.select_related("organisation", "component")[:COLUMN_ROWS])
    return Column(title, origin if origin != DESK else "", rows_of(shown, now))


def count_of(tickets: TicketQuerySet, key: str) -> int:
    """How many there are, up to 1,000, remembered for ten seconds under `key`."""
    kept = cache.get(key)
    if kept is None:
        kept = tickets.order_by()[:MOST_COUNTED].count()
        cache.set(key, kept, COUNT_SECONDS)
    return int(kept)
