"""Work that is there already: linked with the problem it is to end, and unlinked again."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, TransitionNotAllowed
from core.timeline import record
from devlink import events
from devlink.actions.involvement import STAGE_OF_ITEM, Kind, note_involvement
from devlink.actions.rows import locked
from devlink.models import WorkItem
from devlink.permissions import require
from problems.actions import unlink_cluster_fix
from problems.models import Cluster, Problem
from problems.workflow import CLUSTER


@transaction.atomic
def link_work_item(
    item: WorkItem, *, actor: Person, problem: Problem, at: datetime | None = None
) -> WorkItem:
    """From now on the item is to end the problem and its cluster, like one made for it.

    Linking it again changes nothing. An item of another problem or cluster is unlinked there
    first.
    """
    problem, item = locked(problem), locked(item)
    require(actor, "link_work_item", item)
    if item.problem_id == problem.pk:
        return item
    if not problem.is_open:
        raise TransitionNotAllowed(
            f"{problem.reference} is {problem.state_label.lower()}.", field="problem"
        )
    _not_elsewhere(item, problem)
    now = at or timezone.now()
    item.problem, item.cluster, item.linked_at = problem, problem.cluster, now
    item.component = item.component or problem.component
    item.save(update_fields=["problem", "cluster", "linked_at", "component"])
    record(
        events.WORK_ITEM_LINKED,
        item,
        actor=actor,
        at=now,
        reference=problem.reference,
        problem_id=problem.pk,
        cluster_id=problem.cluster_id,
    )
    note_involvement(
        item, actor=actor, stage=STAGE_OF_ITEM[item.state], kind=Kind.CONTRIBUTED, at=now
    )
    return item


def _not_elsewhere(item: WorkItem, problem: Problem) -> None:
    if item.state == "cancelled":
        raise TransitionNotAllowed(f"{item.key} is cancelled.", field="problem")
    if item.problem is not None:
        raise DomainError(
            f"{item.key} is linked with {item.problem.reference} already; unlink it there first.",
            field="problem",
        )
    if item.cluster is not None and item.cluster_id != problem.cluster_id:
        raise DomainError(
            f"{item.key} is to end another cause, “{item.cluster.title}”; unlink it there first.",
            field="problem",
        )


@transaction.atomic
def unlink_work_item(
    item: WorkItem, *, actor: Person | None, at: datetime | None = None
) -> WorkItem:
    """The item no longer is to end its problem or cluster; what shipped stays under watch.

    Refused while an ask for it waits for its answer. A cluster whose only fix it was has none
    again.
    """
    item = locked(item)
    require(actor, "unlink_work_item", item)
    problem = item.problem
    cluster = item.cause
    if problem is None and cluster is None:
        return item
    waiting = item.asks.filter(state__in=["open", "needs_info"]).select_related("sprint").first()
    if waiting is not None:
        raise TransitionNotAllowed(
            f"{item.key} is asked for in {waiting.sprint.name}; it can be unlinked once that is "
            "answered."
        )
    item.problem = item.cluster = item.linked_at = None
    item.save(update_fields=["problem", "cluster", "linked_at"])
    record(
        events.WORK_ITEM_UNLINKED,
        item,
        actor=actor,
        at=at,
        reference=problem.reference if problem else f"“{cluster}”",
        problem_id=problem.pk if problem else None,
        cluster_id=cluster.pk if cluster else None,
    )
    if cluster is not None:
        _without_fix(cluster, at=at)
    return item


def _without_fix(cluster: Cluster, *, at: datetime | None) -> None:
    left = WorkItem.objects.against(cluster).exclude(state="cancelled")
    cluster.refresh_from_db()
    if cluster.state in CLUSTER.steps["unlink_fix"].sources and not left.exists():
        unlink_cluster_fix(cluster, actor=None, at=at)
