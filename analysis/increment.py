"""A night's new tickets at a desk of any size: join what fits, group what is left.

The cost depends on the number of new tickets and of known clusters, not on how many tickets the
clusters hold. Known clusters stay as they are; merging and splitting them is for a full run.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.clusters import Clustering, Document, Settings, cluster
from analysis.constraints import Pair
from analysis.graph import Progress, ignore_progress
from analysis.joining import JOIN_CUT, Join, JoinIndex, join_many
from analysis.keys import exact_keys
from analysis.vectors import FloatMatrix

_JOINED_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Increment:
    """Where the new tickets went: `joined` by ticket id, all others grouped among themselves."""

    joined: Mapping[int, Join] = field(repr=False)
    rest: Clustering = field(repr=False)


def extend(
    documents: Sequence[Document],
    vectors: FloatMatrix,
    index: JoinIndex,
    *,
    cut: float = JOIN_CUT,
    settings: Settings | None = None,
    must_link: Iterable[Pair] = (),
    cannot_link: Iterable[Pair] = (),
    forbidden: Mapping[int, frozenset[int]] | None = None,
    on_progress: Progress = ignore_progress,
) -> Increment:
    """Return where each of the new and waiting tickets goes, given the clusters of the last run.

    Each joins a known cluster as `join` would have it; `forbidden` names the clusters a ticket
    may not join. The others are grouped by `cluster`, around the corpus mean of the last run.
    """
    if len(documents) != len(vectors):
        raise ValueError(f"{len(documents)} documents but {len(vectors)} vectors.")
    not_there = forbidden or {}
    joined: dict[int, Join] = {}
    left: list[int] = []
    for start in range(0, len(documents), _JOINED_AT_ONCE):
        part = documents[start : start + _JOINED_AT_ONCE]
        places = join_many(
            vectors[start : start + len(part)],
            [exact_keys(one.title, one.text, one.component) for one in part],
            index,
            cut=cut,
            forbidden=[not_there.get(one.id, frozenset()) for one in part],
        )
        for at, place in enumerate(places):
            if place is None:
                left.append(start + at)
            else:
                joined[part[at].id] = place
        on_progress("joining", start + len(part), len(documents))
    rest = cluster(
        [documents[at] for at in left],
        np.asarray(vectors, dtype=np.float32)[left],
        settings=settings,
        must_link=must_link,
        cannot_link=cannot_link,
        around=index.mean,
        on_progress=on_progress,
    )
    return Increment(joined, rest)
