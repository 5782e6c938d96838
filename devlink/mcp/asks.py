"""What waits for an answer: asks for development, questions for support."""

from datetime import datetime

from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import Person
from core.references import reference
from devlink.actions import answer_question
from devlink.boards import owed
from devlink.desk import answered_by, own_components
from devlink.mcp.arguments import AnswerWords, AskQuery
from devlink.mcp.finding import missing
from devlink.mcp.texts import Json, address, shortened
from devlink.models import Ask, Question
from devlink.permissions import may


def list_unanswered_asks(person: Person, asked: AskQuery) -> Json:
    """Asks without a verdict and questions without an answer, oldest first, with their age.

    Those of the person's teams, on their components, or begun by themselves.
    """
    now = timezone.now()
    components = [one.pk for one in own_components(person)]
    asks = (
        Ask.objects.visible_to(person)
        .filter(_mine(person, components), owed(now))
        .distinct()
        .select_related("work_item", "sprint", "team")
        .annotate(unanswered=Count("questions", filter=Q(questions__answered_at__isnull=True)))
        .order_by("created_at", "pk")
    )
    questions = (
        Question.objects.visible_to(person)
        .unanswered()
        .filter(_questions_of(person, components))
        .distinct()
        .select_related("work_item", "ask__sprint", "ask__team", "asked_by")
        .order_by("asked_at", "pk")
    )
    return {
        "asks": [_ask(one, now) for one in asks[: asked.limit]],
        "questions": [_question(person, one, now) for one in questions[: asked.limit]],
    }


def _mine(person: Person, components: list[int]) -> Q:
    return (
        Q(sprint__team_id__in=person.team_ids)
        | Q(team_id__in=person.team_ids)
        | Q(created_by=person)
        | Q(work_item__component_id__in=components)
        | Q(problem__component_id__in=components)
        | Q(problem__owner=person)
    )


def _questions_of(person: Person, components: list[int]) -> Q:
    """Those the person is to answer, asked, or works on what they are about."""
    return (
        answered_by(person)
        | Q(asked_by=person)
        | Q(work_item__team_id__in=person.team_ids)
        | Q(work_item__component_id__in=components)
    )


def _ask(ask: Ask, now: datetime) -> Json:
    return {
        "ask": ask.pk,
        "work_item": ask.work_item.key,
        "title": ask.work_item.title,
        "problem": reference("problem", ask.problem_id),
        "sprint": ask.sprint.name,
        "asked_by_team": None if ask.team is None else ask.team.name,
        "points": ask.points,
        "rationale": shortened(ask.rationale),
        "state": ask.state_label,
        **_age(ask.created_at, now),
        "unanswered_questions": vars(ask)["unanswered"],
        "pack": ask.pack_id,
        "url": address(ask.get_absolute_url()),
    }


def _question(person: Person, question: Question, now: datetime) -> Json:
    ask = question.ask
    return {
        "question": question.pk,
        "about": question.work_item.key,
        "ask": None if ask is None else ask.pk,
        "sprint": None if ask is None else ask.sprint.name,
        "body": shortened(question.body),
        "asked_by": question.asked_by.name,
        "waits_for": None if ask is None or ask.team is None else ask.team.name,
        "you_may_answer": may(person, "answer_question", question),
        **_age(question.asked_at, now),
        "url": address(question.get_absolute_url()),
    }


def _age(since: datetime, now: datetime) -> Json:
    return {"since": since.isoformat(timespec="seconds"), "age_days": (now - since).days}


def answer(person: Person, asked: AnswerWords) -> Json:
    """Answers a question of development in the person's name, as the button on the page does."""
    found = Question.objects.visible_to(person).filter(pk=asked.question)
    found = found.select_related("ask", "work_item")
    question = found.first()
    if question is None:
        raise missing(f"Question {asked.question}", field="question")
    answered = answer_question(question, actor=person, answer=asked.answer)
    return {
        "question": answered.pk,
        "answer": shortened(answered.answer),
        "unanswered_questions": answered.work_item.questions.unanswered().count(),
        "url": address(answered.get_absolute_url()),
    }
