"""The nearest neighbours of every vector: exact for small sets, an inverted file for large."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from analysis.vectors import FloatMatrix, unit_rows

Progress = Callable[[str, int, int], None]
EXACT_UP_TO = 12_000
_BLOCK = 1_024
_SMOOTHED_AT_ONCE = 16_384


class _Searcher(Protocol):
    def search_all(
        self, vectors: FloatMatrix, k: int, probes: int, on_progress: Progress
    ) -> "Neighbours": ...


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each row its nearest others, best first; -1 (and score 0) where fewer were found."""

    rows: NDArray[np.int32]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Edges:
    """Undirected edges `left[i] < right[i]`, each once, sorted by (left, right)."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]


def ignore_progress(stage: str, done: int, total: int) -> None:
    """Report to nobody."""


def _exact(vectors: FloatMatrix, k: int, on_progress: Progress) -> Neighbours:
    count = len(vectors)
    rows = np.empty((count, k), dtype=np.int32)
    scores = np.empty((count, k), dtype=np.float32)
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        near = vectors[start:stop] @ vectors.T
        near[np.arange(stop - start), np.arange(start, stop)] = -2.0
        best = np.argpartition(-near, k - 1, axis=1)[:, :k]
        best.sort(axis=1)
        values = np.take_along_axis(near, best, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        rows[start:stop] = np.take_along_axis(best, order, axis=1)
        scores[start:stop] = np.take_along_axis(values, order, axis=1)
        on_progress("neighbours", stop, count)
    return Neighbours(rows, scores)


def nearest(
    vectors: FloatMatrix,
    k: int = 15,
    *,
    probes: int = 32,
    on_progress: Progress = ignore_progress,
) -> Neighbours:
    """Return for each unit row its `k` nearest others."""
    count = len(vectors)
    k = min(k, count - 1)
    if k < 1:
        return Neighbours(
            np.empty((count, 0), dtype=np.int32), np.empty((count, 0), dtype=np.float32)
        )
    if count <= EXACT_UP_TO:
        return _exact(vectors, k, on_progress)
    # Only large runs pay for loading the index library.
    searcher = cast("_Searcher", importlib.import_module("analysis.inverted"))
    return searcher.search_all(np.ascontiguousarray(vectors), k, probes, on_progress)


def smooth(
    vectors: FloatMatrix, near: Neighbours, *, pull: float, company: int, rounds: int
) -> FloatMatrix:
    """Return unit rows drawn towards the `company` nearest neighbours, each by its similarity.

    Members of one cause support each other, so groups become denser and the gaps between them
    clearer; rows far from everything barely move.
    """
    rows, scores = near.rows[:, :company], near.scores[:, :company]
    if not pull or not rows.shape[1]:
        return vectors.copy()
    count, company = rows.shape
    weights = np.where(rows >= 0, np.maximum(scores, 0.0), 0.0).astype(np.float32)
    weights *= pull / company
    drawing = csr_matrix(
        (weights.ravel(), np.maximum(rows, 0).ravel(), np.arange(0, rows.size + 1, company)),
        shape=(count, count),
    )
    moved = vectors
    for _ in range(rounds):
        drawn = np.empty_like(vectors)
        # In blocks: what a million rows are drawn by would need as much memory as all of them.
        for start in range(0, count, _SMOOTHED_AT_ONCE):
            part = slice(start, start + _SMOOTHED_AT_ONCE)
            drawn[part] = unit_rows(vectors[part] + drawing[part] @ moved)
        moved = drawn
    return moved


def sorted_once(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the distinct numbers in order; sorts the array it is given in place."""
    numbers.sort()
    distinct: NDArray[np.int64] = numbers[np.diff(numbers, prepend=-1) != 0]
    return distinct


def edges_of(near: Neighbours) -> Edges:
    """Return the neighbour table as undirected edges, each once."""
    count, k = near.rows.shape
    own = np.repeat(np.arange(count, dtype=np.int32), k)
    other = near.rows.ravel()
    known = (other >= 0) & (other != own)
    own, other = own[known], other[known]
    pairs = np.minimum(own, other).astype(np.int64)
    pairs *= count
    pairs += np.maximum(own, other)
    pairs = sorted_once(pairs)
    count = max(count, 1)
    return Edges((pairs // count).astype(np.int32), (pairs % count).astype(np.int32))
