"""The search for tickets: one engine behind the search page, lists, the portal and the API."""

from accounts.models import Person
from incidents.models.ticket import TicketQuerySet
from incidents.searching.asking import Question, ask, ask_all
from incidents.searching.explaining import Found, Reason, explain
from incidents.searching.finding import Match, Matches, best, fitting
from incidents.searching.limits import STATEMENT_MS, in_time
from incidents.searching.spelling import corrected, read_words

__all__ = [
    "STATEMENT_MS",
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
    "in_time",
    "read_words",
    "search_tickets",
]


def search_tickets(tickets: TicketQuerySet, text: str, person: Person) -> TicketQuerySet:
    """Those of these tickets that fit a text as somebody types it, in the order they are in.

    `tickets` start from `visible_to(person)`. A text with nothing to look for finds nothing.
    """
    return fitting(tickets, ask(text, person), person)
