"""What search and similarity read: derived from the text at once (words) or soon after."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Cast
from django.utils import timezone
from pgvector.django import HnswIndex, VectorField

from incidents.models.ticket import Ticket

# Numbers a vector may have: the built-in model's and those of a sentence transformer. There is one
# index for each, because an index holds vectors of one length only.
SIZES = (256, 384)
# Letters of a key's value, and of its family, that are kept.
MOST_KEY = 160


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
    vector = VectorField()
    size = models.GeneratedField(
        expression=models.Func("vector", function="vector_dims"),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    # Exact keys as `incidents.retrieval.stored_key` writes them: kind, value and family.
    keys = ArrayField(models.CharField(max_length=340), default=list)
    embedded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"vector of {self.pk}"


def sized(size: int) -> Cast:
    """The vector as one of this many numbers, as its index has it."""
    return Cast("vector", VectorField(dimensions=size))


def _nearest(name: str) -> tuple[HnswIndex, ...]:
    return tuple(
        HnswIndex(
            OpClass(sized(size), name="vector_cosine_ops"),
            name=f"{name}_{size}",
            condition=models.Q(size=size),
            m=16,
            ef_construction=64,
        )
        for size in SIZES
    )


class TicketVector(_Vector):
    """One of two tables of vectors; `VectorSpace` says which of them is read."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="vector_row"
    )

    class Meta:
        indexes = (
            *_nearest("incidents_vec_nearest"),
            GinIndex(fields=["keys"], name="incidents_vector_keys"),
        )


class SecondTicketVector(_Vector):
    """The other table: vectors of a new model grow here while those of the old one are read."""

    ticket = models.OneToOneField(
        Ticket, primary_key=True, on_delete=models.CASCADE, related_name="second_vector_row"
    )

    class Meta:
        indexes = (
            *_nearest("incidents_vec2_nearest"),
            GinIndex(fields=["keys"], name="incidents_vector2_keys"),
        )


class VectorSpace(models.Model):
    """The one row that says which table of vectors is read, and of which model it is."""

    second = models.BooleanField(default=False)
    model = models.CharField(max_length=60)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.model
