"""The requester's verdict: asked once, answered once."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, TransitionNotAllowed
from core.timeline import record
from incidents.actions._keeping import locked, save, words
from incidents.events import CSAT_REASONS_SET, TICKET_RATED
from incidents.models import CsatReason, CsatSurvey, Ticket
from incidents.permissions import require, require_arranger
from incidents.workflow import CLOSED, RESOLVED

MOST_REASONS = 20


def ask_for_rating(ticket: Ticket, *, at: datetime | None = None) -> CsatSurvey:
    """Notes that the requester is asked; asking again changes nothing."""
    survey, _ = CsatSurvey.objects.get_or_create(
        ticket=ticket, defaults={"asked_at": at or timezone.now()}
    )
    return survey


@transaction.atomic
def rate_ticket(
    ticket: Ticket,
    *,
    actor: Person | None,
    score: int,
    comment: str = "",
    reason: CsatReason | None = None,
    via: str = CsatSurvey.Via.PORTAL,
    at: datetime | None = None,
) -> Ticket:
    """Keeps the requester's verdict, 1 to 5, on a resolved or closed ticket; it is given once."""
    ticket = locked(ticket)
    require(actor, "rate", ticket)
    if ticket.state_category not in (RESOLVED, CLOSED):
        raise TransitionNotAllowed("The help can be rated once the ticket is resolved.")
    if ticket.csat_score is not None:
        raise TransitionNotAllowed(
            f"This ticket has been rated already: {ticket.csat_score} of 5. Thank you."
        )
    if score not in range(1, 6):
        raise DomainError("Choose from 1 to 5.", field="score")
    if reason is not None and reason.retired:
        raise DomainError("Choose one of the list.", field="reason")
    at = at or timezone.now()
    ticket.csat_score, ticket.csat_at = score, at
    ticket.csat_comment = words(comment, "comment", most=2000)
    save(ticket, "csat_score", "csat_comment", "csat_at", at=at)
    survey = ask_for_rating(ticket, at=at)
    survey.answered_at, survey.reason, survey.via = at, reason, via
    survey.save(update_fields=["answered_at", "reason", "via"])
    record(
        TICKET_RATED,
        ticket,
        actor=actor,
        at=at,
        score=score,
        reason=reason.label if reason else "",
        comment=ticket.csat_comment,
    )
    return ticket


@transaction.atomic
def set_csat_reasons(*, actor: Person | None, labels: Sequence[str]) -> list[CsatReason]:
    """The reasons offered with a rating, in order. One left out is not offered any more, and stays
    on the ratings it was given with.
    """
    require_arranger(actor)
    wanted = list(dict.fromkeys(" ".join(label.split()) for label in labels if label.strip()))
    if len(wanted) > MOST_REASONS:
        raise DomainError(f"At most {MOST_REASONS} reasons.", field="labels")
    for label in wanted:
        words(label, "labels", most=80)
    CsatReason.objects.exclude(label__in=wanted).update(retired=True)
    offered = [
        CsatReason.objects.update_or_create(
            label=label, defaults={"position": position, "retired": False}
        )[0]
        for position, label in enumerate(wanted)
    ]
    if offered:
        record(CSAT_REASONS_SET, offered[0], actor=actor, labels=list(wanted))
    return offered
