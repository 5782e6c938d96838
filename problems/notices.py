"""What people are told about problems."""

from collections.abc import Iterable

from accounts.models import Person
from core.models import Event
from notifications.actions import Notice, notify_all
from notifications.kinds import declare
from problems.models import Problem, ProblemAction, ProblemTask

FOLLOW_UP_OVERDUE = declare(
    "problems.follow_up_overdue", "A follow-up of a problem is overdue", icon="alarm-clock"
)
TASK = declare("problems.task", "Tasks of problems for you", icon="list-checks", mailed=False)
FOLLOW_UP = declare(
    "problems.follow_up", "Follow-ups of problems for you", icon="list-checks", mailed=False
)


def tell_of_task(event: Event) -> None:
    """Who is to do a task of a problem hears of it, unless they gave it to themselves."""
    task = (
        ProblemTask.objects.select_related("problem", "assignee")
        .filter(pk=event.payload["task_id"], done_at__isnull=True)
        .first()
    )
    changes = event.payload.get("changes")
    if task is None or (changes is not None and "assignee" not in changes):
        return
    _tell_of_theirs(task.assignee, task.problem, event, TASK.name, "A task", task.title, "#tasks")


def tell_of_follow_up(event: Event) -> None:
    """Who is to do what follows from a problem hears of it, unless they took it themselves."""
    row = (
        ProblemAction.objects.outstanding()
        .select_related("problem", "assignee")
        .filter(pk=event.payload["follow_up_id"])
        .first()
    )
    changed = event.payload.get("fields", "assignee").split(", ")
    if row is None or "assignee" not in changed:
        return
    place = "review/#follow-ups"
    _tell_of_theirs(
        row.assignee, row.problem, event, FOLLOW_UP.name, "A follow-up", row.title, place
    )


def _tell_of_theirs(
    person: Person | None,
    problem: Problem,
    event: Event,
    kind: str,
    what: str,
    title: str,
    place: str,
) -> None:
    if person is None or person.pk == event.actor_id:
        return
    notice = Notice(
        kind=kind,
        title=f"{what} of {problem.reference} is yours: {title}",
        body=f"{problem.reference} {problem.title}",
        url=f"{problem.get_absolute_url()}{place}",
        once_key=f"event:{event.pk}",
    )
    _tell([person], problem, notice)


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
