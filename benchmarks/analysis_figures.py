"""One measured value with its goal."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value with its goal; `at_least` tells which side of the goal is good."""

    name: str
    value: float
    goal: float | None = None
    at_least: bool = True
    digits: int = 3

    @property
    def verdict(self) -> str:
        """Return pass, miss, or nothing where there is no goal."""
        if self.goal is None:
            return ""
        good = self.value >= self.goal if self.at_least else self.value <= self.goal
        return "pass" if good else "miss"
