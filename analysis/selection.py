"""Which branches of the tree of merges are causes: those that hold together longest.

One cut through the tree suits neither a cause whose reports all sound alike nor one that people
describe in many ways. Going down the tree, from loose to tight, a group *lives* from the
similarity at which it parts from its neighbours to the one at which it falls apart itself; its
worth is the lifetime of all its members added up. A group stays whole if it is worth more than
the best groups within it together ("excess of mass", Campello, Moulavi & Sander 2013, on
similarities in place of densities). Single tickets that drop off on the way do not part a group.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
_NONE = -1


@dataclass(frozen=True, slots=True)
class Round:
    """Merges that do not depend on each other: `right[i]` went into `left[i]` at `score[i]`, all
    named by the row that stands for their group."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    score: NDArray[np.float32]


@dataclass(slots=True)
class _Tree:
    """For each node (leaves first, then merges in order) what is known of the part below it.

    The *candidate* of a node is the highest group at or below it that is tight enough and reached
    without parting from another group; `mass` is the similarity up to which each of its members
    stays in it, added up. `parting` is the merge of two groups that comes next, `within` the worth
    of the best groups below that.
    """

    first: Ints
    second: Ints
    height: Floats
    size: Floats
    candidate: Ints
    mass: Floats
    members: Floats
    parting: Ints
    within: Floats

    @classmethod
    def of(cls, leaves: int, merges: int) -> "_Tree":
        count = leaves + merges
        return cls(
            first=np.full(count, _NONE, dtype=np.int64),
            second=np.full(count, _NONE, dtype=np.int64),
            height=np.ones(count),
            size=np.zeros(count),
            candidate=np.full(count, _NONE, dtype=np.int64),
            mass=np.zeros(count),
            members=np.zeros(count),
            parting=np.full(count, _NONE, dtype=np.int64),
            within=np.full(count, -np.inf),
        )

    def worth_whole(self, nodes: Ints, born: Floats) -> Floats:
        """Return what the candidates are worth that part from others at `born`."""
        lived = np.maximum(self.mass[nodes] - self.members[nodes] * born, 0.0)
        return np.where(self.candidate[nodes] == _NONE, -np.inf, lived)

    def worth(self, nodes: Ints, born: Floats) -> Floats:
        """Return the most that can be made of each node: whole, parted, or nothing."""
        return np.maximum(np.maximum(self.worth_whole(nodes, born), self.within[nodes]), 0.0)


def choose_causes(
    sizes: NDArray[np.float32],
    spread: NDArray[np.float32],
    tight: Sequence[Round],
    loose: Sequence[Round],
    *,
    cut: float,
    ceiling: float,
) -> NDArray[np.int32]:
    """Return for every leaf of the tree a number that it shares with the members of its cause.

    `sizes` says how many tickets a leaf stands for, `spread` how alike they are (1 for a single
    ticket). Merges of `tight` are at least `cut` alike and may be causes; those of `loose` only
    tell when a group parts from its neighbours. What happens above `ceiling` does not matter:
    members that alike are never told apart. Numbers are those of nodes, not consecutive.
    """
    leaves = len(sizes)
    merges = sum(len(one.left) for one in (*tight, *loose))
    tree = _Tree.of(leaves, merges)
    tree.size[:leaves] = tree.members[:leaves] = sizes
    group = np.flatnonzero(sizes >= 2)
    tree.candidate[group] = group
    tree.mass[group] = sizes[group] * np.clip(spread[group], cut, ceiling)
    spans = _grow(tree, leaves, tight, loose, ceiling)
    chosen = _choose(tree, spans)
    return _named(tree, chosen, spans, leaves)


def _grow(
    tree: _Tree, leaves: int, tight: Sequence[Round], loose: Sequence[Round], ceiling: float
) -> list[slice]:
    """Fill the tree from the leaves up; return which nodes each round made."""
    current = np.arange(leaves, dtype=np.int64)
    spans: list[slice] = []
    begin = leaves
    for at, one in enumerate((*tight, *loose)):
        nodes = np.arange(begin, begin + len(one.left), dtype=np.int64)
        spans.append(slice(begin, begin + len(nodes)))
        begin += len(nodes)
        first, second = current[one.left], current[one.right]
        current[one.left] = nodes
        tree.first[nodes], tree.second[nodes] = first, second
        below = np.minimum(tree.height[first], tree.height[second])
        height = tree.height[nodes] = np.minimum(one.score, below)
        tree.size[nodes] = tree.size[first] + tree.size[second]
        _describe(tree, nodes, np.minimum(height, ceiling), tight_enough=at < len(tight))
    return spans


def _describe(tree: _Tree, nodes: Ints, height: Floats, *, tight_enough: bool) -> None:
    """Work out candidate, mass, next parting and worth of new nodes from those they join."""
    first, second = tree.first[nodes], tree.second[nodes]
    first_is_group, second_is_group = tree.size[first] >= 2, tree.size[second] >= 2
    parts = first_is_group & second_is_group
    # Of a group and a single ticket the group goes on; of two single tickets it begins.
    goes_on = first_is_group ^ second_is_group
    group = np.where(first_is_group, first, second)
    dropped = tree.size[nodes] - np.where(goes_on, tree.size[group], 0.0)
    if tight_enough:
        tree.candidate[nodes] = nodes
        tree.mass[nodes] = dropped * height + np.where(goes_on, tree.mass[group], 0.0)
        tree.members[nodes] = tree.size[nodes]
    else:
        tree.candidate[nodes] = np.where(goes_on, tree.candidate[group], _NONE)
        tree.mass[nodes] = np.where(goes_on, tree.mass[group], 0.0)
        tree.members[nodes] = np.where(goes_on, tree.members[group], 0.0)
    inside = tree.worth(first, height) + tree.worth(second, height)
    tree.parting[nodes] = np.where(parts, nodes, np.where(goes_on, tree.parting[group], _NONE))
    tree.within[nodes] = np.where(parts, inside, np.where(goes_on, tree.within[group], -np.inf))


def _choose(tree: _Tree, spans: Sequence[slice]) -> Flags:
    """Return which nodes are causes, deciding from the roots down."""
    count = len(tree.size)
    chosen = np.zeros(count, dtype=np.bool_)
    asked = np.ones(count, dtype=np.bool_)
    for children in (tree.first, tree.second):
        asked[children[children != _NONE]] = False
    born = np.zeros(count)
    for span in reversed(spans):
        nodes = np.flatnonzero(asked[span]) + span.start
        whole = tree.worth_whole(nodes, born[nodes]) >= tree.within[nodes]
        whole &= tree.candidate[nodes] != _NONE
        chosen[tree.candidate[nodes[whole]]] = True
        parting = tree.parting[nodes[~whole]]
        parting = parting[parting != _NONE]
        for children in (tree.first[parting], tree.second[parting]):
            asked[children] = True
            born[children] = tree.height[parting]
    return chosen


def _named(tree: _Tree, chosen: Flags, spans: Sequence[slice], leaves: int) -> NDArray[np.int32]:
    """Return the chosen node above each leaf, or the leaf itself."""
    owner = np.where(chosen, np.arange(len(chosen)), _NONE)
    for span in reversed(spans):
        above = owner[span]
        for children in (tree.first[span], tree.second[span]):
            owner[children] = np.where(above != _NONE, above, owner[children])
    own = owner[:leaves]
    return np.where(own == _NONE, np.arange(leaves), own).astype(np.int32)
