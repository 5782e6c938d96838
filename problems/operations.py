"""What problems can do to many tickets at once."""

from typing import Any, cast

from django import forms

from accounts.models import Person
from core.errors import DomainError
from incidents.jobs.operations import Params, ParamsForm, operation
from incidents.models import Ticket
from problems import actions
from problems.actions import refusal
from problems.fields import ReferenceField
from problems.models import Problem
from problems.telling import OPERATION
from problems.workflow import TOLD


class _ProblemForm(ParamsForm):
    """A problem by reference."""

    problem = ReferenceField(label="Problem", prefixes=("PRB",))

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, reader=reader, **kwargs)
        field = cast("ReferenceField", self.fields["problem"])
        field.rows = Problem.objects.visible_to(reader).defer("search_vector")

    def params(self) -> Params:
        """The problem by reference, which the form reads again."""
        return {**self.cleaned_data, "problem": self.cleaned_data["problem"].reference}


class LinkToProblemForm(_ProblemForm):
    """The cause of a selection."""


class TellForm(_ProblemForm):
    """What the requesters of a selection read of a problem."""

    kind = forms.ChoiceField(label="What", choices=TOLD)
    body = forms.CharField(
        label="Reply to the requesters",
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=20_000,
        help_text="Each requester reads this on their own ticket. Variables of canned replies, "
        "such as {{requester.first_name}}, are filled in for each.",
    )

    def clean_body(self) -> str:
        """Known variables only: another name would be sent as it stands."""
        try:
            return actions.check_words(self.cleaned_data["body"])
        except DomainError as error:
            raise forms.ValidationError(error.message) from error


def _problem(person: Person, params: Params) -> Problem:
    number = params["problem"].rpartition("-")[2]
    found = Problem.objects.visible_to(person).filter(pk=number).first()
    if found is None:
        raise DomainError(f"There is no {params['problem']} any more.", field="problem")
    return found


def _check(person: Person, params: Params) -> Params:
    reason = refusal(_problem(person, params), params["kind"])
    if reason:
        raise DomainError(reason, field="problem")
    return params


def _tell(ticket: Ticket, person: Person, params: Params) -> None:
    """Writes it on one ticket; one that was told the same before is refused."""
    if not ticket.is_open:
        raise DomainError(f"{ticket.reference} is {ticket.state_label.lower()}.")
    problem = _problem(person, params)
    words = {"body": params["body"], "kind": params["kind"]}
    actions.send_workaround(problem, actor=person, ticket=ticket, **words)


def _link(ticket: Ticket, person: Person, params: Params) -> Params:
    problem = _problem(person, params)
    known = problem.ticket_links.filter(ticket=ticket).exists()
    actions.link_ticket_to_problem(problem, actor=person, ticket=ticket)
    return {"problem": None if known else problem.reference}


def _link_back(ticket: Ticket, person: Person, payload: Params) -> None:
    if payload["problem"] is not None:
        problem = _problem(person, payload)
        actions.unlink_ticket_from_problem(problem, actor=person, ticket=ticket)


operation(
    "link_problem",
    label="Link with a problem",
    apply=_link,
    undo=_link_back,
    form=LinkToProblemForm,
    describe=lambda params: f"Link with {params['problem']}",
    undo_note="The links made by this are taken away; others stay.",
    order=125,
)
operation(
    OPERATION,
    label="Tell of a workaround or fix",
    apply=_tell,
    check=_check,
    form=TellForm,
    describe=lambda params: (
        f"Tell of the {dict(TOLD)[params['kind']].lower()} of {params['problem']}"
    ),
    undo_note="The requesters will have read it.",
    order=127,
)
