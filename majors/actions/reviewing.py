"""The post-incident review and its follow-ups."""

from datetime import date, datetime, timedelta
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError, TransitionNotAllowed
from core.timeline import record
from incidents.models.ticket import Level
from majors import events
from majors.actions._keeping import locked, require_accepted, words
from majors.models import FollowUp, MajorIncident, Review
from majors.models.major import REVIEW_WITHIN_HOURS
from majors.permissions import require
from majors.workflow import FOLLOW_UP, STATUS
from problems.models import Problem

REVIEW_WITHIN = timedelta(hours=REVIEW_WITHIN_HOURS)
REVIEW_TEXTS = ("summary", "causes", "went_well", "went_wrong", "lessons")


class ReviewFields(TypedDict, total=False):
    """What a review says; what is left out stays as it is."""

    summary: str
    causes: str
    went_well: str
    went_wrong: str
    lessons: str
    problem: Problem | None


class FollowUpFields(TypedDict, total=False):
    """What a follow-up says; what is left out stays as it is."""

    title: str
    assignee: Person | None
    priority: int
    due_on: date | None
    link: str


@transaction.atomic
def write_review(
    major: MajorIncident,
    *,
    actor: Person,
    at: datetime | None = None,
    **fields: Unpack[ReviewFields],
) -> Review:
    """Writes on the review; after it is published it may still be completed, and says so."""
    major = locked(major)
    require(actor, "write_review", major)
    require_accepted(major)
    at = at or timezone.now()
    review, _ = Review.objects.select_for_update().get_or_create(major=major)
    for name, value in fields.items():
        setattr(review, name, words(value, name) if isinstance(value, str) else value)
    review.written_at = at
    review.save()
    record(events.REVIEW_WRITTEN, major, actor=actor, at=at)
    return review


@transaction.atomic
def publish_review(major: MajorIncident, *, actor: Person, at: datetime | None = None) -> Review:
    """Publishes a review that says what happened, why, and what was learnt."""
    major = locked(major)
    require(actor, "publish_review", major)
    require_accepted(major)
    target = STATUS.target("publish_review", major.status)
    review = Review.objects.select_for_update().filter(major=major).first()
    for name, sentence in (
        ("summary", "Say what happened before it is published."),
        ("causes", "Say what contributed to it before it is published."),
        ("lessons", "Say what was learnt before it is published."),
    ):
        if review is None or not getattr(review, name):
            raise DomainError(sentence, field=name)
    if review is None:
        raise TransitionNotAllowed("There is no review yet.")
    at = at or timezone.now()
    review.published_at, review.published_by = at, actor
    review.save(update_fields=["published_at", "published_by"])
    major.status = target
    major.save(update_fields=["status"])
    record(events.REVIEW_PUBLISHED, major, actor=actor, at=at)
    return review


@transaction.atomic
def remind_of_review(major: MajorIncident, *, at: datetime) -> bool:
    """Records once that a review is not published 48 hours after the service was restored."""
    major = locked(major)
    waiting = major.state == "accepted" and major.status == "resolved"
    if not waiting or major.restored_at is None or major.review_reminded_at is not None:
        return False
    if major.restored_at + REVIEW_WITHIN >= at:
        return False
    major.review_reminded_at = at
    major.save(update_fields=["review_reminded_at"])
    record(events.REVIEW_OVERDUE, major, actor=None, at=at)
    return True


@transaction.atomic
def add_follow_up(
    major: MajorIncident,
    *,
    actor: Person,
    at: datetime | None = None,
    **fields: Unpack[FollowUpFields],
) -> FollowUp:
    """Adds something to be done."""
    major = locked(major)
    require(actor, "follow_up", major)
    require_accepted(major)
    row = FollowUp(major=major, created_at=at or timezone.now())
    _write(row, fields)
    row.save()
    record(events.FOLLOW_UP_ADDED, major, actor=actor, at=at, title=row.title)
    return row


@transaction.atomic
def edit_follow_up(
    follow_up: FollowUp,
    *,
    actor: Person,
    at: datetime | None = None,
    **fields: Unpack[FollowUpFields],
) -> FollowUp:
    """Changes what is to be done, by whom, until when."""
    row = _locked(follow_up)
    require(actor, "follow_up", row.major)
    before = {name: getattr(row, name) for name in fields}
    _write(row, fields)
    changed = [name for name in fields if getattr(row, name) != before[name]]
    if changed:
        row.save(update_fields=changed)
        names = ", ".join(name.replace("_", " ") for name in changed)
        record(events.FOLLOW_UP_CHANGED, row, actor=actor, at=at, fields=names)
    return row


def _write(row: FollowUp, fields: FollowUpFields) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.title = words(row.title, "title", most=200, needed="Say what is to be done.")
    row.link = words(row.link, "link", most=300)
    if row.priority not in Level.values:
        raise DomainError("Choose one of the list.", field="priority")
    if row.assignee is not None and not row.assignee.is_staff_member:
        raise DomainError(f"{row.assignee.name} does not work here.", field="assignee")


def _locked(follow_up: FollowUp) -> FollowUp:
    return (
        FollowUp.objects.select_for_update(of=("self",))
        .select_related("major", "assignee")
        .get(pk=follow_up.pk)
    )


def _take(
    follow_up: FollowUp, step: str, actor: Person, note: str, at: datetime | None
) -> FollowUp:
    row = _locked(follow_up)
    require(actor, "follow_up", row.major)
    row.state = FOLLOW_UP.target(step, row.state)
    at = at or timezone.now()
    row.note = note
    row.settled_at = None if row.state == FOLLOW_UP.initial else at
    row.save(update_fields=["state", "note", "settled_at"])
    label = FOLLOW_UP.steps[step].label.lower()
    record(events.FOLLOW_UP_MOVED, row, actor=actor, at=at, label=label, note=note, state=row.state)
    return row


@transaction.atomic
def complete_follow_up(
    follow_up: FollowUp, *, actor: Person, note: str = "", at: datetime | None = None
) -> FollowUp:
    """It is done; the note may say how."""
    return _take(follow_up, "complete", actor, words(note, "note", most=2_000), at)


@transaction.atomic
def drop_follow_up(
    follow_up: FollowUp, *, actor: Person, note: str, at: datetime | None = None
) -> FollowUp:
    """It will not be done; the note says why."""
    note = words(note, "note", most=2_000, needed="Say why it will not be done.")
    return _take(follow_up, "drop", actor, note, at)


@transaction.atomic
def delete_follow_up(follow_up: FollowUp, *, actor: Person, at: datetime | None = None) -> FollowUp:
    """It was written by mistake; the row stays, out of sight."""
    return _take(follow_up, "delete", actor, "", at)


@transaction.atomic
def take_up_follow_up(
    follow_up: FollowUp, *, actor: Person, at: datetime | None = None
) -> FollowUp:
    """It is to be done after all."""
    return _take(follow_up, "take_up_again", actor, "", at)
