"""One space in which one cut fits every desk: meaning, words and named things together.

Embedding centred on the corpus mean, beside it a latent semantic analysis of its own words at a
small weight, beside that the named things (codes, jobs, hosts), so that "job A failed" and
"job B failed" are far apart although their wording is the same.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import log

import numpy as np
from scipy.sparse import csr_matrix

from analysis.entities import Entity
from analysis.languages import foreign_groups
from analysis.text import tokens
from analysis.vectors import MEAN_PRIOR, FloatMatrix, FloatVector, unit_rows

LANGUAGE_PRIOR = 20
_SEED = 20_160
_OVERSAMPLE = 10
_POWER_ITERATIONS = 2


@dataclass(frozen=True, slots=True)
class Blend:
    """How much each part weighs beside the embedding, and in how many dimensions."""

    words: float = 0.3
    word_dimensions: int = 256
    things: float = 0.8
    thing_dimensions: int = 96
    max_words: int = 120
    min_language: int = 8


def corpus_mean(
    vectors: FloatMatrix, prior: FloatVector | None = None, weight: int = MEAN_PRIOR
) -> FloatVector:
    """Return the mean of the vectors that are not empty, drawn to `prior` (else to zero).

    The mean of a few tickets is mostly what they have in common, which is what groups them, and
    not what all tickets of the desk have in common: it counts fully only when there are many.
    The prior counts as much as `weight` tickets.
    """
    said = np.any(vectors, axis=1)
    total = vectors[said].sum(axis=0, dtype=np.float64)
    if prior is not None:
        total = total + weight * prior
    return np.asarray(total / (int(said.sum()) + weight), dtype=np.float32)


def centred(vectors: FloatMatrix, mean: FloatVector) -> FloatMatrix:
    """Return unit rows around the corpus mean; rows of empty texts stay zero."""
    rows = unit_rows(vectors - mean)
    rows[~np.any(vectors, axis=1)] = 0.0
    return rows


def centred_by_language(
    vectors: FloatMatrix, texts: Sequence[str], at_least: int, around: FloatVector | None = None
) -> FloatMatrix:
    """Return unit rows around the mean of their own language, so that tickets do not group by
    language; a language with fewer texts than `at_least` uses the mean of all, drawn to `around`
    if given."""
    groups = foreign_groups(texts, at_least)
    home = np.ones(len(texts), dtype=np.bool_)
    for members in groups.values():
        home[members] = False
    mean = corpus_mean(vectors[home], around)
    rows = centred(vectors, mean)
    for members in groups.values():
        # What few tickets of one language have in common is the language more than their causes.
        own = corpus_mean(vectors[members], mean, LANGUAGE_PRIOR)
        rows[members] = centred(vectors[members], own)
    return rows


def word_matrix(texts: Sequence[str], max_words: int) -> csr_matrix:
    """Return TF-IDF rows (log term frequency, words of at least two texts), length one."""
    counted = [Counter(tokens(text)[:max_words]) for text in texts]
    spread: Counter[str] = Counter()
    for counts in counted:
        spread.update(counts.keys())
    vocabulary = {
        word: at for at, word in enumerate(sorted(w for w, seen in spread.items() if seen > 1))
    }
    values: list[float] = []
    columns: list[int] = []
    starts = [0]
    for counts in counted:
        known = [
            (vocabulary[word], n, spread[word]) for word, n in counts.items() if word in vocabulary
        ]
        weights = [(1 + log(n)) * (log((1 + len(texts)) / (1 + seen)) + 1) for _, n, seen in known]
        length = sum(weight * weight for weight in weights) ** 0.5
        columns.extend(column for column, _, _ in known)
        values.extend(weight / length for weight in weights)
        starts.append(len(columns))
    shape = (len(texts), max(len(vocabulary), 1))
    return csr_matrix((np.asarray(values, dtype=np.float32), columns, starts), shape=shape)


def word_block(texts: Sequence[str], blend: Blend) -> FloatMatrix:
    """Return the latent semantic analysis of the texts' own words as unit rows."""
    matrix = word_matrix(texts, blend.max_words)
    rank = min(blend.word_dimensions, matrix.shape[0] - 1, matrix.shape[1] - 1)
    if rank < 1 or matrix.nnz == 0:
        return np.zeros((len(texts), 0), dtype=np.float32)
    return unit_rows(_leading_directions(matrix, rank))


def _orthonormal(columns: FloatMatrix) -> FloatMatrix:
    """Return an orthonormal basis of the columns, many times faster than QR for tall ones."""
    strength, turn = np.linalg.eigh((columns.T @ columns).astype(np.float64))
    kept = strength > strength[-1] * 1e-10
    scaled = (turn[:, kept] / np.sqrt(strength[kept])).astype(np.float32)
    return np.asarray(columns @ scaled, dtype=np.float32)


def _leading_directions(matrix: csr_matrix, rank: int) -> FloatMatrix:
    """Return the rows in their `rank` strongest directions (Halko, Martinsson & Tropp 2011)."""
    random = np.random.default_rng(_SEED)
    width = min(rank + _OVERSAMPLE, *matrix.shape)
    probe = random.standard_normal((matrix.shape[1], width)).astype(np.float32)
    for _ in range(_POWER_ITERATIONS):
        probe = _orthonormal(matrix.T @ _orthonormal(matrix @ probe))
    projected = matrix @ probe
    _, turn = np.linalg.eigh(projected.T @ projected)
    return np.asarray(projected @ turn[:, ::-1][:, :rank], dtype=np.float32)


def _slot(entity: Entity, dimensions: int) -> tuple[int, int, int, int]:
    digest = blake2b(entity.value.encode(), digest_size=8).digest()
    number = int.from_bytes(digest, "big")
    first, number = number % dimensions, number // dimensions
    second, number = number % dimensions, number // dimensions
    return first, 1 - 2 * (number & 1), second, 1 - (number & 2)


def thing_block(things: Sequence[Sequence[Entity]], blend: Blend) -> FloatMatrix:
    """Return hashed rows of the named things; rare things make long rows, common ones short."""
    spread: Counter[str] = Counter()
    for found in things:
        spread.update({entity.value for entity in found})
    rows = np.zeros((len(things), blend.thing_dimensions), dtype=np.float32)
    if not spread:
        return rows
    whole = log(1 + len(things))
    for at, found in enumerate(things):
        rarest = 0.0
        for entity in found:
            weight = log((1 + len(things)) / spread[entity.value]) / whole
            rarest = max(rarest, weight)
            first, sign, second, other_sign = _slot(entity, blend.thing_dimensions)
            rows[at, first] += sign * weight * weight
            rows[at, second] += other_sign * weight * weight
        length = float(np.linalg.norm(rows[at]))
        if length > 0:
            rows[at] *= rarest / length
    return rows


def represent(
    texts: Sequence[str],
    vectors: FloatMatrix,
    things: Sequence[Sequence[Entity]],
    blend: Blend | None = None,
    around: FloatVector | None = None,
) -> FloatMatrix:
    """Return one unit row per text for grouping; only rows of one call may be compared. `around`
    is the corpus mean of a larger run these texts belong to."""
    blend = blend or Blend()
    parts = [centred_by_language(vectors, texts, blend.min_language, around)]
    if blend.words > 0:
        parts.append(blend.words * word_block(texts, blend))
    if blend.things > 0 and any(things):
        parts.append(blend.things * thing_block(things, blend))
    return unit_rows(np.hstack(parts))
