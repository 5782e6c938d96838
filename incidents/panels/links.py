"""Links of a ticket: merged tickets, parents, children, duplicates and others."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Person
from core.extensions import Panel, panel
from incidents.actions import followers_of
from incidents.feed import merged_tickets
from incidents.models import RelationKind, Ticket, TicketMerge, TicketRelation
from incidents.models.relations import INVERSE_LABELS
from incidents.panels._reading import reader_of
from incidents.permissions import allowed

ROWS_OF_EACH = 12


@dataclass(frozen=True)
class Group:
    """Tickets that relate in the same way; `counts` says how many there are and how they stand."""

    label: str
    rows: list[tuple[TicketRelation, Ticket]]
    counts: str = ""
    address: str = ""


@panel("incidents.ticket", "context", order=15)
def links(request: HttpRequest, record: models.Model) -> Panel | None:
    """The box “Links”: three statements and the rights, however many links there are."""
    person = reader_of(request)
    if not isinstance(record, Ticket) or not person.is_staff_member:
        return None
    merge = None
    if record.is_merged:
        merge = _standing(record)
    return Panel(
        "links",
        "Links",
        "incidents/panels/links.html",
        {
            "merge": merge,
            "merged": [] if record.is_merged else merged_tickets(person, record),
            "groups": groups_of(person, record),
            "rights": allowed(person, record),
        },
    )


def _standing(record: Ticket) -> TicketMerge | None:
    merges = TicketMerge.objects.filter(  # visibility: of the ticket whose page this is
        source=record, undone_at__isnull=True
    )
    return merges.select_related("target").first()


def groups_of(person: Person, record: Ticket) -> list[Group]:
    """The ticket's relations by kind, each read from this ticket."""
    rows = TicketRelation.objects.visible_to(person).of(record)
    related = [f"{end}__requester" for end in ("from_ticket", "to_ticket")]
    found: dict[str, list[tuple[TicketRelation, Ticket]]] = {}
    for row in rows.select_related(*related).order_by("id"):
        other = row.to_ticket if row.from_ticket_id == record.pk else row.from_ticket
        found.setdefault(row.label_from(record.pk), []).append((row, other))
    return [_group(label, pairs, record) for label, pairs in found.items()]


def _group(label: str, pairs: Sequence[tuple[TicketRelation, Ticket]], record: Ticket) -> Group:
    children = label == INVERSE_LABELS[RelationKind.CHILD_OF]
    address = f"{reverse('incidents:tickets')}?state=any&parent={record.pk}" if children else ""
    counts = _counts([ticket for _, ticket in pairs]) if len(pairs) > 1 or children else ""
    return Group(label, list(pairs[:ROWS_OF_EACH]), counts, address)


def _counts(tickets: Sequence[Ticket]) -> str:
    """“4: 3 open, 1 resolved”. A merged ticket is handled elsewhere and counts there."""
    states = Counter(
        "open" if one.is_open else one.get_state_category_display().lower()
        for one in tickets
        if not one.is_merged
    )
    parts = ", ".join(f"{many} {word}" for word, many in sorted(states.items(), reverse=True))
    return f"{states.total()}: {parts}" if parts else "0"


@panel("incidents.ticket", "main", order=20)
def followers(request: HttpRequest, record: models.Model) -> Panel | None:
    """Offers to resolve what follows a resolved ticket."""
    person = reader_of(request)
    if not isinstance(record, Ticket) or record.is_open or not record.resolution_code:
        return None
    if not person.is_support or "resolve" not in allowed(person, record):
        return None
    count = followers_of(person, record).count()
    if not count:
        return None
    return Panel(
        "following-tickets",
        "What follows",
        "incidents/panels/following_tickets.html",
        {"count": count},
    )


@panel("incidents.ticket", "portal", order=30)
def portal_links(request: HttpRequest, record: models.Model) -> Panel | None:
    """Related tickets, as far as the requester may see them."""
    person = reader_of(request)
    if not isinstance(record, Ticket):
        return None
    groups = groups_of(person, record)
    rows = [
        (group.label, ticket)
        for group in groups
        for _, ticket in group.rows
        if not ticket.is_merged
    ]
    if not rows:
        return None
    return Panel("related", "Related tickets", "incidents/panels/portal_links.html", {"rows": rows})
