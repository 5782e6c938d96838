"""Writing on a ticket."""

from typing import ClassVar

from django import forms

from accounts.models import Person
from incidents.actions import reply_to_ticket
from incidents.models import Message, Ticket
from rules.effects.base import Before, Effect, EffectForm, Words
from rules.substitution import check_text, fill_in

_SHOWN = 60


class WriteForm(EffectForm):
    """Markdown with variables."""

    body = forms.CharField(
        label="Text", required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 3})
    )


class _Write(Effect):
    """A message of one kind."""

    lasting = False
    form_class = WriteForm
    kind: ClassVar[str]

    def check(self, words: Words, *, by_agent: bool) -> None:
        check_text(words["body"], "body", by_agent=by_agent)

    def say(self, words: Words) -> str:
        text = " ".join(words["body"].split())
        shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"
        return f"{self.label.lower()} “{shown}”"

    def do(self, ticket: Ticket, words: Words, actor: Person | None) -> Before:
        body = fill_in(words["body"], ticket, actor)
        reply_to_ticket(ticket, actor=actor, body=body, kind=self.kind)
        return None


class AddNote(_Write):
    """An internal note."""

    name = "note"
    label = "Add an internal note"
    kind = Message.Kind.NOTE


class SendReply(_Write):
    """A public reply."""

    name = "reply"
    label = "Send a public reply"
    kind = Message.Kind.PUBLIC
