"""The involvement ledger: the system notes by itself what support took part in."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from accounts.roles import Side
from changes.models import Change
from core.errors import DomainError
from devlink.actions.rows import locked
from devlink.measures import quarter_of
from devlink.models import (
    InvolvementEvent,
    PulseAnswer,
    PulseParticipation,
    Release,
    Sprint,
    WorkItem,
)
from devlink.permissions import require
from knowledge.models import Article

Kind = InvolvementEvent.Kind
Stage = InvolvementEvent.Stage
Subject = WorkItem | Sprint | Release | Change | Article

_FIELDS: dict[type, str] = {
    WorkItem: "work_item",
    Sprint: "sprint",
    Release: "release",
    Change: "change",
    Article: "article",
}
# The stage a work item is in when support speaks up about it.
STAGE_OF_ITEM = {
    "discovery": Stage.REQUIREMENTS,
    "to_do": Stage.DESIGN,
    "in_progress": Stage.TESTING,
    "done": Stage.REVIEW,
    "cancelled": Stage.REVIEW,
}


def note_involvement(
    subject: Subject,
    *,
    actor: Person | None,
    stage: InvolvementEvent.Stage,
    kind: InvolvementEvent.Kind,
    side: str | None = None,
    at: datetime | None = None,
) -> None:
    """Notes one act in the ledger; the same kind of act on a subject's stage counts once a side.

    `side` speaks for the system where there is no actor.
    """
    InvolvementEvent.objects.bulk_create(
        [
            InvolvementEvent(
                at=at or timezone.now(),
                actor=actor,
                actor_side=side or (actor.side if actor else Side.OTHER),
                stage=stage,
                kind=kind,
                **{_FIELDS[type(subject)]: subject},
            )
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def note_release_view(release: Release, *, actor: Person, at: datetime | None = None) -> None:
    """Support read the release's page; noted once a day and person. Looking is not taking part."""
    if not actor.is_support:
        return
    now = at or timezone.now()
    seen = InvolvementEvent.objects.filter(
        release=release, actor=actor, kind=Kind.VIEWED, at__gt=now - timedelta(days=1)
    )
    if not seen.exists():
        note_involvement(release, actor=actor, stage=Stage.RELEASING, kind=Kind.VIEWED, at=now)


@transaction.atomic
def answer_pulse(*, actor: Person, score: int, at: datetime | None = None) -> None:
    """One anonymous answer a person and quarter: who answered is kept apart from what.

    DomainError when the person has answered already or the score is not 1 to 5.
    """
    require(actor, "answer_pulse")
    if score not in range(1, 6):
        raise DomainError("Choose 1 to 5.", field="score")
    locked(actor)
    quarter = quarter_of(at or timezone.now())
    _, first = PulseParticipation.objects.get_or_create(quarter=quarter, person=actor)
    if not first:
        raise DomainError("You have answered this quarter; thank you.", field="score")
    PulseAnswer.objects.create(quarter=quarter, side=actor.side, score=score)
