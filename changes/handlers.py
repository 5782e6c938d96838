"""What follows for changes from what happened to tickets and clusters."""

from changes.suspects import find_suspects
from core.models import Event
from core.timeline import handles
from problems.events import CLUSTER_DESCRIBED, CLUSTER_RUN_FINISHED
from problems.models import Cluster


@handles(CLUSTER_RUN_FINISHED)
def look_for_causes(event: Event) -> None:
    """After a run the clusters it touched are held against what changed before them."""
    find_suspects(Cluster.objects.live().filter(last_run_id=event.subject_id))


@handles(CLUSTER_DESCRIBED)
def look_for_the_cause_of_one(event: Event) -> None:
    """A cluster that people made is held against earlier changes once its words are known."""
    find_suspects(Cluster.objects.live().filter(pk=event.subject_id))
