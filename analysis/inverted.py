"""Approximate nearest neighbours in large sets by an inverted file of 16-bit vectors."""

import faiss
import numpy as np
from numpy.typing import NDArray

from analysis.graph import Neighbours, Progress
from analysis.vectors import FloatMatrix

_SEED = 20_160
_BLOCK = 8_192
_TRAINING_PER_CELL = 40
_TRAINING_ROUNDS = 6


def search_all(vectors: FloatMatrix, k: int, probes: int, on_progress: Progress) -> Neighbours:
    """Return for each unit row its `k` nearest others among those in the `probes` nearest cells.

    The same vectors give the same answer: the training sample and the seed are fixed.
    """
    count, dimensions = vectors.shape
    cells = max(1, int(2 * np.sqrt(count)))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimensions),
        dimensions,
        cells,
        faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT,
        False,  # noqa: FBT003  the binding takes it by position only: no residual encoding
    )
    index.cp.seed = _SEED
    index.cp.niter = _TRAINING_ROUNDS
    index.cp.max_points_per_centroid = _TRAINING_PER_CELL
    index.cp.min_points_per_centroid = 1
    index.train(np.ascontiguousarray(vectors[:: max(1, count // (_TRAINING_PER_CELL * cells))]))
    index.add(vectors)
    index.nprobe = probes
    rows = np.empty((count, k), dtype=np.int32)
    scores = np.empty((count, k), dtype=np.float32)
    for start in range(0, count, _BLOCK):
        stop = min(start + _BLOCK, count)
        values, near = index.search(vectors[start:stop], k + 1)
        others = _others(near, np.arange(start, stop))
        rows[start:stop] = near[others].reshape(-1, k)
        scores[start:stop] = values[others].reshape(-1, k)
        on_progress("neighbours", stop, count)
    scores[rows < 0] = 0.0
    return Neighbours(rows, scores)


def _others(near: NDArray[np.int64], own: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Mark all answers but the row itself; where it is missing, all but the last."""
    mine: NDArray[np.bool_] = near == own[:, None]
    mine[~mine.any(axis=1), -1] = True
    return ~mine
