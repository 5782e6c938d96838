"""Giving tickets by a team's policy, and taking them back from owners who leave them alone."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from core.models import Event
from core.timeline import record
from incidents.actions._keeping import locked, save
from incidents.actions.assigning import take_over
from incidents.assignment import choose
from incidents.events import ASSIGNMENT_WAITS, TICKET_ASSIGNED, TICKET_RETURNED_TO_POOL
from incidents.models import TeamPolicy, Ticket
from incidents.ownership import left_alone
from incidents.workflow import OPEN


@transaction.atomic
def assign_by_policy(ticket: Ticket, *, at: datetime | None = None) -> Ticket | None:
    """Gives a ticket that waits in its team's queue to whoever is next; None when it stays.

    The policy's row is locked first and holds where the round stands: of two tickets at the same
    moment the second sees whom the first was given to. Why it stays is said once.
    """
    if ticket.team_id is None:
        return None
    policy = (
        TeamPolicy.objects.select_for_update(of=("self",))
        .exclude(assignment=TeamPolicy.Method.NONE)
        .filter(team_id=ticket.team_id)
        .first()
    )
    if policy is None:
        return None
    at = at or timezone.now()
    ticket = locked(ticket)
    if not _waits(ticket, policy):
        return None
    choice = choose(policy, ticket, at)
    if choice.person is None:
        _say_why_it_waits(ticket, choice.why, at)
        return None
    take_over(ticket, actor=None, assignee=choice.person, team=ticket.team, at=at, why=choice.why)
    policy.last_assigned = choice.person
    policy.save(update_fields=["last_assigned"])
    return ticket


def _waits(ticket: Ticket, policy: TeamPolicy) -> bool:
    """Still this team's, still nobody's, and in work rather than waiting for somebody."""
    return (
        ticket.team_id == policy.team_id
        and ticket.assignee_id is None
        and ticket.state_category == OPEN
    )


def _say_why_it_waits(ticket: Ticket, why: str, at: datetime) -> None:
    turns = (ASSIGNMENT_WAITS.name, TICKET_ASSIGNED.name, TICKET_RETURNED_TO_POOL.name)
    last = Event.objects.about(ticket).filter(name__in=turns).order_by("id").last()
    if last is None or last.name != ASSIGNMENT_WAITS.name:
        record(ASSIGNMENT_WAITS, ticket, actor=None, at=at, why=why)


@transaction.atomic
def return_to_pool(ticket: Ticket, *, at: datetime | None = None) -> Ticket | None:
    """Takes a ticket from an owner who left it alone for the team's working minutes.

    None when the owner has done something meanwhile, or the ticket waits for somebody.
    """
    at = at or timezone.now()
    ticket = locked(ticket)
    policy = TeamPolicy.objects.of_team(ticket.team_id)
    owner = ticket.assignee
    if owner is None or ticket.team is None or not left_alone(policy, at, only=ticket.pk):
        return None
    ticket.assignee = None
    save(ticket, "assignee", at=at)
    record(
        TICKET_RETURNED_TO_POOL,
        ticket,
        actor=None,
        at=at,
        to=ticket.team.name,
        owner=owner.name,
        minutes=policy.ownership_minutes,
        team_id=ticket.team_id,
        previous_assignee_id=owner.pk,
    )
    return ticket
