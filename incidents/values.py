"""What the variables of texts say for a ticket."""

from collections.abc import Callable, Iterator, Mapping

from django.conf import settings

from accounts.models import Person
from core.wording import absolute
from incidents.models import Ticket
from incidents.variables import VARIABLES
from incidents.wording import requester_state


class Values(Mapping[str, str]):
    """The value of each variable for a ticket and whoever writes; looked up when it is asked for.

    Nobody in particular (None) writes for a rule: then what is said of the agent is empty.
    """

    def __init__(self, ticket: Ticket, agent: Person | None) -> None:
        self.ticket = ticket
        self.agent = agent

    def __getitem__(self, name: str) -> str:
        if name.startswith("agent."):
            return _OF_AGENT[name](self.agent) if self.agent else ""
        return _OF_TICKET[name](self.ticket)

    def __iter__(self) -> Iterator[str]:
        return iter(VARIABLES)

    def __len__(self) -> int:
        return len(VARIABLES)


def _first(name: str) -> str:
    return name.split(" ", maxsplit=1)[0]


_OF_AGENT: Mapping[str, Callable[[Person], str]] = {
    "agent.first_name": lambda agent: _first(agent.name),
    "agent.name": lambda agent: agent.name,
}
_OF_TICKET: Mapping[str, Callable[[Ticket], str]] = {
    "requester.first_name": lambda ticket: _first(ticket.requester.name),
    "requester.name": lambda ticket: ticket.requester.name,
    "organisation.name": lambda ticket: ticket.organisation.name if ticket.organisation else "",
    "ticket.reference": lambda ticket: ticket.reference,
    "ticket.title": lambda ticket: ticket.title,
    "ticket.link": lambda ticket: f"{settings.SITE_URL.rstrip('/')}{ticket.get_absolute_url()}",
    "ticket.service": lambda ticket: ticket.service.name if ticket.service else "",
    "ticket.component": lambda ticket: ticket.component.name if ticket.component else "",
    "ticket.team": lambda ticket: ticket.team.name if ticket.team else "the desk",
    "ticket.priority": lambda ticket: ticket.get_priority_display(),
    "ticket.state": lambda ticket: requester_state(ticket.state, ticket.pending_reason),
    "ticket.due": lambda ticket: (
        absolute(ticket.resolution_due_at) if ticket.resolution_due_at else ""
    ),
    "assignee.name": lambda ticket: ticket.assignee.name if ticket.assignee else "nobody yet",
}
