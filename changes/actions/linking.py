"""Which problem a change is to remove, whatever state it is in."""

from django.db import transaction

from accounts.models import Person
from changes import events
from changes.actions.rows import locked
from changes.models import Change
from changes.permissions import require
from core.errors import DomainError
from core.timeline import record
from problems.models import Problem


@transaction.atomic
def link_change(change: Change, *, actor: Person | None, problem: Problem) -> Change:
    """Says that the change is to remove this problem; a second time changes nothing.

    A change is about one problem: a DomainError when it is about another already.
    """
    change = locked(change)
    require(actor, "link_problem", change)
    if change.problem_id == problem.pk:
        return change
    if change.problem is not None:
        raise DomainError(
            f"{change.reference} is about {change.problem.reference} already; unlink it there.",
            field="problem",
        )
    change.problem = problem
    change.save(update_fields=["problem"])
    record(
        events.CHANGE_LINKED,
        change,
        actor=actor,
        problem_id=problem.pk,
        reference=problem.reference,
    )
    return change


@transaction.atomic
def unlink_change(change: Change, *, actor: Person | None) -> Change:
    """The change is about no problem any more."""
    change = locked(change)
    require(actor, "link_problem", change)
    problem = change.problem
    if problem is None:
        raise DomainError(f"{change.reference} is about no problem.", field="problem")
    change.problem = None
    change.save(update_fields=["problem"])
    record(
        events.CHANGE_UNLINKED,
        change,
        actor=actor,
        problem_id=problem.pk,
        reference=problem.reference,
    )
    return change
