"""The major incident, who does what in it, and what it affects."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from catalogue.models import Component
from core.references import reference
from incidents.models import Ticket
from majors.workflow import CANDIDATE, COMPONENT_STATUSES, ROLES, STATUS

REVIEW_WITHIN_HOURS = 48


class MajorIncidentQuerySet(models.QuerySet["MajorIncident"]):
    """Reads of major incidents."""

    def visible_to(self, person: Person) -> Self:
        """Staff see them, but for those whose ticket belongs to a restricted team of others."""
        if not person.is_staff_member:
            return self.none()
        hidden = person.hidden_team_ids
        return self.exclude(ticket__team_id__in=hidden) if hidden else self

    def candidates(self) -> Self:
        """Proposed, and not decided."""
        return self.filter(state="proposed")

    def active(self) -> Self:
        """Accepted, and the service is not restored."""
        return self.filter(state="accepted", status__in=STATUS.in_category("open"))

    def past(self) -> Self:
        """Accepted once, and restored since."""
        return self.filter(state="accepted", status__in=["resolved", "postmortem"])

    def without_review(self) -> Self:
        """Restored, with a review that is not published."""
        return self.filter(state="accepted", status="resolved")

    def update_overdue(self, now: datetime) -> Self:
        """Active ones whose next update was promised for an instant that has passed."""
        return self.active().filter(next_update_due_at__lt=now)


class MajorIncident(models.Model):
    """A ticket proposed, accepted or rejected as a major incident.

    `status` is empty until it is accepted. `headline` is what people outside read: plain words,
    never copied from what a requester wrote.
    """

    ticket = models.OneToOneField(Ticket, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=CANDIDATE.choices, default=CANDIDATE.initial)
    status = models.CharField(max_length=16, choices=STATUS.choices, blank=True, default="")
    headline = models.CharField(max_length=160, blank=True, default="")
    why = models.TextField()
    business_impact = models.TextField(blank=True, default="")
    decision_reason = models.TextField(blank=True, default="")
    proposed_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    # When the interruption began and ended for those who use the service.
    began_at = models.DateTimeField(null=True, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    next_update_due_at = models.DateTimeField(null=True, blank=True)
    # The promise that a reminder was sent for, so that each is reminded of once.
    reminded_for = models.DateTimeField(null=True, blank=True)
    review_reminded_at = models.DateTimeField(null=True, blank=True)

    objects = MajorIncidentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="majors_major_state", condition=Q(state__in=list(CANDIDATE.states))
            ),
            models.CheckConstraint(
                name="majors_major_status", condition=Q(status__in=["", *STATUS.states])
            ),
            models.CheckConstraint(
                name="majors_accepted_has_impact",
                condition=~Q(state="accepted")
                | (~Q(status="") & ~Q(headline="") & ~Q(business_impact="")),
                violation_error_message="An accepted one has a headline and a business impact.",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_update_due_at"],
                condition=Q(state="accepted", next_update_due_at__isnull=False),
                name="majors_update_due",
            ),
        )

    def __str__(self) -> str:
        return f"{self.reference} {self.headline or self.ticket.title}"

    def get_absolute_url(self) -> str:
        return reverse("majors:major", args=[self.pk])

    @property
    def reference(self) -> str:
        """Such as MAJ-3."""
        return reference("major_incident", self.pk)

    @property
    def is_active(self) -> bool:
        return self.state == "accepted" and self.status in STATUS.in_category("open")

    @property
    def word(self) -> str:
        """The state a person reads: of the decision, and once accepted of the service."""
        if self.state == "accepted":
            return STATUS.label(self.status)
        return CANDIDATE.label(self.state)

    @property
    def tone_word(self) -> str:
        """The state whose colour is shown."""
        return self.status if self.state == "accepted" else self.state

    @property
    def minutes(self) -> int | None:
        """Whole minutes from its beginning to its end; None while it lasts."""
        if self.began_at is None or self.restored_at is None:
            return None
        return max(0, int((self.restored_at - self.began_at).total_seconds() // 60))


class MajorRoleQuerySet(models.QuerySet["MajorRole"]):
    """Reads of roles."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible major incidents."""
        return self.filter(major__in=MajorIncident.objects.visible_to(person))

    def current(self) -> Self:
        """Held now."""
        return self.filter(ended_at__isnull=True)


class MajorRole(models.Model):
    """Who held a role, from when to when; at most one person at a time."""

    major = models.ForeignKey(MajorIncident, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=20, choices=ROLES)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MajorRoleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["started_at", "id"]
        constraints = (
            models.UniqueConstraint(
                fields=["major", "role"],
                condition=Q(ended_at__isnull=True),
                name="majors_role_one_holder",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.person}"


class AffectedComponentQuerySet(models.QuerySet["AffectedComponent"]):
    """Reads of affected components."""

    def visible_to(self, person: Person) -> Self:
        """Those of visible major incidents."""
        return self.filter(major__in=MajorIncident.objects.visible_to(person))


class AffectedComponent(models.Model):
    """A component a major incident affects, and how it stands now."""

    major = models.ForeignKey(MajorIncident, on_delete=models.CASCADE, related_name="affected")
    component = models.ForeignKey(Component, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=COMPONENT_STATUSES, default="major_outage")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = AffectedComponentQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["component__name"]
        constraints = (
            models.UniqueConstraint(fields=["major", "component"], name="majors_component_once"),
            models.CheckConstraint(
                name="majors_component_status",
                condition=Q(status__in=[name for name, _ in COMPONENT_STATUSES]),
            ),
        )

    def __str__(self) -> str:
        return f"{self.component}: {self.get_status_display()}"
