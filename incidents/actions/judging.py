"""Saying whether two tickets are one matter, and taking it back."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.events import EventKind
from core.given import one_of
from core.timeline import record
from incidents.actions._keeping import locked_all
from incidents.events import LIKENESS_JUDGED, LIKENESS_WITHDRAWN
from incidents.models import Likeness, Ticket
from incidents.permissions import require


@transaction.atomic
def judge_likeness(
    ticket: Ticket, *, actor: Person | None, other: Ticket, kind: str, at: datetime | None = None
) -> Likeness:
    """Keeps a person's word that two tickets are the same matter, or that they are not.

    The last word holds; saying the same again changes nothing.
    """
    one_of(kind, Likeness.Kind.choices, "kind")
    ticket, other = _held(ticket, other)
    require(actor, "judge", ticket)
    first, second = sorted((ticket, other), key=lambda one: one.pk)
    now = at or timezone.now()
    likeness, new = Likeness.objects.get_or_create(
        first=first,
        second=second,
        defaults={"kind": kind, "person": actor, "created_at": now},
    )
    if not new and likeness.kind == kind:
        return likeness
    likeness.kind, likeness.person, likeness.created_at = kind, actor, now
    likeness.save(update_fields=["kind", "person", "created_at"])
    _tell(LIKENESS_JUDGED, likeness, ticket, other, actor, at)
    return likeness


@transaction.atomic
def withdraw_likeness(
    ticket: Ticket, *, actor: Person | None, other: Ticket, at: datetime | None = None
) -> Ticket:
    """Takes back what was said about two tickets: from now on only their words speak."""
    ticket, other = _held(ticket, other)
    require(actor, "judge", ticket)
    likeness = Likeness.objects.of(ticket.pk).filter(Q(first=other) | Q(second=other)).first()
    if likeness is None:
        raise DomainError(f"Nothing was said about {other.reference}.", field="other")
    _tell(LIKENESS_WITHDRAWN, likeness, ticket, other, actor, at)
    likeness.delete()
    return ticket


def _held(ticket: Ticket, other: Ticket) -> tuple[Ticket, Ticket]:
    """Both as they are now, held until the transaction ends."""
    if ticket.pk == other.pk:
        raise DomainError("Choose another ticket than this one.", field="other")
    rows = locked_all([ticket.pk, other.pk])
    return rows[ticket.pk], rows[other.pk]


def _tell(
    kind: EventKind,
    likeness: Likeness,
    ticket: Ticket,
    other: Ticket,
    actor: Person | None,
    at: datetime | None,
) -> None:
    record(
        kind,
        ticket,
        actor=actor,
        at=at,
        reference=other.reference,
        label=Likeness.Kind(likeness.kind).label,
        likeness=likeness.kind,
        ticket_id=other.pk,
    )
