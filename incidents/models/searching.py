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
