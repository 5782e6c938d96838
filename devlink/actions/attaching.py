"""Evidence on a work item: one record of support's, with what was known of it at that moment."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Person
from changes.models import Change
from core.errors import DomainError
from core.timeline import record
from devlink import events
from devlink.actions.involvement import STAGE_OF_ITEM, Kind, note_involvement
from devlink.actions.rows import locked
from devlink.evidence.snapshots import snapshot
from devlink.models import Evidence, WorkItem
from devlink.permissions import require
from incidents.actions import share_ticket, unshare_tickets
from incidents.models import Ticket
from knowledge.models import Article
from problems.models import Problem

Source = Ticket | Problem | Change | Article

_FIELDS: dict[type, str] = {
    Ticket: "ticket",
    Problem: "problem",
    Change: "change",
    Article: "article",
}


@transaction.atomic
def attach_evidence(
    item: WorkItem, *, actor: Person, source: Source, at: datetime | None = None
) -> Evidence:
    """Attaches a record with a frozen snapshot; a ticket is shown to the item's team from then on.

    Attaching the same record again returns what is there. A ticket of a restricted team stays with
    that team.
    """
    item = locked(item)
    require(actor, "attach_evidence", item)
    field = _FIELDS[type(source)]
    known = item.evidence.filter(**{field: source}).first()
    if known is not None:
        return known
    if isinstance(source, Ticket) and source.team is not None and source.team.restricted:
        raise DomainError(
            f"{source.reference} belongs to a restricted team and is not shown to others.",
            field="reference",
        )
    now = at or timezone.now()
    evidence = Evidence.objects.create(
        work_item=item,
        snapshot=snapshot(source, as_of=now),
        person=actor,
        created_at=now,
        **{field: source},
    )
    if isinstance(source, Ticket):
        share_ticket(source, team=item.team, because=_because(evidence))
    record(
        events.EVIDENCE_ATTACHED,
        item,
        actor=actor,
        at=now,
        reference=source.reference,
        evidence_id=evidence.pk,
    )
    note_involvement(
        item, actor=actor, stage=STAGE_OF_ITEM[item.state], kind=Kind.CONTRIBUTED, at=now
    )
    return evidence


def _because(evidence: Evidence) -> str:
    return f"devlink.evidence:{evidence.pk}"


def stop_showing_evidence(evidence: Evidence) -> None:
    """The team no longer sees the ticket because of this; the snapshot stays."""
    unshare_tickets(because=_because(evidence))


@transaction.atomic
def detach_evidence(evidence: Evidence, *, actor: Person, at: datetime | None = None) -> WorkItem:
    """Takes a record off the item; the sight it gave the team ends."""
    item = locked(evidence.work_item)
    evidence = locked(evidence)
    require(actor, "attach_evidence", item)
    stop_showing_evidence(evidence)
    record(
        events.EVIDENCE_DETACHED,
        item,
        actor=actor,
        at=at,
        reference=str(evidence.snapshot.get("reference", "")),
    )
    evidence.delete()
    return item
