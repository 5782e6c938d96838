"""What follows here from what happened elsewhere."""

from django.db import transaction

from core.models import Event
from core.timeline import handles
from dashboards.tasks import refresh_all_figures
from incidents.events import TICKETS_IMPORTED


@handles(TICKETS_IMPORTED)
def count_imported_days(event: Event) -> None:
    """An import changes figures of long ago."""
    transaction.on_commit(refresh_all_figures.delay, robust=True)
