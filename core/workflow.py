"""States and steps as a table; pure, read by actions, pages, API, docs and tests alike."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.errors import TransitionNotAllowed


@dataclass(frozen=True)
class State:
    """A state, its label, and the category that clocks and lists read."""

    name: str
    label: str
    category: str


@dataclass(frozen=True)
class Step:
    """A named step from any of `sources` to `target`; `label` is the button's text."""

    name: str
    sources: frozenset[str]
    target: str
    label: str


def step(name: str, sources: Iterable[str] | str, target: str, label: str) -> Step:
    """A step; a single source may be given as plain text."""
    names = (sources,) if isinstance(sources, str) else tuple(sources)
    return Step(name, frozenset(names), target, label)


class Workflow:
    """A table of states and steps. The first state is where a record starts."""

    def __init__(self, name: str, states: Iterable[State], steps: Iterable[Step]) -> None:
        self.name = name
        self.states = {state.name: state for state in states}
        self.steps = {one.name: one for one in steps}
        self.initial = next(iter(self.states))
        for one in self.steps.values():
            unknown = (one.sources | {one.target}) - self.states.keys()
            if unknown:
                raise ValueError(f"{name}.{one.name} names unknown states {sorted(unknown)}")

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(name, label) pairs for a model field."""
        return [(state.name, state.label) for state in self.states.values()]

    def target(self, name: str, current: str) -> str:
        """Where step `name` leads; TransitionNotAllowed when it does not start at `current`."""
        one = self.steps[name]
        if current not in one.sources:
            raise TransitionNotAllowed(
                f"“{one.label}” is not possible while the state is “{self.states[current].label}”."
            )
        return one.target

    def steps_from(self, current: str) -> list[Step]:
        """The steps that start in `current`, in table order."""
        return [one for one in self.steps.values() if current in one.sources]

    def label(self, name: str) -> str:
        """The words a person reads for a state."""
        return self.states[name].label

    def category(self, name: str) -> str:
        """The category behind a state."""
        return self.states[name].category

    def in_category(self, *categories: str) -> list[str]:
        """Names of the states whose category is one of those given."""
        return [state.name for state in self.states.values() if state.category in categories]

    def unreachable(self) -> set[str]:
        """States no path from the initial one leads to; empty in a sound table."""
        seen = {self.initial}
        while True:
            found = {one.target for one in self.steps.values() if one.sources & seen} - seen
            if not found:
                return self.states.keys() - seen
            seen |= found
