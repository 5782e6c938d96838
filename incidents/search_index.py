"""Keeps the words of tickets where search finds them, in the transaction that changed them."""

from collections.abc import Sequence

from django.db import connection

# A tsvector may hold 1 MB; longer conversations are found by their first words.
_MOST = 150_000

_INDEX = f"""
WITH wanted AS (
    SELECT id, kind, title, description, resolution_text, source_number
    FROM incidents_ticket WHERE id = ANY(%s)
), said AS (
    SELECT ticket_id,
           left(string_agg(body, ' ' ORDER BY id), {_MOST}) AS everything,
           left(string_agg(body, ' ' ORDER BY id) FILTER (WHERE kind = 'public_reply'), {_MOST})
               AS public
    FROM incidents_message WHERE ticket_id = ANY(%s) GROUP BY ticket_id
), asked AS (
    SELECT ticket_id, to_tsvector('english', jsonb_agg(values)) AS words
    FROM incidents_ticketanswers WHERE ticket_id = ANY(%s) GROUP BY ticket_id
), head AS (
    SELECT id,
           setweight(to_tsvector('english', title || ' ' || source_number), 'A')
           || setweight(to_tsvector('english', left(description, {_MOST})), 'B')
           || setweight(to_tsvector('english', left(resolution_text, {_MOST})), 'C') AS words
    FROM wanted
)
INSERT INTO incidents_ticketsearch (ticket_id, everything, public)
SELECT head.id,
       head.words || setweight(to_tsvector('english', coalesce(said.everything, '')), 'D')
           || setweight(coalesce(asked.words, ''::tsvector), 'D'),
       head.words || setweight(to_tsvector('english', coalesce(said.public, '')), 'D')
FROM head LEFT JOIN said ON said.ticket_id = head.id
     LEFT JOIN asked ON asked.ticket_id = head.id
ON CONFLICT (ticket_id) DO UPDATE
SET everything = excluded.everything, public = excluded.public
"""  # noqa: S608 (the only thing filled in is a number written above)


def index_tickets(ids: Sequence[int]) -> None:
    """Writes the words of these tickets anew: all of them in one statement.

    `public` holds what a requester may find: title, description, resolution and public replies.
    Answers to forms are for the desk to find: some of their fields are for staff only.
    """
    if ids:
        wanted = list(ids)
        with connection.cursor() as cursor:
            cursor.execute(_INDEX, [wanted, wanted, wanted])
