"""What changed between two versions of a pack."""

from collections.abc import Mapping
from dataclasses import dataclass

Content = Mapping[str, object]


@dataclass(frozen=True)
class Difference:
    """One line of the comparison; None stands for "not known"."""

    label: str
    before: object
    after: object

    @property
    def change(self) -> float | None:
        """The difference of two numbers; None for anything else."""
        if isinstance(self.before, int | float) and isinstance(self.after, int | float):
            return round(self.after - self.before, 2)
        return None


_LINES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Tickets in 28 days", ("reach", "28", "tickets")),
    ("People in 28 days", ("reach", "28", "people")),
    ("Organisations in 28 days", ("reach", "28", "organisations")),
    ("Tickets in all", ("reach", "all", "tickets")),
    ("Change of inflow, %", ("slope", "change_percent")),
    ("Hours a week", ("effort", "hours_per_week")),
    ("Targets missed", ("service_levels", "breached")),
    ("Reopened, %", ("reopened", "percent")),
    ("Satisfaction", ("satisfaction", "mean")),
    ("People who met it again", ("repeats", "people")),
    ("Workaround held, %", ("workaround", "percent")),
    ("Score", ("score", "value")),
    ("Confidence", ("confidence", "level")),
    ("State of the problem", ("problem", "state")),
    ("Root cause", ("problem", "root_cause")),
    ("Workaround", ("workaround", "text")),
)


def value_at(content: object, path: tuple[str, ...]) -> object:
    """The value at a path of keys; None where the path ends early."""
    for name in path:
        if not isinstance(content, Mapping):
            return None
        content = content.get(name)
    return content


def differences(before: Content, after: Content) -> list[Difference]:
    """The lines that differ from the version before, in reading order; empty when none does."""
    found = (
        Difference(label, value_at(before, path), value_at(after, path)) for label, path in _LINES
    )
    return [one for one in found if one.before != one.after]


# Counts over a moving window change with every day; less than this share says nothing new.
NOTABLE = 0.10


def differ(before: Content, after: Content) -> bool:
    """Whether somebody who decided on the pack before should look again.

    True when a word changed (state, root cause, workaround, confidence, suspected change, ask) or
    a number by a tenth and more; a number that became known or unknown is a change too.
    """
    if any(value_at(before, path) != value_at(after, path) for path in _SAID):
        return True
    if _suspect(before) != _suspect(after):
        return True
    return any(_notable(one.before, one.after) for one in differences(before, after))


_SAID = (("ask", "rationale"), ("ask", "points"), ("ask", "sprint"), ("problem", "title"))


def _suspect(content: Content) -> object:
    """The change it was likeliest first seen after."""
    found = content.get("first_seen_after")
    return value_at(found[0], ("reference",)) if isinstance(found, list) and found else None


def _notable(before: object, after: object) -> bool:
    if isinstance(before, int | float) and isinstance(after, int | float):
        return abs(after - before) >= NOTABLE * max(abs(before), abs(after))
    return True
