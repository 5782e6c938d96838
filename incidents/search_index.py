"""Keeps the words of tickets where search finds them, in the transaction that changed them.

A ticket's row holds two sets of words: `everything` for staff, `public` for requesters. People and
organisations are kept as marks of their numbers, not by name: whoever is renamed is found under
the new name at once, and no ticket is rewritten.

Each word is kept as every language of the house stems it, at the same place: a text need not say
in what language it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.db import connection


@dataclass(frozen=True)
class Words:
    """One source of words; `rows` selects (ticket_id, position, text) of the tickets %(ids)s.

    `weight` is A (counts most) to D. Words that are not `public` are never found by requesters.
    """

    weight: str
    public: bool
    rows: str


@dataclass(frozen=True)
class Marks:
    """One source of numbers, people or organisations; `rows` selects (ticket_id, mark)."""

    public: bool
    rows: str


def person_mark(pk: int | str) -> str:
    """How a ticket's row names a person; no text can hold such a word."""
    return f"@p{pk}"


def number_mark(pk: int | str) -> str:
    """How a ticket's row holds its own number."""
    return f"@n{pk}"


def organisation_mark(pk: int | str) -> str:
    """How a ticket's row names an organisation."""
    return f"@o{pk}"


_TICKET = "FROM incidents_ticket WHERE id = ANY(%(ids)s)"
_MERGED = "FROM incidents_ticket s WHERE s.merged_into_id = ANY(%(ids)s)"
_AFFECTED = "FROM incidents_ticket_affected_users WHERE ticket_id = ANY(%(ids)s)"
# What was written for a merged ticket is not for the requester of the other.
_OWN_PUBLIC = "m.kind = 'public_reply' AND m.merged_from_id IS NULL"
_STAFF_ONLY = f"NOT ({_OWN_PUBLIC})"
_FILES = (
    # The name as it is for an exact find, and taken apart for its words.
    "SELECT m.ticket_id, a.id, a.name || ' ' || translate(a.name, '_-.()[]', '       ') "
    "FROM incidents_attachment a JOIN incidents_message m ON m.id = a.message_id "
    "WHERE m.ticket_id = ANY(%(ids)s) AND "
)
_SAID = (
    "SELECT m.ticket_id, m.id, m.body FROM incidents_message m "
    "WHERE m.ticket_id = ANY(%(ids)s) AND "
)

# To make more of a ticket findable, add its source here.
WORDS = (
    Words("A", public=True, rows=f"SELECT id, 1, title || ' ' || source_number {_TICKET}"),
    Words("B", public=True, rows=f"SELECT id, 1, description {_TICKET}"),
    Words("C", public=True, rows=f"SELECT id, 1, resolution_text {_TICKET}"),
    Words("C", public=True, rows=f"{_FILES} {_OWN_PUBLIC}"),
    Words("C", public=False, rows=f"{_FILES} {_STAFF_ONLY}"),
    Words("D", public=True, rows=f"{_SAID} {_OWN_PUBLIC}"),
    Words("D", public=False, rows=f"{_SAID} {_STAFF_ONLY}"),
    # Answers to forms are for the desk to find: some of their fields are for staff only.
    Words(
        "D",
        public=False,
        rows="SELECT ticket_id, id, jsonb_path_query_array(values, '$.*')::text "
        "FROM incidents_ticketanswers WHERE ticket_id = ANY(%(ids)s)",
    ),
    Words(
        "D",
        public=False,
        rows=f"SELECT s.merged_into_id, s.id, s.title || E'\\n' || s.description {_MERGED}",
    ),
    Words(
        "D",
        public=False,
        rows="SELECT s.merged_into_id, m.id, m.body FROM incidents_ticket s "
        "JOIN incidents_message m ON m.ticket_id = s.id WHERE s.merged_into_id = ANY(%(ids)s)",
    ),
)
MARKS = (
    Marks(public=True, rows=f"SELECT id, '{number_mark('')}' || id {_TICKET}"),
    Marks(public=True, rows=f"SELECT id, '{person_mark('')}' || requester_id {_TICKET}"),
    Marks(public=True, rows=f"SELECT id, '{organisation_mark('')}' || organisation_id {_TICKET}"),
    Marks(
        public=True,
        rows=f"SELECT ticket_id, '{person_mark('')}' || person_id {_AFFECTED}",
    ),
    Marks(public=False, rows=f"SELECT id, '{person_mark('')}' || assignee_id {_TICKET}"),
)
# A set of words may hold 1 MB, and short words need twice their length: a longer text is found
# by its first words.
MOST = {"A": 10_000, "B": 100_000, "C": 60_000, "D": 130_000}


# The languages of the house, as one expression; English where none were chosen.
LANGUAGES = (
    "coalesce((SELECT languages FROM incidents_searchindex), ARRAY['english'])::text[]::regconfig[]"
)


def words_of(text: str, languages: str) -> str:
    """The expression for the words of a text in some languages (both expressions themselves).

    Sets of words written one after the other are read as one: a word that two languages stem
    alike stands there once, and each keeps its place.
    """
    return (
        f"CASE WHEN cardinality({languages}) = 1 THEN to_tsvector({languages}[1], {text}) "  # noqa: S608 (expressions of ours)
        f"ELSE (SELECT string_agg(to_tsvector(language, {text})::text, ' ')::tsvector "
        f"FROM unnest({languages}) AS language) END"
    )


def _gathered(*, public: bool) -> str:
    """The texts of each weight, cut to what a set of words may hold in all languages."""
    name = "public" if public else "internal"
    return ", ".join(
        f"coalesce(left(string_agg(text, E'\\n' ORDER BY source, position) FILTER "
        f"(WHERE public = {public} AND weight = '{weight}'), {most} / cardinality(languages)), '') "
        f"AS {name}_{weight.lower()}"
        for weight, most in MOST.items()
    )


def _weighed(*, public: bool) -> str:
    """The sum of the words of each weight."""
    name = "public" if public else "internal"
    return " || ".join(
        f"setweight({words_of(f'{name}_{weight.lower()}', 'languages')}, '{weight}')"
        for weight in MOST
    )


def _statement() -> str:
    words = " UNION ALL ".join(
        f"SELECT {number}, '{one.weight}', {one.public}, one.* FROM ({one.rows}) AS one"  # noqa: S608 (constants)
        for number, one in enumerate(WORDS)
    )
    marks = " UNION ALL ".join(
        f"SELECT {one.public}, one.* FROM ({one.rows}) AS one"  # noqa: S608 (constants)
        for one in MARKS
    )
    return f"""
WITH house AS (SELECT {LANGUAGES} AS languages),
said (source, weight, public, ticket_id, position, text) AS ({words}),
named (public, ticket_id, mark) AS ({marks}),
texts AS (
    SELECT ticket_id, languages, {_gathered(public=True)}, {_gathered(public=False)}
    FROM said, house GROUP BY ticket_id, languages
), words AS (
    SELECT ticket_id, languages, {_weighed(public=True)} AS public,
           {_weighed(public=False)} AS internal
    FROM texts
), marks AS (
    SELECT ticket_id,
           coalesce(array_to_tsvector(array_agg(mark) FILTER (WHERE public)), '') AS public,
           coalesce(array_to_tsvector(array_agg(mark) FILTER (WHERE NOT public)), '') AS internal
    FROM named WHERE mark IS NOT NULL GROUP BY ticket_id
), unread AS (
    INSERT INTO incidents_unreadwords (ticket_id) SELECT ticket_id FROM words
)
INSERT INTO incidents_ticketsearch (ticket_id, everything, public)
SELECT ticket_id,
       -- Staff find the words of a merged ticket on the one that handles it, and it by its number.
       CASE WHEN ticket.merged_into_id IS NULL
            THEN words.public || words.internal || marks.public || marks.internal
            ELSE array_to_tsvector(ARRAY['{number_mark("")}' || ticket.id])
                 || {words_of("ticket.source_number", "languages")} END,
       words.public || marks.public
FROM words JOIN marks USING (ticket_id) JOIN incidents_ticket ticket ON ticket.id = ticket_id
ON CONFLICT (ticket_id) DO UPDATE
SET everything = excluded.everything, public = excluded.public
"""  # noqa: S608 (put together from the constants above)


_INDEX = _statement()
# The name of this way of writing: rows written in another way are written anew.
WAY = sha256(_INDEX.encode()).hexdigest()


def index_tickets(ids: Sequence[int]) -> None:
    """Writes the words of these tickets anew: all of them in one statement.

    `public` holds what a requester may find: title, description, resolution and public replies.
    Answers to forms are for the desk to find: some of their fields are for staff only.
    """
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_INDEX, {"ids": list(ids)})
