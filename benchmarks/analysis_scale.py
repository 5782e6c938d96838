"""Speed and memory of clustering with synthetic vectors: 100,000, and a million on demand."""

import os
import resource
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from analysis.clusters import Document, JoinIndex, group_vectors, join
from analysis.graph import Progress, ignore_progress
from analysis.increment import extend
from analysis.representation import corpus_mean
from analysis.scores import agreement
from analysis.vectors import FloatMatrix, unit_rows
from benchmarks.analysis_data import DataMissingError, synthetic_vectors
from benchmarks.analysis_figures import Figure

MILLION = 1_000_000
NIGHT = 5_000
_SUMMED_AT_ONCE = 65_536
_TOLD_EVERY = 60.0


def _peak_gib() -> float:
    """Return the largest memory this process ever held; each measure has a process of its own."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def _progress() -> Progress:
    """Return a callback that prints where a long run is, about once a minute."""
    last = [time.monotonic()]

    def tell(stage: str, done: int, total: int) -> None:
        if time.monotonic() - last[0] > _TOLD_EVERY:
            last[0] = time.monotonic()
            share = 100 * done / max(total, 1)
            print(f"    … {stage} {share:.0f} %, {time.process_time():.0f} CPU s", flush=True)

    return tell


def measure_speed() -> Iterator[Figure]:
    """100,000 stored vectors to causes and themes."""
    vectors, labels = synthetic_vectors(100_000)
    began = time.process_time()
    groups = group_vectors(vectors)
    used = time.process_time() - began
    yield Figure("CPU s for 100,000 vectors", used, 45.0, at_least=False, digits=1)
    yield Figure("peak memory of the process, GiB", _peak_gib(), 1.2, at_least=False, digits=2)
    found = agreement(labels.tolist(), groups.causes.tolist())
    yield Figure("synthetic groups B³ F1", found.f1)


def measure_join() -> Iterator[Figure]:
    """One new ticket against the 80,000 centroids of a million tickets."""
    random = np.random.default_rng(3)
    centroids = unit_rows(random.standard_normal((80_000, 256)).astype(np.float32))
    index = JoinIndex(tuple(range(len(centroids))), centroids, corpus_mean(centroids))
    queries = unit_rows(centroids[:200] + 0.03 * random.standard_normal((200, 256)))
    times, homes = _join_times(queries, index)
    yield Figure("join a ticket, CPU ms (p95)", times, 50, at_least=False)
    yield Figure("joined rightly", sum(home == at for at, home in enumerate(homes)) / len(homes))


def _join_times(queries: FloatMatrix, index: JoinIndex) -> tuple[float, list[int | None]]:
    times: list[float] = []
    homes: list[int | None] = []
    for query in queries:
        began = time.process_time()
        found = join(query, (), index)
        times.append(1000 * (time.process_time() - began))
        homes.append(found.cluster if found else None)
    return float(np.quantile(times, 0.95)), homes


def _index_of(vectors: FloatMatrix, causes: NDArray[np.int32]) -> JoinIndex:
    """Return what joining needs of the causes with two or more tickets."""
    sizes = np.bincount(causes)
    sums = np.zeros((len(sizes), vectors.shape[1]), dtype=np.float32)
    for start in range(0, len(vectors), _SUMMED_AT_ONCE):
        part = causes[start : start + _SUMMED_AT_ONCE]
        np.add.at(sums, part, vectors[start : start + len(part)])
    known = np.flatnonzero(sizes > 1)
    centroids = (sums[known] / sizes[known, None]).astype(np.float32)
    return JoinIndex(tuple(known.tolist()), centroids, corpus_mean(vectors[::50]))


def measure_million() -> Iterator[Figure]:
    """A million stored vectors to causes and themes, then one night's increment."""
    if not os.environ.get("MILLION"):
        raise DataMissingError("takes many minutes; MILLION=1 measures it")
    count = int(float(os.environ["MILLION"]))
    count = MILLION if count == 1 else count
    vectors, labels = synthetic_vectors(count + NIGHT)
    new, new_labels = vectors[count:].copy(), labels[count:]
    vectors, labels = vectors[:count], labels[:count]
    began = time.process_time()
    causes = group_vectors(vectors, on_progress=_progress()).causes
    yield Figure("CPU s for all vectors", time.process_time() - began, digits=0)
    yield Figure("peak memory of the process, GiB", _peak_gib(), 4.0, at_least=False, digits=2)
    yield Figure("synthetic groups B³ F1", agreement(labels.tolist(), causes.tolist()).f1)
    index = _index_of(vectors, causes)
    yield Figure("known clusters", len(index.cluster_ids), digits=0)
    documents = [Document(at, _words(label)) for at, label in enumerate(new_labels.tolist())]
    began, clock = time.process_time(), time.monotonic()
    found = extend(documents, new, index, on_progress=ignore_progress)
    used = time.process_time() - began
    yield Figure(f"increment of {NIGHT:,}, CPU s", used, 60.0, at_least=False, digits=1)
    yield Figure("the same, seconds by the clock", time.monotonic() - clock, digits=1)
    home = _homes(labels, causes)
    right = sum(home[place.cluster] == new_labels[at] for at, place in found.joined.items())
    yield Figure("new tickets joined", len(found.joined) / NIGHT)
    yield Figure("of these rightly", right / max(len(found.joined), 1))
    slow, _ = _join_times(new[:300], index)
    yield Figure("join a ticket, CPU ms (p95)", slow, 50, at_least=False)


def _words(label: int) -> str:
    """Return a title that all tickets of a group share, without numbers that look like a name."""
    return "problem with " + "".join(chr(ord("a") + int(digit)) for digit in str(label))


def _homes(labels: NDArray[np.intp], causes: NDArray[np.int32]) -> dict[int, int]:
    """Return for each cause the true group most of its tickets are of."""
    width = int(labels.max()) + 1
    pairs, counts = np.unique(causes.astype(np.int64) * width + labels, return_counts=True)
    order = pairs[np.argsort(counts, kind="stable")]
    return dict(zip((order // width).tolist(), (order % width).tolist(), strict=True))
