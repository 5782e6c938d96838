"""The variables of canned replies: a fixed list, and nothing is ever evaluated. Pure."""

import re
from collections.abc import Mapping

VARIABLES: Mapping[str, str] = {
    "requester.first_name": "First name of the requester",
    "requester.name": "Full name of the requester",
    "organisation.name": "Organisation of the requester",
    "ticket.reference": "Number of the ticket, such as INC-20418",
    "ticket.title": "Title of the ticket",
    "ticket.service": "Service of the ticket",
    "ticket.component": "Component of the ticket",
    "agent.first_name": "Your first name",
    "agent.name": "Your full name",
}
_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]|<>~&])")
# These begin something only where a line begins: a list, a heading, a quotation.
_AT_START = re.compile(r"^(?:([-+#=>])|(\d{1,9})([.)]))")


def unknown_variables(text: str) -> list[str]:
    """Names in double braces that are no variable, in the order of the text."""
    return [name for name in _PLACE.findall(text) if name not in VARIABLES]


def as_plain_words(value: str) -> str:
    """The value as Markdown that shows it letter by letter on one line."""
    plain = _MARKDOWN.sub(r"\\\1", " ".join(value.split()))
    return _AT_START.sub(lambda at: f"\\{at[1]}" if at[1] else f"{at[2]}\\{at[3]}", plain)


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its variables replaced, once: a value that looks like a variable stays words.

    Unknown names stay as they are; a variable without a value becomes nothing.
    """

    def put(found: re.Match[str]) -> str:
        name = found[1]
        return as_plain_words(values.get(name, "")) if name in VARIABLES else found[0]

    return _PLACE.sub(put, text)
