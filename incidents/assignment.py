"""Who is next to be given a ticket, and why. Reads only; `actions.distributing` writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, IntegerField, Sum, Value, When

from accounts.availability.reading import capacities, schedules
from accounts.models import Person
from core.models import Event
from incidents.events import TICKET_ASSIGNED, TICKET_RETURNED_TO_POOL
from incidents.models import TeamPolicy, Ticket
from incidents.workflow import OPEN

# What one ticket in work weighs, by priority 1 to 5.
WEIGHTS = {1: 8, 2: 5, 3: 3, 4: 2, 5: 1}


@dataclass(frozen=True)
class Candidate:
    """A member of the team who is at work and has room, with what they have in work."""

    person: Person
    tickets: int
    weight: int


@dataclass(frozen=True)
class Choice:
    """Who it is (nobody: None), and the reason as the timeline says it."""

    person: Person | None
    why: str


def choose(policy: TeamPolicy, ticket: Ticket, at: datetime) -> Choice:
    """Who is next by the team's policy; the caller holds the policy's lock."""
    passed_over = _passed_over(ticket)
    members = [one for one in _members(policy) if one.pk not in passed_over]
    if not members:
        return Choice(None, "nobody else is in the team")
    here = _at_work(members, at)
    if not here:
        return Choice(None, f"none of {len(members)} is at work")
    found = _with_room(policy, here)
    if not found:
        return Choice(None, f"all {len(here)} at work have as many tickets as they may")
    if policy.assignment == TeamPolicy.Method.ROUND_ROBIN:
        return _next_in_turn(found, policy.last_assigned_id)
    return _least_loaded(found)


def _members(policy: TeamPolicy) -> list[Person]:
    people = Person.objects.filter(memberships__team_id=policy.team_id, is_active=True)
    return [one for one in people.order_by("pk") if one.is_support or one.is_development]


def _at_work(members: Sequence[Person], at: datetime) -> list[Person]:
    weeks = schedules([one.pk for one in members], at)
    return [one for one in members if weeks[one.pk].is_working(at)]


def _with_room(policy: TeamPolicy, people: Sequence[Person]) -> list[Candidate]:
    weight = Case(
        *(When(priority=priority, then=Value(value)) for priority, value in WEIGHTS.items()),
        default=Value(1),
        output_field=IntegerField(),
    )
    in_work = Ticket.objects.filter(assignee__in=people, state_category=OPEN).order_by()
    loads = {
        row["assignee"]: (row["tickets"], row["weight"])
        for row in in_work.values("assignee").annotate(tickets=Count("pk"), weight=Sum(weight))
    }
    limits = capacities(one.pk for one in people)
    found = [Candidate(one, *loads.get(one.pk, (0, 0))) for one in people]
    return [one for one in found if _has_room(one, limits.get(one.person.pk, policy.capacity))]


def _has_room(candidate: Candidate, limit: int | None) -> bool:
    return limit is None or candidate.tickets < limit


def _next_in_turn(found: Sequence[Candidate], last: int | None) -> Choice:
    after = [one for one in found if last is not None and one.person.pk > last]
    chosen = (after or found)[0]
    least = min(one.tickets for one in found) == chosen.tickets
    rank = "least of" if least else "next of"
    why = f" by round robin: {chosen.tickets} open, {rank} {len(found)}"
    return Choice(chosen.person, why)


def _least_loaded(found: Sequence[Candidate]) -> Choice:
    chosen = min(found, key=lambda one: (one.weight, one.tickets, one.person.pk))
    why = f" by load: {chosen.tickets} open weighing {chosen.weight}, least of {len(found)}"
    return Choice(chosen.person, why)


def _passed_over(ticket: Ticket) -> set[int]:
    """Who gave this ticket back to its team last, and all who let it lie there too long."""
    facts = Event.objects.about(ticket).filter(
        name__in=[TICKET_ASSIGNED.name, TICKET_RETURNED_TO_POOL.name]
    )
    passed: set[int] = set()
    for name, payload in facts.order_by("id").values_list("name", "payload"):
        owner = payload.get("previous_assignee_id")
        if owner is None or payload.get("team_id") != ticket.team_id:
            continue
        given_back = payload.get("assignee_id") is None
        same_team = payload.get("previous_team_id") == ticket.team_id
        if name == TICKET_RETURNED_TO_POOL.name or (given_back and same_team):
            passed.add(owner)
    return passed
