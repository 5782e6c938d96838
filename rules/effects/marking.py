"""Marking a ticket with tags."""

from collections.abc import Sequence
from typing import Any

from accounts.models import Person
from core.errors import DomainError
from incidents.jobs import reversible
from incidents.models import Ticket
from incidents.tagwords import TagsField
from rules.effects.base import Before, Effect, EffectForm, Words


class TagForm(EffectForm):
    """Tags to add and to take away."""

    add = TagsField(label="Add tags", required=False)
    remove = TagsField(label="Take tags away", required=False)


class MarkWithTags(Effect):
    """Adds tags and takes others away; what is so already is left alone."""

    name = "tags"
    label = "Tags"
    form_class = TagForm

    def check(self, words: Words, *, by_agent: bool) -> None:
        both = set(words.get("add", ())) & set(words.get("remove", ()))
        if both:
            raise DomainError(f"“{min(both)}” is to be added as well.", field="remove")

    def say(self, words: Words) -> str:
        said = [("add", words.get("add")), ("take away", words.get("remove"))]
        return ", ".join(f"{verb} {_named(tags)}" for verb, tags in said if tags)

    def do(self, ticket: Ticket, words: Words, actor: Person | None) -> Before:
        add, remove = words.get("add", ()), words.get("remove", ())
        return reversible.mark(ticket, actor, add=add, remove=remove)

    def goes_back(self, words: Words) -> bool:
        return True

    def undo(self, ticket: Ticket, done: dict[str, Any], actor: Person | None) -> Sequence[str]:
        return reversible.mark_back(ticket, actor, done)


def _named(tags: list[str]) -> str:
    return f"the tag{'s' if len(tags) > 1 else ''} {', '.join(tags)}"
