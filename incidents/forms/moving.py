"""Moving a card of a board."""

from typing import Any

from django import forms

from accounts.models import Person, Team
from accounts.roles import DEVELOPMENT_ROLES, SUPPORT_ROLES
from incidents.models import Ticket
from incidents.models.ticket import Priority
from incidents.permissions import allowed_steps


class MoveForm(forms.Form):
    """Where the card goes: `by` says what the board's columns are."""

    to = forms.ChoiceField(label="Move to", widget=forms.RadioSelect)

    def __init__(self, *args: Any, by: str, ticket: Ticket, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        field.choices = _places(by, ticket, person)  # type: ignore[attr-defined]  # a ChoiceField
        if by in ("assignee", "team"):
            field.widget = forms.Select(choices=field.choices)  # type: ignore[attr-defined]  # a ChoiceField


def _places(by: str, ticket: Ticket, person: Person) -> list[tuple[str, str]]:
    if by == "priority":
        return [(str(value), str(label)) for value, label in Priority.choices]
    if by == "team":
        return [
            (str(pk), name)
            for pk, name in Team.objects.visible_to(person).values_list("pk", "name")
        ]
    if by == "assignee":
        workers = Person.objects.with_role(*SUPPORT_ROLES, *DEVELOPMENT_ROLES).order_by("name")
        return [(str(pk), name) for pk, name in workers.values_list("pk", "name")]
    steps = allowed_steps(person, ticket)
    return list({step.target: ticket.workflow.label(step.target) for step in steps}.items())
