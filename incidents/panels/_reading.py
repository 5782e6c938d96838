"""Who a box is drawn for, and what they may do."""

from weakref import WeakKeyDictionary

from django.http import HttpRequest

from accounts.models import Person
from incidents.models import Ticket
from incidents.permissions import allowed

_rights: WeakKeyDictionary[HttpRequest, dict[int, frozenset[str]]] = WeakKeyDictionary()


def reader_of(request: HttpRequest) -> Person:
    """The person signed in; boxes are drawn for nobody else."""
    if not isinstance(request.user, Person):
        raise TypeError("boxes are drawn for people who are signed in")
    return request.user


def rights_of(request: HttpRequest, ticket: Ticket) -> frozenset[str]:
    """Every act the reader may do to the ticket; worked out once a request for all boxes."""
    known = _rights.setdefault(request, {})
    if ticket.pk not in known:
        known[ticket.pk] = allowed(reader_of(request), ticket)
    return known[ticket.pk]
