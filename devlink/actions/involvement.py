"""The involvement ledger: the system notes by itself what support took part in."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from accounts.roles import Side
from changes.models import Change
from core.errors import DomainError
from core.timeline import record
from devlink import events
from devlink.actions.rows import locked, words
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
def note_view(
    subject: WorkItem | Sprint | Release, *, actor: Person, at: datetime | None = None
) -> None:
    """Support read the subject's page; noted once a day and person. Looking is not taking part."""
    if not actor.is_support:
        return
    now = at or timezone.now()
    seen = InvolvementEvent.objects.filter(
        actor=actor,
        kind=Kind.VIEWED,
        at__gt=now - timedelta(days=1),
        **{_FIELDS[type(subject)]: subject},
    )
    if not seen.exists():
        note_involvement(subject, actor=actor, stage=stage_now(subject), kind=Kind.VIEWED, at=now)


def stage_now(subject: WorkItem | Sprint | Release) -> InvolvementEvent.Stage:
    """The stage a subject's page shows it in."""
    if isinstance(subject, WorkItem):
        return STAGE_OF_ITEM[subject.state]
    return Stage.PRIORITIZATION if isinstance(subject, Sprint) else Stage.RELEASING


# What each kind of subject goes through; what is written down by hand names one of them.
STAGES_OF: dict[type, tuple[InvolvementEvent.Stage, ...]] = {
    Sprint: (Stage.PRIORITIZATION, Stage.REVIEW),
    WorkItem: (Stage.REQUIREMENTS, Stage.DESIGN, Stage.TESTING, Stage.REVIEW),
    Release: (
        Stage.TESTING,
        Stage.OPERATIONALIZING,
        Stage.RELEASING,
        Stage.UPDATING,
        Stage.REVIEW,
    ),
}


@transaction.atomic
def record_involvement(
    subject: WorkItem | Sprint | Release,
    *,
    actor: Person,
    stage: str,
    kind: str,
    note: str,
    happened_at: datetime | None = None,
    at: datetime | None = None,
) -> InvolvementEvent:
    """Writes down by hand that support took part in a stage outside this system, or was absent.

    Marked as by hand for good; `actor` is who wrote it down. Absence is refused where support is
    known to have taken part, and the same is not written down twice (DomainError).
    """
    subject = locked(subject)
    require(actor, "record_involvement", subject)
    note = words(note, field="note", missing="Say what happened.", longest=300)
    if stage not in STAGES_OF[type(subject)]:
        raise DomainError("Choose a stage this goes through.", field="stage")
    if kind not in InvolvementEvent.BY_HAND:
        raise DomainError("Choose what support did.", field="kind")
    now = at or timezone.now()
    happened_at = happened_at or now
    if happened_at > now:
        raise DomainError("That is still to come.", field="happened_at")
    about = {"stage": stage, "actor_side": Side.SUPPORT, _FIELDS[type(subject)]: subject}
    rows = InvolvementEvent.objects.filter(**about)
    if kind == Kind.ABSENT and rows.involving_support().exists():
        raise DomainError("Support took part in this stage; the ledger says how.", field="kind")
    if rows.filter(kind=kind, by_system=False).exists():
        raise DomainError("That is written down already.", field="kind")
    made = InvolvementEvent.objects.create(
        at=happened_at, actor=actor, kind=kind, by_system=False, note=note, **about
    )
    record(
        events.INVOLVEMENT_RECORDED,
        subject,
        actor=actor,
        at=now,
        kind=kind,
        kind_label=Kind(kind).label.lower(),
        stage_label=Stage(stage).label.lower(),
        note=note,
    )
    return made


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
