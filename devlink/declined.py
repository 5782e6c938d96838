"""Causes development declined to fix, and what they have cost the desk since."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Person, Team
from devlink.models import Ask, Decision
from incidents.effort import usual_minutes
from problems.models import Problem

# The costliest are what the list is for; more than these nobody reads.
MOST = 100


@dataclass(frozen=True)
class Since:
    """What came in since one moment. `estimated` when some minutes are the usual handling time."""

    label: str
    moment: datetime
    tickets: int
    minutes: float
    organisations: int
    breaches: int
    estimated: bool


@dataclass(frozen=True)
class Declined:
    """A declined ask with its last decision, and the cost meter of its cause."""

    ask: Ask
    decision: Decision | None
    since_declined: Since
    earlier: tuple[Since, ...]


def declined_asks(person: Person) -> QuerySet[Ask]:
    """The last word on each still open problem, where that word was no.

    A problem that was asked for again is not among them: its newest ask waits for an answer, or
    has another one.
    """
    later = Ask.objects.filter(problem=OuterRef("problem"), pk__gt=OuterRef("pk"))
    return Ask.objects.visible_to(person).filter(
        ~Exists(later), state="declined", problem__in=Problem.objects.visible_to(person).open()
    )


_MOMENTS = ("first seen", "confirmed", "asked for", "declined")


def _sums(since: str) -> str:
    return f"""count(*) FILTER (WHERE {since}),
       coalesce(sum(minutes) FILTER (WHERE {since}), 0),
       count(DISTINCT organisation_id) FILTER (WHERE {since}),
       count(*) FILTER (WHERE late AND {since}),
       coalesce(bool_or(estimated) FILTER (WHERE {since}), false)"""


_COSTS = f"""
WITH cause AS (
    SELECT ask.id AS ask, ask.problem_id, problem.cluster_id, problem.confirmed_at,
           ask.answered_at AS declined_at,
           (SELECT min(first.created_at) FROM devlink_ask first
             WHERE first.problem_id = ask.problem_id) AS asked_at
      FROM devlink_ask ask JOIN problems_problem problem ON problem.id = ask.problem_id
     WHERE ask.id = ANY(%(asks)s)
),
linked AS (
    SELECT cause.ask, member.ticket_id
      FROM cause JOIN problems_clustermember member ON member.cluster_id = cause.cluster_id
     UNION
    SELECT cause.ask, link.ticket_id
      FROM cause JOIN problems_problemticket link ON link.problem_id = cause.problem_id
),
spent AS (
    SELECT touch.ticket_id,
           sum(extract(epoch from touch.ended_at - touch.started_at)) / 60 AS minutes
      FROM incidents_touchinterval touch
     WHERE touch.ended_at <= %(now)s AND touch.ticket_id IN (SELECT ticket_id FROM linked)
     GROUP BY touch.ticket_id
),
usual AS (
    SELECT * FROM unnest(%(components)s::bigint[], %(minutes)s::float8[])
           AS known(component_id, minutes)
),
fact AS (
    SELECT cause.*, ticket.created_at, ticket.organisation_id,
           coalesce(spent.minutes, usual.minutes, %(anywhere)s)::float8 AS minutes,
           spent.minutes IS NULL AS estimated,
           (coalesce(ticket.first_response_at, %(now)s) > ticket.first_response_due_at) IS TRUE
             OR (coalesce(ticket.resolved_at, %(now)s) > ticket.resolution_due_at) IS TRUE AS late
      FROM linked
      JOIN cause ON cause.ask = linked.ask
      JOIN incidents_ticket ticket ON ticket.id = linked.ticket_id
      LEFT JOIN accounts_team team ON team.id = ticket.team_id
      LEFT JOIN spent ON spent.ticket_id = ticket.id
      LEFT JOIN usual ON usual.component_id = ticket.component_id
     WHERE ticket.created_at <= %(now)s AND ticket.state <> 'cancelled'
       AND team.restricted IS NOT TRUE
)
SELECT ask, min(created_at), max(confirmed_at), max(asked_at), max(declined_at),
       {_sums("true")},
       {_sums("created_at >= confirmed_at")},
       {_sums("created_at >= asked_at")},
       {_sums("created_at >= declined_at")}
  FROM fact GROUP BY ask
HAVING count(*) FILTER (WHERE created_at >= declined_at) > 0
"""  # noqa: S608 (all parts are constants here; every value is a parameter)


def still_hurting(person: Person, *, now: datetime, team: Team | None = None) -> list[Declined]:
    """Declined causes with tickets since the decision, the costliest since then first.

    Agents' minutes decide, then tickets. At most a hundred; four queries however many there are.
    Counted as on the problem's page (`problems.costs`): tickets of the cluster and those linked,
    none that were cancelled and none of restricted teams.
    """
    asks = declined_asks(person)
    if team is not None:
        asks = asks.filter(team=team)
    costs = _costs(asks.values_list("pk", flat=True), now)
    dearest = sorted(costs, key=lambda pk: (-costs[pk][-1].minutes, -costs[pk][-1].tickets, pk))
    related = ("problem__component", "work_item", "sprint__team", "team")
    rows = asks.select_related(*related).prefetch_related("decisions").in_bulk(dearest[:MOST])
    return [
        Declined(
            ask=rows[pk],
            decision=next(
                (one for one in reversed(rows[pk].decisions.all()) if one.verdict == "declined"),
                None,
            ),
            since_declined=costs[pk][-1],
            earlier=costs[pk][:-1],
        )
        for pk in dearest[:MOST]
        if pk in rows
    ]


def _costs(asks: Iterable[int], now: datetime) -> dict[int, tuple[Since, ...]]:
    """By ask what came since each moment that is known; the refusal is the last one."""
    usual = dict(usual_minutes(now))
    anywhere = usual.pop(None, 0.0)
    values: dict[str, Any] = {
        "asks": list(asks),
        "now": now,
        "components": list(usual),
        "minutes": list(usual.values()),
        "anywhere": anywhere,
    }
    found: dict[int, tuple[Since, ...]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COSTS, values)
        for ask, *row in cursor.fetchall():
            moments, sums = row[: len(_MOMENTS)], row[len(_MOMENTS) :]
            found[ask] = tuple(
                Since(label, moment, *sums[5 * place : 5 * place + 5])
                for place, (label, moment) in enumerate(zip(_MOMENTS, moments, strict=True))
                if moment is not None
            )
    return found
