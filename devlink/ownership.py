"""Who owns each component on the support side, whether they look after it, and where nobody does.

*Volume* is tickets opened on the component. What is counted is said in `DEFINITIONS`, which the
page and the API show.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import Person
from catalogue.models import Component
from changes.models import Change
from core.models import Event
from devlink.models import Ask, Release, WorkItem
from incidents.models import Ticket
from knowledge.models import Article
from problems.models import Cluster, Problem

ACTIVE_DAYS = 30
RATE_DAYS = 90
# Below this many tickets a share says more about chance than about the map.
FEWEST_TICKETS = 20
MOST_ROWS = 200
DEFINITIONS = {
    "coverage": "Tickets of the last 90 days on components with an active support owner, of all "
    "tickets of that time on components.",
    "active": "Components whose support owner may sign in and has one recorded act or more in the "
    "last 30 days on a record of the component: its tickets, problems, clusters, work items, "
    "asks, articles and changes, and releases with its work.",
    "blind_spots": "Components with more changes and more incidents in 90 days than the median "
    "component, and no active support owner or no validated article.",
}


@dataclass
class Owned:
    """One component on the map."""

    component: Component
    tickets_30: int = 0
    tickets_90: int = 0
    incidents_90: int = 0
    changes_90: int = 0
    articles: int = 0
    acts_30: int = 0
    often_changed: bool = False
    often_broken: bool = False

    @property
    def is_active(self) -> bool:
        """Has a support owner who may sign in and did something on it lately."""
        owner = self.component.support_owner
        return owner is not None and owner.is_active and self.acts_30 > 0

    @property
    def is_blind_spot(self) -> bool:
        return (
            self.often_changed and self.often_broken and not (self.is_active and self.articles > 0)
        )

    @property
    def standing(self) -> str:
        """What is to be said of the support owner: active, quiet, left, or nobody."""
        owner = self.component.support_owner
        if owner is None:
            return "nobody"
        if not owner.is_active:
            return "left"
        return "active" if self.acts_30 else "quiet"

    @property
    def missing(self) -> list[str]:
        """What makes a blind spot of it, in words."""
        found = [] if self.is_active else ["no active support owner"]
        return found if self.articles else [*found, "no validated article"]


@dataclass(frozen=True)
class OwnershipMap:
    """The components chosen, the worst first, and what they add up to."""

    rows: tuple[Owned, ...]
    median_changes: float
    median_incidents: float

    @property
    def tickets(self) -> int:
        return sum(one.tickets_90 for one in self.rows)

    @property
    def covered_tickets(self) -> int:
        return sum(one.tickets_90 for one in self.rows if one.is_active)

    @property
    def coverage(self) -> float | None:
        """None when fewer than `FEWEST_TICKETS` tickets stand behind it."""
        return self.covered_tickets / self.tickets if self.tickets >= FEWEST_TICKETS else None

    @property
    def active(self) -> int:
        return sum(1 for one in self.rows if one.is_active)

    @property
    def blind_spots(self) -> int:
        return sum(1 for one in self.rows if one.is_blind_spot)

    @property
    def coverage_words(self) -> str:
        return f"{self.covered_tickets:,} of {self.tickets:,} tickets"

    @property
    def active_words(self) -> str:
        return f"{self.active} of {len(self.rows)}"

    @property
    def median_words(self) -> str:
        return f"medians: {self.median_changes:g} changes, {self.median_incidents:g} incidents"

    def shown(self, which: str) -> list[Owned]:
        """All rows, or only `blind` spots, or those `uncovered` by an active support owner."""
        if which == "blind":
            return [one for one in self.rows if one.is_blind_spot]
        if which == "uncovered":
            return [one for one in self.rows if not one.is_active]
        return list(self.rows)


_TICKETS = """
SELECT component_id,
       count(*) FILTER (WHERE created_at >= %(month)s),
       count(*),
       count(*) FILTER (WHERE kind = 'incident')
  FROM incidents_ticket
 WHERE component_id = ANY(%(components)s) AND created_at >= %(start)s AND created_at <= %(now)s
 GROUP BY component_id
"""
_CHANGES = """
SELECT link.component_id, count(*)
  FROM changes_change_components link JOIN changes_change change ON change.id = link.change_id
 WHERE link.component_id = ANY(%(components)s)
   AND change.started_at >= %(start)s AND change.started_at <= %(now)s
 GROUP BY link.component_id
"""
_ARTICLES = """
SELECT link.component_id, count(*)
  FROM knowledge_article_components link
  JOIN knowledge_article article ON article.id = link.article_id
 WHERE link.component_id = ANY(%(components)s) AND article.confidence = 'validated'
 GROUP BY link.component_id
"""
# Where the records an owner may act on belong: kind → (record, component_id).
_PLACES = {
    "incidents.ticket": "SELECT id AS record, component_id FROM incidents_ticket",
    "problems.problem": "SELECT id AS record, component_id FROM problems_problem",
    "problems.cluster": "SELECT id AS record, component_id FROM problems_cluster",
    "devlink.workitem": "SELECT id AS record, component_id FROM devlink_workitem",
    "devlink.ask": "SELECT ask.id AS record, item.component_id FROM devlink_ask ask "
    "JOIN devlink_workitem item ON item.id = ask.work_item_id",
    "devlink.release": "SELECT DISTINCT held.release_id AS record, item.component_id "
    "FROM devlink_releaseitem held JOIN devlink_workitem item ON item.id = held.work_item_id",
    "knowledge.article": "SELECT article_id AS record, component_id "
    "FROM knowledge_article_components",
    "changes.change": "SELECT change_id AS record, component_id FROM changes_change_components",
}
_PLACED = " UNION ALL ".join(
    f"SELECT acts.actor_id, place.component_id FROM acts JOIN ({rows}) place "  # noqa: S608 (constants)
    f"ON place.record = acts.subject WHERE acts.kind = '{kind}'"
    for kind, rows in _PLACES.items()
)
# An owner's acts are few; each is brought to its component by the record it is about.
_ACTS = f"""
WITH acts AS MATERIALIZED (
    SELECT actor_id, subject_kind AS kind, subject_id AS subject FROM core_event
     WHERE actor_id = ANY(%(owners)s) AND at >= %(month)s AND at <= %(now)s
)
SELECT component_id, actor_id, count(*) FROM ({_PLACED}) placed
 WHERE component_id = ANY(%(components)s) GROUP BY component_id, actor_id
"""  # noqa: S608 (the parts are constants above; every value is a parameter)


def ownership(person: Person, components: QuerySet[Component], *, now: datetime) -> OwnershipMap:
    """The map of these components, blind spots first, then by volume; six queries.

    What is high is measured against all components the person may see, whichever are chosen.
    """
    everything = _counted(Component.objects.visible_to(person), now)
    changes = _median(one.changes_90 for one in everything)
    incidents = _median(one.incidents_90 for one in everything)
    for one in everything:
        one.often_changed = one.changes_90 > changes
        one.often_broken = one.incidents_90 > incidents
    chosen = set(components.values_list("pk", flat=True))
    rows = [one for one in everything if one.component.pk in chosen]
    rows.sort(key=lambda one: (not one.is_blind_spot, -one.tickets_90, one.component.name))
    return OwnershipMap(tuple(rows), changes, incidents)


def _counted(components: QuerySet[Component], now: datetime) -> list[Owned]:
    """Everything counted of these components; rows of others are not read."""
    related = ("service", "support_owner", "development_owner", "support_team", "development_team")
    found = {one.pk: Owned(one) for one in components.select_related(*related)}
    asked = {
        "now": now,
        "month": now - timedelta(days=ACTIVE_DAYS),
        "start": now - timedelta(days=RATE_DAYS),
        "components": list(found),
        "owners": [one.component.support_owner_id or 0 for one in found.values()],
    }
    for pk, month, quarter, incidents in _rows(_TICKETS, asked):
        one = found[pk]
        one.tickets_30, one.tickets_90, one.incidents_90 = month, quarter, incidents
    for pk, count in _rows(_CHANGES, asked):
        found[pk].changes_90 = count
    for pk, count in _rows(_ARTICLES, asked):
        found[pk].articles = count
    for pk, actor, count in _rows(_ACTS, asked):
        if found[pk].component.support_owner_id == actor:
            found[pk].acts_30 = count
    return list(found.values())


def _rows(sql: str, asked: Mapping[str, Any]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)
        return list(cursor.fetchall())


def _median(counts: Iterable[int]) -> float:
    known = list(counts)
    return float(median(known)) if known else 0.0


def owned_by(person: Person) -> QuerySet[Component]:
    """Components a person owns for support."""
    return Component.objects.visible_to(person).filter(support_owner=person)


def acts_on(component: Component, person: Person, *, now: datetime) -> QuerySet[Event]:
    """What the support owner did on the component in the last 30 days, as far as `person` may see
    the records it was done on."""
    about = (
        (Ticket, {"component": component}),
        (Problem, {"component": component}),
        (Cluster, {"component": component}),
        (WorkItem, {"component": component}),
        (Ask, {"work_item__component": component}),
        (Release, {"work_items__component": component}),
        (Article, {"components": component}),
        (Change, {"components": component}),
    )
    records = Q(pk__in=[])
    for model, where in about:
        rows = model.objects.visible_to(person).filter(**where).order_by()
        records |= Q(subject_kind=model._meta.label_lower, subject_id__in=rows.values("pk"))
    return Event.objects.filter(
        records,
        actor=component.support_owner_id,
        at__gte=now - timedelta(days=ACTIVE_DAYS),
        at__lte=now,
    )
