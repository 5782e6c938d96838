"""The event log (timeline, audit and outbox in one) and its delivery receipts."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from core.events import CATALOGUE


def subject_kind(record: models.Model) -> str:
    """The name under which a record's events are kept, such as `incidents.ticket`."""
    return record._meta.label_lower


class EventQuerySet(models.QuerySet["Event"]):
    """Reads of the log."""

    def about(self, record: models.Model) -> Self:
        """Every fact about one record."""
        return self.filter(subject_kind=subject_kind(record), subject_id=record.pk)

    def public(self) -> Self:
        """Facts a requester may read."""
        names = [kind.name for kind in CATALOGUE.values() if kind.public]
        return self.filter(name__in=names)


class Event(models.Model):
    """One fact. Rows are only ever added; they commit with the change they tell of."""

    name = models.CharField(max_length=80)
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    payload = models.JSONField(default=dict)
    # The fact this one followed from by itself; empty when a person or the clock began it.
    cause = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="consequences", db_index=False
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["subject_kind", "subject_id", "id"], name="core_event_subject"),
            models.Index(fields=["name", "at"], name="core_event_name"),
            models.Index(
                fields=["cause"],
                condition=models.Q(cause__isnull=False),
                name="core_event_cause",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.subject_kind} {self.subject_id}"

    @property
    def sentence(self) -> str:
        """What happened, in words; an event of a retired kind shows its name."""
        kind = CATALOGUE.get(self.name)
        if kind is None:
            return self.name
        values: dict[str, Any] = dict.fromkeys(kind.fields, "")
        return kind.sentence.format(**{**values, **self.payload})

    @property
    def rule(self) -> dict[str, str] | None:
        """The rule that brought it about: `name`, `url` (may be empty) and `kind`; None without."""
        rule = self.payload.get("rule")
        if not rule:
            return None
        said = rule if isinstance(rule, dict) else {"name": rule}
        return {
            "name": str(said.get("name", "")),
            "url": str(said.get("url", "")),
            "kind": str(said.get("kind", "rule")),
        }


class Delivery(models.Model):
    """One handler's duty towards one event. Its effects and `done` commit together."""

    class State(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        DEAD = "dead"

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    handler = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = (
            models.UniqueConstraint(fields=["event", "handler"], name="core_delivery_once"),
        )
        indexes = (
            models.Index(
                fields=["due_at"],
                condition=models.Q(state="pending"),
                name="core_delivery_pending",
            ),
        )

    def __str__(self) -> str:
        return f"{self.handler} of event {self.event_id}: {self.state}"
