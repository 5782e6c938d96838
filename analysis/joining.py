"""Put one new ticket into the cluster it belongs to, between two runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.keys import ExactKey
from analysis.vectors import FloatMatrix, FloatVector, unit_rows

JOIN_CUT = 0.55
"""Cosine of the centred vectors from which a new ticket joins without a person asking."""
_COMPARED_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Join:
    """Where a new ticket goes and why; `confidence` is between 0 and 1."""

    cluster: int
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class JoinIndex:
    """What joining needs from the last run: centroids in the space of stored vectors.

    `cluster_ids` names the rows of `centroids`. `mean` is the corpus mean of that run. `keys`
    maps the value of an exact key to its cluster, `claims` a cluster to `Cluster.keys`.
    """

    cluster_ids: tuple[int, ...]
    centroids: FloatMatrix
    mean: FloatVector
    keys: Mapping[str, int] = field(default_factory=dict)
    claims: Mapping[int, Sequence[ExactKey]] = field(default_factory=dict)
    centred: FloatMatrix = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "centred", unit_rows(self.centroids - self.mean))


def _by_key(keys: Sequence[ExactKey], index: JoinIndex, forbidden: frozenset[int]) -> Join | None:
    for key in keys:
        cluster = index.keys.get(key.value)
        if cluster is not None and cluster not in forbidden:
            return Join(cluster, 1.0 if key.kind != "code" else 0.9, key.in_words())
    return None


def _about_one_thing(keys: Iterable[ExactKey]) -> bool:
    """True for the message of a monitor about its subject: only a key can place that."""
    return any(key.family for key in keys)


def join(
    vector: NDArray[np.float32],
    keys: Sequence[ExactKey],
    index: JoinIndex,
    *,
    cut: float = JOIN_CUT,
    forbidden: frozenset[int] = frozenset(),
) -> Join | None:
    """Return the cluster a new ticket joins, or None when it should wait for the next run.

    An exact key decides alone; a monitor's message about one job or host joins by key only, as
    its wording is the same for all of them. Else the nearest centroid at or above `cut` wins,
    unless its members are such messages or a person forbade it (`forbidden` cluster ids).
    """
    return join_many(np.asarray(vector)[None, :], [keys], index, cut=cut, forbidden=[forbidden])[0]


def join_many(
    vectors: FloatMatrix,
    keys: Sequence[Sequence[ExactKey]],
    index: JoinIndex,
    *,
    cut: float = JOIN_CUT,
    forbidden: Sequence[frozenset[int]],
) -> list[Join | None]:
    """Return for each of several new tickets what `join` returns for one."""
    places = [_by_key(mine, index, never) for mine, never in zip(keys, forbidden, strict=True)]
    open_ = [
        at
        for at, place in enumerate(places)
        if place is None and not _about_one_thing(keys[at]) and np.any(vectors[at])
    ]
    if not open_ or not index.cluster_ids:
        return places
    centred = unit_rows(vectors[open_] - index.mean)
    for start in range(0, len(open_), _COMPARED_AT_ONCE):
        part = open_[start : start + _COMPARED_AT_ONCE]
        scores = centred[start : start + len(part)] @ index.centred.T
        for at, row in zip(part, scores, strict=True):
            places[at] = _nearest(row, index, cut, forbidden[at])
    return places


def _nearest(
    scores: FloatVector, index: JoinIndex, cut: float, forbidden: frozenset[int]
) -> Join | None:
    near = np.flatnonzero(scores >= cut)
    for at in near[np.argsort(-scores[near], kind="stable")]:
        cluster = index.cluster_ids[int(at)]
        if cluster in forbidden or _about_one_thing(index.claims.get(cluster, ())):
            continue
        score = float(scores[at])
        return Join(cluster, round(min(score, 1.0), 3), f"close to the centre ({score:.2f})")
    return None
