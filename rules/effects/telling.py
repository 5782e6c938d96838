"""Telling people of a ticket."""

from django import forms

from accounts.models import Person, Team
from accounts.roles import STAFF_ROLES
from core.errors import DomainError
from core.timeline import record
from incidents.models import Ticket
from rules.effects.base import Before, Effect, EffectForm, Words, names_of
from rules.events import PEOPLE_TOLD
from rules.substitution import check_text, fill_in


class TellForm(EffectForm):
    """Who is told, and what."""

    people = forms.ModelMultipleChoiceField(
        queryset=Person.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 4}),
        help_text="Hold Ctrl to choose several.",
    )
    teams = forms.ModelMultipleChoiceField(
        queryset=Team.objects.all(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 4}),
        help_text="Every member is told.",
    )
    text = forms.CharField(label="What they are told", max_length=250, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # a form's own arguments
        staff = Person.objects.with_role(*STAFF_ROLES).order_by("name")
        self.fields["people"].queryset = staff  # type: ignore[attr-defined]  # a choice of people


class Tell(Effect):
    """Notices to people and teams; sent by the handler, to those who may see the ticket."""

    name = "tell"
    label = "Notify"
    lasting = False
    form_class = TellForm

    def check(self, words: Words, *, by_agent: bool) -> None:
        if not words.get("people") and not words.get("teams"):
            raise DomainError("Say who is told: people or teams.", field="people")
        check_text(words.get("text", ""), "text", by_agent=by_agent)

    def say(self, words: Words) -> str:
        return f"notify {_whom(words)}"

    def do(self, ticket: Ticket, words: Words, actor: Person | None) -> Before:
        record(
            PEOPLE_TOLD,
            ticket,
            actor=actor,
            names=_whom(words),
            people=list(words.get("people", ())),
            teams=list(words.get("teams", ())),
            text=fill_in(words.get("text", ""), ticket, actor, markdown=False),
        )
        return None


def _whom(words: Words) -> str:
    return names_of(words.get("people", ()), words.get("teams", ()))
