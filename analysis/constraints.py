"""What people and exact keys say about which tickets belong together, as one union-find."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.keys import ExactKey

Pair = tuple[int, int]


@dataclass(slots=True)
class Constraints:
    """Groups of rows that must stay together and those that may never be joined."""

    parent: list[int]
    apart: dict[int, set[int]] = field(default_factory=dict)
    claims: dict[int, dict[str, set[str]]] = field(default_factory=dict)
    mentions: dict[int, set[str]] = field(default_factory=dict)

    @classmethod
    def over(cls, count: int, cannot_link: Iterable[Pair] = ()) -> "Constraints":
        """Begin with every row alone and the given pairs forbidden."""
        new = cls(list(range(count)))
        for one, other in cannot_link:
            if one != other:
                new.apart.setdefault(one, set()).add(other)
                new.apart.setdefault(other, set()).add(one)
        return new

    def claim(self, row: int, keys: Iterable[ExactKey], mentions: Iterable[str] = ()) -> None:
        """Record the families a row's keys belong to and the things it mentions, before any
        grouping."""
        families: dict[str, set[str]] = {}
        for key in keys:
            if key.family:
                families.setdefault(key.family, set()).add(key.value)
        if families:
            self.claims[row] = families
        named = set(mentions)
        if named:
            self.mentions[row] = named

    def root(self, row: int) -> int:
        """Return the row that stands for the whole group."""
        while self.parent[row] != row:
            self.parent[row] = self.parent[self.parent[row]]
            row = self.parent[row]
        return row

    def _contradict(self, one: int, other: int) -> bool:
        mine, theirs = self.claims.get(one), self.claims.get(other)
        if not mine and not theirs:
            return False
        if not mine or not theirs:
            # A monitor's message names its subject; what does not mention it is another matter.
            return self.mentions.get(one, set()).isdisjoint(self.mentions.get(other, ()))
        return any(
            not values & theirs[family] for family, values in mine.items() if family in theirs
        )

    def try_join(self, one: int, other: int, *, despite_keys: bool = False) -> bool:
        """Join two groups and return True; False when people or keys keep them apart.

        `despite_keys` lets a person's link overrule contradicting keys.
        """
        one, other = self.root(one), self.root(other)
        if one == other:
            return True
        if other in self.apart.get(one, ()):
            return False
        if not despite_keys and self._contradict(one, other):
            return False
        self._absorb(one, other)
        return True

    def _absorb(self, one: int, other: int) -> None:
        self.parent[other] = one
        for foe in self.apart.pop(other, ()):
            self.apart[foe].discard(other)
            self.apart[foe].add(one)
            self.apart.setdefault(one, set()).add(foe)
        for family, values in self.claims.pop(other, {}).items():
            self.claims.setdefault(one, {}).setdefault(family, set()).update(values)
        named = self.mentions.pop(other, None)
        if named:
            self.mentions.setdefault(one, set()).update(named)

    def join_all(self, rows: Sequence[int]) -> None:
        """Join rows that share evidence; those kept apart form as few groups as possible."""
        heads: list[int] = []
        for row in rows:
            if not any(self.try_join(head, row) for head in heads):
                heads.append(row)

    def groups(self) -> NDArray[np.int32]:
        """Return for every row its group, groups numbered by their first row."""
        numbers: dict[int, int] = {}
        return np.fromiter(
            (numbers.setdefault(self.root(row), len(numbers)) for row in range(len(self.parent))),
            dtype=np.int32,
            count=len(self.parent),
        )

    def contracted(self, groups: NDArray[np.int32]) -> "Constraints":
        """Return the same constraints with every group as one row."""
        count = int(groups.max(initial=-1)) + 1
        small = Constraints(list(range(count)))
        for row, foes in self.apart.items():
            mine = int(groups[row])
            small.apart.setdefault(mine, set()).update(int(groups[foe]) for foe in foes)
        for row, claims in self.claims.items():
            small.claims[int(groups[row])] = {f: set(values) for f, values in claims.items()}
        return small
