"""The developer's first page: what their components cost the desk, and what waits for them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Person
from catalogue.models import Component
from devlink.causes import SHOWN_WEEKS, WEEK
from devlink.models import FixClaim, Question, WorkItem
from problems.models import Cluster
from problems.workflow import CLUSTER


@dataclass
class ComponentWeek:
    """What one component brought to the desk in the last seven days."""

    component: Component
    tickets: int = 0
    tickets_before: int = 0
    organisations: int = 0
    minutes: float = 0.0
    measured: bool = True
    weekly: tuple[int, ...] = ()

    @property
    def change(self) -> int:
        """Tickets more than in the seven days before."""
        return self.tickets - self.tickets_before


_WEEKS = """
WITH recent AS (
    SELECT id, component_id, organisation_id,
           floor(extract(epoch from (%(now)s - created_at)) / 604800)::int AS ago
      FROM incidents_ticket
     WHERE component_id = ANY(%(components)s)
       AND created_at > %(start)s AND created_at <= %(now)s
),
spent AS (
    SELECT touch.ticket_id,
           sum(extract(epoch from touch.ended_at - touch.started_at)) / 60 AS minutes
      FROM incidents_touchinterval touch
     WHERE touch.ticket_id IN (SELECT id FROM recent WHERE ago = 0)
     GROUP BY touch.ticket_id
)
SELECT recent.component_id, recent.ago, count(*),
       count(DISTINCT recent.organisation_id), count(spent.minutes), coalesce(sum(spent.minutes), 0)
  FROM recent LEFT JOIN spent ON spent.ticket_id = recent.id
 GROUP BY recent.component_id, recent.ago
"""


def own_components(person: Person) -> QuerySet[Component]:
    """Components the person owns for development, or their teams develop."""
    mine = Q(development_owner=person) | Q(development_team_id__in=person.team_ids)
    return Component.objects.visible_to(person).filter(mine).select_related("service")


def component_weeks(
    components: Iterable[Component], *, now: datetime, usual: dict[int | None, float]
) -> list[ComponentWeek]:
    """Each component's week, the costliest first; one query.

    Tickets nobody was seen working on count with the component's usual time, as an estimate.
    """
    found = {one.pk: ComponentWeek(one) for one in components}
    weekly: dict[int, list[int]] = defaultdict(lambda: [0] * SHOWN_WEEKS)
    with connection.cursor() as cursor:
        cursor.execute(
            _WEEKS, {"components": list(found), "now": now, "start": now - SHOWN_WEEKS * WEEK}
        )
        rows = cursor.fetchall()
    for pk, ago, tickets, organisations, touched, minutes in rows:
        weekly[pk][SHOWN_WEEKS - 1 - ago] = tickets
        one = found[pk]
        if ago == 1:
            one.tickets_before = tickets
        if ago == 0:
            one.tickets, one.organisations = tickets, organisations
            one.measured = touched == tickets
            rest = (tickets - touched) * usual.get(pk, usual.get(None, 0.0))
            one.minutes = float(minutes) + rest
    for pk, one in found.items():
        one.weekly = tuple(weekly[pk])
    return sorted(found.values(), key=lambda one: (-one.minutes, -one.tickets, one.component.name))


def open_causes_of(person: Person, components: Iterable[Component]) -> QuerySet[Cluster]:
    """The largest open causes on these components."""
    open_states = CLUSTER.in_category("candidate", "open")
    return (
        Cluster.objects.visible_to(person)
        .filter(component__in=[one.pk for one in components], state__in=open_states)
        .select_related("component")
        .order_by("-ticket_count", "pk")
    )


_OF_QUESTIONS = ("work_item", "ask__sprint", "ask__work_item", "ask__team", "asked_by")


def answered_by(person: Person) -> Q:
    """Questions the person is to answer for support: about asks of their teams, items of
    components their teams or they themselves support, problems of theirs."""
    return (
        Q(ask__team_id__in=person.team_ids)
        | Q(ask__created_by=person)
        | Q(work_item__problem__owner=person)
        | Q(work_item__component__support_owner=person)
        | Q(work_item__component__support_team_id__in=person.team_ids)
    )


def questions_for_support(person: Person) -> QuerySet[Question]:
    """Questions to the person's support teams that wait for an answer, oldest first."""
    return (
        Question.objects.visible_to(person)
        .unanswered()
        .filter(answered_by(person))
        .distinct()
        .select_related(*_OF_QUESTIONS)
        .order_by("asked_at", "pk")
    )


def questions_asked_by(person: Person) -> QuerySet[Question]:
    """The person's own questions that support has not answered, oldest first."""
    return (
        Question.objects.visible_to(person)
        .unanswered()
        .filter(asked_by=person)
        .select_related(*_OF_QUESTIONS)
        .order_by("asked_at", "pk")
    )


def own_work(person: Person) -> QuerySet[WorkItem]:
    """What the person is working on."""
    return (
        WorkItem.objects.visible_to(person)
        .open()
        .filter(assignee=person)
        .select_related("component", "sprint")
        .order_by("-state", "pk")
    )


def verdicts_for(person: Person, components: Iterable[Component]) -> QuerySet[FixClaim]:
    """What came of the fixes the person or their teams shipped, newest first."""
    mine = Q(work_item__assignee=person) | Q(
        work_item__component__in=[one.pk for one in components]
    )
    return (
        FixClaim.objects.visible_to(person)
        .filter(mine)
        .select_related("work_item", "cluster", "release")
        .order_by("-deployed_at", "-pk")
    )
