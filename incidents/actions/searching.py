"""What the search knows of words: which mean the same, and which say too little."""

import re
from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Person
from core.errors import DomainError
from core.questions import clean
from core.timeline import record
from incidents.events import (
    STOP_WORD_ADDED,
    STOP_WORD_REMOVED,
    SYNONYMS_CHANGED,
    SYNONYMS_REMOVED,
)
from incidents.models import StopWord, SynonymGroup
from incidents.models.searching import LONGEST_WORD
from incidents.permissions import require_search_arranger
from incidents.search_index import LANGUAGES

MOST_WORDS, LONGEST_SYNONYM = 20, 60
_DIVIDED = re.compile(r"[,;\n]")


@transaction.atomic
def add_synonyms(*, actor: Person | None, words: str, at: datetime | None = None) -> SynonymGroup:
    """Makes words or short phrases, divided by commas, mean the same in every search."""
    require_search_arranger(actor)
    _one_at_a_time()
    group = SynonymGroup(words=_synonyms(words, besides=None))
    return _keep(group, actor, before="", at=at)


@transaction.atomic
def change_synonyms(group: SynonymGroup, *, actor: Person | None, words: str) -> SynonymGroup:
    """Replaces the words of a group."""
    require_search_arranger(actor)
    _one_at_a_time()
    group = SynonymGroup.objects.select_for_update(of=("self",)).get(pk=group.pk)
    before, group.words = str(group), _synonyms(words, besides=group)
    return _keep(group, actor, before=before, at=None)


@transaction.atomic
def remove_synonyms(group: SynonymGroup, *, actor: Person | None) -> None:
    """Takes a group away: each of its words finds itself alone again."""
    require_search_arranger(actor)
    record(SYNONYMS_REMOVED, group, actor=actor, words=str(group))
    group.delete()


@transaction.atomic
def add_stop_words(
    *, actor: Person | None, words: str, at: datetime | None = None
) -> list[StopWord]:
    """Leaves single words, divided by commas, out of searches; those left out already stay so."""
    require_search_arranger(actor)
    wanted = _words(words, most_letters=LONGEST_WORD)
    if not wanted:
        raise DomainError("Write at least one word.", field="words")
    spaced = next((word for word in wanted if " " in word), None)
    if spaced:
        raise DomainError(
            f"“{spaced}” is more than one word: divide words by commas.", field="words"
        )
    added = []
    for word in wanted:
        row, new = StopWord.objects.get_or_create(word=word)
        if new:
            record(STOP_WORD_ADDED, row, actor=actor, at=at, word=word)
            added.append(row)
    return added


@transaction.atomic
def remove_stop_word(word: StopWord, *, actor: Person | None) -> None:
    """Takes the word into searches again."""
    require_search_arranger(actor)
    record(STOP_WORD_REMOVED, word, actor=actor, word=word.word)
    word.delete()


def _one_at_a_time() -> None:
    """Two people cannot put one word into two groups at the same moment."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE incidents_synonymgroup IN SHARE ROW EXCLUSIVE MODE")


def _keep(
    group: SynonymGroup, actor: Person | None, *, before: str, at: datetime | None
) -> SynonymGroup:
    at = at or timezone.now()
    group.changed_by, group.changed_at = actor, at
    group.save()
    record(SYNONYMS_CHANGED, group, actor=actor, at=at, words=str(group), before=before)
    return group


def _synonyms(text: str, *, besides: SynonymGroup | None) -> list[str]:
    """The words of a group; a DomainError when they are too few, too many or in another group."""
    words = _words(text, most_letters=LONGEST_SYNONYM)
    if not 2 <= len(words) <= MOST_WORDS:
        raise DomainError(
            f"Write two to {MOST_WORDS} words that mean the same, divided by commas.",
            field="words",
        )
    _refuse_loose(words)
    others = SynonymGroup.objects.filter(words__overlap=words)
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    other = others.order_by("pk").first()
    if other is not None:
        twice = next(word for word in words if word in other.words)
        raise DomainError(f"“{twice}” is in the group “{other}” already.", field="words")
    return words


def _refuse_loose(words: list[str]) -> None:
    """A DomainError for what searches know less words of than it has: it would find too much."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT one FROM unnest(%s::text[]) AS one "  # noqa: S608 (a constant)
            f"WHERE (SELECT min(numnode(phraseto_tsquery(language, one)) + 1) / 2 "
            f"FROM unnest({LANGUAGES}) AS language) "
            "< cardinality(string_to_array(one, ' ')) LIMIT 1",
            [words],
        )
        row = cursor.fetchone()
    if row:
        raise DomainError(
            f"“{row[0]}” holds a word that searches leave out, such as “the” or “on”.",
            field="words",
        )


def _words(text: str, *, most_letters: int) -> list[str]:
    """The different words of a text divided by commas or lines, in small letters."""
    parts = (clean(part).casefold().strip(" .\"'") for part in _DIVIDED.split(text[:4_000]))
    words = list(dict.fromkeys(part for part in parts if any(map(str.isalnum, part))))
    long = next((word for word in words if len(word) > most_letters), None)
    if long:
        raise DomainError(
            f"“{long[:30]}…” is too long: at most {most_letters} characters.", field="words"
        )
    return words
