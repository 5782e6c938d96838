"""Freezing what is known about a problem into plain data."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db.models import Avg, Count

from changes.models import ClusterSuspect
from devlink.causes import slope
from devlink.evidence import facts
from devlink.evidence.excerpts import excerpts
from devlink.evidence.judgement import confidence, falsified_by
from devlink.scoring import scores
from incidents.effort import measured_minutes, median_minutes
from incidents.models import Ticket, TicketArticle
from knowledge.models import Article
from problems.facts import affected_people, read_facts, tickets_of
from problems.models import Cluster, Problem

FORMAT = 1
WINDOWS = (7, 28, 90)
WEEKS = 26
SUSPECTS_SHOWN = 3
Json = dict[str, object]


@dataclass(frozen=True)
class AskWords:
    """What support asks, as it stands in the pack."""

    sprint: str
    team: str
    points: int
    rationale: str


def freeze(problem: Problem, *, as_of: datetime, ask: AskWords | None = None) -> Json:
    """Everything a developer should know about a problem, as JSON, as it was at `as_of`.

    No names, addresses or numbers of people; about fifteen queries whatever the number of tickets.
    """
    cluster = problem.cluster
    rows = read_facts(tickets_of(cluster, problem), until=as_of)
    ids = [row.id for row in rows]
    affected = affected_people(ids)
    weeks = facts.weekly(rows, until=as_of, weeks=WEEKS)
    suspects = _suspects(cluster)
    usual = median_minutes(as_of)
    since = {str(days): as_of - timedelta(days=days) for days in WINDOWS}
    return {
        "format": FORMAT,
        "as_of": as_of.isoformat(timespec="seconds"),
        "problem": _problem(problem),
        "cluster": _cluster(cluster),
        "reach": {
            **{days: facts.reach(rows, affected, since=start) for days, start in since.items()},
            "all": facts.reach(rows, affected, since=None),
        },
        "weekly": weeks,
        "slope": {
            "tickets_per_week": round(slope(weeks[-8:]), 2),
            "change_percent": facts.change_percent(weeks),
        },
        "first_seen": rows[0].created_at.isoformat(timespec="seconds") if rows else None,
        "last_seen": rows[-1].created_at.isoformat(timespec="seconds") if rows else None,
        "repeats": facts.repeats(rows),
        "effort": facts.effort(rows, measured_minutes(ids, until=as_of), usual, now=as_of),
        "service_levels": facts.service_levels(rows, as_of),
        "reopened": facts.reopened(rows),
        "satisfaction": facts.satisfaction(rows, _desk_mean(as_of)),
        "first_seen_after": suspects,
        "workaround": facts.workaround(
            rows, problem.workaround, facts.undone_workarounds(ids, until=as_of)
        ),
        "articles": _articles(ids),
        "excerpts": excerpts(cluster, ids),
        "ask": None if ask is None else asdict(ask),
        "score": _score(cluster, as_of),
        "confidence": confidence(cluster, len(rows), suspects),
        "falsified_by": falsified_by(problem, weeks, suspects),
    }


def _problem(problem: Problem) -> Json:
    component = problem.component
    return {
        "id": problem.pk,
        "reference": problem.reference,
        "title": problem.title,
        "state": problem.state_label,
        "priority": problem.priority,
        "root_cause": problem.root_cause,
        "component": None if component is None else component.name,
        "service": None if component is None else component.service.name,
    }


def _cluster(cluster: Cluster | None) -> Json | None:
    if cluster is None:
        return None
    return {
        "id": cluster.pk,
        "title": cluster.title,
        "state": cluster.state_label,
        "cohesion": round(cluster.cohesion, 3),
        "terms": list(cluster.terms),
    }


def _suspects(cluster: Cluster | None) -> list[Json]:
    """The changes it was first seen after, likeliest first."""
    if cluster is None:
        return []
    found = ClusterSuspect.objects.filter(cluster=cluster).select_related("change")
    return [
        {
            "reference": one.change.reference,
            "title": one.change.title,
            "score": round(one.score, 3),
            "parts": {name: round(float(part), 3) for name, part in sorted(one.parts.items())},
            "minutes_before": one.minutes_before,
        }
        for one in found.order_by("-score", "pk")[:SUSPECTS_SHOWN]
    ]


def _desk_mean(as_of: datetime) -> float | None:
    """The desk's mean rating over 90 days."""
    rated = Ticket.objects.filter(
        csat_at__gt=as_of - timedelta(days=90), csat_at__lte=as_of, csat_score__isnull=False
    )
    mean = rated.aggregate(mean=Avg("csat_score"))["mean"]
    return None if mean is None else round(float(mean), 2)


def _articles(ticket_ids: list[int]) -> list[Json]:
    """Articles used on these tickets, the most used first."""
    links = TicketArticle.objects.filter(ticket_id__in=ticket_ids)
    used = links.values_list("article_id").annotate(times=Count("pk")).order_by("-times")[:10]
    times = dict(used)
    articles = Article.objects.in_bulk(times)
    return [
        {
            "reference": articles[pk].reference,
            "title": articles[pk].title,
            "confidence": articles[pk].confidence,
            "times": count,
        }
        for pk, count in sorted(times.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _score(cluster: Cluster | None, as_of: datetime) -> Json | None:
    """The suggested score among all open causes, with its five parts as points."""
    if cluster is None:
        return None
    everyone = scores(as_of, always=cluster)
    own = everyone[cluster.pk]
    parts = ("cost", "reach", "trend", "severity", "no_workaround")
    return {
        "value": round(own.score, 1),
        "parts": {name: round(float(getattr(own, name)), 1) for name in parts},
        "in_words": own.in_words(),
        "among": len(everyone),
    }
