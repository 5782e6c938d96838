"""What the words of a tracker mean in ours: kinds, states, dates of sprints."""

import re
from collections.abc import Iterable, Sequence
from datetime import date

from devlink.connectors.base import ItemKind, ItemState, SprintState

_KINDS = {
    ItemKind.BUG: {"bug", "bugs", "defect", "regression", "incident", "problem", "fault"},
    ItemKind.REQUIREMENT: {"requirement", "requirements"},
    ItemKind.STORY: {"story", "feature", "features", "enhancement", "improvement", "epic"},
    ItemKind.TASK: {"task", "chore", "maintenance"},
}
_AT_WORK = {"in progress", "doing", "in development", "in dev", "in review", "wip", "started"}
_CANCELLED = {
    "wontfix", "won't fix", "wont fix", "won't do", "wont do", "not planned", "duplicate",
    "invalid", "rejected", "declined", "cancelled", "canceled", "cannot reproduce",
    "not a bug", "abandoned", "obsolete", "incomplete",
}  # fmt: skip
_SCOPE = re.compile(r"\s*(?:::|:|/)\s*")


def _said(label: str) -> str:
    """A label without its scope: “type::Bug” says bug, “status: in-progress” says in progress."""
    return _SCOPE.split(label.strip().casefold())[-1].replace("-", " ").replace("_", " ")


def kind_of(names: Iterable[str]) -> ItemKind:
    """The kind these labels or types speak of; a task when none does."""
    said = [_said(name) for name in names]
    for kind, words in _KINDS.items():
        if any(words & {name, *name.split()} for name in said):
            return kind
    return ItemKind.TASK


def open_state(labels: Iterable[str]) -> ItemState:
    """How far an open item is when only its labels can say that work has begun."""
    begun = any(_said(label) in _AT_WORK for label in labels)
    return ItemState.IN_PROGRESS if begun else ItemState.TO_DO


def closed_state(reasons: Iterable[str]) -> ItemState:
    """How a closed item ended: cancelled when a reason or label says so, else done."""
    dropped = any(_said(reason) in _CANCELLED for reason in reasons)
    return ItemState.CANCELLED if dropped else ItemState.DONE


def milestone_states(
    milestones: Sequence[tuple[bool, date | None, date | None]], today: date
) -> Sequence[SprintState]:
    """In which part of its life each is, from whether it is closed, its start and its end.

    Without a start, work is on what is overdue and on what is due next; the rest is planned.
    """
    due = [end for closed, _, end in milestones if end is not None and end >= today and not closed]
    horizon = min(due, default=today)

    def state(closed: bool, start: date | None, end: date | None) -> SprintState:  # noqa: FBT001
        if closed:
            return SprintState.CLOSED
        begun = start <= today if start is not None else end is not None and end <= horizon
        return SprintState.ACTIVE if begun else SprintState.PLANNING

    return [state(*milestone) for milestone in milestones]


def cut(text: str, most: int) -> str:
    """The text, or its beginning with an ellipsis where the tracker takes no more."""
    return text if len(text) <= most else text[: most - 1] + "…"


def without_calls(text: str) -> str:
    """The text with @names that call nobody: what customers write must not reach strangers."""
    return re.sub(r"(?<![\w/.])@(?=\w)", "@\N{ZERO WIDTH SPACE}", text)
