"""Which tickets are like this one: candidates from the database, one score, reasons in words.

The caller collects candidates cheaply (nearest vectors, full text, trigrams, exact keys); this
re-scores them with one linear rule and keeps two lists apart: duplicates, where several kinds of
evidence must agree, and similar ones, which are merely interesting.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, sqrt
from typing import TYPE_CHECKING

from analysis.keys import ExactKey, contradicts, exact_keys
from analysis.lexical import (
    Profile,
    TermStatistics,
    letter_overlap,
    profile,
    shared_terms,
    word_overlap,
)
from analysis.text import join_title

if TYPE_CHECKING:
    # Importing numpy takes longer than everything else here; the caller who has vectors has it.
    from collections.abc import Sequence
    from datetime import datetime

    from analysis.vectors import FloatVector

DUPLICATE = "duplicate"
SIMILAR = "similar"


@dataclass(frozen=True, slots=True)
class Rule:
    """The weights and thresholds of the score; every part lies between 0 and 1."""

    meaning: float = 0.40
    words: float = 0.40
    letters: float = 0.12
    fulltext: float = 0.0
    component: float = 0.05
    recency: float = 0.03
    exact_key: float = 0.45
    contradiction: float = -0.25
    half_life_days: float = 120.0
    duplicate_from: float = 0.62
    similar_from: float = 0.30


@dataclass(frozen=True, slots=True)
class SimilarDocument:
    """One ticket to compare; leave out what is not known. `fulltext_rank` is 0 to 1."""

    id: int
    title: str
    text: str = ""
    vector: FloatVector | None = field(default=None, repr=False, compare=False)
    component: str = ""
    created_at: datetime | None = None
    fulltext_rank: float = 0.0


@dataclass(frozen=True, slots=True)
class Signals:
    """The parts of one comparison."""

    meaning: float
    words: float
    letters: float
    fulltext: float
    same_component: bool
    recency: float
    keys: tuple[ExactKey, ...]
    contradiction: bool
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SimilarMatch:
    """One answer: its score (0 to 1), `duplicate` or `similar`, and the reasons in words."""

    id: int
    score: float
    kind: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    document: SimilarDocument
    profile: Profile
    keys: tuple[ExactKey, ...]


def _prepare(document: SimilarDocument, statistics: TermStatistics) -> _Prepared:
    whole = join_title(document.title, document.text)
    return _Prepared(
        document,
        profile(document.title, whole, statistics),
        exact_keys(document.title, document.text, document.component),
    )


def _meaning(
    one: SimilarDocument, other: SimilarDocument, mean: FloatVector | None
) -> float:
    if one.vector is None or other.vector is None:
        return 0.0
    a, b = (
        (one.vector, other.vector)
        if mean is None
        else (one.vector - mean, other.vector - mean)
    )
    lengths = sqrt(float(a @ a) * float(b @ b))
    return max(0.0, float(a @ b) / lengths) if lengths > 0 else 0.0


def _recency(
    one: SimilarDocument, other: SimilarDocument, half_life_days: float
) -> float:
    if one.created_at is None or other.created_at is None:
        return 0.0
    days = abs((one.created_at - other.created_at).total_seconds()) / 86_400
    return exp(-0.693 * days / half_life_days)


def _signals(
    query: _Prepared, other: _Prepared, rule: Rule, mean: FloatVector | None
) -> Signals:
    one, two = query.document, other.document
    return Signals(
        meaning=_meaning(one, two, mean),
        words=word_overlap(query.profile, other.profile),
        letters=letter_overlap(query.profile, other.profile),
        fulltext=min(max(two.fulltext_rank, 0.0), 1.0),
        same_component=bool(one.component) and one.component == two.component,
        recency=_recency(one, two, rule.half_life_days),
        keys=tuple(key for key in query.keys if key in other.keys),
        contradiction=contradicts(query.keys, other.keys),
        shared=shared_terms(query.profile, other.profile),
    )


def score(signals: Signals, rule: Rule | None = None) -> float:
    """Return one number between 0 and 1 from the parts of a comparison."""
    rule = rule or Rule()
    total = (
        rule.meaning * signals.meaning
        + rule.words * signals.words
        + rule.letters * signals.letters
        + rule.fulltext * signals.fulltext
        + rule.component * signals.same_component
        + rule.recency * signals.recency * max(signals.meaning, signals.words)
        + rule.exact_key * bool(signals.keys)
        + rule.contradiction * signals.contradiction
    )
    return min(max(total, 0.0), 1.0)


def _reasons(signals: Signals) -> tuple[str, ...]:
    found = [key.in_words() for key in signals.keys]
    if signals.letters >= 0.8:
        found.append("almost the same title")
    if signals.meaning >= 0.6:
        found.append(f"similar meaning ({signals.meaning:.2f})")
    if signals.shared and signals.words >= 0.1:
        found.append(f"shares the words {', '.join(signals.shared)}")
    if signals.same_component:
        found.append("same component")
    if signals.contradiction:
        found.append("but names another job, host or code")
    return tuple(found) or ("somewhat similar wording",)


def _kind(signals: Signals, total: float, rule: Rule) -> str:
    """A duplicate needs a high score from more than one kind of evidence."""
    agree = (
        bool(signals.keys)
        + (signals.meaning >= 0.5)
        + (signals.words >= 0.35)
        + (signals.letters >= 0.5)
    )
    sure = total >= rule.duplicate_from and agree >= 2 and not signals.contradiction
    return DUPLICATE if sure else SIMILAR


def rank_similar(
    query: SimilarDocument,
    candidates: Sequence[SimilarDocument],
    *,
    statistics: TermStatistics | None = None,
    mean: FloatVector | None = None,
    rule: Rule | None = None,
    limit: int = 10,
) -> tuple[SimilarMatch, ...]:
    """Return the candidates worth showing, best first; the query itself is never among them.

    `statistics` tells which words are rare in the whole desk (from the last run); without it the
    candidates themselves serve, which is coarser. `mean` is the corpus mean of the vectors.
    """
    rule = rule or Rule()
    others = [one for one in candidates if one.id != query.id]
    if statistics is None:
        statistics = TermStatistics.of(
            join_title(d.title, d.text) for d in [query, *others]
        )
    prepared = _prepare(query, statistics)
    found: list[SimilarMatch] = []
    for one in others:
        signals = _signals(prepared, _prepare(one, statistics), rule, mean)
        total = score(signals, rule)
        if total >= rule.similar_from or signals.keys:
            kind = _kind(signals, total, rule)
            found.append(SimilarMatch(one.id, round(total, 4), kind, _reasons(signals)))
    found.sort(key=lambda match: (-match.score, match.id))
    return tuple(found[:limit])
