"""The nearest neighbours of every vector: exact for small sets, an inverted file for large."""

from collections.abc import Callable
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from analysis.vectors import FloatMatrix

Progress = Callable[[str, int, int], None]
EXACT_UP_TO = 12_000
_BLOCK = 1_024
_SEED = 20_160


@dataclass(frozen=True, slots=True)
class Edges:
    """Undirected edges `left[i] < right[i]`, each once, sorted by (left, right)."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]


def ignore_progress(stage: str, done: int, total: int) -> None:
    """Report to nobody."""


def _exact(vectors: FloatMatrix, k: int, on_progress: Progress) -> NDArray[np.int32]:
    count = len(vectors)
    found = np.empty((count, k), dtype=np.int32)
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        scores = vectors[start:stop] @ vectors.T
        scores[np.arange(stop - start), np.arange(start, stop)] = -2.0
        found[start:stop] = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        on_progress("neighbours", stop, count)
    return found


def _inverted_file(
    vectors: FloatMatrix, k: int, probes: int, on_progress: Progress
) -> NDArray[np.int32]:
    count, dimensions = vectors.shape
    cells = int(4 * np.sqrt(count))
    quantizer = faiss.IndexFlatIP(dimensions)
    index = faiss.IndexIVFScalarQuantizer(
        quantizer,
        dimensions,
        cells,
        faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT,
        False,  # noqa: FBT003  the binding takes it by position only: no residual encoding
    )
    index.cp.niter = 6
    index.cp.seed = _SEED
    index.cp.max_points_per_centroid = 48
    step = max(1, count // (48 * cells))
    index.train(np.ascontiguousarray(vectors[::step]))
    index.add(vectors)
    index.nprobe = probes
    found = np.empty((count, k), dtype=np.int32)
    block = 8 * _BLOCK
    for start in range(0, count, block):
        stop = min(start + block, count)
        _, near = index.search(vectors[start:stop], k + 1)
        found[start:stop] = _without_self(near.astype(np.int32), np.arange(start, stop))
        on_progress("neighbours", stop, count)
    return found


def _without_self(near: NDArray[np.int32], own: NDArray[np.intp]) -> NDArray[np.int32]:
    mine = near == own[:, None]
    mine[~mine.any(axis=1), -1] = True
    return near[~mine].reshape(len(near), -1)


def nearest(
    vectors: FloatMatrix,
    k: int = 15,
    *,
    probes: int = 16,
    on_progress: Progress = ignore_progress,
) -> NDArray[np.int32]:
    """Return for each unit row the rows of its `k` nearest others (-1 where fewer were found)."""
    count = len(vectors)
    k = min(k, count - 1)
    if k < 1:
        return np.empty((count, 0), dtype=np.int32)
    if count <= EXACT_UP_TO:
        return _exact(vectors, k, on_progress)
    return _inverted_file(np.ascontiguousarray(vectors), k, probes, on_progress)


def edges_of(near: NDArray[np.int32]) -> Edges:
    """Return the neighbour table as undirected edges, each once."""
    count, k = near.shape
    own = np.repeat(np.arange(count, dtype=np.int64), k)
    other = near.ravel().astype(np.int64)
    known = (other >= 0) & (other != own)
    own, other = own[known], other[known]
    pairs = np.unique(np.minimum(own, other) * count + np.maximum(own, other))
    left, right = np.divmod(pairs, max(count, 1))
    return Edges(left.astype(np.int32), right.astype(np.int32))
