"""The times in states a row tells of. Pure."""

from datetime import datetime

from incidents.imports.drafts import Draft, Stretch
from incidents.models.ticket import Kind
from incidents.workflow import CLOSED, RESOLVED, category_of

# Said on intervals whose state between two known times the file does not tell.
REASON = "imported"


def stretches(draft: Draft) -> list[Stretch]:
    """The ticket's life from opening to its present state, without gaps; the last one runs on.

    A file gives a few times only. Between opening and the first of them the ticket counts as
    worked on when somebody had it, as new otherwise; both are open to every clock.
    """
    if draft.category_of_state in {RESOLVED, CLOSED}:
        return _ended(draft)
    known_from = draft.updated_at
    if known_from is None or known_from <= draft.created_at or draft.state == "new":
        return [_present(draft, draft.created_at)]
    return [_open(draft, draft.created_at, known_from), _present(draft, known_from)]


def _ended(draft: Draft) -> list[Stretch]:
    """Open, then resolved where the file says when, then the present state."""
    found: list[Stretch] = []
    at = draft.created_at
    ended_at = _end(draft)
    if draft.category_of_state == CLOSED and draft.resolved_at and draft.resolved_at < ended_at:
        if draft.resolved_at > at:
            found.append(_open(draft, at, draft.resolved_at))
        state = "resolved" if draft.kind == Kind.INCIDENT else "fulfilled"
        category = category_of(draft.kind, state)
        found.append(Stretch(state, category, draft.resolved_at, ended_at))
    elif ended_at > at:
        found.append(_open(draft, at, ended_at))
    return [*found, _present(draft, ended_at)]


def _end(draft: Draft) -> datetime:
    """When the present state was entered, by the best time the file gives."""
    if draft.category_of_state == RESOLVED:
        return draft.resolved_at or draft.updated_at or draft.created_at
    return draft.closed_at or draft.resolved_at or draft.updated_at or draft.created_at


def _open(draft: Draft, started_at: datetime, ended_at: datetime) -> Stretch:
    if draft.kind == Kind.INCIDENT:
        state = "in_progress" if draft.assignee else "new"
    else:
        state = "fulfilling" if draft.assignee else "approved"
    return Stretch(state, category_of(draft.kind, state), started_at, ended_at, REASON)


def _present(draft: Draft, started_at: datetime) -> Stretch:
    return Stretch(
        draft.state, draft.category_of_state, started_at, None, draft.pending_reason or ""
    )
