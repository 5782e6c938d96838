"""Tickets that fit a question: as a filter for lists, and ranked for the search page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.postgres.search import SearchRank, SearchVectorExact
from django.core import signing
from django.db.models import F, QuerySet

from accounts.models import Person
from core.expressions import IsTrue
from core.pages import BadCursor
from incidents.models import TicketSearch
from incidents.models.ticket import TicketQuerySet
from incidents.retrieval import frequencies
from incidents.searching.asking import Compiled, Question, Wanted, joined

# So many of the newest matches are ranked at a time; a page further on ranks the next ones.
RANKED = 400
PAGE = 20
# A match so much older needs twice the weight to stand beside a newer one.
HALVING_SECONDS = 730 * 86_400
BEGINNINGS_WEIGH = 0.2
# A clause that so many of all tickets meet is common.
COMMON_SHARE = 0.01
_LEXEME = re.compile(r"'((?:[^']|'')*)'(:\*)?")
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


def finds(tickets: TicketQuerySet, question: Question, person: Person) -> bool:
    """Whether any of these tickets fits."""
    return _fitting_rows(tickets, question, person).exists()


def _fitting_rows(
    tickets: TicketQuerySet, question: Question, person: Person
) -> QuerySet[TicketSearch]:
    """The words of those tickets that fit. Whoever sees every ticket needs no look at them."""
    if not question.wide:
        return TicketSearch.objects.none()
    column = column_of(person)
    indexed, looked_at = _parts(question)
    rows = TicketSearch.objects.filter(**{column: Compiled(indexed)})
    if looked_at:
        rows = rows.filter(IsTrue(SearchVectorExact(F(column), Compiled(looked_at))))
    if tickets.query.has_filters():
        rows = rows.filter(pk__in=tickets.order_by().values("pk"))
    return rows


def _parts(question: Question) -> tuple[str, str]:
    """What the index is asked for, and what is looked at in the rows it gives.

    With a rare word the index need not gather the many rows of a common one, nor of the words
    that begin with it.
    """
    common = [one for one in question.wanted if _share(one) >= COMMON_SHARE]
    rare = [one for one in question.wanted if one not in common]
    if not common or not rare:
        return question.wide, ""
    return joined([one.wide for one in rare], question.away), joined(
        [one.wide for one in common], []
    )


def _share(wanted: Wanted) -> float:
    """The share of tickets that meet a clause, by the statistics of the planner; 0 is rare."""
    known = frequencies()["words"]
    total = 0.0
    for found in _LEXEME.finditer(" ".join(wanted.wide)):
        word = found[1].replace("''", "'")
        if found[2]:
            total += sum(share for one, share in known.items() if one.startswith(word))
        else:
            total += known.get(word, 0.0)
    return total


def best(
    tickets: TicketQuerySet,
    question: Question,
    person: Person,
    *,
    cursor: str | None = None,
    size: int = PAGE,
    above: int = 0,
) -> Matches:
    """One page of those that fit: exact numbers, then by weight of the words and recency.

    Looks at tickets with numbers `above` this one only.
    The order depends on nothing but the tickets. Raises BadCursor for an address not made here.
    """
    below, after = _read(cursor)
    block = _block(tickets, question, person, below, above)
    behind = [one for one in block if after is None or one.place < after]
    rows = behind[:size]
    cut = len(block) == RANKED
    if len(behind) > size:
        following: str | None = _cursor(below, rows[-1].place)
    else:
        following = _cursor(min(one.pk for one in block), None) if cut else None
    return Matches(rows, following, cut=cut)


def _block(
    tickets: TicketQuerySet, question: Question, person: Person, below: int | None, above: int
) -> list[Match]:
    """The newest matches between two numbers, ranked."""
    newest = _fitting_rows(tickets, question, person).order_by("-pk")
    if below is not None:
        newest = newest.filter(pk__lt=below)
    if above:
        newest = newest.filter(pk__gt=above)
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
    return words * 2 ** (created.timestamp() / HALVING_SECONDS)


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
