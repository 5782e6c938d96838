"""Letting colleagues follow a ticket."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Person
from accounts.roles import STAFF_ROLES
from incidents.jobs import reversible
from incidents.models import Ticket
from rules.effects.base import Before, Effect, EffectForm, Words, names_of


class FollowForm(EffectForm):
    """Who is to follow."""

    people = forms.ModelMultipleChoiceField(
        label="Colleagues",
        queryset=Person.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 4}),
        help_text="They hear of what comes later. Hold Ctrl to choose several.",
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # a form's own arguments
        staff = Person.objects.with_role(*STAFF_ROLES).order_by("name")
        self.fields["people"].queryset = staff  # type: ignore[attr-defined]  # a choice of people


class AddFollowers(Effect):
    """Named colleagues follow the ticket, as far as they may see it; nobody follows twice."""

    name = "follow"
    label = "Add followers"
    form_class = FollowForm

    def say(self, words: Words) -> str:
        return f"let {names_of(words['people'])} follow"

    def do(self, ticket: Ticket, words: Words, actor: Person | None) -> Before:
        people = list(Person.objects.filter(pk__in=words["people"]).order_by("pk"))
        return reversible.let_follow(ticket, actor, people)

    def goes_back(self, words: Words) -> bool:
        return True

    def undo(self, ticket: Ticket, done: dict[str, Any], actor: Person | None) -> Sequence[str]:
        return reversible.follow_no_more(ticket, actor, done)
