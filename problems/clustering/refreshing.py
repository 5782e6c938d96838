"""Numbers of clusters that no run touches any more."""

from datetime import datetime

from django.db import transaction

from problems.actions.words import locked_clusters
from problems.counting import refresh_counts
from problems.models import Cluster

# So many are held at once, for a second or so: somebody who decides about one waits that long.
_AT_ONCE = 500


def refresh_every_cluster(*, now: datetime | None = None) -> int:
    """Counts all clusters that have tickets anew; returns how many.

    Tickets a week and the burst are of the last weeks, so they change with the days also where
    the members are locked, or too old for a run. A fixed number of queries for each 500 clusters.
    """
    numbers = Cluster.objects.filter(members__isnull=False).order_by("pk").distinct()
    ids = list(numbers.values_list("pk", flat=True))
    for start in range(0, len(ids), _AT_ONCE):
        with transaction.atomic():
            held = locked_clusters(set(ids[start : start + _AT_ONCE]))
            refresh_counts([row.pk for row in held], now=now)
    return len(ids)
