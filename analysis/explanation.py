"""Say of every cluster what it is about and of every member why it is there."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.graph import Progress
from analysis.keys import ExactKey
from analysis.labels import class_terms, phrases, readable_title
from analysis.records import Cluster, Document, Member, Theme
from analysis.vectors import FloatMatrix

_MEDOIDS = 5
_SHOWN_TERMS = 3
_EVERY = 200


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of each row beside its vector."""

    texts: Sequence[str]
    keys: Sequence[Sequence[ExactKey]]
    hashes: Sequence[str]
    by_hand: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What several rows of one cluster have in common."""

    keys: Counter[ExactKey]
    hashes: Counter[str]
    terms: frozenset[str]


def _rows_by(labels: NDArray[np.int32]) -> list[NDArray[np.intp]]:
    order = np.argsort(labels, kind="stable")
    borders = np.flatnonzero(np.diff(labels[order])) + 1
    return np.split(order, borders)


def _reasons(row: int, similarity: float, evidence: Evidence, shared: _Shared) -> tuple[str, ...]:
    found = ["linked by a person"] if row in evidence.by_hand else []
    found.extend(key.in_words() for key in evidence.keys[row] if shared.keys[key] > 1)
    if shared.hashes[evidence.hashes[row]] > 1:
        others = shared.hashes[evidence.hashes[row]] - 1
        found.append(f"same text as {others} other{'s' if others > 1 else ''}")
    found.append(f"close to the centre ({similarity:.2f})")
    common = sorted(shared.terms & phrases(evidence.texts[row]))[:_SHOWN_TERMS]
    if common:
        found.append(f"shares the words {', '.join(common)}")
    return tuple(found)


def _confidence(row: int, similarity: float, vote: float, reasons: Sequence[str]) -> float:
    if reasons[0] == "linked by a person":
        return 1.0
    measured = 0.5 * max(similarity, 0.0) + 0.5 * vote
    if not reasons[0].startswith("close"):
        measured = max(0.95, measured)
    return round(min(measured, 1.0), 3)


def _medoids(ranked: Sequence[int], evidence: Evidence) -> list[int]:
    seen: set[str] = set()
    chosen: list[int] = []
    for row in ranked:
        if evidence.hashes[row] not in seen:
            seen.add(evidence.hashes[row])
            chosen.append(row)
        if len(chosen) == _MEDOIDS:
            break
    return chosen


def _shared(members: NDArray[np.intp], evidence: Evidence, terms: Sequence[str]) -> _Shared:
    return _Shared(
        Counter(key for row in members for key in evidence.keys[row]),
        Counter(evidence.hashes[row] for row in members),
        frozenset(terms),
    )


def _cluster(
    members: NDArray[np.intp],
    documents: Sequence[Document],
    rows: FloatMatrix,
    votes: NDArray[np.float32],
    evidence: Evidence,
    terms: tuple[str, ...],
) -> tuple[tuple[Member, ...], tuple[int, ...], float, str, tuple[ExactKey, ...]]:
    shared = _shared(members, evidence, terms)
    total = rows[members].sum(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(total))
    near = rows[members] @ (total / max(length, 1e-12)).astype(np.float32)
    size = len(members)
    cohesion = (length * length - float((rows[members] ** 2).sum())) / (size * (size - 1))
    ranked = [int(row) for row in members[np.argsort(-near, kind="stable")]]
    similarity = dict(zip((int(row) for row in members), near.tolist(), strict=True))
    found: list[Member] = []
    for row in ranked:
        reasons = _reasons(row, similarity[row], evidence, shared)
        sure = _confidence(row, similarity[row], float(votes[row]), reasons)
        found.append(Member(documents[row].id, round(similarity[row], 4), sure, reasons))
    medoids = _medoids(ranked, evidence)
    titled = next((row for row in medoids if documents[row].title.strip()), medoids[0])
    title = readable_title(documents[titled].title, documents[titled].text)
    # Only what half of the members say speaks for the whole cluster.
    keys = tuple(
        sorted(
            key if 2 * seen >= size else replace(key, family="")
            for key, seen in shared.keys.items()
            if seen > 1
        )
    )
    ids = tuple(documents[row].id for row in medoids)
    return tuple(found), ids, round(cohesion, 4), title, keys


def _themes(
    clusters: Sequence[Cluster],
    themes: NDArray[np.int32],
    terms: Mapping[int, tuple[str, ...]],
) -> tuple[Theme, ...]:
    sizes = np.bincount(themes)
    causes: dict[int, list[Cluster]] = {}
    for found in clusters:
        causes.setdefault(found.theme, []).append(found)
    return tuple(
        Theme(
            label,
            max(inside, key=lambda c: (len(c.members), -c.label)).title,
            terms.get(label, ()),
            tuple(found.label for found in inside),
            int(sizes[label]),
        )
        for label, inside in sorted(causes.items())
    )


def explain(
    documents: Sequence[Document],
    vectors: FloatMatrix,
    rows: FloatMatrix,
    causes: NDArray[np.int32],
    themes: NDArray[np.int32],
    votes: NDArray[np.float32],
    evidence: Evidence,
    on_progress: Progress,
) -> tuple[tuple[Cluster, ...], tuple[Theme, ...]]:
    """Return the clusters of two or more rows and their themes, with titles, terms, reasons."""
    sizes = np.bincount(causes)
    shown = [
        f"{d.title}\n{t}" if d.title not in t else t
        for d, t in zip(documents, evidence.texts, strict=True)
    ]
    terms = class_terms(shown, np.where(sizes[causes] > 1, causes, -1).tolist())
    theme_terms = class_terms(shown, themes.tolist())
    groups = [members for members in _rows_by(causes) if len(members) > 1]
    found: list[Cluster] = []
    for done, members in enumerate(groups, start=1):
        label = int(causes[members[0]])
        listed, medoids, cohesion, title, keys = _cluster(
            members, documents, rows, votes, evidence, terms.get(label, ())
        )
        centroid = np.asarray(vectors[members].mean(axis=0, dtype=np.float64), dtype=np.float32)
        found.append(
            Cluster(
                label,
                int(themes[members[0]]),
                title,
                terms.get(label, ()),
                listed,
                medoids,
                cohesion,
                centroid,
                keys,
            )
        )
        if done % _EVERY == 0 or done == len(groups):
            on_progress("explaining", done, len(groups))
    return tuple(found), _themes(found, themes, theme_terms)
