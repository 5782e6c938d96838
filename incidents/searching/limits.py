"""What a search may cost: everything is looked through in time, or the newest tickets are."""

from collections.abc import Callable
from typing import TypeVar

from django.db.models import Max

from core.time_limits import TookTooLong, time_limit
from incidents.models import Ticket

Answer = TypeVar("Answer")

# No statement of a search may take longer: others wait for the database too.
STATEMENT_MS = 2_000
# When looking through everything takes too long, so many of the newest tickets are looked through,
# and fewer when that does too: (tickets, milliseconds a statement).
NEWEST = ((50_000, 1_000), (5_000, 500))
TOO_SLOW = (
    "This search took too long and was stopped. Add a rarer word or a name, or put words that "
    "belong together in quotes."
)
ONLY_NEWEST = (
    "Looking through everything took too long: these are from the newest {:,} tickets. "
    "Add a rarer word or a name to search all."
)


def in_time(read: Callable[[int], Answer]) -> tuple[Answer, str]:
    """What `read` finds among tickets with numbers above its argument, and a sentence when not all
    of them were looked through.

    `read` is asked for all tickets (0) first, then for the newest ones. TookTooLong, with a
    sentence at `q`, when even a few of them take too long.
    """
    try:
        return _limited(read, 0, STATEMENT_MS), ""
    except TookTooLong:
        *longer, (last, shortest) = NEWEST
        highest = Ticket.objects.aggregate(highest=Max("pk"))["highest"] or 0
        for tickets, milliseconds in longer:
            try:
                return _newest(read, highest, tickets, milliseconds)
            except TookTooLong:
                continue
        return _newest(read, highest, last, shortest)


def _newest(
    read: Callable[[int], Answer], highest: int, tickets: int, milliseconds: int
) -> tuple[Answer, str]:
    answer = _limited(read, max(0, highest - tickets), milliseconds)
    return answer, ONLY_NEWEST.format(tickets)


def _limited(read: Callable[[int], Answer], above: int, milliseconds: int) -> Answer:
    with time_limit(milliseconds, TOO_SLOW, field="q"):
        return read(above)
