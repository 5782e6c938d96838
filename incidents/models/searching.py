"""What people arrange about the search, and the words it has met."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from accounts.models import Person
from accounts.roles import Role
from incidents.models.ticket import Ticket

LONGEST_WORD = 40
# The language whose words are always known; articles and problems are kept in it alone.
ENGLISH = "english"
# Those who arrange what the search knows of words.
ARRANGER_ROLES = frozenset({Role.ADMIN, Role.MANAGER, Role.TEAM_LEAD})


class SynonymGroupQuerySet(models.QuerySet["SynonymGroup"]):
    """Reads of synonyms."""

    def visible_to(self, person: Person) -> Self:
        """For those who arrange them; the search itself uses them for everybody."""
        return self if person.has_role(ARRANGER_ROLES) else self.none()


class StopWordQuerySet(models.QuerySet["StopWord"]):
    """Reads of words left out of searches."""

    def visible_to(self, person: Person) -> Self:
        """For those who arrange them."""
        return self if person.has_role(ARRANGER_ROLES) else self.none()


def english_alone() -> list[str]:
    """The languages of a house that has not chosen any."""
    return [ENGLISH]


def language_label(name: str) -> str:
    """What people call a text search configuration of PostgreSQL."""
    return "Words as they are written" if name == "simple" else name.replace("_", " ").capitalize()


class SearchIndexQuerySet(models.QuerySet["SearchIndex"]):
    """Reads of how far the words of tickets are written."""

    def visible_to(self, person: Person) -> Self:
        """For those who arrange the search."""
        return self if person.has_role(ARRANGER_ROLES) else self.none()


class SearchIndex(models.Model):
    """In which languages the words of tickets are known, and how far they are written so.

    One row. `written_by` names the way of writing (`search_index.WAY`) that the last filling
    followed or follows; another one, or other languages, make every ticket be written anew.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    # Text search configurations of PostgreSQL; English is always the first.
    languages = ArrayField(models.CharField(max_length=63), default=english_alone)
    written_by = models.CharField(max_length=64, blank=True, default="")
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    last_ticket_id = models.BigIntegerField(default=0)
    started_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = SearchIndexQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "search index"
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="incidents_searchindex_one"),
        )

    def __str__(self) -> str:
        return f"{', '.join(self.languages)}: {self.done} of {self.total}"

    @property
    def is_filling(self) -> bool:
        return self.finished_at is None

    @property
    def label(self) -> str:
        """The languages in words: “English, German”."""
        return ", ".join(language_label(name) for name in self.languages)


class SynonymGroup(models.Model):
    """Words and short phrases that mean the same: a search for one finds all of them."""

    words = ArrayField(models.CharField(max_length=60))
    changed_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = SynonymGroupQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["words"]

    def __str__(self) -> str:
        return ", ".join(self.words)


class StopWord(models.Model):
    """A word that says too little to be searched for, such as “please”."""

    word = models.CharField(max_length=LONGEST_WORD, unique=True)

    objects = StopWordQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["word"]

    def __str__(self) -> str:
        return self.word


class SearchWord(models.Model):
    """A word that stands somewhere: what a misspelt one may have meant.

    The words of all tickets together; one is offered to a person only when it finds something
    that person may see.
    """

    word = models.CharField(max_length=LONGEST_WORD, primary_key=True)
    # How often it was met, roughly: a changed ticket counts anew.
    seen = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = (
            GinIndex(fields=["word"], name="incidents_word_trigrams", opclasses=["gin_trgm_ops"]),
        )

    def __str__(self) -> str:
        return self.word


class UnreadWords(models.Model):
    """A ticket whose words changed and are not among the `SearchWord`s yet.

    Rows are only added by changes of tickets: one that waited for the reader would hold it up.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "unread words"

    def __str__(self) -> str:
        return f"words of {self.ticket_id}"
