"""Conditions of rules: query strings of the list of tickets, asked for the desk itself."""

from collections.abc import Collection, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from accounts.models import Person
from core.errors import DomainError
from incidents.models import Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.selecting import (
    describe,
    select_tickets,
    stored_selection,
    unknown_parameters,
    which_fit,
)
from rules.models import RuleVersion

MOST = 5
LONGEST = 1000


def check_conditions(queries: object) -> list[str]:
    """The query strings without empty ones; DomainError at `conditions.<n>` when one is wrong.

    A parameter the list does not know is refused: the list would pass it over, and the rule would
    act on more than was meant.
    """
    if not isinstance(queries, Sequence) or isinstance(queries, str):
        raise DomainError("Give a list of query strings.", field="conditions")
    kept = [str(one).strip().rpartition("?")[2] for one in queries if str(one).strip()]
    if len(kept) > MOST:
        raise DomainError(f"At most {MOST} conditions.", field="conditions")
    for number, query in enumerate(kept):
        _check(query, f"conditions.{number}")
    return kept


def _check(query: str, field: str) -> None:
    if len(query) > LONGEST:
        raise DomainError(f"At most {LONGEST:,} characters.", field=field)
    unknown = unknown_parameters(query)
    if unknown:
        raise DomainError(f"The list of tickets cannot be narrowed by “{unknown[0]}”.", field=field)
    try:
        select_tickets(None, query)
    except DomainError as error:
        raise DomainError(f"{error.field}: {error.message}", field=field) from error


def words_of(queries: Sequence[str]) -> list[list[list[str]]]:
    """Each condition as pairs of a label and a value, to be read long after it was saved."""
    return [[[label, value] for label, value in describe(query)] for query in queries]


def fitting(
    person: Person | None, queries: Sequence[str], match: str, *, author: Person | None = None
) -> TicketQuerySet:
    """Tickets that fit all (or any) of the queries, as far as the person may see.

    For the desk itself (None), `author` is whose rule it is: it reaches no ticket of a restricted
    team its author is no member of.
    """
    tickets = Ticket.objects.all() if person is None else Ticket.objects.visible_to(person)
    if author is not None and author.hidden_team_ids:
        tickets = tickets.exclude(team_id__in=author.hidden_team_ids)
    if match == RuleVersion.Match.ANY and len(queries) > 1:
        sets = sets_of(person, queries, match)
        return tickets.filter(reduce(or_, (Q(pk__in=one.values("pk")) for one in sets)))
    for query in queries:
        tickets = _narrowed(person, query, tickets)
    return tickets


def sets_of(person: Person | None, queries: Sequence[str], match: str) -> list[TicketQuerySet]:
    """What fits, as sets of tickets that overlap: one for each query where any is enough.

    Each is a plain reading of the table of tickets: several joined by “or” would be none.
    """
    if match == RuleVersion.Match.ANY and len(queries) > 1:
        return [fitting(person, [query], match).order_by() for query in queries]
    return [fitting(person, queries, match).order_by()]


def _narrowed(person: Person | None, query: str, tickets: TicketQuerySet) -> TicketQuerySet:
    """Those of the tickets that fit; none when the desk's query is broken by now."""
    if person is not None:
        return select_tickets(person, query, tickets)
    chosen = stored_selection(query, tickets)
    return tickets.none() if chosen is None else chosen


def holding(ticket: Ticket, versions: Collection[RuleVersion]) -> frozenset[int]:
    """Numbers of the versions whose conditions hold for the ticket now: one statement for all."""
    asked = [query for version in versions for query in version.conditions]
    fit = which_fit(ticket, asked) if asked else frozenset()
    return frozenset(
        version.pk for version in versions if _holds(version, fit) and reaches(version, ticket)
    )


def _holds(version: RuleVersion, fit: frozenset[str]) -> bool:
    answers: list[Any] = [query in fit for query in version.conditions]
    return any(answers or [True]) if version.match == RuleVersion.Match.ANY else all(answers)


def reaches(version: RuleVersion, ticket: Ticket) -> bool:
    """False for a ticket of a restricted team that whoever saved the rule is no member of.

    Asks the database only for tickets of restricted teams. The ticket's team is loaded.
    """
    team = ticket.team
    return team is None or not team.restricted or team.pk not in version.saved_by.hidden_team_ids
