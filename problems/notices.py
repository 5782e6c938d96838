"""What people are told about problems."""

from collections.abc import Iterable

from accounts.models import Person
from core.models import Event
from notifications.actions import Notice, notify_all
from notifications.kinds import declare
from problems.models import Problem, ProblemAction

FOLLOW_UP_OVERDUE = declare(
    "problems.follow_up_overdue", "A follow-up of a problem is overdue", icon="alarm-clock"
)


def tell_of_overdue_action(event: Event) -> None:
    """Whoever is to do it hears that it is late, or the owner of the problem where nobody is."""
    row = (
        ProblemAction.objects.select_related("problem__owner", "assignee")
        .filter(pk=event.payload["follow_up_id"])
        .first()
    )
    if row is None:
        return
    _tell(
        [row.assignee or row.problem.owner],
        row.problem,
        Notice(
            kind=FOLLOW_UP_OVERDUE.name,
            title=f"Overdue: {row.title}",
            body=f"{row.problem.reference} {row.problem.title}, due {row.due_on}",
            url=row.get_absolute_url(),
            once_key=f"event:{event.pk}",
        ),
    )


def _tell(people: Iterable[Person | None], problem: Problem, notice: Notice) -> None:
    told = [
        person
        for person in people
        if person is not None and Problem.objects.visible_to(person).filter(pk=problem.pk).exists()
    ]
    notify_all(told, notice)
