"""The post-incident review and its follow-ups."""

from datetime import datetime, timedelta
from typing import Unpack

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from core.timeline import record
from majors import events
from majors.actions._keeping import locked, require_accepted
from majors.models import FollowUp, MajorIncident, Review
from majors.models.major import REVIEW_WITHIN_HOURS
from majors.permissions import require
from majors.workflow import STATUS
from problems.actions import FollowUps, FollowUpWords, ReviewTexts, fill_review, publish_words
from problems.models import Problem

REVIEW_WITHIN = timedelta(hours=REVIEW_WITHIN_HOURS)


class ReviewFields(ReviewTexts, total=False):
    """What a review says; what is left out stays as it is."""

    problem: Problem | None


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
    fill_review(review, {**fields}, at=at)
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
    at = at or timezone.now()
    review = publish_words(review, actor=actor, at=at)
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


def _held(major: MajorIncident) -> MajorIncident:
    major = locked(major)
    require_accepted(major)
    return major


FOLLOW_UPS: FollowUps[MajorIncident, FollowUp] = FollowUps(
    model=FollowUp,
    field="major",
    hold=_held,
    require=lambda person, major: require(person, "follow_up", major),
    added=events.FOLLOW_UP_ADDED,
    changed=events.FOLLOW_UP_CHANGED,
    moved=events.FOLLOW_UP_MOVED,
    overdue=events.FOLLOW_UP_OVERDUE,
)


@transaction.atomic
def add_follow_up(
    major: MajorIncident,
    *,
    actor: Person,
    at: datetime | None = None,
    **fields: Unpack[FollowUpWords],
) -> FollowUp:
    """Adds something to be done."""
    return FOLLOW_UPS.add(major, actor=actor, at=at, fields=fields)


@transaction.atomic
def edit_follow_up(
    follow_up: FollowUp,
    *,
    actor: Person,
    at: datetime | None = None,
    **fields: Unpack[FollowUpWords],
) -> FollowUp:
    """Changes what is to be done, by whom, until when."""
    return FOLLOW_UPS.edit(follow_up, actor=actor, at=at, fields=fields)


@transaction.atomic
def complete_follow_up(
    follow_up: FollowUp, *, actor: Person, note: str = "", at: datetime | None = None
) -> FollowUp:
    """It is done; the note may say how."""
    return FOLLOW_UPS.take(follow_up, "complete", actor=actor, note=note, at=at)


@transaction.atomic
def drop_follow_up(
    follow_up: FollowUp, *, actor: Person, note: str, at: datetime | None = None
) -> FollowUp:
    """It will not be done; the note says why."""
    return FOLLOW_UPS.take(follow_up, "drop", actor=actor, note=note, at=at)


@transaction.atomic
def delete_follow_up(follow_up: FollowUp, *, actor: Person, at: datetime | None = None) -> FollowUp:
    """It was written by mistake; the row stays, out of sight."""
    return FOLLOW_UPS.take(follow_up, "delete", actor=actor, note="", at=at)


@transaction.atomic
def take_up_follow_up(
    follow_up: FollowUp, *, actor: Person, at: datetime | None = None
) -> FollowUp:
    """It is to be done after all."""
    return FOLLOW_UPS.take(follow_up, "take_up_again", actor=actor, note="", at=at)


@transaction.atomic
def remind_of_follow_up(follow_up: FollowUp, *, at: datetime) -> bool:
    """Records once for each date that a follow-up is overdue."""
    return FOLLOW_UPS.remind(follow_up, at=at)
