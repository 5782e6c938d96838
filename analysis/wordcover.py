"""How much of one text another covers, word by word, each word by the nearest that the other has.

A cosine of two texts asks for the same words. Of two people who report one thing, one writes
"delete" and "batch", the other "removal" and "bulk": here such words count in part, by how near
their vectors are, and the rarer a word of the text is, the more it matters that it is covered.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from analysis.lexical import Profile
from analysis.vectors import (
    Embedder,
    FloatMatrix,
    FloatVector,
    WordLlamaEmbedder,
    default_embedder,
)

MOST_COVERED = 120
MOST_KEPT = 40_000


@dataclass(frozen=True, slots=True)
class Cover:
    """How far two texts cover each other, 0 to 1, mean of both directions: the title of each by
    the whole of the other, and the whole of each by the whole of the other."""

    titles: float
    wholes: float


NO_COVER = Cover(0.0, 0.0)


class WordVectors:
    """Unit vectors of single words, kept in this process; begins anew when there is no room."""

    def __init__(self, embedder: Embedder, most: int = MOST_KEPT) -> None:
        self._embedder = embedder
        self._lock = threading.Lock()
        self._at: dict[str, int] = {}
        self._rows: FloatMatrix = np.empty((most, embedder.dimensions), dtype=np.float32)

    def of(self, words: Sequence[str]) -> FloatMatrix:
        """Return one row for each of these distinct words."""
        if len(words) > len(self._rows):
            return self._embedder.embed(words)
        with self._lock:
            new = [word for word in words if word not in self._at]
            if len(self._at) + len(new) > len(self._rows):
                self._at, new = {}, list(words)
            if new:
                begin = len(self._at)
                self._rows[begin : begin + len(new)] = self._embedder.embed(new)
                self._at.update((word, at) for at, word in enumerate(new, start=begin))
            return self._rows[[self._at[word] for word in words]]


@cache
def word_vectors() -> WordVectors:
    """Return the word vectors of this process; the built-in model makes them, whichever model
    makes those of whole texts. Where it makes both it is loaded once."""
    default = default_embedder()
    shared = isinstance(default, WordLlamaEmbedder)
    return WordVectors(default if shared else WordLlamaEmbedder())


def covers(one: Profile, others: Sequence[Profile]) -> list[Cover]:
    """Return how far `one` and each of `others` cover each other; texts of no words not at all."""
    mine = _words(one)
    found = [NO_COVER] * len(others)
    said = [at for at, other in enumerate(others) if other.terms]
    if not mine or not said:
        return found
    theirs = [_words(others[at]) for at in said]
    at_word = {word: at for at, word in enumerate(dict.fromkeys(chain(mine, *theirs)))}
    rows = word_vectors().of(list(at_word))
    near = np.maximum(rows[: len(mine)] @ rows.T, 0.0)
    # The words of all others side by side: `starts` says where each of them begins.
    beside = near[:, [at_word[word] for words in theirs for word in words]]
    starts = np.cumsum([0, *(len(words) for words in theirs[:-1])])
    of_mine = np.maximum.reduceat(beside, starts, axis=1)
    of_theirs = beside.max(axis=0)
    my_weights, my_title = _weights(one, mine)
    weighed = [_weights(others[at], words) for at, words in zip(said, theirs, strict=True)]
    weights = np.concatenate([whole for whole, _ in weighed])
    titles = np.concatenate([title for _, title in weighed])
    both_titles = _mean(my_title, of_mine) + _means(titles, of_theirs, starts)
    both_wholes = _mean(my_weights, of_mine) + _means(weights, of_theirs, starts)
    for at, of_titles, of_wholes in zip(said, both_titles, both_wholes, strict=True):
        found[at] = Cover(float(of_titles) / 2, float(of_wholes) / 2)
    return found


def _words(one: Profile) -> list[str]:
    return list(one.terms)[:MOST_COVERED]


def _weights(one: Profile, words: Sequence[str]) -> tuple[FloatVector, FloatVector]:
    """How much each word counts in the whole, and in the title (0 if it is not in it)."""
    whole = np.array([one.rarities[word] for word in words], dtype=np.float32)
    return whole, whole * np.array([word in one.title_terms for word in words], dtype=np.float32)


def _mean(weight: FloatVector, covered: FloatMatrix) -> FloatVector:
    total = float(weight.sum())
    return weight @ covered / total if total else np.zeros(covered.shape[1], dtype=np.float32)


def _means(weights: FloatVector, covered: FloatVector, starts: NDArray[np.intp]) -> FloatVector:
    totals = np.add.reduceat(weights, starts)
    sums = np.add.reduceat(weights * covered, starts)
    return np.divide(sums, totals, out=np.zeros_like(sums), where=totals > 0)
