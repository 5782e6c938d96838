"""When a run is due although nobody asked for one."""

from datetime import datetime, timedelta

from core.models import Event
from incidents.events import TICKETS_IMPORTED
from incidents.models import ImportRun
from incidents.vectorspaces import serving
from problems.actions.runs import DEFAULT_WINDOW_DAYS, EVERYTHING
from problems.clustering.corpus import clusterable
from problems.models import ClusterMember, ClusterRun

QUIET_AFTER_IMPORT = timedelta(seconds=20)
REST = timedelta(hours=1)
WAITING = 25


def due_window(now: datetime) -> int | None:
    """The window of a run that is due now, in days (0: everything); None when none is.

    One is due when an import has ended, when the vectors of another model are read since the last
    run, and when enough new tickets found no cluster to join.
    """
    last = ClusterRun.objects.order_by("-pk").first()
    if last is not None and last.is_unfinished:
        return None
    if _import_ended(last, now):
        return EVERYTHING
    if last is not None and _model_changed(last):
        return last.window_days
    if last is not None and now - last.created_at < REST:
        return None
    since = last.created_at if last else now - timedelta(days=DEFAULT_WINDOW_DAYS)
    placed = ClusterMember.objects.filter(ticket__created_at__gt=since).values("ticket_id")
    waiting = clusterable().filter(created_at__gt=since).exclude(pk__in=placed)
    return DEFAULT_WINDOW_DAYS if waiting[:WAITING].count() == WAITING else None


def _model_changed(last: ClusterRun) -> bool:
    """True when other vectors are read than those the last run grouped by."""
    grouped_by = last.parameters.get("model")
    return last.state == "done" and grouped_by not in (None, serving().model)


def _import_ended(last: ClusterRun | None, now: datetime) -> bool:
    batches = Event.objects.filter(name=TICKETS_IMPORTED.name).order_by("-at")
    newest = batches.values_list("at", flat=True).first()
    if newest is None or newest > now - QUIET_AFTER_IMPORT:
        return False
    if last is not None and last.created_at > newest:
        return False
    return not ImportRun.objects.filter(state="running").exists()
