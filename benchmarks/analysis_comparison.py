"""Our grouping beside the usual pipeline (UMAP to 5 dimensions, HDBSCAN) on the same vectors.

The pipeline's packages are no part of this project; the measure is left out where they are not
installed. Its outliers, which it gives no group, are counted both ways: as one group and as single
tickets.
"""

import importlib
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from analysis.clusters import group_vectors
from analysis.records import Settings
from analysis.representation import represent
from analysis.scores import agreement
from analysis.vectors import FloatMatrix, default_embedder
from benchmarks.analysis_data import DataMissingError, load_banking, load_clinc, load_clinc_test
from benchmarks.analysis_figures import Figure

Labelled = tuple[list[str], list[str]]
_SEED = 20_160
_WARM_UP = 200


class _Reducer(Protocol):
    def fit_transform(self, rows: FloatMatrix) -> FloatMatrix: ...


class _Grouper(Protocol):
    def fit_predict(self, rows: FloatMatrix) -> NDArray[np.int64]: ...


class _Umap(Protocol):
    def UMAP(  # noqa: N802  the library's name
        self,
        *,
        n_neighbors: int,
        n_components: int,
        min_dist: float,
        metric: str,
        random_state: int,
    ) -> _Reducer: ...


class _Hdbscan(Protocol):
    def HDBSCAN(  # noqa: N802  the library's name
        self, *, min_cluster_size: int, metric: str, cluster_selection_method: str
    ) -> _Grouper: ...


def _uneven(labelled: Labelled) -> Labelled:
    """Return sizes as a desk has them: the n-th label keeps the share n^-0.7 of its texts."""
    rows: dict[str, list[int]] = defaultdict(list)
    for at, label in enumerate(labelled[1]):
        rows[label].append(at)
    kept: list[int] = []
    for rank, label in enumerate(sorted(rows), start=1):
        kept.extend(rows[label][: max(2, round(len(rows[label]) * rank**-0.7))])
    return [labelled[0][at] for at in kept], [labelled[1][at] for at in kept]


def _sets() -> Iterator[tuple[str, Labelled]]:
    banking, clinc = load_banking(), load_clinc()
    yield "Banking77 test", banking
    yield "CLINC150 test", load_clinc_test()
    yield "Banking77 uneven", _uneven(load_banking("train"))
    yield "CLINC150 uneven", _uneven(clinc)
    yield "CLINC150", clinc


def _pipeline(vectors: FloatMatrix) -> list[int]:
    try:
        umap = cast("_Umap", importlib.import_module("umap"))
        hdbscan = cast("_Hdbscan", importlib.import_module("hdbscan"))
    except ModuleNotFoundError as missing:
        raise DataMissingError(
            "needs umap-learn and hdbscan: .venv/bin/python -m pip install umap-learn hdbscan"
        ) from missing
    reduced = umap.UMAP(
        n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=_SEED
    ).fit_transform(vectors)
    grouper = hdbscan.HDBSCAN(
        min_cluster_size=10, metric="euclidean", cluster_selection_method="eom"
    )
    return [int(label) for label in grouper.fit_predict(reduced)]


def _alone(labels: Sequence[int]) -> list[int]:
    """Return the labels with every outlier as a group of its own."""
    return [label if label >= 0 else -1 - at for at, label in enumerate(labels)]


def measure_comparison() -> Iterator[Figure]:
    """B³ F1 and CPU time of both on five sets of short questions, even and uneven ones."""
    # The pipeline compiles itself at its first call; that is not counted.
    _pipeline(np.random.default_rng(1).standard_normal((_WARM_UP, 256)).astype(np.float32))
    embedder = default_embedder()
    settings = Settings.for_model(embedder.name)
    ours = theirs = 0.0
    for name, (texts, labels) in _sets():
        vectors = embedder.embed(texts)
        began = time.process_time()
        rows = represent(texts, vectors, [()] * len(texts))
        causes = group_vectors(rows, settings=settings).causes.tolist()
        used = time.process_time() - began
        began = time.process_time()
        found = _pipeline(vectors)
        needed = time.process_time() - began
        ours, theirs = ours + used, theirs + needed
        outside = agreement(labels, found).f1
        alone = agreement(labels, _alone(found)).f1
        yield Figure(f"{name}: outliers as one group, B³ F1", outside)
        yield Figure(f"{name}: outliers alone, B³ F1", alone)
        yield Figure(f"{name}: ours, B³ F1", agreement(labels, causes).f1, max(outside, alone))
        yield Figure(f"{name}: CPU s, theirs ÷ ours", needed / used, 10.0, digits=1)
    yield Figure("CPU s of all, theirs ÷ ours", theirs / ours, 10.0, digits=1)
