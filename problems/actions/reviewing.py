"""The review of a problem once it is over, and what follows from it."""

from datetime import datetime
from typing import Any, TypedDict, TypeVar, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, TransitionNotAllowed
from core.given import words
from core.timeline import record
from problems import events, permissions
from problems.actions.following_up import FollowUps, FollowUpWords
from problems.actions.rows import locked
from problems.actions.versions import count_edit, refuse_conflicts
from problems.models import Problem, ProblemAction, ProblemReview, ReviewWords
from problems.workflow import PROBLEM

REVIEW_TEXTS = ("summary", "causes", "went_well", "went_wrong", "lessons")
MOST_WORDS = 20_000
Review = TypeVar("Review", bound=ReviewWords)


class ReviewTexts(TypedDict, total=False):
    """What a review says; what is left out stays as it is."""

    summary: str
    causes: str
    went_well: str
    went_wrong: str
    lessons: str


def fill_review(review: Review, fields: dict[str, Any], *, at: datetime) -> Review:
    """Writes on a review of any kind; what is left out stays as it is."""
    for name, value in fields.items():
        text = words(value, name, most=MOST_WORDS) if isinstance(value, str) else value
        setattr(review, name, text)
    review.written_at = at
    review.save()
    return review


def publish_words(review: Review | None, *, actor: Person | None, at: datetime) -> Review:
    """Publishes a review that says what happened, why, and what was learnt."""
    for name, sentence in (
        ("summary", "Say what happened before it is published."),
        ("causes", "Say what contributed to it before it is published."),
        ("lessons", "Say what was learnt before it is published."),
    ):
        if review is None or not getattr(review, name):
            raise DomainError(sentence, field=name)
    if review is None:
        raise TransitionNotAllowed("There is no review yet.")
    review.published_at, review.published_by = at, actor
    review.save(update_fields=["published_at", "published_by"])
    return review


def _over(problem: Problem) -> Problem:
    """The problem held; a review looks back, so there is none while it is open."""
    problem = locked(problem)
    if PROBLEM.category(problem.state) == "open":
        raise TransitionNotAllowed(
            f"{problem.reference} is reviewed once it is resolved; it is "
            f"{problem.state_label.lower()}."
        )
    return problem


@transaction.atomic
def write_problem_review(
    problem: Problem,
    *,
    actor: Person | None,
    at: datetime | None = None,
    version: int | None = None,
    **fields: Unpack[ReviewTexts],
) -> Problem:
    """Writes on the review; after it is published it may still be completed, and says so.

    With the `version` of the problem that was read, EditConflict carries both values of a field
    that somebody else changed since. Nothing is written when nothing differs.
    """
    permissions.require(actor, "write_review", problem)
    problem = _over(problem)
    now = at or timezone.now()
    review, _ = ProblemReview.objects.select_for_update().get_or_create(problem=problem)
    given: dict[str, Any] = {**fields}
    wanted = {name: text for name, text in given.items() if getattr(review, name) != text}
    refuse_conflicts(problem, version, review, wanted)
    if not wanted:
        return problem
    fill_review(review, wanted, at=now)
    count_edit(problem, wanted, actor=actor, at=now)
    problem.save(update_fields=["version"])
    record(events.PROBLEM_REVIEW_WRITTEN, problem, actor=actor, at=now)
    return problem


@transaction.atomic
def publish_problem_review(
    problem: Problem, *, actor: Person | None, at: datetime | None = None
) -> Problem:
    """Publishes a review that says what happened, why, and what was learnt."""
    permissions.require(actor, "publish_review", problem)
    problem = _over(problem)
    now = at or timezone.now()
    found = ProblemReview.objects.select_for_update().filter(problem=problem).first()
    if found is not None and found.published_at is not None:
        raise TransitionNotAllowed("The review is published already.")
    publish_words(found, actor=actor, at=now)
    record(events.PROBLEM_REVIEW_PUBLISHED, problem, actor=actor, at=now)
    return problem


FOLLOW_UPS: FollowUps[Problem, ProblemAction] = FollowUps(
    model=ProblemAction,
    field="problem",
    hold=locked,
    require=lambda person, problem: permissions.require(person, "follow_up", problem),
    added=events.PROBLEM_FOLLOW_UP_ADDED,
    changed=events.PROBLEM_FOLLOW_UP_CHANGED,
    moved=events.PROBLEM_FOLLOW_UP_MOVED,
    overdue=events.PROBLEM_FOLLOW_UP_OVERDUE,
    of_owner=True,
)


@transaction.atomic
def add_problem_action(
    problem: Problem,
    *,
    actor: Person | None,
    at: datetime | None = None,
    **fields: Unpack[FollowUpWords],
) -> ProblemAction:
    """Adds something to be done so that it does not happen again."""
    return FOLLOW_UPS.add(problem, actor=actor, at=at, fields=fields)


@transaction.atomic
def edit_problem_action(
    row: ProblemAction,
    *,
    actor: Person | None,
    at: datetime | None = None,
    **fields: Unpack[FollowUpWords],
) -> ProblemAction:
    """Changes what is to be done, by whom, until when."""
    return FOLLOW_UPS.edit(row, actor=actor, at=at, fields=fields)


@transaction.atomic
def complete_problem_action(
    row: ProblemAction, *, actor: Person | None, note: str = "", at: datetime | None = None
) -> ProblemAction:
    """It is done; the note may say how."""
    return FOLLOW_UPS.take(row, "complete", actor=actor, note=note, at=at)


@transaction.atomic
def drop_problem_action(
    row: ProblemAction, *, actor: Person | None, note: str, at: datetime | None = None
) -> ProblemAction:
    """It will not be done; the note says why."""
    return FOLLOW_UPS.take(row, "drop", actor=actor, note=note, at=at)


@transaction.atomic
def delete_problem_action(
    row: ProblemAction, *, actor: Person | None, at: datetime | None = None
) -> ProblemAction:
    """It was written by mistake; the row stays, out of sight."""
    return FOLLOW_UPS.take(row, "delete", actor=actor, note="", at=at)


@transaction.atomic
def take_up_problem_action(
    row: ProblemAction, *, actor: Person | None, at: datetime | None = None
) -> ProblemAction:
    """It is to be done after all."""
    return FOLLOW_UPS.take(row, "take_up_again", actor=actor, note="", at=at)


@transaction.atomic
def remind_of_problem_action(row: ProblemAction, *, at: datetime) -> bool:
    """Records once for each date that a follow-up is overdue."""
    return FOLLOW_UPS.remind(row, at=at)
