"""A ticket that is still being written."""

from typing import Any, NoReturn

from analysis.text import join_title
from incidents.models.ticket import Ticket


class TicketDraft(Ticket):
    """What has been typed of a ticket so far: unsaved, and never to be saved.

    Boxes beside the form are registered for "incidents.ticketdraft", slot "suggestions". They read
    `title`, `description`, `text`, `service` and `component`; anything may be missing.
    """

    class Meta:
        proxy = True

    @property
    def text(self) -> str:
        """Title and description as one text."""
        return join_title(self.title, self.description)

    def save(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: a draft becomes a ticket through `open_ticket`."""
        raise TypeError("a draft is not saved; open_ticket makes a ticket of it")
