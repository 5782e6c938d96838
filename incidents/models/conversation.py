"""What is written on a ticket, and the files with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Channel, Ticket


class MessageQuerySet(models.QuerySet["Message"]):
    """Reads of messages."""

    def visible_to(self, person: Person) -> Self:
        """Messages of visible tickets; notes and questions to development only for staff.

        What was written to a merged ticket stays, for those who are no staff, with the readers of
        that ticket: the requester of the ticket that handles it now reads it only as one of them.
        """
        tickets = Ticket.objects.visible_to(person)
        if person.is_staff_member:
            return self.filter(ticket__in=tickets)
        own = Q(ticket__in=tickets, merged_from__isnull=True) | Q(merged_from__in=tickets)
        return self.filter(own, kind=Message.Kind.PUBLIC)

    def on(self, ticket: Ticket, merged_ids: Sequence[int] = ()) -> Self:
        """The conversation of a ticket: what stands on it or on the tickets merged into it, and
        what was written to it while it was merged.
        """
        return self.filter(Q(ticket_id__in=[ticket.pk, *merged_ids]) | Q(merged_from=ticket))


class Message(models.Model):
    """A public reply, an internal note, or a question to the developers."""

    class Kind(models.TextChoices):
        PUBLIC = "public_reply", "Public reply"
        NOTE = "internal_note", "Internal note"
        QUESTION = "question", "Asked the developers"

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    # The merged ticket it was written to; `ticket` is the one that handled it at that time.
    merged_from = models.ForeignKey(
        Ticket, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Where it was written, when it is what this ticket, split off that one, begins with. Its words
    # are the ticket's description then, and do not stand in the conversation a second time.
    split_from = models.ForeignKey(
        Ticket, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.PUBLIC)
    body = models.TextField()
    channel = models.CharField(max_length=12, choices=Channel, default=Channel.PORTAL)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        indexes = (
            # What people said lately: rules that count from a reply look here first.
            models.Index(
                fields=["created_at"],
                condition=models.Q(kind="public_reply"),
                name="incidents_message_said",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} on {self.ticket_id}"

    @property
    def is_public(self) -> bool:
        return self.kind == self.Kind.PUBLIC


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Reads of attachments."""

    def visible_to(self, person: Person) -> Self:
        """Files of visible messages."""
        return self.filter(message__in=Message.objects.visible_to(person))


class Attachment(models.Model):
    """A file of a message. `token` addresses it; name and type never decide where it is kept."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    token = models.CharField(max_length=43, unique=True)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100, default="application/octet-stream")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
