"""Tickets that fit a question: as a filter for lists, and ranked for the search page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.postgres.search import SearchRank
from django.core import signing
from django.db.models import F

from accounts.models import Person
from core.pages import BadCursor
from incidents.models import TicketSearch
from incidents.models.ticket import TicketQuerySet
from incidents.searching.asking import Question

# So many of the newest matches are ranked at a time; a page further on ranks the next ones.
RANKED = 400
PAGE = 20
# A match so much older needs twice the weight to stand beside a newer one.
HALVING_SECONDS = 730 * 86_400
BEGINNINGS_WEIGH = 0.2
_SALT = "incidents.searching.finding"


@dataclass(frozen=True)
class Match:
    """One ticket found and its weight."""

    pk: int
    score: float

    @property
    def place(self) -> tuple[float, int]:
        """Higher stands first."""
        return (self.score, self.pk)


@dataclass(frozen=True)
class Matches:
    """One page of tickets, best first. `cut` says that only the newest matches were ranked."""

    rows: list[Match]
    next_cursor: str | None
    cut: bool = False


def column_of(person: Person) -> str:
    """The words this person may find things by."""
    return "everything" if person.is_staff_member else "public"


def fitting(tickets: TicketQuerySet, question: Question, person: Person) -> TicketQuerySet:
    """Those of these tickets that fit, in the order they are in."""
    if not question.wide:
        return tickets.none()
    return tickets.filter(**{f"search_row__{column_of(person)}": question.match})


def best(
    tickets: TicketQuerySet,
    question: Question,
    person: Person,
    *,
    cursor: str | None = None,
    size: int = PAGE,
) -> Matches:
    """One page of those that fit: exact numbers, then by weight of the words and recency.

    The order depends on nothing but the tickets. Raises BadCursor for an address not made here.
    """
    below, after = _read(cursor)
    block = _block(tickets, question, person, below)
    behind = [one for one in block if after is None or one.place < after]
    rows = behind[:size]
    cut = len(block) == RANKED
    if len(behind) > size:
        following = _cursor(below, rows[-1].place)
    else:
        following = _cursor(min(one.pk for one in block), None) if cut else None
    return Matches(rows, following, cut=cut)


def _block(
    tickets: TicketQuerySet, question: Question, person: Person, below: int | None
) -> list[Match]:
    """The newest matches below a number, ranked."""
    newest = fitting(tickets, question, person).order_by("-pk")
    if below is not None:
        newest = newest.filter(pk__lt=below)
    column = F(column_of(person))
    weight = SearchRank(column, question.best) + BEGINNINGS_WEIGH * SearchRank(
        column, question.match
    )
    rows = TicketSearch.objects.filter(pk__in=newest.values("pk")[:RANKED]).values_list(
        "pk", "ticket__created_at", weight
    )
    found = [Match(pk, _score(pk, created, words, question)) for pk, created, words in rows]
    return sorted(found, key=lambda one: one.place, reverse=True)


def _score(pk: int, created: datetime, words: float, question: Question) -> float:
    if pk in question.numbers:
        return float("inf")
    return cast("float", words * 2 ** (created.timestamp() / HALVING_SECONDS))


def _cursor(below: int | None, after: tuple[float, int] | None) -> str:
    score, pk = after or (None, None)
    words = None if score is None else repr(score)
    return signing.dumps([below, words, pk], salt=_SALT, compress=True)


def _read(cursor: str | None) -> tuple[int | None, tuple[float, int] | None]:
    if not cursor:
        return None, None
    try:
        below, score, pk = cast("list[Any]", signing.loads(cursor, salt=_SALT))
    except signing.BadSignature as error:
        raise BadCursor("This page address is not valid.", field="cursor") from error
    return below, None if score is None else (float(score), pk)
