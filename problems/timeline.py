"""The timeline of a problem: its life, its tickets, what changed, and what people wrote down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db.models import Count, Min
from django.db.models.functions import TruncDate
from django.http import HttpRequest

from accounts.models import Person
from core.boxes import gather
from core.models import Event
from incidents.models import Ticket
from problems import events
from problems.evidence import Link, link_of
from problems.models import Problem, Telling, TimelineEntry
from problems.workflow import PROBLEM, TOLD

MOST_EVENTS = 200
_LIFE = tuple(
    kind.name
    for kind in (
        events.PROBLEM_OPENED,
        events.PROBLEM_ASSESSED,
        events.PROBLEM_ANALYSED,
        events.KNOWN_ERROR_RECORDED,
        events.KNOWN_ERROR_RETURNED,
        events.WORKAROUND_VERIFIED,
        events.PROBLEM_FIX_STARTED,
        events.PROBLEM_RESOLVED,
        events.PROBLEM_CLOSED,
        events.PROBLEM_REOPENED,
        events.PROBLEM_REVIEW_PUBLISHED,
    )
)


@dataclass(frozen=True)
class Line:
    """One line of a timeline. `kind` says where it comes from; `entry` is one written by hand."""

    at: datetime
    text: str
    kind: str
    url: str = ""
    who: str = ""
    link: Link | None = None
    entry: TimelineEntry | None = None


def timeline_of(request: HttpRequest, problem: Problem) -> list[Line]:
    """Every line the person who asks may read, oldest first.

    Apps above add theirs by a panel of the slot "timeline", whose context has `lines`.
    """
    person = cast("Person", request.user)
    lines = [*_life(problem), *_tickets(problem, person), *_told(problem), *_written(problem)]
    for made in gather(request, problem, "timeline"):
        lines += cast("Iterable[Line]", made.context["lines"])
    return sorted(lines, key=lambda one: one.at)


_ENTERED = {
    events.PROBLEM_ASSESSED.name: "assess",
    events.PROBLEM_ANALYSED.name: "root_cause_analysis",
    events.KNOWN_ERROR_RECORDED.name: "known_error",
    events.PROBLEM_FIX_STARTED.name: "fix_in_progress",
    events.PROBLEM_RESOLVED.name: "resolved",
}


def states_passed(problem: Problem) -> set[str]:
    """The states it really went through, since it was last reopened. One query."""
    names = [*_ENTERED, events.PROBLEM_REOPENED.name]
    facts = Event.objects.about(problem).filter(name__in=names).order_by("id")
    passed = {PROBLEM.initial}
    for name in facts.values_list("name", flat=True):
        if name in _ENTERED:
            passed.add(_ENTERED[name])
        else:
            passed = {PROBLEM.initial, PROBLEM.steps["reopen"].target}
    return passed


def _life(problem: Problem) -> list[Line]:
    facts = Event.objects.about(problem).filter(name__in=_LIFE).select_related("actor")
    return [
        Line(
            at=one.at,
            text=one.sentence,
            kind="problem",
            who=one.actor.name if one.actor else "",
        )
        for one in facts.order_by("id")[:MOST_EVENTS]
    ]


def _tickets(problem: Problem, person: Person) -> list[Line]:
    """The first and the last ticket; who may not see it reads when it came all the same."""
    linked = Ticket.objects.filter(  # visibility: only when they came; named below if visible
        pk__in=problem.ticket_links.values("ticket_id")
    ).order_by("created_at", "pk")
    first, last = linked.first(), linked.last()
    if first is None or last is None:
        return []
    ends = (
        [("first ticket", first)]
        if first == last
        else [
            ("first ticket", first),
            ("last ticket so far", last),
        ]
    )
    seen = set(
        Ticket.objects.visible_to(person)
        .filter(pk__in=[first.pk, last.pk])
        .values_list("pk", flat=True)
    )
    return [
        Line(
            at=ticket.created_at,
            text=f"{label}: {ticket.reference} {ticket.title}" if ticket.pk in seen else label,
            kind="ticket",
            url=ticket.get_absolute_url() if ticket.pk in seen else "",
        )
        for label, ticket in ends
    ]


def _told(problem: Problem) -> list[Line]:
    """One line a day on which requesters were told, however many."""
    days = (
        Telling.objects.filter(problem=problem)  # visibility: numbers of a visible problem
        .order_by()
        .annotate(day=TruncDate("sent_at"))
        .values("day", "kind")
        .annotate(first=Min("sent_at"), tickets=Count("pk"))
    )
    labels = dict(TOLD)
    return [
        Line(
            at=day["first"],
            text=f"the {labels[day['kind']].lower()} was sent to the requesters of "
            f"{day['tickets']} ticket{'' if day['tickets'] == 1 else 's'}",
            kind="problem",
        )
        for day in days
    ]


def _written(problem: Problem) -> list[Line]:
    return [
        Line(
            at=one.at,
            text=one.text,
            kind="written",
            who=one.person.name if one.person else "",
            link=link_of(one.evidence),
            entry=one,
        )
        for one in problem.entries.select_related("person")
    ]
