"""Variables in the texts of rules and macros: a fixed list, replaced as plain words."""

import re
from collections.abc import Callable

from django.conf import settings

from core.errors import DomainError
from core.wording import absolute
from incidents.models import Ticket
from incidents.wording import requester_state

VARIABLES: dict[str, tuple[str, Callable[[Ticket], str]]] = {
    "ticket": ("its number, such as INC-42", lambda ticket: ticket.reference),
    "title": ("its title", lambda ticket: ticket.title),
    "link": (
        "its address",
        lambda ticket: f"{settings.SITE_URL.rstrip('/')}{ticket.get_absolute_url()}",
    ),
    "requester": ("the requester's name", lambda ticket: ticket.requester.name),
    "organisation": (
        "the requester's organisation",
        lambda ticket: ticket.organisation.name if ticket.organisation else "",
    ),
    "assignee": (
        "who works on it",
        lambda ticket: ticket.assignee.name if ticket.assignee else "nobody yet",
    ),
    "team": ("its team", lambda ticket: ticket.team.name if ticket.team else "the desk"),
    "service": ("its service", lambda ticket: ticket.service.name if ticket.service else ""),
    "priority": ("its priority", lambda ticket: ticket.get_priority_display()),
    "state": (
        "its state in the requester's words",
        lambda ticket: requester_state(ticket.state, ticket.pending_reason),
    ),
    "target": (
        "when it is due",
        lambda ticket: absolute(ticket.resolution_due_at) if ticket.resolution_due_at else "",
    ),
}
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
# What people typed must not become a link, a heading or a picture in a text of the desk.
_MARKDOWN = re.compile(r"([\\`*_\[\]()<>#|~!])")


def check_text(text: str, field: str) -> str:
    """The text; a DomainError at `field` that names a variable outside the list."""
    for name in _VARIABLE.findall(text):
        if name not in VARIABLES:
            known = ", ".join(VARIABLES)
            raise DomainError(f"There is no variable “{name}”. Known are: {known}.", field=field)
    return text


def fill_in(text: str, ticket: Ticket) -> str:
    """The text with its variables replaced by the ticket's own words."""

    def value(found: re.Match[str]) -> str:
        known = VARIABLES.get(found[1])
        if known is None:
            return found[0]
        words = known[1](ticket)
        return words if found[1] == "link" else _MARKDOWN.sub(r"\\\1", words)

    return _VARIABLE.sub(value, text)
