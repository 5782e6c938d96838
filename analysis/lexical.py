"""Word and letter overlap of two texts, weighted by how rare a word is; cheap to import."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import log, log1p

from analysis.text import clean, word_parts

MOST_TERMS = 300


@dataclass(frozen=True, slots=True)
class TermStatistics:
    """In how many of `count` documents each term occurs; small enough to store with a run."""

    count: int
    spread: Mapping[str, int] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, texts: Iterable[str], *, at_least: int = 1) -> "TermStatistics":
        """Count the terms of a corpus; rarer than `at_least` are left out to save room."""
        spread: Counter[str] = Counter()
        count = 0
        for text in texts:
            spread.update(set(profile_terms(text)))
            count += 1
        kept = {term: seen for term, seen in spread.items() if seen >= at_least}
        return cls(count, kept)

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency; an unknown term counts as seen once."""
        return log(1 + (self.count + 1) / (self.spread.get(term, 0) + 1))


@dataclass(frozen=True, slots=True)
class Profile:
    """A text prepared for comparison.

    `terms` are its words with their weights, which together are a vector of length one, in the
    order of the text; `rarities` says how rare each of them is. Beside them the words and the
    letter triples of the title alone.
    """

    terms: Mapping[str, float]
    rarities: Mapping[str, float] = field(repr=False)
    title_terms: frozenset[str]
    trigrams: frozenset[str]


def profile_terms(text: str) -> list[str]:
    """Return the terms of a cleaned text, compound ones also in parts."""
    return word_parts(clean(text))[:MOST_TERMS]


def trigrams(text: str) -> frozenset[str]:
    """Return the letter triples of each word, padded as PostgreSQL's pg_trgm does."""
    words = word_parts(text)
    return frozenset(
        padded[at : at + 3]
        for word in words
        for padded in [f"  {word} "]
        for at in range(len(padded) - 2)
    )


def profile(
    title: str, text: str, statistics: TermStatistics, title_weight: float = 4.0
) -> Profile:
    """Prepare one ticket; words of the title count `title_weight` times."""
    counts: Counter[str] = Counter()
    for term in profile_terms(text):
        counts[term] += 1
    weights = {term: 1 + log(n) for term, n in counts.items()}
    title_terms = frozenset(profile_terms(title))
    for term in sorted(title_terms):
        weights[term] = weights.get(term, 0.0) + title_weight
    rarities = {term: statistics.rarity(term) for term in weights}
    scaled = {term: weight * rarities[term] for term, weight in weights.items()}
    length = sum(weight * weight for weight in scaled.values()) ** 0.5
    terms = {term: weight / length for term, weight in scaled.items()} if length else {}
    return Profile(terms, rarities, title_terms, trigrams(title))


def word_overlap(one: Profile, other: Profile) -> float:
    """Return the cosine of the weighted terms, 0 to 1."""
    small, large = sorted((one.terms, other.terms), key=len)
    return sum(weight * large[term] for term, weight in small.items() if term in large)


def shared_evidence(one: Profile, other: Profile) -> float:
    """Return how much two texts have in common, whatever their length: ¼·ln(1 + rarity of the words
    in common, added up). About 0.5 for two texts of one desk, 0.8 and more for the same matter.

    A cosine of two short texts is high by chance more often than that of two long ones.
    """
    small, large = sorted((one.rarities, other.rarities), key=len)
    return log1p(sum(rarity for term, rarity in small.items() if term in large)) / 4


def letter_overlap(one: Profile, other: Profile) -> float:
    """Return the share of title trigrams in common (Dice), 0 to 1; forgives typing errors."""
    total = len(one.trigrams) + len(other.trigrams)
    return 2 * len(one.trigrams & other.trigrams) / total if total else 0.0


def shared_terms(one: Profile, other: Profile, wanted: int = 3) -> tuple[str, ...]:
    """Return the words that make two texts alike, the most telling first."""
    common = [
        (one.terms[term] * other.terms[term], term) for term in one.terms.keys() & other.terms
    ]
    ranked = [
        term for _, term in sorted(common, key=lambda pair: (-pair[0], -len(pair[1]), pair[1]))
    ]
    chosen: list[str] = []
    for term in ranked:
        if not any(term in kept or kept in term for kept in chosen):
            chosen.append(term)
        if len(chosen) == wanted:
            break
    return tuple(chosen)
