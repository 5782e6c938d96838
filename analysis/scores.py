"""How well found groups, rankings and scores agree with a labelled truth."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from math import comb, log


@dataclass(frozen=True, slots=True)
class Agreement:
    """B³ scores, adjusted Rand index and V-measure of one grouping."""

    precision: float
    recall: float
    f1: float
    ari: float
    v: float


def _tables(
    truth: Sequence[Hashable], found: Sequence[Hashable]
) -> tuple[Counter[tuple[Hashable, Hashable]], Counter[Hashable], Counter[Hashable]]:
    if len(truth) != len(found):
        raise ValueError(f"{len(truth)} true labels but {len(found)} found labels.")
    return Counter(zip(truth, found, strict=True)), Counter(truth), Counter(found)


def b_cubed(truth: Sequence[Hashable], found: Sequence[Hashable]) -> tuple[float, float, float]:
    """Return B³ precision, recall and F1 (Bagga & Baldwin 1998), averaged over items."""
    cells, rows, columns = _tables(truth, found)
    count = len(truth)
    if not count:
        return 1.0, 1.0, 1.0
    precision = sum(n * n / columns[label] for (_, label), n in cells.items()) / count
    recall = sum(n * n / rows[label] for (label, _), n in cells.items()) / count
    return precision, recall, 2 * precision * recall / (precision + recall)


def adjusted_rand(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """Return the adjusted Rand index (Hubert & Arabie 1985); 1 for identical groupings."""
    cells, rows, columns = _tables(one, other)
    together = sum(comb(n, 2) for n in cells.values())
    in_rows = sum(comb(n, 2) for n in rows.values())
    in_columns = sum(comb(n, 2) for n in columns.values())
    pairs = comb(len(one), 2)
    expected = in_rows * in_columns / pairs if pairs else 0.0
    largest = (in_rows + in_columns) / 2
    if largest == expected:
        return 1.0
    return (together - expected) / (largest - expected)


def _entropy(sizes: Counter[Hashable], count: int) -> float:
    return -sum(n / count * log(n / count) for n in sizes.values())


def v_measure(truth: Sequence[Hashable], found: Sequence[Hashable]) -> float:
    """Return the harmonic mean of homogeneity and completeness (Rosenberg & Hirschberg 2007)."""
    cells, rows, columns = _tables(truth, found)
    count = len(truth)
    if not count:
        return 1.0
    information = sum(
        n / count * log(n * count / (rows[row] * columns[column]))
        for (row, column), n in cells.items()
    )
    in_rows, in_columns = _entropy(rows, count), _entropy(columns, count)
    homogeneity = information / in_rows if in_rows > 0 else 1.0
    completeness = information / in_columns if in_columns > 0 else 1.0
    total = homogeneity + completeness
    return 2 * homogeneity * completeness / total if total else 0.0


def agreement(truth: Sequence[Hashable], found: Sequence[Hashable]) -> Agreement:
    """Return all scores of one grouping against the truth."""
    precision, recall, f1 = b_cubed(truth, found)
    return Agreement(precision, recall, f1, adjusted_rand(truth, found), v_measure(truth, found))


def recall_at(
    k: int,
    rankings: Sequence[Sequence[Hashable]],
    relevant: Sequence[frozenset[Hashable]],
) -> float:
    """Return the share of queries with a relevant item among the first `k` answers."""
    if len(rankings) != len(relevant):
        raise ValueError(f"{len(rankings)} rankings but {len(relevant)} sets of relevant items.")
    if not rankings:
        return 0.0
    hits = sum(
        any(item in wanted for item in answers[:k])
        for answers, wanted in zip(rankings, relevant, strict=True)
    )
    return hits / len(rankings)


def auc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return the chance that a positive scores above a negative, ties counting half."""
    if not positive or not negative:
        raise ValueError("An area under the curve needs both positive and negative scores.")
    ordered = sorted([(score, 1) for score in positive] + [(score, 0) for score in negative])
    rank_sum, at = 0.0, 0
    while at < len(ordered):
        stop = at
        while stop < len(ordered) and ordered[stop][0] == ordered[at][0]:
            stop += 1
        middle = (at + 1 + stop) / 2
        rank_sum += middle * sum(kind for _, kind in ordered[at:stop])
        at = stop
    wins = rank_sum - len(positive) * (len(positive) + 1) / 2
    return wins / (len(positive) * len(negative))
