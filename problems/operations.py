"""What problems can do to many tickets at once."""

from typing import Any, cast

from django import forms

from accounts.models import Person
from core.errors import DomainError
from incidents.jobs.operations import Params, ParamsForm, operation, start_job
from incidents.models import Ticket, TicketJob
from problems import actions, permissions
from problems.actions.telling import check_words, open_tickets_of
from problems.fields import ReferenceField
from problems.models import Problem

TELL = "tell_requesters"


class _ProblemForm(ParamsForm):
    """A problem by reference."""

    problem = ReferenceField(label="Problem", prefixes=("PRB",))

    def __init__(self, *args: Any, reader: Person, **kwargs: Any) -> None:
        super().__init__(*args, reader=reader, **kwargs)
        field = cast("ReferenceField", self.fields["problem"])
        field.rows = Problem.objects.visible_to(reader)

    def params(self) -> Params:
        """The problem by reference, which the form reads again."""
        return {**self.cleaned_data, "problem": self.cleaned_data["problem"].reference}


class LinkToProblemForm(_ProblemForm):
    """The cause of a selection."""


class TellForm(_ProblemForm):
    """What the requesters of a selection read."""

    body = forms.CharField(
        label="Public reply",
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=20_000,
        help_text="Each requester reads this on their own ticket. Variables of canned replies, "
        "such as {{requester.first_name}}, are filled in for each.",
    )

    def clean_body(self) -> str:
        """Known variables only: another name would be sent as it stands."""
        try:
            return check_words(self.cleaned_data["body"])
        except DomainError as error:
            raise forms.ValidationError(error.message) from error


def _problem(person: Person, params: Params) -> Problem:
    number = params["problem"].rpartition("-")[2]
    found = Problem.objects.visible_to(person).filter(pk=number).first()
    if found is None:
        raise DomainError(f"There is no {params['problem']} any more.", field="problem")
    return found


def _tell(ticket: Ticket, person: Person, params: Params) -> None:
    problem = _problem(person, params)
    actions.tell_requesters(problem, actor=person, ticket=ticket, body=params["body"])


def _link(ticket: Ticket, person: Person, params: Params) -> Params:
    problem = _problem(person, params)
    known = problem.ticket_links.filter(ticket=ticket).exists()
    actions.link_ticket_to_problem(problem, actor=person, ticket=ticket)
    return {"problem": None if known else problem.reference}


def _link_back(ticket: Ticket, person: Person, payload: Params) -> None:
    if payload["problem"] is not None:
        problem = _problem(person, payload)
        actions.unlink_ticket_from_problem(problem, actor=person, ticket=ticket)


def start_telling(problem: Problem, *, actor: Person, body: str) -> TicketJob:
    """Queues the words for every open ticket of the problem that the person may see.

    DomainError when there is none, or for words that cannot be sent.
    """
    permissions.require(actor, "tell", problem)
    visible = Ticket.objects.visible_to(actor)
    tickets = visible.filter(pk__in=open_tickets_of(problem).values("pk")).order_by("pk")
    job = start_job(
        actor=actor,
        operation=TELL,
        params={"problem": problem.reference, "body": body},
        ticket_ids=list(tickets.values_list("pk", flat=True)),
    )
    actions.note_broadcast(problem, actor=actor, count=job.total, job_id=job.pk)
    return job


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
    TELL,
    label="Tell requesters about a problem",
    apply=_tell,
    form=TellForm,
    describe=lambda params: f"Tell requesters about {params['problem']}",
    undo_note="The requesters will have read it.",
    order=127,
)
