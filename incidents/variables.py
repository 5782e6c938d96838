"""The variables of canned replies, rules, macros and texts of major incidents. Pure.

One fixed list and one syntax; nothing is evaluated.
"""

import re
from collections.abc import Collection, Mapping

VARIABLES: Mapping[str, str] = {
    "requester.first_name": "First name of the requester",
    "requester.name": "Full name of the requester",
    "organisation.name": "Organisation of the requester",
    "ticket.reference": "Number of the ticket, such as INC-20418",
    "ticket.title": "Title of the ticket",
    "ticket.link": "Address of the ticket",
    "ticket.service": "Service of the ticket",
    "ticket.component": "Component of the ticket",
    "ticket.team": "Team the ticket is with",
    "ticket.priority": "Priority of the ticket",
    "ticket.state": "State of the ticket in the requester's words",
    "ticket.due": "When the ticket is to be solved",
    "assignee.name": "Full name of whoever works on the ticket",
    "agent.first_name": "Your first name",
    "agent.name": "Your full name",
}
# What there is to say when nobody in particular writes, as a rule does.
WITHOUT_AGENT = {name: words for name, words in VARIABLES.items() if not name.startswith("agent.")}
# What texts of major incidents say besides.
OF_MAJOR: Mapping[str, str] = {
    "major.headline": "Headline of the major incident",
    "major.components": "Affected components",
    "major.next_update": "When the next update comes, such as 14:30",
}
# Our own words, never somebody's: they stand as they are.
_OURS = frozenset({"ticket.link"})
_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]|<>~&])")
# These begin something only where a line begins: a list, a heading, a quotation.
_AT_START = re.compile(r"^(?:([-+#=>])|(\d{1,9})([.)]))")


def unknown_variables(text: str, known: Collection[str] = VARIABLES) -> list[str]:
    """Names in double braces that are no variable, in the order of the text."""
    return [name for name in _PLACE.findall(text) if name not in known]


def as_plain_words(value: str) -> str:
    """The value as Markdown that shows it letter by letter on one line."""
    plain = _MARKDOWN.sub(r"\\\1", " ".join(value.split()))
    return _AT_START.sub(lambda at: f"\\{at[1]}" if at[1] else f"{at[2]}\\{at[3]}", plain)


def fill(
    text: str,
    values: Mapping[str, str],
    *,
    markdown: bool = True,
    known: Collection[str] = VARIABLES,
) -> str:
    """`text` with its variables replaced, once: a value that looks like a variable stays words.

    Names that are not `known` stay as they are; a variable without a value becomes nothing. In a
    text that is no `markdown` values stand letter by letter.
    """

    def put(found: re.Match[str]) -> str:
        name = found[1]
        if name not in known:
            return found[0]
        value = values.get(name, "")
        return as_plain_words(value) if markdown and name not in _OURS else value

    return _PLACE.sub(put, text)
