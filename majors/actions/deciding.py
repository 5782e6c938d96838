"""From the proposal to the decision."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Person
from catalogue.models import Component
from core.errors import DomainError, NotPermitted
from core.events import EventKind
from core.given import one_of
from core.timeline import record
from incidents.actions import assign_ticket, edit_ticket, start_ticket
from incidents.models import Kind, Ticket
from incidents.models.ticket import Priority
from majors import events
from majors.actions._keeping import locked, words
from majors.models import AffectedComponent, MajorIncident, MajorRole
from majors.permissions import may_propose, require
from majors.workflow import CANDIDATE, COMPONENT_STATUSES, STATUS

# The first message goes out this soon after the acceptance.
FIRST_UPDATE_WITHIN = timedelta(minutes=15)


@transaction.atomic
def propose_major(
    ticket: Ticket, *, actor: Person | None, why: str, at: datetime | None = None
) -> MajorIncident:
    """Proposes an open incident as a major one; a ticket is proposed once at a time.

    A candidate that was rejected or cancelled may be proposed again: the same record starts anew.
    """
    if not may_propose(actor, ticket):
        raise NotPermitted("Support, or an owner of the component, proposes a major incident.")
    if ticket.kind != Kind.INCIDENT or not ticket.is_open:
        raise DomainError("Only an open incident can become a major one.")
    why = words(why, "why", most=2_000, needed="Say what stands still, and for whom.")
    at = at or timezone.now()
    try:
        with transaction.atomic():
            major, made = MajorIncident.objects.select_for_update().get_or_create(
                ticket=ticket, defaults={"why": why, "proposed_by": actor, "proposed_at": at}
            )
    except IntegrityError as error:
        raise DomainError("Somebody is proposing it right now.") from error
    if not made:
        _propose_again(major, actor, why, at)
    record(events.MAJOR_PROPOSED, major, actor=actor, at=at, why=why, ticket_id=ticket.pk)
    return major


def _propose_again(major: MajorIncident, actor: Person | None, why: str, at: datetime) -> None:
    if major.state in CANDIDATE.in_category("open"):
        raise DomainError(f"{major.reference} stands for this ticket already.")
    major.state, major.status = CANDIDATE.initial, ""
    major.why, major.proposed_by, major.proposed_at = why, actor, at
    major.decided_by = major.decided_at = None
    major.decision_reason = ""
    major.save(
        update_fields=[
            *("state", "status", "why", "proposed_by", "proposed_at"),
            *("decided_by", "decided_at", "decision_reason"),
        ]
    )


@transaction.atomic
def accept_major(
    major: MajorIncident,
    *,
    actor: Person,
    headline: str,
    business_impact: str,
    components: Mapping[Component, str] | None = None,
    at: datetime | None = None,
) -> MajorIncident:
    """Takes it as a major incident: whoever accepts leads it and owns the ticket, at P1.

    `components` gives the status of each affected component; without it the ticket's own component
    counts as a major outage. The first update is due within 15 minutes.
    """
    major = locked(major)
    require(actor, "accept", major)
    target = CANDIDATE.target("accept", major.state)
    headline = words(
        headline, "headline", most=160, needed="Say in plain words what people cannot do."
    )
    impact = words(business_impact, "business_impact", needed="Say what it means for the business.")
    at = at or timezone.now()
    major.state, major.status = target, STATUS.initial
    major.headline, major.business_impact = headline, impact
    major.decided_by, major.decided_at = actor, at
    major.began_at = major.began_at or major.ticket.created_at
    major.restored_at = None
    major.next_update_due_at = at + FIRST_UPDATE_WITHIN
    major.save(
        update_fields=[
            *("state", "status", "headline", "business_impact", "decided_by", "decided_at"),
            *("began_at", "restored_at", "next_update_due_at"),
        ]
    )
    _affect(major, components, at)
    MajorRole.objects.filter(major=major, role="manager", ended_at__isnull=True).update(ended_at=at)
    MajorRole.objects.create(major=major, role="manager", person=actor, started_at=at)
    _take_ticket(major.ticket, actor, at)
    record(
        events.MAJOR_ACCEPTED, major, actor=actor, at=at, impact=impact, ticket_id=major.ticket_id
    )
    return major


def _affect(major: MajorIncident, components: Mapping[Component, str] | None, at: datetime) -> None:
    if components is None:
        own = major.ticket.component
        components = {} if own is None else {own: "major_outage"}
    for component, status in components.items():
        one_of(status, COMPONENT_STATUSES, "components")
        AffectedComponent.objects.update_or_create(
            major=major, component=component, defaults={"status": status, "changed_at": at}
        )


def _take_ticket(ticket: Ticket, actor: Person, at: datetime) -> None:
    """The ticket of a major incident is worked on at once, by whoever leads it."""
    if ticket.priority != Priority.P1:
        edit_ticket(ticket, actor=None, version=ticket.version, priority=Priority.P1, at=at)
    ticket.refresh_from_db()
    if actor.is_support and ticket.assignee_id != actor.pk:
        assign_ticket(ticket, actor=None, assignee=actor, team=ticket.team, at=at)
        ticket.refresh_from_db()
    if "start" in {step.name for step in ticket.workflow.steps_from(ticket.state)}:
        start_ticket(ticket, actor=None, at=at)


@transaction.atomic
def reject_major(
    major: MajorIncident, *, actor: Person, reason: str, at: datetime | None = None
) -> MajorIncident:
    """Says no, with a reason that whoever proposed it reads."""
    return _end(major, "reject", events.MAJOR_REJECTED, actor, reason, at)


@transaction.atomic
def cancel_major(
    major: MajorIncident, *, actor: Person, reason: str, at: datetime | None = None
) -> MajorIncident:
    """Ends a candidate or an accepted one that is none after all; the ticket goes on as it is."""
    return _end(major, "cancel", events.MAJOR_CANCELLED, actor, reason, at)


def _end(
    major: MajorIncident,
    step: str,
    kind: EventKind,
    actor: Person,
    reason: str,
    at: datetime | None,
) -> MajorIncident:
    major = locked(major)
    require(actor, step, major)
    target = CANDIDATE.target(step, major.state)
    reason = words(reason, "reason", most=2_000, needed="Give a reason.")
    at = at or timezone.now()
    major.state = target
    major.decided_by, major.decided_at, major.decision_reason = actor, at, reason
    major.next_update_due_at = None
    major.save(
        update_fields=[
            "state", "decided_by", "decided_at", "decision_reason", "next_update_due_at",
        ]
    )  # fmt: skip
    MajorRole.objects.filter(major=major, ended_at__isnull=True).update(ended_at=at)
    record(kind, major, actor=actor, at=at, reason=reason)
    return major
