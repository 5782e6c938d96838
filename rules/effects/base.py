"""What an action of rules and macros is."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.db import models

from accounts.models import Person, Team
from core.errors import DomainError
from incidents.models import Ticket

Words = Mapping[str, Any]
Before = dict[str, Any] | None


class EffectForm(forms.Form):
    """What one action is told, for pages and programs alike. Nothing filled in: not asked for."""

    def words(self) -> dict[str, Any]:
        """What was filled in, fit to be stored: records by number, nothing that is empty."""
        return {
            name: _stored(value)
            for name, value in self.cleaned_data.items()
            if value not in (None, "", False) and _stored(value) != []
        }


def _stored(value: object) -> object:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, models.QuerySet):
        return [one.pk for one in value]
    return value


class Effect:
    """One kind of action. Subclasses are registered in `rules.effects`, in the order they run.

    A `lasting` effect leaves the ticket changed and, done twice, records nothing the second time:
    the loop guard reads from it whether two rules undo each other.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    lasting: ClassVar[bool] = True
    form_class: ClassVar[type[EffectForm]]

    def check(self, words: Words, *, by_agent: bool) -> None:
        """Raises DomainError with the field's name when this cannot be done by anybody.

        `by_agent` says that an agent runs it (a macro) rather than the desk (a rule).
        """

    def say(self, words: Words) -> str:
        """What it will do, in words that follow a name: “set priority to P1 Critical”."""
        raise NotImplementedError

    def do(self, ticket: Ticket, words: Words, actor: Person | None) -> Before:
        """Does it through the actions of incidents; raises DomainError when they refuse.

        Returns what the way back needs to know, as plain JSON; None where there is none.
        """
        raise NotImplementedError

    def goes_back(self, words: Words) -> bool:
        """True when doing it with these words can be undone by `undo`."""
        return False

    def undo(self, ticket: Ticket, done: dict[str, Any], actor: Person | None) -> Sequence[str]:
        """Takes it back; raises DomainError when the ticket has no way back by now.

        Returns a sentence for each thing that stays because somebody changed it since.
        """
        raise NotImplementedError


def row(model: type[models.Model], number: object, what: str) -> Any:
    """The record with this number; a DomainError when it is gone."""
    found = model._default_manager.filter(pk=number).first()
    if found is None:
        raise DomainError(f"The {what} named in this action does not exist any more.")
    return found


def optional_row(model: type[models.Model], words: Words, name: str, what: str) -> Any:
    """The record a word names, or None when the word is not given."""
    return row(model, words[name], what) if name in words else None


def named(model: type[models.Model], number: object) -> str:
    """The record's name, for sentences."""
    return str(model._default_manager.filter(pk=number).first() or "somebody who is gone")


def names_of(people: Sequence[int], teams: Sequence[int] = ()) -> str:
    """The names of people, then of teams, for sentences."""
    persons = Person.objects.filter(pk__in=people).order_by("name")
    groups = Team.objects.filter(pk__in=teams)
    names = [*persons.values_list("name", flat=True), *groups.values_list("name", flat=True)]
    return ", ".join(names) or "nobody who is still here"
