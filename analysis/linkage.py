"""Reciprocal average-linkage agglomeration on a neighbour graph.

The similarity of two clusters is the mean similarity of all their pairs, which for unit rows is
the product of their mean vectors: exact, although only neighbours on the graph may merge. In
each round every cluster looks at its best neighbour and mutual bests merge, so the result does
not depend on the order of the rows (ties are broken by row number).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.graph import Edges, Progress, ignore_progress, sorted_once
from analysis.selection import Round
from analysis.vectors import FloatMatrix

# Few enough rows at once to stay in a processor's cache: four times as fast as larger parts.
_CHUNK = 512
MayMerge = Callable[[int, int], bool]


@dataclass(slots=True)
class Linkage:
    """The state of one agglomeration: sums and sizes of clusters, and who went into whom, in which
    round."""

    sums: FloatMatrix
    sizes: NDArray[np.float32]
    parent: NDArray[np.int32]
    rounds: list[Round] = field(default_factory=list)

    @classmethod
    def start(cls, sums: FloatMatrix, sizes: NDArray[np.float32]) -> "Linkage":
        """Begin with every row as its own cluster; `sums` is changed in place."""
        return cls(sums, sizes.astype(np.float32), np.arange(len(sums), dtype=np.int32))

    def roots(self) -> NDArray[np.int32]:
        """Return for every row the cluster it is in now."""
        root = self.parent
        while True:
            above = root[root]
            if np.array_equal(above, root):
                self.parent = root
                return root
            root = above

    def similarity(self, left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the mean pairwise similarity of the clusters `left[i]` and `right[i]`."""
        found = np.empty(len(left), dtype=np.float32)
        for start in range(0, len(left), _CHUNK):
            one, other = left[start : start + _CHUNK], right[start : start + _CHUNK]
            products = np.einsum("ij,ij->i", self.sums[one], self.sums[other])
            found[start : start + _CHUNK] = products / (self.sizes[one] * self.sizes[other])
        return found

    def merge(
        self, left: NDArray[np.int32], right: NDArray[np.int32], score: NDArray[np.float32]
    ) -> None:
        """Put each cluster `right[i]`, which is `score[i]` alike, into `left[i]`; no cluster may
        appear twice."""
        self.rounds.append(Round(left, right, score))
        self.sums[left] += self.sums[right]
        self.sizes[left] += self.sizes[right]
        self.parent[right] = left


@dataclass(slots=True)
class _Front:
    """The edges that can still lead to a merge."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    score: NDArray[np.float32]

    def keep(self, chosen: NDArray[np.bool_]) -> None:
        self.left, self.right = self.left[chosen], self.right[chosen]
        self.score = self.score[chosen]

    def mutual_best(self, count: int) -> NDArray[np.intp]:
        """Return the edges that are the best one of both their ends."""
        best = np.full(count, -np.inf, dtype=np.float32)
        np.maximum.at(best, self.left, self.score)
        np.maximum.at(best, self.right, self.score)
        # Among equals the edge with the highest number decides, for both ends alike.
        ours = np.flatnonzero(self.score == best[self.left])
        theirs = np.flatnonzero(self.score == best[self.right])
        chosen = np.full(count, -1, dtype=np.int64)
        chosen[self.left[ours]] = ours
        other = np.full(count, -1, dtype=np.int64)
        other[self.right[theirs]] = theirs
        np.maximum(chosen, other, out=chosen)
        both = ours[chosen[self.left[ours]] == ours]
        mutual: NDArray[np.intp] = both[chosen[self.right[both]] == both]
        return mutual


def agglomerate(
    state: Linkage,
    edges: Edges,
    cut: float,
    *,
    may_merge: MayMerge | None = None,
    stage: str = "grouping",
    on_progress: Progress = ignore_progress,
) -> NDArray[np.int32]:
    """Merge along `edges` while the best mean similarity is at least `cut`; return the roots.

    `may_merge(a, b)` is asked before each merge of two clusters and may refuse it for good; it
    is told of every accepted merge by answering True.
    """
    roots = state.roots()
    front = _front_of(state, roots[edges.left], roots[edges.right], cut)
    total = max(len(front.left), 1)
    while len(front.left):
        chosen = front.mutual_best(len(state.sums))
        allowed = _asked(may_merge, front.left[chosen], front.right[chosen])
        _advance(state, front, chosen[allowed], chosen[~allowed], cut)
        on_progress(stage, total - min(len(front.left), total), total)
    on_progress(stage, total, total)
    return state.roots()


def _asked(
    may_merge: MayMerge | None, left: NDArray[np.int32], right: NDArray[np.int32]
) -> NDArray[np.bool_]:
    if may_merge is None:
        return np.ones(len(left), dtype=np.bool_)
    answers = [may_merge(int(a), int(b)) for a, b in zip(left, right, strict=True)]
    return np.asarray(answers, dtype=np.bool_)


def _front_of(
    state: Linkage, left: NDArray[np.int32], right: NDArray[np.int32], cut: float
) -> _Front:
    """Return each pair of different clusters once, with its similarity, from `cut` upwards."""
    count = len(state.sums)
    pairs = np.minimum(left, right).astype(np.int64)
    pairs *= count
    pairs += np.maximum(left, right)
    pairs = sorted_once(pairs)
    low, high = (pairs // count).astype(np.int32), (pairs % count).astype(np.int32)
    distinct = low != high
    low, high = low[distinct], high[distinct]
    front = _Front(low, high, state.similarity(low, high))
    front.keep(front.score >= cut)
    return front


def _advance(
    state: Linkage,
    front: _Front,
    merged: NDArray[np.intp],
    refused: NDArray[np.intp],
    cut: float,
) -> None:
    """Carry out one round: merge, drop what was refused, renew what changed."""
    touched = np.zeros(len(state.sums), dtype=np.bool_)
    target = np.arange(len(state.sums), dtype=np.int32)
    left, right = front.left[merged], front.right[merged]
    state.merge(left, right, front.score[merged])
    target[right] = left
    touched[left] = True
    alive = np.ones(len(front.left), dtype=np.bool_)
    alive[refused] = False
    alive[merged] = False
    front.keep(alive)
    front.left, front.right = target[front.left], target[front.right]
    changed = touched[front.left] | touched[front.right]
    renewed = _front_of(state, front.left[changed], front.right[changed], cut)
    front.keep(~changed)
    front.left = np.concatenate([front.left, renewed.left])
    front.right = np.concatenate([front.right, renewed.right])
    front.score = np.concatenate([front.score, renewed.score])
