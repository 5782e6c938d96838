"""Articles that may answer what somebody is just typing."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import connection
from django.db.models import Case, F, FloatField, QuerySet, Value, When
from django.db.models.expressions import RawSQL

from accounts.models import Person
from catalogue.models import Component
from knowledge.models import VALIDATED, Article

# Longer texts are cut: their first words say what they are about, and the answer must be quick.
_MOST_CHARACTERS = 600
_MOST_WORDS = 24
_CANDIDATES = 60
# Share of the typed meaning an article must carry, and what other signs are worth beside it.
LEAST_SCORE = 0.34
_TITLE_SHARE = 0.5
_COMPONENT_BONUS = 0.12
_VALIDATED_BONUS = 0.04

_MATCHED = "ARRAY(SELECT word FROM unnest(%s::text[]) word WHERE {vector} @@ word::tsquery)"
_IN_TITLE = "to_tsvector('english', knowledge_article.title)"


@dataclass(frozen=True)
class _Candidate:
    pk: int
    matched: frozenset[str]
    in_title: frozenset[str]
    on_component: bool
    validated: bool


def suggest_articles(
    person: Person, text: str, component: Component | None = None, limit: int = 3
) -> list[Article]:
    """Up to `limit` articles this person may read that share meaning with `text`, best first.

    Rare words weigh more than common ones, words of the title twice; articles about `component`
    and validated ones come first among equals. Empty when nothing is near enough. Two statements
    for the search and one for the rows.
    """
    words = _words(text)
    if not words:
        return []
    usable = Article.objects.visible_to(person).usable()
    found = _candidates(usable, words, component)
    scores = _scores(found, words)
    best = sorted(
        (pk for pk, score in scores.items() if score >= LEAST_SCORE),
        key=lambda pk: (-scores[pk], -pk),
    )[:limit]
    rows = usable.with_list_relations().in_bulk(best)
    return [rows[pk] for pk in best]


def _words(text: str) -> list[str]:
    """The meaningful words of a text as the search index knows them, quoted for a tsquery."""
    cleaned = text[:_MOST_CHARACTERS].replace("\x00", " ")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM unnest(to_tsvector('english', %s)) "
            "AS found(word, positions, weights) ORDER BY positions[1] LIMIT %s",
            [cleaned, _MOST_WORDS],
        )
        return [_quoted(row[0]) for row in cursor.fetchall()]


def _quoted(word: str) -> str:
    """A word as a tsquery spells it whatever signs it holds."""
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _candidates(
    usable: QuerySet[Article], words: Sequence[str], component: Component | None
) -> list[_Candidate]:
    any_word = SearchQuery(" | ".join(words), config="simple", search_type="raw")
    array = list(words)
    matched = _MATCHED.format(vector="knowledge_article.search_vector")
    in_title = _MATCHED.format(vector=_IN_TITLE)
    rows = (
        usable.filter(search_vector=any_word)
        .annotate(
            near=_on_component(component),
            rank=SearchRank(F("search_vector"), any_word),
        )
        .order_by("-near", "-rank", "-pk")
        .annotate(
            # Constant text; the words are parameters.
            matched=RawSQL(matched, [array]),  # noqa: S611
            in_title=RawSQL(in_title, [array]),  # noqa: S611
        )
        .values_list("pk", "matched", "in_title", "near", "confidence")[:_CANDIDATES]
    )
    return [
        _Candidate(pk, frozenset(one), frozenset(two), bool(near), confidence == VALIDATED)
        for pk, one, two, near, confidence in rows
    ]


def _on_component(component: Component | None) -> Case | Value:
    if component is None:
        return Value(0.0, output_field=FloatField())
    about = Article.components.through.objects.filter(component_id=component.pk)
    return Case(
        When(pk__in=about.values("article_id"), then=Value(1.0)),
        default=Value(0.0),
        output_field=FloatField(),
    )


def _scores(found: Sequence[_Candidate], words: Sequence[str]) -> dict[int, float]:
    """Share of the words' weight each candidate carries; a word in fewer candidates weighs more."""
    holders = {word: sum(word in one.matched for one in found) for word in words}
    weights = {word: log(1 + (len(found) + 1) / (holders[word] + 1)) for word in words}
    total = sum(weights.values())
    return {one.pk: _score(one, weights, total) for one in found}


def _score(one: _Candidate, weights: dict[str, float], total: float) -> float:
    anywhere = sum(weights[word] for word in one.matched) / total
    in_title = sum(weights[word] for word in one.in_title) / total
    share = (1 - _TITLE_SHARE) * anywhere + _TITLE_SHARE * in_title
    # Nothing but the component in common is no suggestion: signs only lift what words support.
    bonus = _COMPONENT_BONUS * one.on_component + _VALIDATED_BONUS * one.validated
    return share + bonus if share > LEAST_SCORE / 3 else share
