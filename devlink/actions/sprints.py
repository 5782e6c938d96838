"""Sprints: planned, started once every ask has its answer, closed."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Person, Team
from accounts.roles import Side
from core.errors import DomainError
from core.timeline import record
from devlink import events
from devlink.actions.rows import locked, team_of, words
from devlink.models import Ask, Sprint
from devlink.permissions import require
from devlink.workflow import ASK, SPRINT

USUAL_LENGTH = timedelta(days=11)
PLANNING_HOUR = time(10, 0)


@transaction.atomic
def create_sprint(
    *,
    actor: Person | None,
    name: str,
    team: Team | None = None,
    goal: str = "",
    starts_on: date | None = None,
    ends_on: date | None = None,
    planning_at: datetime | None = None,
    at: datetime | None = None,
) -> Sprint:
    """A sprint in planning. Without dates it is two weeks from next Monday, planned at ten."""
    require(actor, "create_sprint")
    name = words(name, field="name", missing="Give the sprint a name.", longest=80)
    team = team_of(actor, Side.DEVELOPMENT, given=team)
    starts_on = starts_on or _next_monday(timezone.localdate(at))
    ends_on = ends_on or starts_on + USUAL_LENGTH
    if ends_on < starts_on:
        raise DomainError("The sprint ends before it starts.", field="ends_on")
    if Sprint.objects.filter(team=team, name=name).exists():
        raise DomainError(f"{team.name} has a sprint of this name.", field="name")
    sprint = Sprint.objects.create(
        name=name,
        team=team,
        goal=goal.replace("\x00", "").strip(),
        starts_on=starts_on,
        ends_on=ends_on,
        planning_at=planning_at or timezone.make_aware(datetime.combine(starts_on, PLANNING_HOUR)),
    )
    record(events.SPRINT_CREATED, sprint, actor=actor, at=at)
    return sprint


def _next_monday(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


@transaction.atomic
def edit_sprint(
    sprint: Sprint,
    *,
    actor: Person | None,
    goal: str | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
    planning_at: datetime | None = None,
) -> Sprint:
    """Changes what is given while the sprint is not closed; None leaves a field as it is."""
    sprint = locked(sprint)
    require(actor, "edit_sprint", sprint)
    if sprint.state == "closed":
        raise DomainError(f"{sprint.name} is closed.")
    wanted = {
        "goal": None if goal is None else goal.replace("\x00", "").strip(),
        "starts_on": starts_on,
        "ends_on": ends_on,
        "planning_at": planning_at,
    }
    changed = [
        name
        for name, value in wanted.items()
        if value is not None and getattr(sprint, name) != value
    ]
    for name in changed:
        setattr(sprint, name, wanted[name])
    if sprint.ends_on < sprint.starts_on:
        raise DomainError("The sprint ends before it starts.", field="ends_on")
    if "planning_at" in changed:
        # For another day the evidence is looked at again.
        sprint.packs_built_at = None
    if changed:
        sprint.save(update_fields=[*changed, "packs_built_at"])
        record(events.SPRINT_EDITED, sprint, actor=actor, fields=", ".join(changed))
    return sprint


@transaction.atomic
def start_sprint(
    sprint: Sprint,
    *,
    actor: Person | None,
    expire_unanswered: bool = False,
    at: datetime | None = None,
) -> Sprint:
    """Commits to the sprint. Every ask in it needs a verdict first.

    Unanswered asks are named in the refusal. With `expire_unanswered` they expire instead, and
    are shown as unanswered from then on.
    """
    sprint = locked(sprint)
    require(actor, "start_sprint", sprint)
    target = SPRINT.target("start", sprint.state)
    now = at or timezone.now()
    owed = list(
        sprint.asks.select_for_update(of=("self",))
        .filter(state__in=ASK.in_category("open"))
        .select_related("work_item")
    )
    if owed and not expire_unanswered:
        names = ", ".join(ask.work_item.key for ask in owed)
        raise DomainError(
            f"Answer first what support asked for: {names}. Or let them expire as unanswered.",
            field="expire_unanswered",
        )
    for ask in owed:
        _expire(ask, sprint, actor, now)
    sprint.state = target
    sprint.started_at = now
    sprint.save(update_fields=["state", "started_at"])
    record(
        events.SPRINT_STARTED,
        sprint,
        actor=actor,
        at=now,
        items=sprint.work_items.count(),
        expired=len(owed),
    )
    return sprint


def _expire(ask: Ask, sprint: Sprint, actor: Person | None, now: datetime) -> None:
    ask.state = ASK.target("expire", ask.state)
    ask.save(update_fields=["state"])
    record(
        events.ASK_EXPIRED,
        ask,
        actor=actor,
        at=now,
        sprint=sprint.name,
        key=ask.work_item.key,
    )


@transaction.atomic
def close_sprint(sprint: Sprint, *, actor: Person | None, at: datetime | None = None) -> Sprint:
    """The sprint is over; what is not done stays visible in it as not done."""
    sprint = locked(sprint)
    require(actor, "close_sprint", sprint)
    sprint.state = SPRINT.target("close", sprint.state)
    sprint.closed_at = at or timezone.now()
    sprint.save(update_fields=["state", "closed_at"])
    record(
        events.SPRINT_CLOSED,
        sprint,
        actor=actor,
        at=at,
        done=sprint.work_items.filter(state="done").count(),
        items=sprint.work_items.count(),
    )
    return sprint
