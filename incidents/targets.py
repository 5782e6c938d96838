"""Finding the other ticket, to merge into it or to link with it.

Without words: tickets near this one (same requester, organisation, component). With words: a
number or its beginning, or the beginnings of words of a title. Every statement reads an index and
at most a page of rows, whatever the size of the desk.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Person
from core.errors import DomainError
from core.references import parse_reference
from core.wording import printable
from incidents.models import Ticket
from incidents.models.ticket import TicketQuerySet
from incidents.workflow import CLOSED

SHOWN = 20
OF_EACH = 8
# So many of the newest tickets, and of what an index gives, are looked at for words.
LOOKED_AT = 2_000
OF_EACH_LOOKED_AT = 200
SHORTEST = 2
LONGEST_ID = 10
MOST_WORDS = 8
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"^\s*(?:(?:INC|REQ)-?)?(\d{1,10})\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Candidate:
    """A ticket that may be meant, and what it shares with the one at hand."""

    ticket: Ticket
    reason: str


def propose_tickets(person: Person, ticket: Ticket, words: str = "") -> list[Candidate]:
    """Tickets this person may see that may be meant, nearest to `ticket` first.

    Neither the ticket itself nor merged ones; closed ones only when they are asked for by number.
    """
    words = printable(words)
    visible = Ticket.objects.visible_to(person).exclude(pk=ticket.pk).unmerged()
    number = _NUMBER.match(words)
    if number:
        found = _by_number(visible, int(number[1]))
    elif words:
        found = _by_words(visible, ticket, words)
    else:
        found = _near(visible, ticket)
    named = (Candidate(one, _reason(one, ticket)) for one in found)
    # A number that fits to the letter stands first; everything else by what it shares.
    exact = int(number[1]) if number else 0
    return sorted(named, key=lambda one: (one.ticket.pk != exact, *_nearness(one)))[:SHOWN]


def ticket_meant(person: Person, text: str) -> Ticket | None:
    """The ticket somebody names by its reference or number; None when they may see none such."""
    number = _NUMBER.match(text)
    if number is None or (parse_reference(text) is None and not text.strip().isdecimal()):
        return None
    return Ticket.objects.visible_to(person).filter(pk=int(number[1])).first()


def tickets_meant(person: Person, text: str, *, field: str = "tickets") -> list[Ticket]:
    """The tickets a list of numbers names, such as “INC-41, REQ-7”, each once.

    DomainError at `field` for the first that is not there for this person.
    """
    found: dict[int, Ticket] = {}
    for word in text.replace(",", " ").split():
        ticket = ticket_meant(person, word)
        if ticket is None:
            raise DomainError(f"There is no ticket {word[:20]}.", field=field)
        found[ticket.pk] = ticket
    return list(found.values())


def _rows(tickets: TicketQuerySet, most: int = SHOWN) -> list[Ticket]:
    shown = tickets.select_related("requester", "organisation", "component").defer("description")
    return list(shown.order_by("-pk")[:most])


def _by_number(visible: TicketQuerySet, number: int) -> list[Ticket]:
    """The ticket of this number, and the newest of each length that begin with it: ranges of the
    key, each read for itself.
    """
    pools = []
    for zeros in range(1, LONGEST_ID - len(str(number))):
        low = number * 10**zeros
        ranged = Ticket.objects.filter(pk__range=(low, low + 10**zeros - 1)).order_by("-pk")
        pools.append(ranged.values_list("pk", flat=True)[:SHOWN])
    exact = Ticket.objects.filter(pk=number).values_list("pk", flat=True).order_by("-pk")[:1]
    return _rows(visible.filter(pk__in=list(exact.union(*pools))), SHOWN * LONGEST_ID)


def _near(visible: TicketQuerySet, ticket: Ticket) -> list[Ticket]:
    """The newest tickets that are not over, of the same requester, organisation and component."""
    alive = visible.exclude(state_category=CLOSED)
    return _unique(one for same in _shared(ticket) for one in _rows(alive.filter(same), OF_EACH))


def _by_words(visible: TicketQuerySet, ticket: Ticket, words: str) -> list[Ticket]:
    """Two looks, each over a bounded number of rows: the newest tickets, near ones and all, and
    any that the index of titles gives. A common word is found among the first.
    """
    found = [word for word in _WORD.findall(words) if len(word) >= SHORTEST][:MOST_WORDS]
    if not found:
        return []
    alive = visible.exclude(state_category=CLOSED)
    indexed = Ticket.objects.titled(found).order_by().values_list("pk", flat=True)[:LOOKED_AT]
    return _unique(
        [
            *_rows(alive.filter(pk__in=_newest(ticket)).titled(found, by_index=False)),
            *_rows(alive.filter(pk__in=list(indexed))),
        ]
    )


def _newest(ticket: Ticket) -> list[int]:
    """Numbers of the newest tickets: of the same requester, organisation, component, and of all."""
    pools = [
        Ticket.objects.filter(same).order_by("-pk").values_list("pk", flat=True)[:OF_EACH_LOOKED_AT]
        for same in _shared(ticket)
    ]
    newest = Ticket.objects.order_by("-pk").values_list("pk", flat=True)[:LOOKED_AT]
    return list(newest.union(*pools))


def _shared(ticket: Ticket) -> list[Q]:
    shared = [Q(requester=ticket.requester_id)]
    if ticket.organisation_id:
        shared.append(Q(organisation=ticket.organisation_id))
    if ticket.component_id:
        shared.append(Q(component=ticket.component_id))
    return shared


def _unique(tickets: Iterable[Ticket]) -> list[Ticket]:
    return list({one.pk: one for one in tickets}.values())


_REASONS = ("same requester", "same organisation", "same component", "")


def _reason(one: Ticket, ticket: Ticket) -> str:
    if one.requester_id == ticket.requester_id:
        return _REASONS[0]
    if one.organisation_id and one.organisation_id == ticket.organisation_id:
        return _REASONS[1]
    if one.component_id and one.component_id == ticket.component_id:
        return _REASONS[2]
    return _REASONS[3]


def _nearness(candidate: Candidate) -> tuple[int, int]:
    return _REASONS.index(candidate.reason), -candidate.ticket.pk
