"""The suggested score of every open cause, with its five parts in the open."""

from datetime import datetime

from django.db.models import Min, QuerySet

from analysis.evidence import Burden, SupportScore, support_scores
from devlink.causes import SHOWN_WEEKS
from incidents.effort import usual_minutes
from problems.models import Cluster, ClusterMember, Problem
from problems.workflow import CLUSTER

OPEN_STATES = CLUSTER.in_category("candidate", "open", "watched")
# Priority 1 is the worst; the score wants larger to be worse.
WORST = 6


def open_causes() -> QuerySet[Cluster]:
    """Causes that have not ended: what a score compares with."""
    return Cluster.objects.filter(state__in=OPEN_STATES)


def scores(now: datetime, *, always: Cluster | None = None) -> dict[int, SupportScore]:
    """The score of every open cause by cluster; `always` is scored even when it has ended.

    Four queries whatever the number of causes.
    """
    causes = {one.pk: one for one in open_causes().only(*_FIELDS)}
    if always is not None:
        causes.setdefault(always.pk, always)
    worst = dict(
        ClusterMember.objects.filter(cluster_id__in=causes)
        .values_list("cluster_id")
        .annotate(Min("ticket__priority"))
    )
    helped = set(
        Problem.objects.filter(cluster_id__in=causes)
        .exclude(workaround="")
        .values_list("cluster_id", flat=True)
    )
    usual = usual_minutes(now)
    burdens = [
        Burden(
            id=pk,
            minutes_per_week=_minutes_per_week(cause, usual),
            organisations=cause.organisation_count,
            trend=_trend(cause.weekly),
            severity=float(WORST - worst.get(pk, WORST)),
            has_workaround=pk in helped,
        )
        for pk, cause in causes.items()
    ]
    return {one.id: one for one in support_scores(burdens)}


_FIELDS = ("weekly", "minutes", "ticket_count", "organisation_count", "component_id")


def _minutes_per_week(cause: Cluster, usual: dict[int | None, float]) -> float:
    """Tickets a week over the last eight, times what one takes."""
    recent = cause.weekly[-SHOWN_WEEKS:]
    if cause.minutes and cause.ticket_count:
        each = cause.minutes / cause.ticket_count
    else:
        each = usual.get(cause.component_id, usual.get(None, 0.0))
    return sum(recent) / SHOWN_WEEKS * each


def _trend(weekly: list[int]) -> float:
    """Change of the last four weeks against the four before; 0 when nothing came then."""
    before, after = sum(weekly[-8:-4]), sum(weekly[-4:])
    return (after - before) / before if before else 0.0
