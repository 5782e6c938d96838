"""Who may decide, do a task of a plan, and arrange the request catalogue."""

from accounts.models import Person
from catalogue.permissions import may_arrange
from core.errors import NotPermitted
from fulfilment.models import Approval, Approver, PlanTask, Vote
from incidents.models import Ticket


def may_vote(person: Person | None, approval: Approval) -> bool:
    """True for somebody who is asked now, has not handed it on and has not voted."""
    if person is None or approval.state != "asked":
        return False
    asked = Approver.objects.filter(approval=approval, person=person, delegated_to=None)
    voted = Vote.objects.filter(approval=approval, person=person)
    return asked.exists() and not voted.exists()


def require_vote(person: Person | None, approval: Approval) -> None:
    """Raises NotPermitted for whoever is not asked, or has answered already."""
    if person is not None and Vote.objects.filter(approval=approval, person=person).exists():
        raise NotPermitted("You have decided this already; votes are not changed.")
    if not may_vote(person, approval):
        raise NotPermitted("You are not asked to decide this.")


def may_work(person: Person | None, task: PlanTask) -> bool:
    """True for support that sees the ticket, for the task's team, and for whoever took it."""
    if person is None or task.assignee_id == person.pk or task.team_id in person.team_ids:
        return True
    ticket_id = task.request.ticket_id
    return person.is_support and Ticket.objects.visible_to(person).filter(pk=ticket_id).exists()


def require_work(person: Person | None, task: PlanTask) -> None:
    """Raises NotPermitted unless `may_work`."""
    if not may_work(person, task):
        raise NotPermitted("This task is another team's.")


def may_ask_for(person: Person | None, requester: Person) -> bool:
    """Everybody may ask for themselves, support for anybody."""
    return person is None or person.is_support or person.pk == requester.pk


def require_catalogue(person: Person | None) -> None:
    """Raises NotPermitted for whoever does not arrange the request catalogue."""
    if not may_arrange(person):
        raise NotPermitted("The request catalogue is arranged by managers and admins.")
