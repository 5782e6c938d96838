"""What people are told, and the mail that tells them."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from accounts.models import Person
from accounts.roles import Role
from notifications.kinds import KINDS


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Reads of notifications."""

    def visible_to(self, person: Person) -> Self:
        """One's own."""
        return self.filter(person=person)

    def unread(self) -> Self:
        """Not yet opened."""
        return self.filter(read_at__isnull=True)


class Notification(models.Model):
    """One thing one person is told once; `once_key` keeps it at once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=250)
    body = models.TextField(blank=True, default="")
    url = models.CharField(max_length=250, blank=True, default="")
    once_key = models.CharField(max_length=150)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person", "once_key"], name="notifications_notification_once"
            ),
        )
        indexes = (
            models.Index(
                fields=["person", "-id"],
                condition=models.Q(read_at__isnull=True),
                name="notifications_unread",
            ),
            # Finds everybody who was told of one fact, whose key begins alike.
            models.Index(
                fields=["once_key"],
                opclasses=["varchar_pattern_ops"],
                name="notifications_about",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def kind_label(self) -> str:
        """What sort of notice this is, in words; a retired kind shows its name."""
        return KINDS[self.kind].label if self.kind in KINDS else self.kind

    @property
    def icon(self) -> str:
        return KINDS[self.kind].icon if self.kind in KINDS else "bell"


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    """Reads of outgoing mail."""

    def visible_to(self, person: Person) -> Self:
        """Admins only: mail shows what other people were told."""
        return self if person.has_role({Role.ADMIN}) else self.none()

    def due(self, now: datetime) -> Self:
        """Waiting and to be tried by now."""
        return self.filter(state=OutgoingMail.State.PENDING, due_at__lte=now)


class OutgoingMail(models.Model):
    """A mail to be sent, committed with its cause; `message_id` is the same over all tries."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed for good"

    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=250)
    body = models.TextField()
    message_id = models.CharField(max_length=150, unique=True)
    once_key = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(
                fields=["due_at"],
                condition=models.Q(state="pending"),
                name="notifications_mail_pending",
            ),
        )

    def __str__(self) -> str:
        return self.subject
