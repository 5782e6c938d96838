"""The requester's verdict: asked once a resolution, answered once a resolution."""

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
from incidents.models.satisfaction import is_rated
from incidents.permissions import require, require_arranger
from incidents.workflow import CLOSED, RESOLVED

MOST_REASONS = 20


def ask_for_rating(ticket: Ticket, *, resolution: int, at: datetime | None = None) -> CsatSurvey:
    """Notes that the requester is asked about a resolution; asking again changes nothing."""
    survey, _ = CsatSurvey.objects.get_or_create(
        ticket=ticket, resolution=resolution, defaults={"asked_at": at or timezone.now()}
    )
    return survey


def earlier_resolution_words(ticket: Ticket) -> str:
    """What somebody reads who answers about a resolution that a later one replaced."""
    return (
        f"{ticket.reference} was opened again after that resolution, so this question is about an "
        "earlier one and answers nothing any more. We ask anew about each resolution."
    )


@transaction.atomic
def rate_ticket(
    ticket: Ticket,
    *,
    actor: Person | None,
    score: int,
    comment: str = "",
    reason: CsatReason | None = None,
    resolution: int | None = None,
    via: str = CsatSurvey.Via.PORTAL,
    at: datetime | None = None,
) -> Ticket:
    """Keeps the requester's verdict, 1 to 5, on the ticket's present resolution; given once each.

    `resolution` is the one the requester was asked about: an earlier one is refused. The ratings
    of earlier resolutions stay; the ticket itself carries the last.
    """
    ticket = locked(ticket)
    require(actor, "rate", ticket)
    if resolution not in (None, ticket.resolution_number):
        raise TransitionNotAllowed(earlier_resolution_words(ticket))
    if ticket.state_category not in (RESOLVED, CLOSED):
        raise TransitionNotAllowed("The help can be rated once the ticket is resolved.")
    if score not in range(1, 6):
        raise DomainError("Choose from 1 to 5.", field="score")
    if reason is not None and reason.retired:
        raise DomainError("Choose one of the list.", field="reason")
    comment = words(comment, "comment", most=2000)
    at = at or timezone.now()
    if is_rated(ticket):
        raise TransitionNotAllowed(
            f"This resolution has been rated already: {ticket.csat_score} of 5. Thank you."
        )
    survey = ask_for_rating(ticket, resolution=ticket.resolution_number, at=at)
    survey.answered_at, survey.score, survey.comment = at, score, comment
    survey.reason, survey.via = reason, via
    survey.save(update_fields=["answered_at", "score", "comment", "reason", "via"])
    ticket.csat_score, ticket.csat_comment, ticket.csat_at = score, comment, at
    save(ticket, "csat_score", "csat_comment", "csat_at", at=at)
    record(
        TICKET_RATED,
        ticket,
        actor=actor,
        at=at,
        score=score,
        reason=reason.label if reason else "",
        comment=comment,
        resolution=survey.resolution,
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
