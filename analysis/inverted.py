"""Approximate nearest neighbours in large sets: an inverted file of codes, then exact scores.

Rows lie in cells around 2·√n centres. Of the nearest cells of a row all members are compared by
codes of four bits for every four dimensions, and the best of those by 16-bit vectors.
"""

import faiss
import numpy as np
from numpy.typing import NDArray

from analysis.graph import Neighbours, Progress
from analysis.vectors import FloatMatrix

_SEED = 20_160
_BLOCK = 8_192
_TRAINING_PER_CELL = 40
_TRAINING_ROUNDS = 6
_DIMENSIONS_PER_CODE = 4
_BITS = 4
_COMPARED_EXACTLY = 8
"""How many times the wanted neighbours are compared by their vectors."""


def _trained(vectors: FloatMatrix, probes: int) -> faiss.IndexRefine:
    count, dimensions = vectors.shape
    cells = max(1, int(2 * np.sqrt(count)))
    codes = faiss.IndexIVFPQFastScan(
        faiss.IndexFlatIP(dimensions),
        dimensions,
        cells,
        dimensions // _DIMENSIONS_PER_CODE,
        _BITS,
        faiss.METRIC_INNER_PRODUCT,
    )
    codes.by_residual = False
    for training in (codes.cp, codes.pq.cp):
        training.seed = _SEED
        training.niter = _TRAINING_ROUNDS
    codes.cp.max_points_per_centroid = _TRAINING_PER_CELL
    codes.cp.min_points_per_centroid = 1
    codes.nprobe = probes
    exact = faiss.IndexScalarQuantizer(
        dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    index = faiss.IndexRefine(codes, exact)
    index.k_factor = _COMPARED_EXACTLY
    threads = faiss.omp_get_max_threads()
    # Many small trainings: threads would mostly wait for each other.
    faiss.omp_set_num_threads(1)
    try:
        sample = vectors[:: max(1, count // (_TRAINING_PER_CELL * cells))]
        index.train(np.ascontiguousarray(sample))
    finally:
        faiss.omp_set_num_threads(threads)
    return index


def _padded(vectors: FloatMatrix) -> FloatMatrix:
    """Return the rows with zeros up to a whole number of codes; that changes no product."""
    missing = -vectors.shape[1] % _DIMENSIONS_PER_CODE
    return np.pad(vectors, ((0, 0), (0, missing))) if missing else vectors


def search_all(vectors: FloatMatrix, k: int, probes: int, on_progress: Progress) -> Neighbours:
    """Return for each unit row its `k` nearest others among those in the `probes` nearest cells.

    The same vectors give the same answer: the training sample and the seed are fixed.
    """
    vectors = _padded(vectors)
    count = len(vectors)
    index = _trained(vectors, probes)
    index.add(vectors)
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
