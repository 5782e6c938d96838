"""What changed: on a component lately, and before a cluster was first seen."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min, Q

from accounts.models import Person
from catalogue.models import Component, Service
from changes.models import Change, ChangeQuerySet
from incidents.models import Ticket
from problems.models import Problem

DAYS = 14


@dataclass(frozen=True)
class RecentChange:
    """A change that went live, how long before, and whether on the very component."""

    change: Change
    seconds_before: float
    same_component: bool


def _live(person: Person | None, before: datetime, days: int) -> ChangeQuerySet:
    changes = Change.objects.all() if person is None else Change.objects.visible_to(person)
    return changes.filter(
        started_at__gte=before - timedelta(days=days), started_at__lte=before
    ).exclude(state="cancelled")


def changes_on(
    component: Component | None,
    *,
    before: datetime,
    person: Person | None = None,
    service: Service | None = None,
    days: int = DAYS,
    limit: int = 5,
) -> list[RecentChange]:
    """Changes that went live on the component, or else on its service, in the days before.

    Those of the component come first, then newest first. `person` None is the system itself.
    Two queries.
    """
    service_id = component.service_id if component else service.pk if service else None
    if service_id is None:
        return []
    touching = Q(components__service_id=service_id)
    rows = _live(person, before, days).filter(touching).distinct().prefetch_related("components")
    found = [
        RecentChange(
            change,
            (before - change.started_at).total_seconds(),
            component is not None and component.pk in {one.pk for one in change.components.all()},
        )
        for change in rows
        if change.started_at is not None
    ]
    found.sort(key=lambda one: (not one.same_component, one.seconds_before))
    return found[:limit]


def changes_around(
    problem: Problem, person: Person, *, limit: int = 30
) -> list[tuple[Change, bool]]:
    """Changes that went live around a problem, oldest first, and whether they are meant for it.

    Those meant for it, whenever; those on its component from two weeks before its first ticket
    until it was resolved.
    """
    visible = Change.objects.visible_to(person).filter(started_at__isnull=False)
    visible = visible.exclude(state="cancelled")
    near = Q(problem=problem)
    first = Ticket.objects.filter(  # visibility: only when the problem began
        pk__in=problem.ticket_links.values("ticket_id")
    ).aggregate(first=Min("created_at"))["first"]
    begun = first or problem.created_at
    if problem.component_id is not None:
        touching = Q(components=problem.component_id, started_at__gte=begun - timedelta(days=DAYS))
        if problem.resolved_at is not None:
            touching &= Q(started_at__lte=problem.resolved_at)
        near |= touching
    rows = visible.filter(near).distinct().order_by("started_at")[:limit]
    return [(one, one.problem_id == problem.pk) for one in rows]
