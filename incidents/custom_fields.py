"""Reading a ticket's answers: what this person may read, as people read it."""

from dataclasses import dataclass

from accounts.models import Person
from catalogue.asking import Shown, show_answers
from catalogue.fields.conditions import Value
from incidents.models import Attachment, Ticket, TicketAnswers


@dataclass(frozen=True)
class AnswerSet:
    """The answers to one form. `files` are the attachments among them, by token."""

    answers: TicketAnswers
    shown: list[Shown]
    files: dict[str, Attachment]

    @property
    def is_of_service(self) -> bool:
        """Custom fields of a service, which the desk may change; a request's answers stay."""
        return self.answers.form.service_id is not None


def read_answer_sets(person: Person, ticket: Ticket) -> list[AnswerSet]:
    """What this person may read of a ticket's answers, in the order they were given."""
    rows = TicketAnswers.objects.visible_to(person).filter(ticket=ticket)
    return [answer_set(person, one) for one in rows.select_related("form", "version")]


def answer_set(person: Person, answers: TicketAnswers) -> AnswerSet:
    """The answers to one form as this person may read them."""
    shown = show_answers(answers.version.read(), answers.values)
    if not person.is_staff_member:
        shown = [one for one in shown if not one.staff_only]
    tokens = [str(one.value) for one in shown if one.type == "file"]
    files = {}
    if tokens:
        kept = Attachment.objects.filter(message__ticket=answers.ticket_id, token__in=tokens)
        files = {one.token: one for one in kept}
    return AnswerSet(answers, shown, files)


def custom_values(person: Person, ticket: Ticket) -> tuple[dict[str, Value], int]:
    """A ticket's custom fields by key, typed, and the edit they are at (0: none were given)."""
    rows = TicketAnswers.objects.visible_to(person).filter(
        ticket=ticket, form__service=ticket.service_id
    )
    answers = rows.select_related("version").first() if ticket.service_id else None
    if answers is None:
        return {}, 0
    if person.is_staff_member:
        return answers.values, answers.edit
    open_to_all = answers.version.read().for_requesters().by_key
    return {k: v for k, v in answers.values.items() if k in open_to_all}, answers.edit
