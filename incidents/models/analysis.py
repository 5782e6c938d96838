"""What search and similarity read: derived from the text at once (words) or soon after."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone
from pgvector.django import HnswIndex, VectorField

from incidents.models.ticket import Ticket

DIMENSIONS = 256


class TicketSearch(models.Model):
    """The words of a ticket: everything for staff, and what is public for requesters."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="search_row"
    )
    everything = SearchVectorField()
    public = SearchVectorField()

    class Meta:
        indexes = (
            GinIndex(fields=["everything"], name="incidents_search_everything"),
            GinIndex(fields=["public"], name="incidents_search_public"),
        )

    def __str__(self) -> str:
        return f"words of {self.ticket_id}"


class _Vector(models.Model):
    """The meaning of a ticket's text under one model, and its exact keys (error codes, jobs)."""

    model = models.CharField(max_length=60)
    text_hash = models.CharField(max_length=64)
    vector = VectorField(dimensions=DIMENSIONS)
    keys = ArrayField(models.CharField(max_length=120), default=list)
    embedded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"vector of {self.pk}"


def _nearest(name: str) -> HnswIndex:
    return HnswIndex(
        name=name, fields=["vector"], m=16, ef_construction=64, opclasses=["vector_cosine_ops"]
    )


class TicketVector(_Vector):
    """One of two tables of vectors; `VectorSpace` says which of them is read."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="vector_row"
    )

    class Meta:
        indexes = (
            _nearest("incidents_vector_nearest"),
            GinIndex(fields=["keys"], name="incidents_vector_keys"),
        )


class SecondTicketVector(_Vector):
    """The other table: vectors of a new model grow here while those of the old one are read."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="second_vector_row"
    )

    class Meta:
        indexes = (
            _nearest("incidents_vector2_nearest"),
            GinIndex(fields=["keys"], name="incidents_vector2_keys"),
        )


class VectorSpace(models.Model):
    """The one row that says which table of vectors is read, and of which model it is."""

    second = models.BooleanField(default=False)
    model = models.CharField(max_length=60)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.model
