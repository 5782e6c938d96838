"""What people are told about requests."""

from collections.abc import Iterable

from accounts.models import Person
from core.models import Event
from fulfilment.models import Approval, PlanTask
from incidents.models import Ticket
from notifications.actions import Notice, notify_all
from notifications.kinds import declare

ASKED = declare("fulfilment.asked", "Waiting for your approval", icon="stamp")
REMINDED = declare("fulfilment.reminded", "A decision is still open", icon="stamp")
DECIDED = declare("fulfilment.decided", "Your request was decided", icon="circle-check")
TASK_READY = declare("fulfilment.task_ready", "Task ready", icon="list-checks", mailed=False)
PLAN_DONE = declare("fulfilment.plan_done", "Plan done", icon="list-checks", mailed=False)


def undecided(approval: Approval) -> list[Person]:
    """Those who are asked and have not voted."""
    voted = approval.votes.values("person_id")
    asked = approval.approvers.filter(delegated_to=None).exclude(person__in=voted)
    return [one.person for one in asked.select_related("person")]


def tell_approvers(people: Iterable[Person], event: Event, approval: Approval, kind: str) -> None:
    """Approvers may see what they decide on, and read it on the page of the approval."""
    ticket = approval.request.ticket
    notify_all(
        people,
        Notice(
            kind=kind,
            title=f"Please decide: {ticket.requester.name} asks for “{approval.request.item}”",
            body=f"{approval.label} · {ticket.reference}",
            url=approval.get_absolute_url(),
            once_key=f"event:{event.pk}",
        ),
    )


def tell_requester(event: Event, ticket: Ticket, title: str) -> None:
    """The requester hears what was decided."""
    notify_all(
        [ticket.requester],
        Notice(
            kind=DECIDED.name,
            title=title,
            body=ticket.title,
            url=ticket.get_absolute_url(),
            once_key=f"event:{event.pk}",
        ),
    )


def tell_team(event: Event, task: PlanTask) -> None:
    """The members of the task's team hear of it."""
    people = [] if task.team is None else list(task.team.members.filter(is_active=True))
    notify_all(
        people,
        Notice(
            kind=TASK_READY.name,
            title=f"{task.title} · {task.request.ticket.reference}",
            body=str(task.request.item),
            url="/plan-tasks/",
            once_key=f"event:{event.pk}",
        ),
    )
