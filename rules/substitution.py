"""Variables in the texts of rules and macros: those of canned replies."""

from accounts.models import Person
from core.errors import DomainError
from incidents.models import Ticket
from incidents.values import Values
from incidents.variables import VARIABLES, WITHOUT_AGENT, fill, unknown_variables


def check_text(text: str, field: str, *, by_agent: bool) -> str:
    """The text; a DomainError at `field` that names a variable outside the list.

    A rule acts for nobody in particular: what is said of the agent is for macros alone.
    """
    known = VARIABLES if by_agent else WITHOUT_AGENT
    unknown = unknown_variables(text, known)
    if unknown:
        raise DomainError(
            f"There is no variable “{unknown[0]}” here. Known are: {', '.join(known)}.", field=field
        )
    return text


def fill_in(text: str, ticket: Ticket, actor: Person | None, *, markdown: bool = True) -> str:
    """The text with its variables replaced by the ticket's own words."""
    return fill(text, Values(ticket, actor), markdown=markdown)
