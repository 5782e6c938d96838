"""Group tickets by cause, explain each group, and keep what people decided.

`cluster` is one full run; `join` (from `analysis.joining`) places single tickets in between and
`match_identities` (from `analysis.identities`) carries names and decisions to the next run.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.constraints import Constraints, Pair
from analysis.entities import Entity, entities
from analysis.explanation import Evidence, explain
from analysis.graph import Edges, Neighbours, Progress, edges_of, ignore_progress, nearest, smooth
from analysis.identities import IdentityMatch, Move, match_identities
from analysis.joining import Join, JoinIndex, join
from analysis.keys import ExactKey, exact_keys
from analysis.linkage import Linkage, agglomerate
from analysis.records import Cluster, Clustering, Document, Member, Settings, Theme
from analysis.representation import Blend, corpus_mean, represent
from analysis.selection import choose_causes
from analysis.text import embedding_text, join_title, text_hash
from analysis.vectors import FloatMatrix, FloatVector, unit_rows

__all__ = [
    "ALGORITHM",
    "Cluster",
    "Clustering",
    "Document",
    "IdentityMatch",
    "Join",
    "JoinIndex",
    "Member",
    "Move",
    "Settings",
    "Theme",
    "cluster",
    "group_vectors",
    "join",
    "join_index",
    "match_identities",
]

ALGORITHM = "average-linkage-graph-4"
"""Name and version stored with every run; a change of result needs a new one."""
_EVERY = 500
_SUBJECTS = frozenset({"code", "host", "job"})


@dataclass(frozen=True, slots=True)
class _Read:
    """What one pass over the documents found in each."""

    texts: list[str]
    things: list[tuple[Entity, ...]]
    keys: list[tuple[ExactKey, ...]]
    hashes: list[str]


@dataclass(frozen=True, slots=True)
class Groups:
    """Cause and theme of every row, and the neighbours of every node of rows that are alike."""

    nodes: NDArray[np.int32]
    causes: NDArray[np.int32]
    themes: NDArray[np.int32]
    near: Neighbours = field(repr=False)


def _read(documents: Sequence[Document], on_progress: Progress) -> _Read:
    read = _Read([], [], [], [])
    for at, document in enumerate(documents, start=1):
        whole = join_title(document.title, document.text)
        read.texts.append(embedding_text(document.title, document.text, document.names))
        read.things.append(entities(whole))
        read.keys.append(exact_keys(document.title, document.text, document.component))
        read.hashes.append(text_hash(whole))
        if at % _EVERY == 0 or at == len(documents):
            on_progress("reading", at, len(documents))
    _recognise_jobs(documents, read)
    return read


def _recognise_jobs(documents: Sequence[Document], read: _Read) -> None:
    """Give the key of a job to tickets whose title names it in another way than the scheduler."""
    known = {key.value: key for keys in read.keys for key in keys if key.kind == "job"}
    if not known:
        return
    for row, keys in enumerate(read.keys):
        if any(key.kind == "job" for key in keys):
            continue
        named = {thing.value for thing in entities(documents[row].title)} & known.keys()
        if len(named) == 1:
            read.keys[row] = (known[named.pop()], *keys)


def _pairs(links: Iterable[Pair], rows: Mapping[int, int]) -> list[Pair]:
    """Return constraints as row numbers; those about tickets outside this run do not matter."""
    return sorted((rows[one], rows[other]) for one, other in links if one in rows and other in rows)


def _bucket(read: _Read) -> list[list[int]]:
    """Return rows that share exact evidence: first the strongest key, then the same text."""
    buckets: dict[str, list[int]] = {}
    for row, keys in enumerate(read.keys):
        if keys:
            buckets.setdefault(f"{keys[0].kind}:{keys[0].value}", []).append(row)
    for row, digest in enumerate(read.hashes):
        if read.texts[row]:
            buckets.setdefault(f"text:{digest}", []).append(row)
    return [rows for rows in buckets.values() if len(rows) > 1]


def _constrain(
    read: _Read, must: Sequence[Pair], cannot: Sequence[Pair]
) -> tuple[Constraints, NDArray[np.int32], tuple[Pair, ...]]:
    """Return what must stay together or apart, the groups of rows that are alike by evidence
    alone, and the links that people contradict themselves."""
    constraints = _claimed(read, cannot)
    refused = tuple(pair for pair in must if not constraints.try_join(*pair, despite_keys=True))
    buckets = _bucket(read)
    for rows in buckets:
        constraints.join_all(rows)
    together = constraints.groups()
    if not must:
        return constraints, together, refused
    alike = _claimed(read, cannot)
    for rows in buckets:
        alike.join_all(rows)
    return constraints, _refined(alike.groups(), together), refused


def _claimed(read: _Read, cannot: Sequence[Pair]) -> Constraints:
    constraints = Constraints.over(len(read.texts), cannot)
    for row, keys in enumerate(read.keys):
        named = (thing.value for thing in read.things[row] if thing.kind in _SUBJECTS)
        constraints.claim(row, keys, named)
    return constraints


def _refined(one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the groups of rows that are together in both."""
    return _numbered(one.astype(np.int64) * (int(other.max(initial=0)) + 1) + other)


def _numbered(labels: NDArray[np.integer]) -> NDArray[np.int32]:
    """Return labels renumbered by first appearance, so that equal input gives equal output."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first), dtype=np.int32)
    return rank[inverse]


def group_vectors(
    rows: FloatMatrix,
    settings: Settings | None = None,
    constraints: Constraints | None = None,
    on_progress: Progress = ignore_progress,
    *,
    alike: NDArray[np.int32] | None = None,
) -> Groups:
    """Return cause and theme of every unit row: branches of the same tree of merges.

    Constraints (people's and keys') hold for causes. Themes are looser families of causes and
    may hold two causes that a person told apart. `alike` numbers groups of rows that are the same
    by evidence (default: what the constraints hold together): they count as one point of the
    neighbour graph. What only people put together keeps its own spread instead, so a confirmed
    cluster does not draw others in just because it is large.
    """
    settings = settings or Settings()
    constraints = constraints or Constraints.over(len(rows))
    together = constraints.groups()
    nodes = together if alike is None else alike
    count = int(nodes.max(initial=-1)) + 1
    sizes = np.bincount(nodes, minlength=count).astype(np.float32)
    points = rows if count == len(rows) else unit_rows(_summed(rows, nodes, count))
    near = nearest(points, settings.neighbours, probes=settings.probes, on_progress=on_progress)
    drawn = smooth(
        points,
        near,
        pull=settings.pull,
        company=settings.company,
        rounds=settings.pull_rounds,
    )
    # From the points of the graph to what must stay together: one group may hold several points.
    held = np.zeros(count, dtype=np.int32)
    held[nodes] = together
    whole = int(together.max(initial=-1)) + 1
    drawn *= sizes[:, None]
    begun = np.bincount(held, weights=sizes, minlength=whole).astype(np.float32)
    state = Linkage.start(_summed(drawn, held, whole), begun)
    del drawn
    edges = _held_edges(near, held)
    told = constraints.contracted(together)
    spread = np.einsum("ij,ij->i", state.sums, state.sums) / np.maximum(begun, 1.0) ** 2
    agglomerate(
        state,
        edges,
        settings.cause_cut,
        may_merge=told.try_join if told.apart or told.claims else None,
        stage="causes",
        on_progress=on_progress,
    )
    tight = len(state.rounds)
    themes = agglomerate(state, edges, settings.theme_cut, stage="themes", on_progress=on_progress)
    causes = choose_causes(
        begun,
        spread,
        state.rounds[:tight],
        state.rounds[tight:],
        cut=settings.cause_cut,
        ceiling=settings.cause_ceiling,
    )
    return Groups(nodes, _numbered(causes[together]), _numbered(themes[together]), near)


def _held_edges(near: Neighbours, held: NDArray[np.int32]) -> Edges:
    edges = edges_of(near)
    return Edges(held[edges.left], held[edges.right])


def _summed(rows: FloatMatrix, nodes: NDArray[np.int32], count: int) -> FloatMatrix:
    """Return the sum of the rows of each node; the rows themselves where each is its own."""
    if count == len(rows):
        return rows
    order = np.argsort(nodes, kind="stable")
    starts = np.searchsorted(nodes[order], np.arange(count))
    return np.asarray(np.add.reduceat(rows[order], starts, axis=0), dtype=np.float32)


def cluster(
    documents: Sequence[Document],
    vectors: FloatMatrix,
    *,
    settings: Settings | None = None,
    must_link: Iterable[Pair] = (),
    cannot_link: Iterable[Pair] = (),
    around: FloatVector | None = None,
    on_progress: Progress = ignore_progress,
) -> Clustering:
    """Group documents by cause and theme, with a reason and a confidence for every member.

    `vectors` holds the stored embedding of each document in order. Links are pairs of document
    ids: a person's "same cause" and "not the same cause"; the latter wins where they contradict
    and the losers are listed in `Clustering.refused_links`. `around` is the corpus mean of an
    earlier, larger run, where these are only its latest tickets. Equal input gives equal output.
    Raise an exception from `on_progress(stage, done, total)` to cancel.
    """
    if len(documents) != len(vectors):
        raise ValueError(f"{len(documents)} documents but {len(vectors)} vectors.")
    settings = settings or Settings()
    if not documents:
        return Clustering.empty(settings)
    rows_of = {document.id: row for row, document in enumerate(documents)}
    if len(rows_of) != len(documents):
        raise ValueError("Two documents have the same id.")
    vectors = np.asarray(vectors, dtype=np.float32)
    read = _read(documents, on_progress)
    must, cannot = _pairs(must_link, rows_of), _pairs(cannot_link, rows_of)
    constraints, alike, refused = _constrain(read, must, cannot)
    on_progress("vectors", 0, len(documents))
    rows = represent(read.texts, vectors, read.things, settings.blend, around)
    on_progress("vectors", len(documents), len(documents))
    groups = group_vectors(rows, settings, constraints, on_progress, alike=alike)
    by_hand = frozenset(row for pair in must for row in pair if pair not in set(refused))
    evidence = Evidence(read.texts, read.keys, read.hashes, by_hand)
    clusters, themes = explain(
        documents,
        vectors,
        rows,
        groups.causes,
        groups.themes,
        _votes(groups, settings.neighbours),
        evidence,
        on_progress,
    )
    return Clustering(
        ids=tuple(rows_of),
        labels=groups.causes,
        theme_labels=groups.themes,
        clusters=clusters,
        themes=themes,
        mean=corpus_mean(vectors, around),
        settings=settings,
        refused_links=tuple((documents[one].id, documents[other].id) for one, other in refused),
        algorithm=ALGORITHM,
    )


def describe(
    documents: Sequence[Document],
    vectors: FloatMatrix,
    labels: Sequence[int],
    around: FloatVector | None = None,
) -> tuple[Cluster, ...]:
    """Say of groups that a person made what each is about: terms, typical members, cohesion.

    `labels` holds the group of each document, from 0 on; each is told apart from the others. The
    words of so few texts make no space of their own, so they are compared by meaning alone, around
    `around`, the corpus mean of a run. Groups of one are left out.
    """
    if not documents:
        return ()
    read = _read(documents, ignore_progress)
    vectors = np.asarray(vectors, dtype=np.float32)
    groups = np.asarray(labels, dtype=np.int32)
    rows = represent(read.texts, vectors, read.things, Blend(words=0.0, things=0.0), around)
    evidence = Evidence(read.texts, read.keys, read.hashes, frozenset())
    sure = np.ones(len(documents), dtype=np.float32)
    alone = np.zeros(len(documents), dtype=np.int32)
    found, _ = explain(documents, vectors, rows, groups, alone, sure, evidence, ignore_progress)
    return found


def _votes(groups: Groups, neighbours: int) -> NDArray[np.float32]:
    """Return for every row the share of its neighbours that are in its cause."""
    near = groups.near.rows
    count = len(near)
    first = np.full(count, -1, dtype=np.int64)
    first[groups.nodes[::-1]] = np.arange(len(groups.nodes))[::-1]
    cause = groups.causes[first]
    mates = np.bincount(cause)[cause] - 1
    same = (cause[near] == cause[:, None]) & (near >= 0)
    possible = np.minimum(np.maximum(mates, 1), max(near.shape[1], 1))
    share = np.where(mates > 0, same.sum(axis=1) / possible, 1.0)
    return np.asarray(np.minimum(share, 1.0)[groups.nodes], dtype=np.float32)


def join_index(result: Clustering, identities: Mapping[int, int] | None = None) -> JoinIndex:
    """Return what `join` needs; `identities` maps labels to the ids clusters are stored under."""
    names = identities if identities is not None else {c.label: c.label for c in result.clusters}
    known = [found for found in result.clusters if found.label in names]
    width = len(result.mean)
    centroids = np.array([found.centroid for found in known], dtype=np.float32)
    return JoinIndex(
        cluster_ids=tuple(names[found.label] for found in known),
        centroids=centroids.reshape(len(known), width),
        mean=result.mean,
        keys={key.value: names[found.label] for found in known for key in found.keys},
        claims={names[found.label]: found.keys for found in known},
    )
