"""Which tickets are like this one: candidates from the database, one score, reasons in words.

The caller collects candidates cheaply (nearest vectors, full text, exact keys); this
re-scores them with one linear rule and keeps two lists apart: duplicates, where several kinds of
evidence must agree, and similar ones, which are merely interesting.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import exp, sqrt

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
from analysis.vectors import FloatVector
from analysis.wordcover import Cover, covers

_DIGIT = re.compile(r"\d")
MOST_COMPARED = 1_500
DUPLICATE = "duplicate"
SIMILAR = "similar"


@dataclass(frozen=True, slots=True)
class Rule:
    """The weights and thresholds of the score; every part lies between 0 and about 1."""

    meaning: float = 0.34
    titles: float = 0.34
    wholes: float = 0.075
    shared: float = 0.19
    component: float = 0.03
    still_open: float = 0.06
    age: float = 1 / 3
    exact_key: float = 0.20
    contradiction: float = -0.13
    half_life_days: float = 720.0
    duplicate_from: float = 0.68
    similar_from: float = 0.36


@dataclass(frozen=True, slots=True)
class SimilarDocument:
    """One ticket to compare; leave out what is not known.

    `keys` are the exact keys where they are stored; finding them in
    the text takes as long as everything else.
    """

    id: int
    title: str
    text: str = ""
    vector: FloatVector | None = field(default=None, repr=False, compare=False)
    component: str = ""
    created_at: datetime | None = None
    still_open: bool = False
    keys: tuple[ExactKey, ...] | None = None


@dataclass(frozen=True, slots=True)
class Signals:
    """The parts of one comparison."""

    meaning: float
    words: float
    letters: float
    shared: float
    cover: Cover
    same_component: bool
    still_open: bool
    age: float
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
    start = document.text[:MOST_COMPARED]
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


def _age(one: SimilarDocument, other: SimilarDocument, half_life_days: float) -> float:
    """How far apart they were written: 0 for the same day or not known, towards 1 for years."""
    if one.created_at is None or other.created_at is None:
        return 0.0
    days = abs((one.created_at - other.created_at).total_seconds()) / 86_400
    return 1 - exp(-0.693 * days / half_life_days)


def _signals(
    query: Prepared, other: Prepared, cover: Cover, rule: Rule, mean: FloatVector | None
) -> Signals:
    one, two = query.document, other.document
    return Signals(
        meaning=_meaning(one, two, mean),
        words=word_overlap(query.profile, other.profile),
        letters=letter_overlap(query.profile, other.profile),
        shared=shared_evidence(query.profile, other.profile),
        cover=cover,
        same_component=bool(one.component) and one.component == two.component,
        still_open=two.still_open,
        age=_age(one, two, rule.half_life_days),
        keys=tuple(key for key in query.keys if key in other.keys),
        contradiction=contradicts(query.keys, other.keys),
    )


def score(signals: Signals, rule: Rule | None = None) -> float:
    """Return one number from the parts of a comparison: 0 for nothing, 1 and more for the same."""
    rule = rule or Rule()
    text = (
        rule.meaning * signals.meaning
        + rule.titles * signals.cover.titles
        + rule.wholes * signals.cover.wholes
        + rule.shared * signals.shared
    )
    # Where the texts have nothing in common, all else says nothing.
    said = min(1.0, 3 * text)
    total = (
        text * (1 - rule.age * signals.age)
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
    others = [other for other in candidates if other.document.id != query.document.id]
    found = covers(query.profile, [other.profile for other in others])
    for other, cover in zip(others, found, strict=True):
        signals = _signals(query, other, cover, rule, mean)
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
