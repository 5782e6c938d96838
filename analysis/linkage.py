"""Reciprocal average-linkage agglomeration on a neighbour graph.

The similarity of two clusters is the mean similarity of all their pairs, which for unit rows is
the product of their mean vectors: exact, although only neighbours on the graph may merge. In
each round every cluster looks at its best neighbour and mutual bests merge, so the result does
not depend on the order of the rows (ties are broken by row number).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.graph import Edges, Progress, ignore_progress
from analysis.vectors import FloatMatrix

_CHUNK = 65_536
MayMerge = Callable[[int, int], bool]


@dataclass(slots=True)
class Linkage:
    """The state of one agglomeration: sums and sizes of clusters, and who went into whom."""

    sums: FloatMatrix
    sizes: NDArray[np.float32]
    parent: NDArray[np.int32]

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

    def merge(self, left: NDArray[np.int32], right: NDArray[np.int32]) -> None:
        """Put each cluster `right[i]` into `left[i]`; no cluster may appear twice."""
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
        order = np.argsort(self.score, kind="stable")
        best = np.full(count, -1, dtype=np.intp)
        # A later assignment overwrites an earlier one: the last edge in the order is the best.
        # Both directions interleave so that one total order of edges decides for both ends.
        ends = np.empty(2 * len(order), dtype=np.int32)
        ends[0::2], ends[1::2] = self.left[order], self.right[order]
        best[ends] = np.repeat(order, 2)
        edges = np.arange(len(order))
        return np.flatnonzero((best[self.left] == edges) & (best[self.right] == edges))


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
    front = _open_front(state, edges, cut)
    total = max(len(front.left), 1)
    while len(front.left):
        chosen = front.mutual_best(len(state.sums))
        allowed = _asked(may_merge, front.left[chosen], front.right[chosen])
        _advance(state, front, chosen[allowed], chosen[~allowed], cut)
        on_progress(stage, total - min(len(front.left), total), total)
    return state.roots()


def _asked(
    may_merge: MayMerge | None, left: NDArray[np.int32], right: NDArray[np.int32]
) -> NDArray[np.bool_]:
    if may_merge is None:
        return np.ones(len(left), dtype=np.bool_)
    answers = [may_merge(int(a), int(b)) for a, b in zip(left, right, strict=True)]
    return np.asarray(answers, dtype=np.bool_)


def _open_front(state: Linkage, edges: Edges, cut: float) -> _Front:
    roots = state.roots()
    left, right = roots[edges.left], roots[edges.right]
    front = _Front(left, right, np.zeros(len(left), dtype=np.float32))
    _deduplicate(front, len(roots))
    front.score = state.similarity(front.left, front.right)
    front.keep(front.score >= cut)
    return front


def _deduplicate(front: _Front, count: int) -> None:
    low = np.minimum(front.left, front.right).astype(np.int64)
    high = np.maximum(front.left, front.right)
    pairs, first = np.unique(low * count + high, return_index=True)
    low, high = np.divmod(pairs, count)
    distinct = low != high
    front.left = low[distinct].astype(np.int32)
    front.right = high[distinct].astype(np.int32)
    front.score = front.score[first][distinct]


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
    state.merge(left, right)
    target[right] = left
    touched[left] = True
    alive = np.ones(len(front.left), dtype=np.bool_)
    alive[refused] = False
    alive[merged] = False
    front.keep(alive)
    front.left, front.right = target[front.left], target[front.right]
    changed = touched[front.left] | touched[front.right]
    renewed = _Front(front.left[changed], front.right[changed], front.score[changed])
    front.keep(~changed)
    _deduplicate(renewed, len(state.sums))
    renewed.score = state.similarity(renewed.left, renewed.right)
    renewed.keep(renewed.score >= cut)
    front.left = np.concatenate([front.left, renewed.left])
    front.right = np.concatenate([front.right, renewed.right])
    front.score = np.concatenate([front.score, renewed.score])
