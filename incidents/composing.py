"""What can be called up with `/` while writing on a ticket: texts to insert, and things to do.

Higher apps add sources; a source that fails is logged and left out, writing goes on.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import DatabaseError

from accounts.models import Person
from core.errors import DomainError
from incidents.models import Ticket

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Choice:
    """One line of the menu: `text` (Markdown) is inserted, or `run_url` is posted to.

    `key` is unique among all choices ("reply.12"), `label` is what is searched and read, `hint`
    says in a few words what it does, `group` is the heading it stands under. An `internal` text is
    not offered for what the requester reads.
    """

    key: str
    label: str
    group: str
    hint: str = ""
    text: str = ""
    run_url: str = ""
    internal: bool = False


Source = Callable[[Person, Ticket], Sequence[Choice]]
_sources: list[Source] = []


def composer_source(source: Source) -> Source:
    """Registers a function that gives choices for a person and a ticket they may see."""
    _sources.append(source)
    return source


def composer_choices(person: Person, ticket: Ticket) -> list[Choice]:
    """Every choice, in the order the sources were registered."""
    found: list[Choice] = []
    for source in _sources:
        try:
            found.extend(source(person, ticket))
        except (DatabaseError, DomainError):
            logger.exception("composer source %s failed", source.__qualname__)
    return found
