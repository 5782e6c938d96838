"""Which tickets are like this one: candidates from the database, one score, reasons in words.

The caller collects candidates cheaply (nearest vectors, full text, trigrams, exact keys); this
re-scores them with one linear rule and keeps two lists apart: duplicates, where several kinds of
evidence must agree, and similar ones, which are merely interesting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import exp, sqrt
from typing import TYPE_CHECKING

from analysis.keys import ExactKey, contradicts, exact_keys
from analysis.lexical import (
    Profile,
    TermStatistics,
    letter_overlap,
    profile,
    shared_evidence,
    shared_terms,
    word_overlap,
)
from analysis.text import join_title, mask_volatile

if TYPE_CHECKING:
    # Importing numpy takes longer than everything else here; the caller who has vectors has it.
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from analysis.vectors import FloatVector

_DIGIT = re.compile(r"\d")
COMPARED_CHARACTERS = 1_500
DUPLICATE = "duplicate"
SIMILAR = "similar"


@dataclass(frozen=True, slots=True)
class Rule:
    """The weights and thresholds of the score; every part lies between 0 and about 1."""

    meaning: float = 0.375
    words: float = 0.42
    letters: float = 0.04
    shared: float = 0.125
    fulltext: float = 0.0
    component: float = 0.05
    still_open: float = 0.065
    recency: float = 0.40
    exact_key: float = 0.45
    contradiction: float = -0.25
    half_life_days: float = 120.0
    duplicate_from: float = 0.75
    similar_from: float = 0.32


@dataclass(frozen=True, slots=True)
class SimilarDocument:
    """One ticket to compare; leave out what is not known.

    `fulltext_rank` is 0 to 1. `keys` are the exact keys where they are stored; finding them in
    the text takes as long as everything else.
    """

    id: int
    title: str
    text: str = ""
    vector: FloatVector | None = field(default=None, repr=False, compare=False)
    component: str = ""
    created_at: datetime | None = None
    still_open: bool = False
    fulltext_rank: float = 0.0
    keys: tuple[ExactKey, ...] | None = None


@dataclass(frozen=True, slots=True)
class Signals:
    """The parts of one comparison."""

    meaning: float
    words: float
    letters: float
    shared: float
    fulltext: float
    same_component: bool
    still_open: bool
    recency: float
    keys: tuple[ExactKey, ...]
    contradiction: bool


@dataclass(frozen=True, slots=True)
class SimilarMatch:
    """One answer: its score (0 to 1), `duplicate` or `similar`, and the reasons in words."""

    id: int
    score: float
    kind: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A ticket with what comparing needs; worth keeping where one is compared many times."""

    document: SimilarDocument
    profile: Profile
    keys: tuple[ExactKey, ...]


def prepare(document: SimilarDocument, statistics: TermStatistics) -> Prepared:
    """Return the ticket ready for `rank_prepared`."""
    start = document.text[:COMPARED_CHARACTERS]
    keys = document.keys
    if keys is None:
        keys = exact_keys(document.title, document.text, document.component)
    return Prepared(
        document, profile(document.title, join_title(document.title, start), statistics), keys
    )


def _meaning(one: SimilarDocument, other: SimilarDocument, mean: FloatVector | None) -> float:
    if one.vector is None or other.vector is None:
        return 0.0
    a, b = (one.vector, other.vector) if mean is None else (one.vector - mean, other.vector - mean)
    lengths = sqrt(float(a @ a) * float(b @ b))
    return max(0.0, float(a @ b) / lengths) if lengths > 0 else 0.0


def _recency(one: SimilarDocument, other: SimilarDocument, half_life_days: float) -> float:
    if one.created_at is None or other.created_at is None:
        return 0.0
    days = abs((one.created_at - other.created_at).total_seconds()) / 86_400
    return exp(-0.693 * days / half_life_days)


def _signals(query: Prepared, other: Prepared, rule: Rule, mean: FloatVector | None) -> Signals:
    one, two = query.document, other.document
    return Signals(
        meaning=_meaning(one, two, mean),
        words=word_overlap(query.profile, other.profile),
        letters=letter_overlap(query.profile, other.profile),
        shared=shared_evidence(query.profile, other.profile),
        fulltext=min(max(two.fulltext_rank, 0.0), 1.0),
        same_component=bool(one.component) and one.component == two.component,
        still_open=two.still_open,
        recency=_recency(one, two, rule.half_life_days),
        keys=tuple(key for key in query.keys if key in other.keys),
        contradiction=contradicts(query.keys, other.keys),
    )


def score(signals: Signals, rule: Rule | None = None) -> float:
    """Return one number from the parts of a comparison: 0 for nothing, 1 and more for the same."""
    rule = rule or Rule()
    text = (
        rule.meaning * signals.meaning
        + rule.words * signals.words
        + rule.letters * signals.letters
        + rule.shared * signals.shared
        + rule.fulltext * signals.fulltext
    )
    # Recency strengthens what the texts say; on its own it says nothing, nor does anything else.
    said = min(1.0, 4 * text)
    total = (
        text * (1 + rule.recency * signals.recency)
        + rule.component * signals.same_component * said
        + rule.still_open * signals.still_open * said
        + rule.exact_key * bool(signals.keys)
        + rule.contradiction * signals.contradiction
    )
    return max(total, 0.0)


def _reasons(signals: Signals, query: Prepared, other: Prepared) -> tuple[str, ...]:
    found = [key.in_words() for key in signals.keys]
    if signals.letters >= 0.8:
        found.append("almost the same title")
    if signals.meaning >= 0.6:
        found.append(f"similar meaning ({signals.meaning:.2f})")
    shared = shared_terms(query.profile, other.profile) if signals.words >= 0.1 else ()
    if shared:
        found.append(f"shares the words {', '.join(shared)}")
    if signals.same_component:
        found.append("same component")
    if signals.contradiction:
        found.append("but names another job, host or code")
    return tuple(found) or ("somewhat similar wording",)


def _numbered(title: str) -> set[str]:
    return {word for word in mask_volatile(title).casefold().split() if _DIGIT.search(word)}


def _tell_apart(one: str, other: str) -> bool:
    """True when each title has a version, number or identifier that the other lacks."""
    mine, theirs = _numbered(one), _numbered(other)
    return bool(mine - theirs) and bool(theirs - mine)


def _kind(signals: Signals, total: float, rule: Rule, query: Prepared, other: Prepared) -> str:
    """A duplicate needs a high score, more than one kind of evidence, and nothing against it."""
    if total < rule.duplicate_from or signals.contradiction:
        return SIMILAR
    if signals.keys:
        return DUPLICATE
    agree = (signals.meaning >= 0.6) + (signals.words >= 0.45) + (signals.letters >= 0.55)
    apart = _tell_apart(query.document.title, other.document.title)
    return DUPLICATE if agree >= 2 and not apart else SIMILAR


def rank_prepared(
    query: Prepared,
    candidates: Iterable[Prepared],
    *,
    mean: FloatVector | None = None,
    rule: Rule | None = None,
    limit: int = 10,
) -> tuple[SimilarMatch, ...]:
    """Do what `rank_similar` does with tickets prepared before."""
    rule = rule or Rule()
    scored: list[tuple[float, int, Signals, Prepared]] = []
    for other in candidates:
        if other.document.id == query.document.id:
            continue
        signals = _signals(query, other, rule, mean)
        total = score(signals, rule)
        if total >= rule.similar_from or signals.keys:
            scored.append((total, other.document.id, signals, other))
    scored.sort(key=lambda row: (-row[0], row[1]))
    return tuple(
        SimilarMatch(
            identity,
            round(min(total, 1.0), 4),
            _kind(signals, total, rule, query, other),
            _reasons(signals, query, other),
        )
        for total, identity, signals, other in scored[:limit]
    )


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
    if statistics is None:
        statistics = TermStatistics.of(
            join_title(one.title, one.text) for one in [query, *candidates]
        )
    return rank_prepared(
        prepare(query, statistics),
        (prepare(one, statistics) for one in candidates),
        mean=mean,
        rule=rule,
        limit=limit,
    )
