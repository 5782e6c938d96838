"""Carrying a change out, reviewing it and closing it."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from changes import events
from changes.actions.rows import enter, needed
from changes.models import Change
from changes.workflow import OUTCOMES
from core.errors import DomainError


@transaction.atomic
def implement_change(change: Change, *, actor: Person | None, at: datetime | None = None) -> Change:
    """It begins now."""
    at = at or timezone.now()
    fields: dict[str, object] = {"started_at": at}
    return enter(change, "implement", events.CHANGE_IMPLEMENTED, actor=actor, at=at, fields=fields)


@transaction.atomic
def review_change(change: Change, *, actor: Person | None, at: datetime | None = None) -> Change:
    """It is done; what came of it is looked at."""
    at = at or timezone.now()
    return enter(
        change, "review", events.CHANGE_REVIEWED, actor=actor, at=at, fields={"ended_at": at}
    )


@transaction.atomic
def close_change(
    change: Change,
    *,
    actor: Person | None,
    outcome: str,
    review: str = "",
    at: datetime | None = None,
) -> Change:
    """Closes the post-implementation review with its outcome.

    Anything but *successful* needs a word on what went wrong.
    """
    labels = dict(OUTCOMES)
    if outcome not in labels:
        raise DomainError("Choose an outcome.", field="outcome")
    if outcome != "successful":
        review = needed(review, "review", "Say what went wrong and what was learnt.")
    at = at or timezone.now()
    return enter(
        change,
        "close",
        events.CHANGE_CLOSED,
        actor=actor,
        at=at,
        fields={"outcome": outcome, "review": review.strip(), "closed_at": at},
        outcome=outcome,
        outcome_label=labels[outcome].lower(),
    )
