"""Words that were met, and what a misspelt one may have meant."""

from __future__ import annotations

import difflib
import re

from django.db import connection, transaction

from accounts.models import Person
from core.questions import Asked, Term
from incidents.models.searching import LONGEST_WORD, SearchWord
from incidents.models.ticket import TicketQuerySet
from incidents.searching.asking import Question, Wanted, alone, ask
from incidents.searching.finding import finds

READ_AT_ONCE = 2_000
SHORTEST_CORRECTED = 4
# How alike two words must be: shared letters in order, doubled, over all letters of both.
ALIKE = 0.74
# How many shared triples of letters make a word worth comparing; two swapped letters leave few.
TRIPLES = 0.2
COMPARED, TRIED, CORRECTED = 60, 4, 4
# Unknown words of a text that are looked up for look-alikes, and known ones tried for each.
MEANT = 2
_LETTERS = re.compile(r"[^\W\d_]+")

_TAKE = (
    "DELETE FROM incidents_unreadwords WHERE id IN ("
    "SELECT id FROM incidents_unreadwords ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"
    ") RETURNING ticket_id"
)
# Words of letters only: codes and numbers are not misspelt but different.
_READ = """
INSERT INTO incidents_searchword (word, seen)
SELECT word, count(*) FROM (
    SELECT DISTINCT ticket_id, word FROM (
        SELECT id, title || ' ' || left(description, 20000) || ' ' || left(resolution_text, 20000)
        FROM incidents_ticket WHERE id = ANY(%(ids)s)
        UNION ALL
        SELECT ticket_id, left(body, 20000) FROM incidents_message WHERE ticket_id = ANY(%(ids)s)
        UNION ALL
        SELECT m.ticket_id, translate(a.name, '_-.', '   ') FROM incidents_attachment a
        JOIN incidents_message m ON m.id = a.message_id WHERE m.ticket_id = ANY(%(ids)s)
        UNION ALL
        SELECT t.id, concat_ws(' ', p.name, o.name) FROM incidents_ticket t
        JOIN accounts_person p ON p.id IN (t.requester_id, t.assignee_id)
        LEFT JOIN accounts_organisation o ON o.id = t.organisation_id WHERE t.id = ANY(%(ids)s)
    ) AS texts (ticket_id, text), unnest(tsvector_to_array(to_tsvector('simple', text))) AS word
    WHERE word ~ '^[[:alpha:]]{4,40}$'
) AS met GROUP BY word ORDER BY word
ON CONFLICT (word) DO UPDATE SET seen = incidents_searchword.seen + excluded.seen
"""


@transaction.atomic
def read_words(at_once: int = READ_AT_ONCE) -> int:
    """Takes the words of changed tickets into the list; returns how many changes were read.

    A change is read once, with its words, or stays for the next run.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [at_once])
        changed = [row[0] for row in cursor.fetchall()]
        if changed:
            cursor.execute(_READ, {"ids": sorted(set(changed))})
    return len(changed)


def corrected(tickets: TicketQuerySet, question: Question, person: Person) -> Question | None:
    """The question with other spellings of words that find none of these tickets; None without.

    Asked only when nothing was found. Every word offered stands in one of `tickets`, so that
    nobody learns of words they may not read.
    """
    corrections: dict[str, str] = {}
    clauses: list[tuple[Term, ...]] = []
    for one in question.wanted:
        better = None
        if _is_doubtful(one) and len(corrections) < CORRECTED:
            better = _better(tickets, question, one, person)
        if better:
            corrections[better] = one.clause[0].text
        clauses.append((Term(better),) if better else one.clause)
    if not corrections:
        return None
    changed = Asked(tuple(clauses), question.asked.excluded, question.asked.note)
    return ask(str(changed), person, corrections=corrections)


def _is_doubtful(wanted: Wanted) -> bool:
    """Whether this may be a misspelt word; codes, numbers and quoted words are meant."""
    if len(wanted.clause) > 1 or wanted.clause[0].quoted:
        return False
    word = wanted.clause[0].text
    return SHORTEST_CORRECTED <= len(word) <= LONGEST_WORD and word.isalpha()


def _better(
    tickets: TicketQuerySet, question: Question, wanted: Wanted, person: Person
) -> str | None:
    """The nearest other spelling of a word that finds nothing by itself."""
    if finds(tickets, alone(question, wanted), person):
        return None
    near = _near(wanted.clause[0].text.casefold())
    # One question for all of them; each of its clauses stands for one word.
    spellings = ask(" ".join(near), person)
    for one in spellings.wanted:
        if finds(tickets, alone(spellings, one), person):
            return one.clause[0].text
    return None


def meant_words(text: str) -> list[str]:
    """Known words spelt like those of the text that no ticket has: what a misspelt one may mean.

    By the trigrams of words, the first few unknown ones only: each costs some milliseconds. They
    may stand in any ticket, so they are for looking only, not for showing.
    """
    words = [
        word
        for word in dict.fromkeys(_LETTERS.findall(text.casefold()))
        if SHORTEST_CORRECTED <= len(word) <= LONGEST_WORD
    ]
    known = set(SearchWord.objects.filter(word__in=words).values_list("word", flat=True))
    unknown = [word for word in words if word not in known][:MEANT]
    return [like for word in unknown for like in _near(word)[:MEANT]]


def _near(word: str) -> list[str]:
    """Known words spelt alike, nearest first; the commoner one of two."""
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(TRIPLES)]
        )
        cursor.execute(
            "SELECT word, seen FROM incidents_searchword WHERE word %% %s AND word <> %s "
            "ORDER BY similarity(word, %s) DESC, seen DESC, word LIMIT %s",
            [word, word, word, COMPARED],
        )
        near = cursor.fetchall()
    graded = [(difflib.SequenceMatcher(None, word, one).ratio(), seen, one) for one, seen in near]
    good = sorted((one for one in graded if one[0] >= ALIKE), reverse=True)
    return [one for _, _, one in good[:TRIED]]
