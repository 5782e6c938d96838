"""The search for tickets: one engine behind the search page, lists, the portal and the API."""

from contextlib import AbstractContextManager

from accounts.models import Person
from core.time_limits import time_limit
from incidents.models.ticket import TicketQuerySet
from incidents.searching.asking import Question, ask, ask_all
from incidents.searching.explaining import Found, Reason, explain
from incidents.searching.finding import Match, Matches, best, fitting
from incidents.searching.spelling import corrected, read_words

__all__ = [
    "Found",
    "Match",
    "Matches",
    "Question",
    "Reason",
    "ask",
    "ask_all",
    "best",
    "corrected",
    "explain",
    "fitting",
    "read_words",
    "search_limit",
    "search_tickets",
]


# No statement of a search may take longer: others wait for the database too.
STATEMENT_MS = 2_000
TOO_SLOW = (
    "This search took too long and was stopped. Add a rarer word or a name, or put words that "
    "belong together in quotes."
)


def search_limit() -> AbstractContextManager[None]:
    """Around the reading of a search: TookTooLong, with a sentence at `q`, when it is stopped."""
    return time_limit(STATEMENT_MS, TOO_SLOW, field="q")


def search_tickets(tickets: TicketQuerySet, text: str, person: Person) -> TicketQuerySet:
    """Those of these tickets that fit a text as somebody types it, in the order they are in.

    `tickets` start from `visible_to(person)`. A text with nothing to look for finds nothing.
    """
    return fitting(tickets, ask(text, person), person)
