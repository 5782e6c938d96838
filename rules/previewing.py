"""What conditions that are still being written fit now, as far as the writer may see."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from incidents.queues import Row, listed, rows_of
from rules.conditions import check_conditions, fitting

SHOWN = 10
MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Preview:
    """How many tickets fit, the first of them, and where all of them are listed.

    `problem` says what is wrong with the conditions; nothing else is filled then.
    """

    count: int = 0
    more: bool = False
    rows: tuple[Row, ...] = ()
    url: str = ""
    problem: str = ""


def preview(person: Person, conditions: list[str], match: str) -> Preview:
    """The newest tickets that fit the conditions now."""
    try:
        queries = check_conditions(conditions)
        tickets = fitting(person, queries, match)
    except DomainError as error:
        return Preview(problem=error.message)
    count = tickets.order_by()[: MOST_COUNTED + 1].count()
    newest = listed(tickets.order_by("-pk"))[:SHOWN]
    return Preview(
        count=min(count, MOST_COUNTED),
        more=count > MOST_COUNTED,
        rows=tuple(rows_of(list(newest), timezone.now())),
        url=address_of(queries, match),
    )


def address_of(queries: list[str], match: str) -> str:
    """The list of all tickets that fit: the list of tickets itself where one query says it."""
    if len(queries) == 1:
        query = queries[0] if "state=" in queries[0] else f"{queries[0]}&state=any"
        return f"{reverse('incidents:tickets')}?{query}"
    asked = [("if", query) for query in queries]
    return f"{reverse('rules:matching')}?{urlencode([*asked, ('match', match)])}"
