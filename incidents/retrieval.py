"""Candidates for similar tickets, straight from PostgreSQL: by meaning, by words, by exact keys."""

import hashlib
from collections.abc import Sequence
from typing import TypedDict, cast

from django.core.cache import cache
from django.db import connection
from pgvector.django import CosineDistance

from accounts.models import Person
from analysis.keys import ExactKey
from analysis.vectors import FloatVector
from incidents.models import Ticket
from incidents.models.analysis import MOST_KEY, sized
from incidents.search_index import LANGUAGES, words_of
from incidents.vectorspaces import Space

NEAREST = 40
BY_WORDS = 40
BY_KEYS = 20
# Of people who see only some tickets: the newest of these, among which all is compared.
MOST_AMONG = 5_000
_FAMILY = "\x1e"
_DIGEST = 16
# So many rows may be ranked for one question; commoner words are left out of it.
MOST_RANKED = 2_500
MOST_LEXEMES = 12
_FREQUENCIES_KEPT = 600
_FREQUENCIES_KEY = "incidents.retrieval.frequencies"


class Frequencies(TypedDict):
    """How often the commonest words occur, as the planner's statistics know it."""

    rows: float
    words: dict[str, float]


def stored_key(key: ExactKey) -> str:
    """An exact key as it is kept beside the vector; what is very long, as its start and a hash."""
    family = f"{_FAMILY}{_short(key.family)}" if key.family else ""
    return f"{key.kind}:{_short(key.value)}{family}"


def read_key(stored: str) -> ExactKey:
    """The exact key that `stored_key` kept."""
    kind, _, rest = stored.partition(":")
    value, _, family = rest.partition(_FAMILY)
    return ExactKey(kind, value, family)


def _short(text: str) -> str:
    if len(text) <= MOST_KEY:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
    return f"{text[: MOST_KEY - _DIGEST]}{digest}"


def seen_by(person: Person) -> list[int] | None:
    """The newest tickets of a person who sees only some; None for support, who see nearly all.

    The nearest of the whole desk may all be tickets such a person may not see.
    """
    if person.is_overseer or person.is_support:
        return None
    visible = Ticket.objects.visible_to(person).unmerged().order_by("-pk")
    return list(visible.values_list("pk", flat=True)[:MOST_AMONG])


def nearest(space: Space, vector: FloatVector, among: list[int] | None = None) -> list[int]:
    """Tickets nearest in meaning, from the HNSW index, or of those `among` which one looks; none
    for a text that says nothing."""
    if not vector.any():
        return []
    size = len(vector)
    found = space.vectors().filter(size=size)
    if among is None:
        found = found.order_by(CosineDistance(sized(size), vector))
    else:
        # Each is compared: the index would look at those of everybody.
        found = found.filter(pk__in=among).order_by(CosineDistance("vector", vector))
    return list(found.values_list("pk", flat=True)[:NEAREST])


def by_keys(space: Space, keys: Sequence[ExactKey], among: list[int] | None = None) -> list[int]:
    """The newest tickets that share an exact key."""
    if not keys:
        return []
    found = space.rows._default_manager.filter(keys__overlap=[stored_key(key) for key in keys])
    if among is not None:
        found = found.filter(pk__in=among)
    return list(found.order_by("-pk").values_list("pk", flat=True)[:BY_KEYS])


def by_words(text: str, column: str, among: list[int] | None = None) -> list[int]:
    """Tickets that share the text's rarest words, best first.

    Common words are left out: ranking every ticket with “error” in it would cost seconds.
    """
    lexemes = _rarest(_lexemes(text))
    if not lexemes:
        return []
    query = " | ".join(_quoted(lexeme) for lexeme in lexemes)
    statement = _BY_WORDS[column]
    with connection.cursor() as cursor:
        cursor.execute(statement, [query, among, among, BY_WORDS])
        return [row[0] for row in cursor.fetchall()]


_BY_WORDS = {
    "everything": (
        "SELECT ticket_id FROM incidents_ticketsearch, CAST(%s AS tsquery) AS query "
        "WHERE everything @@ query AND (%s::bigint[] IS NULL OR ticket_id = ANY(%s::bigint[])) "
        "ORDER BY ts_rank(everything, query) DESC, ticket_id DESC LIMIT %s"
    ),
    "public": (
        "SELECT ticket_id FROM incidents_ticketsearch, CAST(%s AS tsquery) AS query "
        "WHERE public @@ query AND (%s::bigint[] IS NULL OR ticket_id = ANY(%s::bigint[])) "
        "ORDER BY ts_rank(public, query) DESC, ticket_id DESC LIMIT %s"
    ),
}


_LEXEMES = (
    f"SELECT tsvector_to_array({words_of('text', 'languages')}) "  # noqa: S608 (constants)
    f"FROM (SELECT %s AS text, {LANGUAGES} AS languages) AS asked"
)


def _quoted(lexeme: str) -> str:
    doubled = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{doubled}'"


def _lexemes(text: str) -> list[str]:
    """The words of a text as the index spells them."""
    with connection.cursor() as cursor:
        cursor.execute(_LEXEMES, [text.replace("\x00", " ")])
        return list(cursor.fetchone()[0])


def _rarest(lexemes: Sequence[str]) -> list[str]:
    """The rarest lexemes, as many as may be ranked in time; always one when that is bearable."""
    known = frequencies()
    rarely = min(known["words"].values(), default=0.0)
    expected = {one: known["rows"] * known["words"].get(one, rarely / 2) for one in lexemes}
    chosen: list[str] = []
    total = 0.0
    for lexeme in sorted(lexemes, key=lambda one: (expected[one], -len(one), one)):
        total += expected[lexeme]
        if total > MOST_RANKED or len(chosen) == MOST_LEXEMES:
            break
        chosen.append(lexeme)
    return chosen


def frequencies() -> Frequencies:
    """The planner's statistics about words, ten minutes old at most; empty before any were made."""
    kept = cache.get(_FREQUENCIES_KEY)
    if kept is None:
        kept = _read_frequencies()
        cache.set(_FREQUENCIES_KEY, kept, _FREQUENCIES_KEPT)
    return cast("Frequencies", kept)


def _read_frequencies() -> Frequencies:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.reltuples, s.most_common_elems::text::text[], s.most_common_elem_freqs "
            "FROM pg_class c LEFT JOIN pg_stats s ON s.schemaname = current_schema() "
            "AND s.tablename = c.relname AND s.attname = 'everything' "
            "WHERE c.oid = 'incidents_ticketsearch'::regclass"
        )
        rows, words, shares = cursor.fetchone()
    return {"rows": max(rows, 0.0), "words": dict(zip(words or [], shares or [], strict=False))}
