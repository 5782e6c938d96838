"""Background work of tickets."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from core.errors import TransitionNotAllowed
from incidents.actions import close_ticket, forget_discarded_drafts
from incidents.imports.actions import discard_abandoned
from incidents.imports.running import go_on, left_alone
from incidents.models import Ticket
from incidents.remembering import count_terms
from incidents.similar import embed_missing
from incidents.workflow import RESOLVED

EMBED_BATCH = 1_000
CLOSE_AFTER = timedelta(days=7)
CLOSE_BATCH = 500
# A large file is imported in shares, so that no task outlives the broker's patience.
IMPORT_SHARE = timedelta(minutes=10)


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


@shared_task(soft_time_limit=240, time_limit=300)
def forget_drafts() -> None:
    """Deletes drafts that were thrown away more than a week ago, with their files."""
    forget_discarded_drafts(timezone.now())


@shared_task(soft_time_limit=1200, time_limit=1260)
def import_file(run_id: int) -> None:
    """Imports an uploaded file for some minutes, then hands the rest to the next task."""
    if not go_on(run_id, until=timezone.now() + IMPORT_SHARE):
        import_file.delay(run_id)


@shared_task(soft_time_limit=50, time_limit=60)
def resume_imports() -> None:
    """Wakes workers for imports that wait for one or lost theirs; forgets abandoned uploads."""
    for run_id in left_alone(timezone.now()):
        import_file.delay(run_id)
    discard_abandoned(timezone.now())


@shared_task(soft_time_limit=100, time_limit=120)
def count_ticket_terms() -> None:
    """Counts how rare each word is, for the comparison of tickets."""
    count_terms()
