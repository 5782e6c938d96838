"""What follows for changes from what happened to tickets and clusters."""

from changes.suspects import find_suspects
from core.models import Event
from core.timeline import handles
from problems.events import CLUSTER_RUN_FINISHED
from problems.models import Cluster


@handles(CLUSTER_RUN_FINISHED)
def look_for_causes(event: Event) -> None:
    """After a run the clusters it touched are held against what changed before them."""
    find_suspects(Cluster.objects.live().filter(last_run_id=event.subject_id))
