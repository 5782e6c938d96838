"""Lists of tickets in the order people work them, and the list a ticket was opened from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.core.cache import cache
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.models import Person
from core.pages import cursor_after, keyset_page
from core.references import reference
from core.requests import SignedInRequest
from core.time_limits import TookTooLong
from incidents.listing.columns import (
    DEFAULT_COLUMNS,
    Column,
    Line,
    clock_of,
    columns_named,
    drawn_cells,
    lines_of,
)
from incidents.listing.reading import read_in_time, read_origin
from incidents.models import SavedView, Ticket, TicketClock
from incidents.models.ticket import TicketQuerySet
from incidents.wording import Clock
from incidents.workflow import WORKFLOWS

DESK = "desk"
COLUMN_ROWS = 25
COUNT_SECONDS = 10
MOST_COUNTED = 1_000
USUAL = columns_named(DEFAULT_COLUMNS)
HOURS_AHEAD = 4


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
    clock: Clock
    cells: SafeString


@dataclass(frozen=True)
class Beside:
    """The list beside a ticket: its name, its address, its rows, and the ticket's neighbours."""

    title: str
    url_query: str
    rows: list[Row]
    previous: Row | None
    next: Row | None


def listed(tickets: QuerySet[Any]) -> QuerySet[Any]:
    """The same tickets as plain lines, without building records."""
    return lines_of(tickets, USUAL)


def rows_of(
    lines: Sequence[Line], now: datetime, columns: Sequence[Column] | None = None
) -> list[Row]:
    """The lines with their clocks and cells, all read at one instant."""
    below = reverse("incidents:tickets")
    shown = USUAL if columns is None else columns
    return [_row(line, f"{below}{line.id}/", now, shown) for line in lines]


def _row(line: Line, url: str, now: datetime, columns: Sequence[Column]) -> Row:
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
        clock=clock_of(line, now),
        cells=drawn_cells(line, columns, now),
    )


def by_target(tickets: TicketQuerySet) -> TicketQuerySet:
    """Nearest target first, whichever it is; paused ones last."""
    return tickets.order_by("due_at", "-id")


def mine(person: Person) -> TicketQuerySet:
    """Open tickets this person works on."""
    return Ticket.objects.visible_to(person).open().filter(assignee=person)


def of_colleague(person: Person, colleague: Person) -> TicketQuerySet:
    """Open tickets of somebody else, as far as this person may see them."""
    return Ticket.objects.visible_to(person).open().filter(assignee=colleague)


def left_to_the_team(person: Person, away: Collection[int]) -> TicketQuerySet:
    """Open tickets of this person's teams whose owners are among those away with nobody here."""
    tickets = Ticket.objects.visible_to(person).open().exclude(assignee=person)
    return tickets.filter(assignee_id__in=away, team_id__in=person.team_ids)


def waiting_for_somebody(person: Person) -> TicketQuerySet:
    """Open tickets in the queues of this person's teams that nobody has taken."""
    tickets = Ticket.objects.visible_to(person).open()
    return tickets.filter(team_id__in=person.team_ids, assignee__isnull=True)


def column_for(request: SignedInRequest, origin: str, now: datetime, ticket: Ticket) -> Beside:
    """The list named by `origin`: `desk`, or the query string of a list of tickets.

    The ticket's neighbours are those in the list's order; the last one, and a ticket that has left
    the list (it was answered, say), is followed by the list's first: there the work goes on.
    """
    person = request.user
    if origin and origin != DESK:
        listing = read_origin(person, origin)
        title = view_name(person, listing.view_id) or "Queue"
        try:
            return read_in_time(
                listing,
                lambda one: _beside(title, origin, one.sortable, one.order, ticket, now),
            )[0]
        except TookTooLong:
            return Beside(title, origin, [], None, None)
    desk = Q(assignee=person) | Q(team_id__in=person.team_ids, assignee__isnull=True)
    tickets = Ticket.objects.visible_to(person).open().filter(desk)
    return _beside("My desk", "", tickets, ("due_at", "-id"), ticket, now)


def address_beside(ticket: Ticket, origin: str) -> str:
    """The ticket's page beside the list named by `origin`, or by itself when there is none."""
    return ticket.get_absolute_url() + (f"?from={quote(origin)}" if origin else "")


def view_name(person: Person, view_id: int | None) -> str:
    """The name of a view this person may see; empty without one."""
    if view_id is None:
        return ""
    views = SavedView.objects.visible_to(person).filter(pk=view_id)
    return views.values_list("name", flat=True).first() or ""


def _beside(
    title: str,
    query: str,
    tickets: TicketQuerySet,
    order: Sequence[str],
    ticket: Ticket,
    now: datetime,
) -> Beside:
    lines = lines_of(tickets, (), [name.lstrip("-") for name in order])
    rows = rows_of(keyset_page(lines, order=order, cursor=None, size=COLUMN_ROWS).rows, now, ())
    first = rows
    places = {row.pk: place for place, row in enumerate(rows)}
    place = places.get(ticket.pk)
    if place is None and len(rows) == COLUMN_ROWS:
        rows = _from_here(lines, order, ticket, now) or rows
        place = 0 if rows[0].pk == ticket.pk else None
    following = rows if place is None else rows[place + 1 :]
    following = following or [row for row in first if row.pk != ticket.pk]
    return Beside(
        title,
        query,
        rows,
        rows[place - 1] if place else None,
        following[0] if following else None,
    )


def _from_here(
    lines: QuerySet[Any], order: Sequence[str], ticket: Ticket, now: datetime
) -> list[Row]:
    """The ticket and what follows it deep in a long list; empty when it is not in the list."""
    here = list(lines.filter(pk=ticket.pk)[:1])
    if not here:
        return []
    after = keyset_page(
        lines, order=order, cursor=cursor_after(here[0], order), size=COLUMN_ROWS - 1
    )
    return rows_of([*here, *after.rows], now, ())


def forecast(person: Person) -> int:
    """How many visible tickets pass a target in the next hours if nothing happens."""
    now = timezone.now()
    near = TicketClock.objects.breaching_between(now, now + timedelta(hours=HOURS_AHEAD))
    tickets = Ticket.objects.visible_to(person).open().filter(pk__in=near.values("ticket_id"))
    return count_of(tickets, f"incidents.forecast.{person.pk}")


def count_of(tickets: TicketQuerySet, key: str) -> int:
    """How many there are, up to 1,000, remembered for ten seconds under `key`."""
    kept = cache.get(key)
    if kept is None:
        kept = tickets.order_by()[:MOST_COUNTED].count()
        cache.set(key, kept, COUNT_SECONDS)
    return int(kept)
