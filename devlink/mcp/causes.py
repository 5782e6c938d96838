"""Causes of tickets: problems, and clusters nobody has opened a problem for."""

from collections.abc import Sequence
from datetime import datetime
from heapq import nlargest

from django.db.models import Q
from django.utils import timezone

from accounts.models import Person
from catalogue.models import Component
from devlink.causes import SHOWN_WEEKS
from devlink.evidence import facts
from devlink.evidence.excerpts import names_in
from devlink.mcp.arguments import CauseQuery
from devlink.mcp.finding import component_named
from devlink.mcp.texts import Json, address, masked, shortened
from devlink.models import WorkItem
from devlink.scoring import OPEN_STATES
from incidents.effort import measured_minutes, usual_minutes
from incidents.models import Ticket
from problems.facts import affected_people, read_facts, tickets_of
from problems.models import Cluster, Problem

TICKETS_NAMED = 5
MOST_WORDS = 8
LATELY = 4
LATEST_FIRST = ("-lately", "-pk")


def find_causes(person: Person, asked: CauseQuery) -> Json:
    """Causes on a component and with these words, those with the most tickets lately first.

    Figures count every ticket of the cause, as its page does; tickets are named only where the
    person may read them.
    """
    now = timezone.now()
    component = component_named(person, asked.component)
    problems = _problems(person, asked, component)
    clusters = _clusters(person, asked, component, beside=problems)
    candidates: list[Problem | Cluster] = [*problems, *clusters]
    candidates.sort(key=_lately, reverse=True)
    found = [_told(person, one, now) for one in candidates[: asked.limit]]
    return {"causes": found, "more": len(candidates) > asked.limit}


def _lately(cause: Problem | Cluster) -> int:
    """Tickets of the last four weeks, as counted when they came in."""
    cluster = cause.cluster if isinstance(cause, Problem) else cause
    grouped = 0 if cluster is None else sum(cluster.weekly[-LATELY:])
    return max(grouped, int(vars(cause).get("lately", 0)))


def _told(person: Person, cause: Problem | Cluster, now: datetime) -> Json:
    if isinstance(cause, Problem):
        return _problem(person, cause, now)
    return _cluster(person, cause, now)


def _problems(person: Person, asked: CauseQuery, component: Component | None) -> list[Problem]:
    rows = Problem.objects.visible_to(person).with_inflow()
    if asked.words:
        rows = rows.search(asked.words)
    if asked.state == "open":
        rows = rows.open()
    if component is not None:
        rows = rows.filter(component=component)
    related = ("component__service", "cluster", "known_error")
    shown = rows.select_related(*related).defer("cluster__centroid", "cluster__keys")
    return list(shown.order_by(*LATEST_FIRST)[: asked.limit + 1])


def _clusters(
    person: Person, asked: CauseQuery, component: Component | None, *, beside: Sequence[Problem]
) -> list[Cluster]:
    """Clusters that are not told of with their problem already."""
    rows = Cluster.objects.visible_to(person).exclude(
        pk__in=[one.cluster_id for one in beside if one.cluster_id is not None]
    )
    for word in asked.words.split()[:MOST_WORDS]:
        rows = rows.filter(Q(title__icontains=word) | Q(terms__icontains=word))
    if asked.state == "open":
        rows = rows.filter(state__in=OPEN_STATES)
    if component is not None:
        rows = rows.filter(component=component)
    lately = {pk: sum(weekly[-LATELY:]) for pk, weekly in rows.values_list("pk", "weekly")}
    chosen = nlargest(asked.limit + 1, lately, key=lambda pk: (lately[pk], pk))
    shown = Cluster.objects.visible_to(person).filter(pk__in=chosen)
    return list(shown.select_related("component__service").defer("centroid", "keys").order_by("pk"))


def _problem(person: Person, problem: Problem, now: datetime) -> Json:
    known = getattr(problem, "known_error", None)
    return {
        "kind": "problem",
        "reference": problem.reference,
        "title": problem.title,
        "state": problem.state_label,
        "priority": problem.priority,
        **_place(problem.component),
        "root_cause": shortened(problem.root_cause),
        "workaround": shortened(problem.workaround),
        "known_error": None if known is None else known.reference,
        "first_seen_after": problem.cluster.first_seen_after if problem.cluster else "",
        **_figures(person, problem.cluster, problem, now),
        "url": address(problem.get_absolute_url()),
    }


def _cluster(person: Person, cluster: Cluster, now: datetime) -> Json:
    problems = Problem.objects.visible_to(person).filter(cluster=cluster).order_by("-pk")
    return {
        "kind": "cluster",
        "reference": f"cluster {cluster.pk}",
        "title": cluster.title,
        "state": cluster.state_label,
        "problems": [one.reference for one in problems.only("pk")[:TICKETS_NAMED]],
        **_place(cluster.component),
        "terms": list(cluster.terms),
        "growing_fast": cluster.is_burst,
        "first_seen_after": cluster.first_seen_after,
        **_figures(person, cluster, None, now),
        "url": address(cluster.get_absolute_url()),
    }


def _place(component: Component | None) -> Json:
    if component is None:
        return {"component": None, "service": None}
    return {"component": component.name, "service": component.service.name}


def _figures(
    person: Person, cluster: Cluster | None, problem: Problem | None, now: datetime
) -> Json:
    """Tickets, inflow and cost, counted as in an evidence pack; about seven queries."""
    rows = read_facts(tickets_of(cluster, problem), until=now)
    ids = [row.id for row in rows]
    weekly = facts.weekly(rows, until=now, weeks=SHOWN_WEEKS)
    reach = facts.reach(rows, affected_people(ids), since=None)
    return {
        **reach,
        "weekly": weekly,
        "tickets_per_week": sum(weekly[-LATELY:]) / LATELY,
        "change_percent": facts.change_percent(weekly),
        "first_seen": rows[0].created_at.isoformat(timespec="seconds") if rows else None,
        "last_seen": rows[-1].created_at.isoformat(timespec="seconds") if rows else None,
        "cost": facts.effort(rows, measured_minutes(ids, until=now), usual_minutes(now), now=now),
        "targets_missed": facts.service_levels(rows, now)["breached"],
        "tickets_you_may_read": _named(person, cluster, problem),
        "work_items": _work(person, cluster, problem),
    }


def _named(person: Person, cluster: Cluster | None, problem: Problem | None) -> list[Json]:
    """The newest tickets of the cause among those the person may read."""
    readable = Ticket.objects.visible_to(person).filter(
        pk__in=tickets_of(cluster, problem).values("pk")
    )
    shown = readable.select_related("requester", "assignee").defer("description")
    tickets = list(shown.order_by("-pk")[:TICKETS_NAMED])
    names = names_in(tickets)
    return [
        {
            "reference": one.reference,
            "title": masked(one.title, names[one.pk]),
            "state": one.state_label,
        }
        for one in tickets
    ]


def _work(person: Person, cluster: Cluster | None, problem: Problem | None) -> list[Json]:
    about = Q(pk__in=[])
    if problem is not None:
        about |= Q(problem=problem)
    if cluster is not None:
        about |= Q(cluster=cluster)
    items = WorkItem.objects.visible_to(person).filter(about).order_by("-pk")
    return [{"key": one.key, "state": one.state_label} for one in items[:TICKETS_NAMED]]
