"""Setting fields of a ticket."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Person
from catalogue.models import Component, Service
from incidents.jobs import reversible
from incidents.models import Ticket
from incidents.models.ticket import Level, Priority
from rules.effects.base import Before, Effect, EffectForm, Words, named

_AS_IS = ("", "As it is")


class SetForm(EffectForm):
    """Fields that are left empty stay as they are."""

    priority = forms.TypedChoiceField(
        choices=[_AS_IS, *Priority.choices], coerce=int, required=False, empty_value=None
    )
    impact = forms.TypedChoiceField(
        choices=[_AS_IS, *Level.choices], coerce=int, required=False, empty_value=None
    )
    urgency = forms.TypedChoiceField(
        choices=[_AS_IS, *Level.choices], coerce=int, required=False, empty_value=None
    )
    service = forms.ModelChoiceField(
        queryset=Service.objects.order_by("name"), required=False, empty_label="As it is"
    )
    component = forms.ModelChoiceField(
        queryset=Component.objects.order_by("name"), required=False, empty_label="As it is"
    )
    category = forms.CharField(max_length=80, required=False)


class SetFields(Effect):
    """Priority, impact, urgency, service, component, category."""

    name = "set"
    label = "Set fields"
    form_class = SetForm

    def say(self, words: Words) -> str:
        said = [f"{name} to {_shown(name, words[name])}" for name in words]
        return f"set {', '.join(said)}"

    def do(self, ticket: Ticket, words: Words, actor: Person | None) -> Before:
        return reversible.edit(ticket, actor, dict(words))

    def goes_back(self, words: Words) -> bool:
        return True

    def undo(self, ticket: Ticket, done: dict[str, Any], actor: Person | None) -> Sequence[str]:
        return reversible.edit_back(ticket, actor, done)


def _shown(name: str, value: Any) -> str:
    if name == "priority":
        return str(Priority(value).label)
    if name in ("impact", "urgency"):
        return str(Level(value).label).lower()
    if name == "category":
        return f"“{value}”"
    return named(Service if name == "service" else Component, value)
