"""The ticket: an incident or a service request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorExact
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisation, Person, Team
from catalogue.models import Component, PolicyTarget, Service
from core.expressions import IsTrue
from core.references import reference
from core.workflow import Workflow
from incidents.models.readers import TicketCopy
from incidents.workflow import (
    CLOSED,
    MERGED,
    OPEN,
    PENDING_REASONS,
    RESOLUTION_CODES,
    RESOLVED,
    STATE_CHOICES,
    UNRESOLVED_CATEGORIES,
    WAITING_DEVELOPMENT,
    WAITING_REQUESTER,
    WAITING_THIRD_PARTY,
    WORKFLOWS,
)
from knowledge.models import Article


class Kind(models.TextChoices):
    """An unplanned interruption, or something asked for as a normal part of delivery."""

    INCIDENT = "incident", "Incident"
    SERVICE_REQUEST = "service_request", "Service request"


class Channel(models.TextChoices):
    """How the contact came in."""

    PORTAL = "portal", "Portal"
    EMAIL = "email", "E-mail"
    PHONE = "phone", "Phone"
    CHAT = "chat", "Chat"
    WALK_IN = "walk_in", "Walk-in"
    MONITORING = "monitoring", "Monitoring"
    API = "api", "API"
    OTHER = "other", "Other"


class Level(models.IntegerChoices):
    """Impact and urgency."""

    HIGH = 1, "High"
    MEDIUM = 2, "Medium"
    LOW = 3, "Low"


class Priority(models.IntegerChoices):
    """Worked out from impact and urgency, or set by hand."""

    P1 = 1, "P1 Critical"
    P2 = 2, "P2 High"
    P3 = 3, "P3 Moderate"
    P4 = 4, "P4 Low"
    P5 = 5, "P5 Planning"


CATEGORY_CHOICES = [
    (OPEN, "Open"),
    (WAITING_REQUESTER, "Waiting for the requester"),
    (WAITING_THIRD_PARTY, "Waiting for a third party"),
    (WAITING_DEVELOPMENT, "Waiting for development"),
    (RESOLVED, "Resolved"),
    (CLOSED, "Closed"),
    (MERGED, "Merged"),
]


def priority_of(impact: int, urgency: int) -> int:
    """Priority from impact × urgency: the 3×3 matrix of ITIL, 1 (critical) to 5 (planning)."""
    return impact + urgency - 1


# The words of a title as they are written: what is typed of a word finds it.
TITLE_WORDS = SearchVector("title", config="simple")


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Reads of tickets. Every page, list, search and export starts from `visible_to`."""

    def visible_to(self, person: Person) -> Self:
        """What this person may see.

        Support sees all but other people's restricted teams; overseers all; a developer what is
        shared with their teams; a requester their own, those they are in copy of, and their
        organisation's when allowed.
        """
        if person.is_overseer:
            return self
        if person.is_support:
            hidden = person.hidden_team_ids
            return self.exclude(team_id__in=hidden) if hidden else self
        own = Q(requester=person) | Q(
            pk__in=Ticket.affected_users.through._default_manager.filter(person=person).values(
                "ticket_id"
            )
        )
        own |= Q(pk__in=TicketCopy.objects.filter(person=person).values("ticket_id"))
        if person.sees_organisation and person.organisation_id:
            own |= Q(organisation_id=person.organisation_id)
        if person.is_development:
            own |= Q(
                pk__in=TicketShare.objects.filter(team_id__in=person.team_ids).values("ticket_id")
            )
        return self.filter(own)

    def open(self) -> Self:
        """Neither resolved nor closed."""
        return self.filter(state_category__in=UNRESOLVED_CATEGORIES)

    def unmerged(self) -> Self:
        """Without tickets that only point to another one."""
        return self.exclude(state_category=MERGED)

    def with_merged(self) -> Self:
        """These and every ticket merged into one of them, whoever may see it: for telling people.

        A merge keeps no pointer to a ticket that is itself merged, so there are no further ones.
        """
        these = self.order_by().values("pk")
        return self.model._default_manager.filter(Q(pk__in=these) | Q(merged_into__in=these))  # type: ignore[return-value]  # the same kind of queryset

    def solved(self) -> Self:
        """Resolved or closed with a resolution."""
        return self.filter(state_category__in=[RESOLVED, CLOSED]).exclude(state="cancelled")

    def incidents(self) -> Self:
        """Incidents only."""
        return self.filter(kind=Kind.INCIDENT)

    def breaching(self, now: datetime) -> Self:
        """Open and past the resolution target."""
        return self.open().filter(resolution_due_at__lt=now)

    def titled(self, words: Sequence[str], *, by_index: bool = True) -> Self:
        """Tickets with a word in the title that begins like each of these.

        Not `by_index`: tried on the rows that are left, where they are few and the word is common.
        """
        begins = " & ".join(f"'{word}':*" for word in words)
        query = SearchQuery(begins, config="simple", search_type="raw")
        fits = SearchVectorExact(TITLE_WORDS, query)
        return self.filter(fits if by_index else IsTrue(fits))

    def with_list_relations(self) -> Self:
        """What a row of a list shows, in the same query."""
        return self.select_related("requester", "organisation", "assignee", "team", "component")


class Ticket(models.Model):
    """An incident or a service request."""

    kind = models.CharField(max_length=16, choices=Kind, default=Kind.INCIDENT)
    title = models.CharField(max_length=250)
    description = models.TextField(blank=True, default="")
    requester = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    affected_users: models.ManyToManyField[Person, models.Model] = models.ManyToManyField(
        Person, blank=True, related_name="+"
    )
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    channel = models.CharField(max_length=12, choices=Channel, default=Channel.PORTAL)
    service = models.ForeignKey(
        Service, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    component = models.ForeignKey(
        Component, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    category = models.CharField(max_length=80, blank=True, default="")
    impact = models.PositiveSmallIntegerField(choices=Level, default=Level.MEDIUM)
    urgency = models.PositiveSmallIntegerField(choices=Level, default=Level.MEDIUM)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.P3)
    severity = models.PositiveSmallIntegerField(choices=Level, null=True, blank=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    assignee = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    state = models.CharField(max_length=24, choices=STATE_CHOICES, default="new")
    state_category = models.CharField(max_length=24, choices=CATEGORY_CHOICES, default=OPEN)
    pending_reason = models.CharField(
        max_length=12, choices=PENDING_REASONS, blank=True, default=""
    )
    version_seen = models.CharField(max_length=60, blank=True, default="")
    resolution_code = models.CharField(
        max_length=20, choices=RESOLUTION_CODES, blank=True, default=""
    )
    resolution_text = models.TextField(blank=True, default="")
    csat_score = models.PositiveSmallIntegerField(null=True, blank=True)
    csat_comment = models.TextField(blank=True, default="")
    csat_at = models.DateTimeField(null=True, blank=True)
    # The ticket that handles it now, never one that is merged itself: one step leads there.
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_from"
    )
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    assigned_at = models.DateTimeField(null=True, blank=True)
    first_response_at = models.DateTimeField(null=True, blank=True)
    first_response_due_at = models.DateTimeField(null=True, blank=True)
    next_response_due_at = models.DateTimeField(null=True, blank=True)
    resolution_due_at = models.DateTimeField(null=True, blank=True)
    # The nearest deadline of the clocks that go, and which target it is of: the one that waits when
    # all of them do, none when no clock goes.
    due_at = models.DateTimeField(null=True, blank=True)
    next_target = models.CharField(max_length=16, choices=PolicyTarget.Kind, blank=True, default="")
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reassignment_count = models.PositiveSmallIntegerField(default=0)
    reopen_count = models.PositiveSmallIntegerField(default=0)
    # Resolved during the first contact: no wait, no hand-over and one requester message.
    first_contact_resolution = models.BooleanField(null=True, blank=True)
    # Approval is reached by votes in steps; nobody approves or rejects it at once.
    approved_by_steps = models.BooleanField(default=False)
    # Required tasks of the fulfilment plan still to be done; fulfilment waits for none.
    required_tasks = models.PositiveSmallIntegerField(default=0)
    source = models.CharField(max_length=60, blank=True, default="")
    source_number = models.CharField(max_length=80, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="incidents_ticket_state",
                condition=Q(kind=Kind.INCIDENT, state__in=list(WORKFLOWS[Kind.INCIDENT].states))
                | Q(
                    kind=Kind.SERVICE_REQUEST,
                    state__in=list(WORKFLOWS[Kind.SERVICE_REQUEST].states),
                ),
            ),
            models.CheckConstraint(
                name="incidents_ticket_merged",
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
            ),
            models.CheckConstraint(
                name="incidents_ticket_csat",
                condition=Q(csat_score__isnull=True) | Q(csat_score__range=(1, 5)),
            ),
            models.CheckConstraint(
                name="incidents_ticket_tasks_done",
                condition=~Q(state="fulfilled") | Q(required_tasks=0),
            ),
            models.UniqueConstraint(
                fields=["source", "source_number"],
                condition=~Q(source=""),
                name="incidents_ticket_source",
            ),
        )
        indexes = (
            models.Index(
                fields=["-id"],
                condition=Q(state_category__in=UNRESOLVED_CATEGORIES),
                name="incidents_ticket_open",
            ),
            models.Index(
                fields=["assignee", "due_at", "-id"],
                condition=Q(state_category__in=UNRESOLVED_CATEGORIES),
                name="incidents_ticket_mine",
            ),
            models.Index(
                fields=["team", "due_at", "-id"],
                condition=Q(state_category__in=UNRESOLVED_CATEGORIES),
                name="incidents_ticket_team",
            ),
            models.Index(
                fields=["resolution_due_at", "-id"],
                condition=Q(state_category__in=UNRESOLVED_CATEGORIES),
                name="incidents_ticket_due",
            ),
            models.Index(
                fields=["due_at", "-id"],
                condition=Q(state_category__in=UNRESOLVED_CATEGORIES),
                name="incidents_ticket_next",
            ),
            models.Index(
                fields=["-id"],
                condition=Q(state_category=RESOLVED),
                name="incidents_ticket_settled",
            ),
            models.Index(fields=["requester", "-id"], name="incidents_ticket_requester"),
            models.Index(fields=["organisation", "-id"], name="incidents_ticket_organisation"),
            models.Index(fields=["component", "-created_at"], name="incidents_ticket_component"),
            models.Index(fields=["created_at"], name="incidents_ticket_created"),
            GinIndex(TITLE_WORDS, name="incidents_ticket_title"),
            models.Index(F("closed_at").desc(nulls_last=True), name="incidents_ticket_closed"),
            models.Index(fields=["-updated_at", "-id"], name="incidents_ticket_updated"),
            models.Index(fields=["assignee", "-id"], name="incidents_ticket_assignee"),
            models.Index(
                fields=["priority", "-id"],
                condition=Q(state_category__in=UNRESOLVED_CATEGORIES),
                name="incidents_ticket_urgent",
            ),
            models.Index(F("resolved_at").desc(nulls_last=True), name="incidents_ticket_resolved"),
        )

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("incidents:ticket", args=[self.pk])

    @property
    def resolution_number(self) -> int:
        """Which resolution the ticket has, or comes to next: 1 until it is reopened."""
        return self.reopen_count + 1

    @property
    def number(self) -> int:
        """Incidents and service requests count in one sequence."""
        return self.pk

    @property
    def reference(self) -> str:
        return reference(self.kind, self.pk)

    @property
    def workflow(self) -> Workflow:
        return WORKFLOWS[self.kind]

    @property
    def state_label(self) -> str:
        return self.workflow.label(self.state)

    @property
    def is_open(self) -> bool:
        return self.state_category in UNRESOLVED_CATEGORIES

    @property
    def is_merged(self) -> bool:
        return self.merged_into_id is not None

    @property
    def priority_label(self) -> str:
        return f"P{self.priority}"


class TicketShare(models.Model):
    """A ticket shown to a development team for a reason; taking the row away ends the access."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="shares")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    # The record that gave the reason, such as "devlink.workitem:12".
    because = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["ticket", "team", "because"], name="incidents_share_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} to {self.team_id}"


class TicketArticle(models.Model):
    """An article used on a ticket. `known` when it existed before the ticket did."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="article_links")
    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    known = models.BooleanField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["ticket", "article"], name="incidents_article_once"),
        )

    def __str__(self) -> str:
        return f"{self.article_id} on {self.ticket_id}"
