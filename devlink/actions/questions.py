"""Development's questions to support, and the answers."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import TransitionNotAllowed
from core.timeline import record
from devlink import events
from devlink.actions.asks import decide
from devlink.actions.handover import tickets_behind
from devlink.actions.involvement import STAGE_OF_ITEM, Kind, Stage, note_involvement
from devlink.actions.rows import locked, words
from devlink.models import Ask, Decision, Question, WorkItem
from devlink.permissions import require
from devlink.workflow import ASK
from incidents.actions import reply_to_ticket
from incidents.models import Message


@transaction.atomic
def ask_question(ask: Ask, *, actor: Person, body: str, at: datetime | None = None) -> Question:
    """A developer needs to know more from support before answering."""
    ask = locked(ask)
    require(actor, "ask_question", ask)
    if ask.state == "expired":
        raise TransitionNotAllowed("This ask has expired; support can ask again.")
    body = words(body, field="body", missing="Write the question first.")
    now = at or timezone.now()
    question = Question.objects.create(
        work_item=ask.work_item, ask=ask, body=body, asked_by=actor, asked_at=now
    )
    if ask.state == "open":
        ask.state = ASK.target("need_info", ask.state)
        ask.save(update_fields=["state"])
        decide(ask, Decision.Verdict.NEEDS_INFO, actor, now, comment=body)
    record(
        events.QUESTION_ASKED,
        ask,
        actor=actor,
        at=now,
        body=body[:500],
        question_id=question.pk,
        key=ask.work_item.key,
    )
    return question


@transaction.atomic
def ask_about_item(
    item: WorkItem, *, actor: Person, body: str, at: datetime | None = None
) -> Question:
    """A developer asks support about a work item, whether or not a fix was asked for."""
    item = locked(item)
    require(actor, "ask_question", item)
    body = words(body, field="body", missing="Write the question first.")
    now = at or timezone.now()
    question = Question.objects.create(work_item=item, body=body, asked_by=actor, asked_at=now)
    record(
        events.ITEM_QUESTION_ASKED,
        item,
        actor=actor,
        at=now,
        body=body[:500],
        question_id=question.pk,
        key=item.key,
    )
    return question


@transaction.atomic
def answer_question(
    question: Question, *, actor: Person, answer: str, at: datetime | None = None
) -> Question:
    """Support answers; of an ask the verdict is development's turn when nothing else is asked.

    Support takes part by answering: in the item's stage, and in the sprint's planning while it
    lasts. The answer is noted on the linked tickets afterwards.
    """
    ask = None if question.ask is None else locked(question.ask)
    item = locked(question.work_item)
    question = locked(question)
    require(actor, "answer_question", question)
    if question.answered_at is not None:
        raise TransitionNotAllowed("Somebody has answered this question already.")
    now = at or timezone.now()
    question.answer = words(answer, field="answer", missing="Write the answer first.")
    question.answered_by = actor
    question.answered_at = now
    question.save(update_fields=["answer", "answered_by", "answered_at"])
    if ask is not None and ask.state == "needs_info" and not ask.questions.unanswered().exists():
        ask.state = ASK.target("give_info", ask.state)
        ask.save(update_fields=["state"])
    record(
        events.ITEM_QUESTION_ANSWERED if ask is None else events.QUESTION_ANSWERED,
        item if ask is None else ask,
        actor=actor,
        at=now,
        answer=question.answer[:500],
        question_id=question.pk,
        key=item.key,
    )
    note_involvement(
        item, actor=actor, stage=STAGE_OF_ITEM[item.state], kind=Kind.COMMENTED, at=now
    )
    sprint = item.sprint if ask is None else ask.sprint
    if sprint is not None and sprint.is_planning:
        note_involvement(
            sprint, actor=actor, stage=Stage.PRIORITIZATION, kind=Kind.COMMENTED, at=now
        )
    return question


@transaction.atomic
def note_answer_on_tickets(question: Question, *, at: datetime | None = None) -> int:
    """Writes question and answer on every open ticket behind the item, as an internal note.

    Returns how many were written on. Doing it again writes nothing again. Tickets of restricted
    teams are left alone: what is said of them stays among their readers.
    """
    question = locked(question)
    if question.answered_at is None or question.answered_by is None:
        return 0
    body = (
        f"{question.work_item.key}, question {question.pk} of development"
        f" ({question.asked_by.name}):\n\n{_quoted(question.body)}\n\n"
        f"{question.answered_by.name} answered:\n\n{_quoted(question.answer)}"
    )
    told = Message.objects.filter(kind=Message.Kind.NOTE, author=None, body=body)
    tickets = tickets_behind(question.work_item).open().exclude(pk__in=told.values("ticket_id"))
    written = 0
    for ticket in tickets.order_by("pk"):
        reply_to_ticket(ticket, actor=None, body=body, kind=Message.Kind.NOTE, at=at)
        written += 1
    return written


def _quoted(text: str) -> str:
    """As a quotation, in which nobody is called by name."""
    return "\n".join(f"> {line}" for line in text.replace("@", "@\u200b").strip().splitlines())
