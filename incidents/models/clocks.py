"""Clocks of tickets as lists, reports and warnings read them; and the work of reckoning anew."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Person, Team
from catalogue.models import CalendarVersion, PolicyTarget, PolicyVersion
from incidents.models.ticket import Ticket


class TicketClockQuerySet(models.QuerySet["TicketClock"]):
    """Reads of clocks."""

    def visible_to(self, person: Person) -> Self:
        """Clocks of visible tickets; what teams promise each other is for staff."""
        clocks = self.filter(ticket__in=Ticket.objects.visible_to(person))
        if person.is_staff_member:
            return clocks
        return clocks.exclude(target=TicketClock.Target.OWNERSHIP)

    def going(self) -> Self:
        """Neither met, missed nor dropped yet."""
        return self.filter(state__in=[TicketClock.State.RUNNING, TicketClock.State.PAUSED])

    def breaching_between(self, now: datetime, until: datetime) -> Self:
        """In time now, and over by `until` if nothing happens."""
        return self.filter(state=TicketClock.State.RUNNING, due_at__gt=now, due_at__lte=until)

    def due_in(self, start: datetime, end: datetime, now: datetime) -> Self:
        """Targets that were due from `start` up to `end`: the denominator of SLA attainment.

        A target counts by the instant it was due, also when it was met earlier. One that is not
        over yet, or was dropped, does not count.
        """
        settled = Q(state__in=[TicketClock.State.MET, TicketClock.State.MISSED])
        over = Q(state=TicketClock.State.RUNNING, due_at__lt=now)
        return self.filter(settled | over, due_at__gte=start, due_at__lt=end)

    def met(self) -> Self:
        """Targets met: the numerator of SLA attainment (of `due_in`)."""
        return self.filter(state=TicketClock.State.MET)


class TicketClock(models.Model):
    """One target of a ticket: a row for each first response, message, resolution and ownership.

    Worked out from the ticket's history by `incidents.clocks` and written with every change; never
    edited by hand. Paused clocks have no `due_at` while time is left.
    """

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        MET = "met", "Met"
        MISSED = "missed", "Missed"
        DROPPED = "dropped", "Ended without being due"

    Target = PolicyTarget.Kind

    # The unique constraint is the index by ticket; nothing is looked up by team or version.
    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="clocks", db_index=False
    )
    target = models.CharField(max_length=16, choices=PolicyTarget.Kind)
    team = models.ForeignKey(
        Team, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    number = models.PositiveSmallIntegerField(default=0)
    minutes = models.PositiveIntegerField()
    policy_version = models.ForeignKey(
        PolicyVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    calendar_version = models.ForeignKey(
        CalendarVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField(max_length=8, choices=State)
    started_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    # The next instant at which somebody is to be told; none once both were, and while it waits.
    alert_at = models.DateTimeField(null=True)
    # The policy versions (their numbers in the table) for which the warning and the breach were
    # told: each once.
    warned_for = models.BigIntegerField(null=True)
    breached_for = models.BigIntegerField(null=True)

    objects = TicketClockQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.UniqueConstraint(
                fields=["ticket", "target", "team", "number"],
                name="incidents_clock_once",
                nulls_distinct=False,
            ),
        )
        indexes = (
            models.Index(
                fields=["alert_at"],
                condition=Q(alert_at__isnull=False),
                name="incidents_clock_alert",
            ),
            models.Index(
                fields=["due_at"], condition=Q(state="running"), name="incidents_clock_running"
            ),
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=["met", "missed"]),
                name="incidents_clock_settled",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_target_display()} of {self.ticket_id}: {self.state}"

    @property
    def is_going(self) -> bool:
        return self.stopped_at is None


class ClockRunQuerySet(models.QuerySet["ClockRun"]):
    """Reads of runs."""

    def visible_to(self, person: Person) -> Self:
        """Staff see how far the reckoning is."""
        return self if person.is_staff_member else self.none()


class ClockRun(models.Model):
    """Reckoning open tickets anew after a policy or a calendar changed; goes on where it was."""

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"

    because = models.CharField(max_length=160)
    policy_version = models.ForeignKey(
        PolicyVersion, null=True, on_delete=models.CASCADE, related_name="+"
    )
    calendar_version = models.ForeignKey(
        CalendarVersion, null=True, on_delete=models.CASCADE, related_name="+"
    )
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    last_ticket_id = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    # When a worker last wrote; a run nobody has written to for a while is taken up by the schedule.
    touched_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects = ClockRunQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes = (
            models.Index(fields=["id"], condition=Q(state="running"), name="incidents_clockrun_on"),
        )

    def __str__(self) -> str:
        return f"{self.because}: {self.done} of {self.total}"
