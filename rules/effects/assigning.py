"""Giving a ticket to somebody."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Person, Team
from accounts.roles import DEVELOPMENT_ROLES, SUPPORT_ROLES
from core.errors import DomainError
from incidents.actions import assign_or_stand_in, assign_ticket
from incidents.jobs import reversible
from incidents.models import Ticket
from rules.effects.base import Before, Effect, EffectForm, Words, named, optional_row


class AssignForm(EffectForm):
    """A person, a team, or whoever runs the macro."""

    person = forms.ModelChoiceField(
        queryset=Person.objects.none(),
        required=False,
        empty_label="Nobody in particular",
        help_text="While they are away: who stands in for them, or else the team.",
    )
    team = forms.ModelChoiceField(
        queryset=Team.objects.all(), required=False, empty_label="As it is"
    )
    to_me = forms.BooleanField(label="Whoever runs the macro", required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # a form's own arguments
        workers = Person.objects.with_role(*SUPPORT_ROLES, *DEVELOPMENT_ROLES).order_by("name")
        self.fields["person"].queryset = workers  # type: ignore[attr-defined]  # a ModelChoiceField


class Assign(Effect):
    """A person, a team, or the agent."""

    name = "assign"
    label = "Assign"
    form_class = AssignForm

    def check(self, words: Words, *, by_agent: bool) -> None:
        if "to_me" in words and not by_agent:
            raise DomainError("A rule runs for nobody: name a person or a team.", field="to_me")
        if "to_me" in words and "person" in words:
            raise DomainError("Choose a person or whoever runs it, not both.", field="person")

    def say(self, words: Words) -> str:
        to = ["whoever runs it"] if "to_me" in words else []
        to += [named(Person, words["person"])] if "person" in words else []
        to += [named(Team, words["team"])] if "team" in words else []
        return f"assign to {' · '.join(to)}"

    def do(self, ticket: Ticket, words: Words, actor: Person | None) -> Before:
        before = reversible.owner_of(ticket)
        team = optional_row(Team, words, "team", "team")
        named_one = optional_row(Person, words, "person", "person")
        if named_one is not None:
            assign_or_stand_in(ticket, actor=actor, assignee=named_one, team=team)
        else:
            me = actor if "to_me" in words else None
            assign_ticket(ticket, actor=actor, assignee=me, team=team)
        return reversible.assigned(ticket, before)

    def goes_back(self, words: Words) -> bool:
        return True

    def undo(self, ticket: Ticket, done: dict[str, Any], actor: Person | None) -> Sequence[str]:
        return reversible.assign_back(ticket, actor, done)
