"""What conditions that are still being written fit now, as far as the writer may see."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from heapq import nlargest
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.time_limits import time_limit
from incidents.models import Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.queues import Row, listed, rows_of
from rules.conditions import check_conditions, sets_of

SHOWN = 10
MOST_COUNTED = 10_000
# No statement of a preview may take longer: it is asked anew with every field that is filled in.
STATEMENT_MS = 2_000
TOO_SLOW = (
    "Looking for the tickets these conditions fit took too long and was stopped. The rule can be "
    "saved all the same. To see what it fits, add a state, a team or a time."
)


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


def preview_limit() -> AbstractContextManager[None]:
    """Around a reading of what conditions fit: TookTooLong, with a sentence, when it is stopped."""
    return time_limit(STATEMENT_MS, TOO_SLOW, field="conditions")


def preview(person: Person, conditions: list[str], match: str) -> Preview:
    """The newest tickets that fit the conditions now, and how many there are up to 10,000."""
    try:
        queries = check_conditions(conditions)
        with preview_limit():
            count, newest = _look(sets_of(person, queries, match))
            lines = list(listed(Ticket.objects.visible_to(person).filter(pk__in=newest)))
    except DomainError as error:
        return Preview(problem=error.message)
    lines.sort(key=lambda line: -line.id)
    return Preview(
        count=min(count, MOST_COUNTED),
        more=count > MOST_COUNTED,
        rows=tuple(rows_of(lines, timezone.now())),
        url=address_of(queries, match),
    )


def _look(sets: Sequence[TicketQuerySet]) -> tuple[int, list[int]]:
    """(how many tickets there are, at most one more than are counted; numbers of the newest).

    Each set is read once, in any order: few tickets are sorted here, since the way from the newest
    back would pass by every ticket before it found them. Only of many are the newest asked for.
    """
    found: set[int] = set()
    newest: set[int] = set()
    for tickets in sets:
        ids = list(tickets.values_list("pk", flat=True)[: MOST_COUNTED + 1])
        found.update(ids)
        if len(ids) > MOST_COUNTED:
            ids = list(tickets.order_by("-pk").values_list("pk", flat=True)[:SHOWN])
        newest.update(nlargest(SHOWN, ids))
    return min(len(found), MOST_COUNTED + 1), nlargest(SHOWN, newest)


def address_of(queries: list[str], match: str) -> str:
    """The list of all tickets that fit: the list of tickets itself where one query says it."""
    if len(queries) == 1:
        query = queries[0] if "state=" in queries[0] else f"{queries[0]}&state=any"
        return f"{reverse('incidents:tickets')}?{query}"
    asked = [("if", query) for query in queries]
    return f"{reverse('rules:matching')}?{urlencode([*asked, ('match', match)])}"
