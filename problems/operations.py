"""Telling many tickets of a problem's workaround or fix."""

from typing import Any, cast

from django import forms

from accounts.models import Person
from core.errors import DomainError
from incidents.jobs.operations import Params, ParamsForm, operation
from incidents.models import Ticket
from problems.actions import send_workaround
from problems.models import Problem
from problems.telling import OPERATION, refusal
from problems.workflow import TOLD


class TellForm(ParamsForm):
    """Which problem, and what is said of it."""

    problem = forms.ModelChoiceField(queryset=Problem.objects.none())
    kind = forms.ChoiceField(label="What", choices=TOLD)
    body = forms.CharField(
        label="Reply to the requesters",
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=20_000,
    )

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, reader=reader, **kwargs)
        field = cast("forms.ModelChoiceField[Problem]", self.fields["problem"])
        field.queryset = Problem.objects.visible_to(reader).defer("search_vector")

    def params(self) -> Params:
        """The problem by number."""
        return {**self.cleaned_data, "problem": self.cleaned_data["problem"].pk}


def _problem(person: Person, params: Params) -> Problem:
    found = Problem.objects.visible_to(person).filter(pk=params["problem"]).first()
    if found is None:
        raise DomainError("This problem is not there any more.", field="problem")
    return found


def _check(person: Person, params: Params) -> Params:
    reason = refusal(_problem(person, params), params["kind"])
    if reason:
        raise DomainError(reason, field="problem")
    return params


def _apply(ticket: Ticket, person: Person, params: Params) -> None:
    """Writes it on one ticket; one that was told the same before is refused."""
    if not ticket.is_open:
        raise DomainError(f"{ticket.reference} is {ticket.state_label.lower()}.")
    problem = _problem(person, params)
    send_workaround(problem, actor=person, ticket=ticket, body=params["body"], kind=params["kind"])


def _describe(params: Params) -> str:
    problem = Problem.objects.filter(pk=params["problem"]).first()
    named = f"{problem.reference} {problem.title}" if problem else "a problem"
    return f"Tell of the {dict(TOLD)[params['kind']].lower()}: {named}"


operation(
    OPERATION,
    label="Tell of a workaround or fix",
    apply=_apply,
    check=_check,
    form=TellForm,
    describe=_describe,
    undo_note="The requesters will have read it.",
    order=100,
)
