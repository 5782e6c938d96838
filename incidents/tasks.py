"""Background work of tickets."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from core.errors import TransitionNotAllowed
from incidents.actions import close_ticket
from incidents.models import Ticket
from incidents.similar import embed_missing
from incidents.workflow import RESOLVED

EMBED_BATCH = 1_000
CLOSE_AFTER = timedelta(days=7)
CLOSE_BATCH = 500


@shared_task(soft_time_limit=240, time_limit=300)
def embed_missing_tickets() -> None:
    """Embeds tickets that no event announced (an import, a new model), batch by batch.

    Stops in time; what is left is done by the next run.
    """
    until = timezone.now() + timedelta(seconds=200)
    while timezone.now() < until and embed_missing(EMBED_BATCH) == EMBED_BATCH:
        pass


@shared_task(soft_time_limit=240, time_limit=300)
def close_settled_tickets() -> None:
    """Closes tickets that have been resolved for a week without a word from the requester."""
    settled = Ticket.objects.filter(
        state_category=RESOLVED, resolved_at__lt=timezone.now() - CLOSE_AFTER
    )
    for ticket in settled.order_by("resolved_at")[:CLOSE_BATCH]:
        try:
            close_ticket(ticket, actor=None)
        except TransitionNotAllowed:
            # Reopened between reading and locking: it is not settled any more.
            continue
