"""A selection of tickets written as a list's query string: the one language of conditions.

Saved views, exports, work on many tickets and rules all keep their conditions as the query string
of the list of tickets ("state=open&priority=1"), so that a person can always open in the list what
a program will act on.
"""

from types import SimpleNamespace
from typing import cast

from django.http import HttpRequest, QueryDict

from accounts.models import Person
from core.errors import DomainError
from incidents.filters import TicketFilter
from incidents.models import Ticket
from incidents.models.ticket import TicketQuerySet


def select_tickets(person: Person, query: str) -> TicketQuerySet:
    """Tickets the person may see that fit the query string, in no particular order.

    Raises DomainError with the parameter's name when a value is not one of its choices. Words that
    are no parameter of the list (such as `sort`) are passed over.
    """
    request = cast("HttpRequest", SimpleNamespace(user=person))
    visible = Ticket.objects.visible_to(person)
    chosen = TicketFilter(QueryDict(query), queryset=visible, request=request)
    if not chosen.is_valid():
        field, sentences = next(iter(chosen.errors.items()))
        raise DomainError(str(sentences[0]), field=field)
    return cast("TicketQuerySet", chosen.qs)
