"""Keeps the words of tickets where search finds them, in the transaction that changed them."""

from collections.abc import Sequence

from django.db import connection

# A tsvector may hold 1 MB; longer conversations are found by their first words.
_MOST = 150_000

_INDEX = f"""
WITH wanted AS (
    SELECT id, kind, title, description, resolution_text, source_number
    FROM incidents_ticket WHERE id = ANY(%s)
), family AS (
    SELECT id AS found_as, id, '' AS words FROM wanted
    UNION ALL
    SELECT merged_into_id, id, title || ' ' || description
    FROM incidents_ticket WHERE merged_into_id = ANY(%s)
), said AS (
    SELECT family.found_as AS ticket_id,
           left(string_agg(body, ' ' ORDER BY m.id), {_MOST}) AS everything,
           left(string_agg(body, ' ' ORDER BY m.id) FILTER (
               WHERE kind = 'public_reply' AND family.id = family.found_as
                     AND m.merged_from_id IS NULL
           ), {_MOST}) AS public
    FROM family JOIN incidents_message m ON m.ticket_id = family.id GROUP BY 1
), merged AS (
    SELECT found_as AS ticket_id, left(string_agg(words, ' '), {_MOST}) AS words
    FROM family GROUP BY 1
), head AS (
    SELECT id,
           setweight(to_tsvector('english', title || ' ' || source_number), 'A')
           || setweight(to_tsvector('english', left(description, {_MOST})), 'B')
           || setweight(to_tsvector('english', left(resolution_text, {_MOST})), 'C') AS words
    FROM wanted
)
INSERT INTO incidents_ticketsearch (ticket_id, everything, public)
SELECT head.id,
       head.words || setweight(
           to_tsvector('english', merged.words || ' ' || coalesce(said.everything, '')), 'D'
       ),
       head.words || setweight(to_tsvector('english', coalesce(said.public, '')), 'D')
FROM head JOIN merged ON merged.ticket_id = head.id
LEFT JOIN said ON said.ticket_id = head.id
ON CONFLICT (ticket_id) DO UPDATE
SET everything = excluded.everything, public = excluded.public
"""  # noqa: S608 (the only thing filled in is a number written above)


def index_tickets(ids: Sequence[int]) -> None:
    """Writes the words of these tickets anew: all of them in one statement.

    `public` holds what a requester may find: title, description, resolution and public replies.
    The words of merged tickets are found, by staff alone, on the ticket that handles them.
    """
    if ids:
        wanted = list(ids)
        with connection.cursor() as cursor:
            cursor.execute(_INDEX, [wanted, wanted])
