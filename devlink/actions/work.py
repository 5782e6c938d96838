"""Work items: what is to be done, and what both sides say about it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from accounts.models import Person, Team
from accounts.roles import Side
from catalogue.models import Component
from core.errors import DomainError, TransitionNotAllowed
from core.events import EventKind
from core.timeline import record
from devlink import events
from devlink.actions.involvement import STAGE_OF_ITEM, Kind, Stage, note_involvement
from devlink.actions.rows import locked, team_of, words
from devlink.models import Comment, Sprint, WorkItem
from devlink.permissions import require
from devlink.workflow import WORK_ITEM
from problems.models import Cluster, Problem

# New kinds of work begin as a question; a repair is already asked for.
_FIRST_STATE = {
    WorkItem.Kind.REQUIREMENT: "discovery",
    WorkItem.Kind.STORY: "discovery",
    WorkItem.Kind.BUG: "to_do",
    WorkItem.Kind.TASK: "to_do",
}


@transaction.atomic
def create_work_item(
    *,
    actor: Person | None,
    title: str,
    kind: str = WorkItem.Kind.BUG,
    description: str = "",
    component: Component | None = None,
    team: Team | None = None,
    assignee: Person | None = None,
    problem: Problem | None = None,
    cluster: Cluster | None = None,
    sprint: Sprint | None = None,
    state: str | None = None,
    key: str = "",
    at: datetime | None = None,
) -> WorkItem:
    """A new work item of a development team.

    Component and cluster follow from the problem, the team from the component, unless given.
    Stories and requirements begin in discovery.
    """
    require(actor, "create_work_item")
    if kind not in WorkItem.Kind.values:
        raise DomainError("Choose a kind.", field="kind")
    now = at or timezone.now()
    if problem is not None:
        component = component or problem.component
        cluster = cluster or problem.cluster
    if team is None and component is not None:
        team = component.development_team
    item = WorkItem(
        key=key.strip() or f"new-{uuid4().hex[:20]}",
        title=words(title, field="title", missing="Say in a few words what to do.", longest=200),
        kind=kind,
        description=description.replace("\x00", ""),
        component=component,
        team=team_of(actor, Side.DEVELOPMENT, given=team),
        assignee=_developer(assignee),
        problem=problem,
        cluster=cluster,
        sprint=_open_sprint(sprint),
        state=state or _FIRST_STATE[WorkItem.Kind(kind)],
        linked_at=now if problem or cluster else None,
        created_by=actor,
        created_at=now,
    )
    if item.state != "discovery":
        item.committed_at = now
    item.save()
    if not key.strip():
        item.key = f"{_prefix(component)}-{item.pk}"
        item.save(update_fields=["key"])
    record(
        events.WORK_ITEM_CREATED,
        item,
        actor=actor,
        at=now,
        key=item.key,
        problem_id=problem.pk if problem else None,
        cluster_id=cluster.pk if cluster else None,
    )
    return item


def _prefix(component: Component | None) -> str:
    """Three letters of the service, as in PAY-12; UP without one."""
    letters = "" if component is None else component.service.key.replace("-", "")[:3].upper()
    return letters or "UP"


def _developer(person: Person | None) -> Person | None:
    if person is not None and not (person.is_active and person.is_development):
        raise DomainError(f"{person.name} is not a developer.", field="assignee")
    return person


def _open_sprint(sprint: Sprint | None) -> Sprint | None:
    if sprint is not None and sprint.state == "closed":
        raise DomainError(f"{sprint.name} is closed.", field="sprint")
    return sprint


@transaction.atomic
def edit_work_item(
    item: WorkItem,
    *,
    actor: Person | None,
    title: str | None = None,
    description: str | None = None,
    component: Component | None = None,
    assignee: Person | None = None,
) -> WorkItem:
    """Changes what is given; None leaves a field as it is."""
    item = locked(item)
    require(actor, "edit_work_item", item)
    wanted: Mapping[str, object] = {
        "title": None
        if title is None
        else words(title, field="title", missing="Say in a few words what to do.", longest=200),
        "description": None if description is None else description.replace("\x00", ""),
        "component": component,
        "assignee": _developer(assignee),
    }
    changed = [
        name for name, value in wanted.items() if value is not None and getattr(item, name) != value
    ]
    for name in changed:
        setattr(item, name, wanted[name])
    if changed:
        item.save(update_fields=changed)
        record(events.WORK_ITEM_EDITED, item, actor=actor, fields=", ".join(changed))
    return item


@transaction.atomic
def comment_on_work_item(
    item: WorkItem, *, actor: Person, body: str, at: datetime | None = None
) -> Comment:
    """What somebody says about the item, kept with the side they spoke for.

    Support speaking up counts as taking part: in the item's stage, and in the sprint's planning
    while that lasts.
    """
    item = locked(item)
    require(actor, "comment", item)
    now = at or timezone.now()
    comment = Comment.objects.create(
        work_item=item,
        author=actor,
        author_side=actor.side,
        body=words(body, field="body", missing="Write something first."),
        created_at=now,
    )
    record(
        events.WORK_ITEM_COMMENTED,
        item,
        actor=actor,
        at=now,
        comment_id=comment.pk,
        side=actor.side,
        side_label=Side(actor.side).label.lower(),
    )
    note_involvement(
        item, actor=actor, stage=STAGE_OF_ITEM[item.state], kind=Kind.COMMENTED, at=now
    )
    if item.sprint is not None and item.sprint.is_planning:
        note_involvement(
            item.sprint, actor=actor, stage=Stage.PRIORITIZATION, kind=Kind.COMMENTED, at=now
        )
    return comment


def _step(
    item: WorkItem, step: str, kind: EventKind, actor: Person | None, at: datetime | None
) -> WorkItem:
    """One step of the table: state, times and fact."""
    item = locked(item)
    require(actor, step, item)
    now = at or timezone.now()
    before = item.state
    item.state = WORK_ITEM.target(step, item.state)
    if before == "discovery":
        item.committed_at = now
    item.finished_at = now if WORK_ITEM.category(item.state) == "done" else None
    item.save(update_fields=["state", "committed_at", "finished_at"])
    record(kind, item, actor=actor, at=now)
    return item


@transaction.atomic
def commit_work_item(
    item: WorkItem, *, actor: Person | None, at: datetime | None = None
) -> WorkItem:
    """Discovery is over: it will be done."""
    return _step(item, "commit", events.WORK_ITEM_COMMITTED, actor, at)


@transaction.atomic
def start_work_item(
    item: WorkItem, *, actor: Person | None, at: datetime | None = None
) -> WorkItem:
    """Somebody works on it; without an assignee, whoever started it does."""
    item = _step(item, "start", events.WORK_ITEM_STARTED, actor, at)
    if item.assignee_id is None and actor is not None and actor.is_development:
        item.assignee = actor
        item.save(update_fields=["assignee"])
    return item


@transaction.atomic
def finish_work_item(
    item: WorkItem, *, actor: Person | None, at: datetime | None = None
) -> WorkItem:
    """It is done; people get it with a release."""
    return _step(item, "finish", events.WORK_ITEM_FINISHED, actor, at)


@transaction.atomic
def put_back_work_item(
    item: WorkItem, *, actor: Person | None, at: datetime | None = None
) -> WorkItem:
    """Nobody works on it any more, and it is still to be done."""
    return _step(item, "put_back", events.WORK_ITEM_PUT_BACK, actor, at)


@transaction.atomic
def reopen_work_item(
    item: WorkItem, *, actor: Person | None, at: datetime | None = None
) -> WorkItem:
    """It was not done after all."""
    return _step(item, "reopen", events.WORK_ITEM_REOPENED, actor, at)


@transaction.atomic
def cancel_work_item(
    item: WorkItem, *, actor: Person | None, reason: str, at: datetime | None = None
) -> WorkItem:
    """It will not be done, and why; tickets that waited for it go back to the desk."""
    reason = words(reason, field="reason", missing="Say why.", longest=500)
    item = locked(item)
    require(actor, "cancel", item)
    now = at or timezone.now()
    item.state = WORK_ITEM.target("cancel", item.state)
    item.finished_at = now
    item.save(update_fields=["state", "finished_at"])
    record(events.WORK_ITEM_CANCELLED, item, actor=actor, at=now, reason=reason)
    return item


@transaction.atomic
def plan_work_item(
    item: WorkItem, *, actor: Person | None, sprint: Sprint, at: datetime | None = None
) -> WorkItem:
    """Takes the item into a sprint of its team that is not closed."""
    item, sprint = locked(item), locked(sprint)
    require(actor, "plan", item)
    _open_sprint(sprint)
    if not item.is_open:
        raise TransitionNotAllowed(f"{item.key} is {item.state_label.lower()}.")
    if sprint.team_id != item.team_id:
        raise DomainError(f"{sprint.name} belongs to another team.", field="sprint")
    if item.sprint_id == sprint.pk:
        return item
    item.sprint = sprint
    item.save(update_fields=["sprint"])
    record(
        events.WORK_ITEM_PLANNED, item, actor=actor, at=at, sprint_id=sprint.pk, sprint=sprint.name
    )
    return item


@transaction.atomic
def unplan_work_item(
    item: WorkItem, *, actor: Person | None, at: datetime | None = None
) -> WorkItem:
    """Takes the item out of its sprint; nothing happens when it is in none."""
    item = locked(item)
    require(actor, "plan", item)
    sprint = item.sprint
    if sprint is None:
        return item
    if sprint.state == "closed":
        raise TransitionNotAllowed(f"{sprint.name} is closed.")
    item.sprint = None
    item.save(update_fields=["sprint"])
    record(
        events.WORK_ITEM_UNPLANNED,
        item,
        actor=actor,
        at=at,
        sprint_id=sprint.pk,
        sprint=sprint.name,
    )
    return item
