"""Who works on a ticket."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.availability.reading import absences_now, substitutes_of
from accounts.models import Person, Team
from core.errors import DomainError, TransitionNotAllowed
from core.timeline import record
from incidents.actions._clocks import DEADLINE_FIELDS
from incidents.actions._keeping import STATE_FIELDS, enter, locked, save, set_deadlines
from incidents.actions._versions import refuse_conflicts
from incidents.events import TICKET_ASSIGNED
from incidents.models import FieldVersion, Ticket
from incidents.permissions import require

OWNERS = ("assignee", "team")


@transaction.atomic
def assign_ticket(
    ticket: Ticket,
    *,
    actor: Person | None,
    assignee: Person | None = None,
    team: Team | None = None,
    version: int | None = None,
    why: str = "",
    at: datetime | None = None,
) -> Ticket:
    """Gives the ticket to a person, or with a team alone to that team's queue.

    `why` goes on with the timeline's sentence.

    With `version`, EditConflict when it was assigned after the version that was read. A
    person without a team keeps the ticket's team when they belong to it, and otherwise brings
    one of their own.
    """
    ticket = locked(ticket)
    require(actor, "assign", ticket)
    if assignee is None and team is None:
        raise DomainError("Name a person or a team.", field="assignee")
    if not ticket.is_open:
        raise TransitionNotAllowed(
            f"“Assign” is not possible while the state is “{ticket.state_label}”."
        )
    team = team or _team_for(assignee, ticket.team)
    check_assignee(assignee, team)
    if (assignee, team) != (ticket.assignee, ticket.team):
        if version is not None:
            wanted = {"assignee": assignee, "team": team}
            moved = {name: one for name, one in wanted.items() if one != getattr(ticket, name)}
            refuse_conflicts(ticket, version, {name: str(moved[name] or "") for name in moved})
        at = at or timezone.now()
        take_over(ticket, actor=actor, assignee=assignee, team=team, at=at, why=why)
    return ticket


@transaction.atomic
def assign_or_stand_in(
    ticket: Ticket,
    *,
    actor: Person | None,
    assignee: Person,
    team: Team | None = None,
    at: datetime | None = None,
) -> Ticket:
    """Gives the ticket to a person named long ago, or while they are away to who stands in.

    Who stands in and is away as well is followed on. Where the way ends with nobody who may have
    the ticket, it goes to the team's queue. Who is away and named nobody is given it all the same.
    """
    at = at or timezone.now()
    away = absences_now(at)
    if not any(one.substitute_id for one in away.get(assignee.pk, ())):
        return assign_ticket(ticket, actor=actor, assignee=assignee, team=team, at=at)
    ticket = locked(ticket)
    pool = team or _team_for(assignee, ticket.team)
    for other in substitutes_of(assignee, at):
        if _may_have(other, pool):
            why = f", who stands in for {assignee.name}"
            return assign_ticket(ticket, actor=actor, assignee=other, team=pool, why=why, at=at)
    if pool is None:
        return assign_ticket(ticket, actor=actor, assignee=assignee, at=at)
    why = f": {assignee.name} is away and nobody who is here stands in"
    return assign_ticket(ticket, actor=actor, team=pool, why=why, at=at)


@transaction.atomic
def give_ticket_back(
    ticket: Ticket,
    *,
    actor: Person | None,
    assignee: Person | None,
    team: Team | None,
    at: datetime | None = None,
) -> Ticket:
    """Gives an open ticket back to who had it before, be it nobody; its state stays."""
    ticket = locked(ticket)
    require(actor, "assign", ticket)
    if not ticket.is_open:
        raise TransitionNotAllowed(
            f"“Assign” is not possible while the state is “{ticket.state_label}”."
        )
    check_assignee(assignee, team)
    take_over(ticket, actor=actor, assignee=assignee, team=team, at=at or timezone.now())
    return ticket


def take_over(
    ticket: Ticket,
    *,
    actor: Person | None,
    assignee: Person | None,
    team: Team | None,
    at: datetime,
    why: str = "",
) -> None:
    """Writes the new owner of a locked (or new) ticket and says so.

    `why` goes on with the timeline's sentence where a policy decided.
    """
    before = (ticket.assignee_id, ticket.team_id)
    if ticket.team_id and team and ticket.team_id != team.pk:
        ticket.reassignment_count += 1
    ticket.assignee, ticket.team = assignee, team
    fields = ["assignee", "team", "reassignment_count"]
    if assignee is not None and ticket.assigned_at is None:
        ticket.assigned_at = at
        fields.append("assigned_at")
    now = (ticket.assignee_id, ticket.team_id)
    moved = [name for name, was, is_now in zip(OWNERS, before, now, strict=True) if was != is_now]
    # Before the clocks: they read who had the ticket from what is recorded.
    record(
        TICKET_ASSIGNED,
        ticket,
        actor=actor,
        at=at,
        to=" · ".join(str(one) for one in (assignee, team) if one is not None) or "nobody",
        why=why,
        assignee_id=ticket.assignee_id,
        team_id=ticket.team_id,
        previous_assignee_id=before[0],
        previous_team_id=before[1],
    )
    if assignee is not None and ticket.state == "new":
        enter(ticket, ticket.workflow.target("assign", ticket.state), actor=actor, at=at)
        fields.extend(STATE_FIELDS)
    elif ticket.team_id != before[1]:
        set_deadlines(ticket)
        fields.extend(DEADLINE_FIELDS)
    save(ticket, *fields, at=at)
    FieldVersion.objects.note(ticket, moved, person=actor, at=at)


def check_assignee(assignee: Person | None, team: Team | None) -> None:
    """A DomainError when this person cannot work on a ticket of this team."""
    if assignee is None:
        return
    if not assignee.is_active or not (assignee.is_support or assignee.is_development):
        raise DomainError(f"{assignee.name} does not work on tickets.", field="assignee")
    if team is not None and team.pk in assignee.hidden_team_ids:
        raise DomainError(
            f"{assignee.name} is not a member of {team.name}, which is restricted.",
            field="assignee",
        )


def _may_have(person: Person, team: Team | None) -> bool:
    try:
        check_assignee(person, team)
    except DomainError:
        return False
    return True


def _team_for(assignee: Person | None, current: Team | None) -> Team | None:
    if assignee is None or (current is not None and current.pk in assignee.team_ids):
        return current
    own = assignee.teams.order_by("name").first()
    return own or current
