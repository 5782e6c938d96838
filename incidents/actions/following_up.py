"""What a requester's answer does to a ticket that is over."""

from datetime import datetime, timedelta

from accounts.models import Person
from core.timeline import record
from incidents.actions.opening import open_ticket
from incidents.events import FOLLOW_UP_OPENED, FOLLOWS_UP
from incidents.models import FollowUp, TeamPolicy, Ticket, TicketCopy
from incidents.workflow import RESOLVED


def reopens(ticket: Ticket, at: datetime) -> bool:
    """True when an answer at this moment takes the ticket itself back into work.

    A closed ticket is taken back only within the days of its team's policy, counted from the
    resolution; one that was cancelled or rejected never.
    """
    if ticket.state not in ticket.workflow.steps["reopen"].sources:
        return False
    policy = TeamPolicy.objects.of_team(ticket.team_id)
    if policy.follow_up == TeamPolicy.FollowUp.REOPEN:
        return ticket.state_category == RESOLVED
    if policy.follow_up == TeamPolicy.FollowUp.NEW_TICKET or ticket.resolved_at is None:
        return False
    return at <= ticket.resolved_at + timedelta(days=policy.reopen_days)


def follow_up_of(ticket: Ticket, *, actor: Person, channel: str, at: datetime) -> Ticket:
    """The ticket that takes an answer to a locked ticket that is over: the open one that follows
    it up, or a new one for the same requester and people in copy, linked to it.
    """
    standing = FollowUp.objects.filter(previous=ticket).select_related("ticket").order_by("pk")
    for one in standing:
        if one.ticket.is_open:
            return one.ticket
    new = open_ticket(
        actor=None,
        title=ticket.title,
        requester=ticket.requester if ticket.requester.is_active else actor,
        kind=ticket.kind,
        affected_users=list(ticket.affected_users.all()),
        organisation=ticket.organisation,
        channel=channel,
        service=ticket.service,
        component=ticket.component,
        category=ticket.category,
        impact=ticket.impact,
        urgency=ticket.urgency,
        priority=ticket.priority,
        team=ticket.team,
        at=at,
    )
    for copy in (
        ticket.copies.filter(person__is_active=True)
        .select_related("person", "added_by")
        .exclude(person=new.requester)
    ):
        TicketCopy.objects.create(
            ticket=new, person=copy.person, added_by=copy.added_by, created_at=at
        )
    FollowUp.objects.create(ticket=new, previous=ticket, created_at=at)
    record(FOLLOWS_UP, new, actor=actor, at=at, reference=ticket.reference, ticket_id=ticket.pk)
    record(FOLLOW_UP_OPENED, ticket, actor=actor, at=at, reference=new.reference, ticket_id=new.pk)
    return new
