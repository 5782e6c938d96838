"""Saying how tickets relate to each other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.events import EventKind
from core.given import one_of
from core.timeline import record
from incidents.actions._keeping import locked_all
from incidents.events import TICKETS_LINKED, TICKETS_UNLINKED
from incidents.models import RelationKind, Ticket, TicketRelation
from incidents.models.relations import WITHOUT_CYCLES
from incidents.permissions import require

MOST_AT_ONCE = 200
_LEADS_TO = """
WITH RECURSIVE above AS (
    SELECT to_ticket_id AS id FROM incidents_ticketrelation
    WHERE from_ticket_id = %(start)s AND kind = %(kind)s
    UNION
    SELECT r.to_ticket_id FROM incidents_ticketrelation r
    JOIN above ON r.from_ticket_id = above.id WHERE r.kind = %(kind)s
)
SELECT EXISTS (SELECT 1 FROM above WHERE id = %(end)s)
"""


@transaction.atomic
def link_ticket(
    ticket: Ticket,
    *,
    actor: Person | None,
    kind: str,
    other: Ticket,
    at: datetime | None = None,
) -> TicketRelation:
    """Says that `ticket` is a child or a duplicate of `other`, caused by it, or relates to it.

    Nothing that was linked before is touched; saying the same again changes nothing.
    """
    one_of(kind, RelationKind.choices, "kind")
    if ticket.pk == other.pk:
        raise DomainError("A ticket cannot be linked to itself.", field="other")
    rows = locked_all([ticket.pk, other.pk])
    ticket, other = rows[ticket.pk], rows[other.pk]
    for one in (ticket, other):
        require(actor, "link", one)
    start, end = _ends(ticket, other, kind)
    _one_at_a_time(kind)
    if _closes_a_circle(start.pk, end.pk, kind):
        label = RelationKind(kind).label.lower()
        raise DomainError(
            f"{end.reference} is itself, directly or through others, {label} {start.reference}. "
            "A circle has no beginning.",
            field="other",
        )
    relation, new = TicketRelation.objects.get_or_create(
        from_ticket=start,
        to_ticket=end,
        kind=kind,
        defaults={"actor": actor, "created_at": at or timezone.now()},
    )
    if new:
        _say(TICKETS_LINKED, relation, start, end, actor, at, relation_id=relation.pk)
    return relation


def _ends(ticket: Ticket, other: Ticket, kind: str) -> tuple[Ticket, Ticket]:
    """A relation without a direction is kept once, from the older ticket."""
    if kind == RelationKind.RELATES_TO and other.pk < ticket.pk:
        return other, ticket
    return ticket, other


def _one_at_a_time(kind: str) -> None:
    """Two links made at once could close a circle that neither of them sees."""
    if kind in WITHOUT_CYCLES:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('incidents.relation'))")


def _closes_a_circle(start: int, end: int, kind: str) -> bool:
    if kind not in WITHOUT_CYCLES:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_LEADS_TO, {"start": end, "end": start, "kind": kind})
        return bool(cursor.fetchone()[0])


def _say(
    kind: EventKind,
    relation: TicketRelation,
    start: Ticket,
    end: Ticket,
    actor: Person | None,
    at: datetime | None,
    **more: Any,
) -> None:
    """Both tickets tell of the link, each from its own end."""
    for one, other in ((start, end), (end, start)):
        told: dict[str, Any] = {
            "label": relation.label_from(one.pk).lower(),
            "reference": other.reference,
            "relation_kind": relation.kind,
            "ticket_id": other.pk,
        }
        record(kind, one, actor=actor, at=at, **told, **more)


@transaction.atomic
def link_tickets(
    ticket: Ticket,
    *,
    actor: Person | None,
    kind: str,
    others: Sequence[Ticket],
    inverse: bool = False,
    at: datetime | None = None,
) -> list[TicketRelation]:
    """Links several tickets with one, all of them or none; `inverse` reads it from their end, so
    that a selection becomes the children of one ticket.
    """
    if not others:
        raise DomainError("Choose at least one ticket.", field="others")
    if len(others) > MOST_AT_ONCE:
        raise DomainError(f"At most {MOST_AT_ONCE} tickets at once.", field="others")
    # Every row first and in order: the pairs below lock nothing that is not held already.
    locked_all([ticket.pk, *(one.pk for one in others)])
    pairs = [(one, ticket) if inverse else (ticket, one) for one in others]
    return [link_ticket(a, actor=actor, kind=kind, other=b, at=at) for a, b in pairs]


@transaction.atomic
def unlink_ticket(
    ticket: Ticket,
    *,
    actor: Person | None,
    relation: TicketRelation,
    at: datetime | None = None,
) -> Ticket:
    """Takes one relation of the ticket away; the others stay."""
    rows = locked_all([relation.from_ticket_id, relation.to_ticket_id])
    if ticket.pk not in rows:
        raise DomainError(f"{ticket.reference} has no such link.", field="relation")
    require(actor, "link", rows[ticket.pk])
    gone, _ = TicketRelation.objects.filter(pk=relation.pk).delete()
    if gone:
        start, end = rows.values()
        # The row is gone, and with it its number: what it said of each end is still known.
        _say(TICKETS_UNLINKED, relation, start, end, actor, at)
    return rows[ticket.pk]


def copy_relations(
    source: Ticket, target: Ticket, *, actor: Person | None, at: datetime
) -> list[int]:
    """Gives the target the relations of a ticket that is merged into it, where they make sense;
    returns the ids of the new rows. The source keeps its own.
    """
    _one_at_a_time(RelationKind.CHILD_OF)
    added = []
    for old in TicketRelation.objects.of(source):
        start = target.pk if old.from_ticket_id == source.pk else old.from_ticket_id
        end = target.pk if old.to_ticket_id == source.pk else old.to_ticket_id
        if start == end or _closes_a_circle(start, end, old.kind):
            continue
        relation, new = TicketRelation.objects.get_or_create(
            from_ticket_id=start,
            to_ticket_id=end,
            kind=old.kind,
            defaults={"actor": actor, "created_at": at},
        )
        if new:
            added.append(relation.pk)
    return added
