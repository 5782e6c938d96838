"""When a run is due although nobody asked for one."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.models import Event
from incidents.events import TICKETS_IMPORTED
from incidents.models import ImportRun
from incidents.vectorspaces import serving
from problems.actions.runs import DEFAULT_WINDOW_DAYS, EVERYTHING
from problems.clustering.corpus import clusterable
from problems.clustering.joining import mean_of_last_run
from problems.models import ClusterMember, ClusterRun

QUIET_AFTER_IMPORT = timedelta(seconds=20)
REST = timedelta(hours=1)
WAITING = 25


@dataclass(frozen=True)
class Due:
    """A run to ask for: over a window of so many days (0: everything), or over what waits."""

    kind: str = ClusterRun.Kind.WINDOW
    window_days: int = DEFAULT_WINDOW_DAYS


def due_run(now: datetime) -> Due | None:
    """The run that is due now; None when none is.

    All tickets, when an import has ended; the last window, when the vectors of another model are
    read since; what waits, when enough new tickets found no cluster to join. The night brings the
    run that groups a whole window anew.
    """
    last = ClusterRun.objects.order_by("-pk").first()
    if last is not None and last.is_unfinished:
        return None
    if _import_ended(last, now):
        return Due(window_days=EVERYTHING)
    grouped = ClusterRun.objects.filter(kind=ClusterRun.Kind.WINDOW).order_by("-pk").first()
    if grouped is not None and _model_changed(grouped):
        return Due(window_days=grouped.window_days)
    if last is not None and now - last.created_at < REST:
        return None
    since = last.created_at if last else now - timedelta(days=DEFAULT_WINDOW_DAYS)
    placed = ClusterMember.objects.filter(ticket__created_at__gt=since).values("ticket_id")
    waiting = clusterable().filter(created_at__gt=since).exclude(pk__in=placed)
    if waiting[:WAITING].count() < WAITING:
        return None
    first = mean_of_last_run(serving().model) is None
    return Due() if first else Due(kind=ClusterRun.Kind.WAITING)


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
