"""Work items, sprints, and what support knows about them."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person, Team
from accounts.roles import Side
from catalogue.models import Component
from changes.models import Change
from devlink.models.trackers import Tracker
from devlink.workflow import SPRINT, WORK_ITEM
from incidents.models import Ticket
from knowledge.models import Article
from problems.models import Cluster, Problem


class SprintQuerySet(models.QuerySet["Sprint"]):
    """Reads of sprints."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()


class Sprint(models.Model):
    """A stretch of development work; asks must be answered before it starts."""

    name = models.CharField(max_length=80)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    goal = models.TextField(blank=True, default="")
    state = models.CharField(max_length=10, choices=SPRINT.choices, default=SPRINT.initial)
    planning_at = models.DateTimeField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    started_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    tracker = models.ForeignKey(
        Tracker, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    external_id = models.CharField(max_length=80, blank=True, default="")
    # When the evidence was frozen for the planning; none while that is still to come.
    packs_built_at = models.DateTimeField(null=True, blank=True)
    # When the tracker was asked for what stands here; an older answer changes nothing.
    asked_at = models.DateTimeField(null=True, blank=True)

    objects = SprintQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-starts_on", "-id"]
        constraints = (
            models.CheckConstraint(
                name="devlink_sprint_state", condition=Q(state__in=list(SPRINT.states))
            ),
            models.CheckConstraint(
                name="devlink_sprint_forward",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="The sprint ends before it starts.",
            ),
            models.UniqueConstraint(fields=["team", "name"], name="devlink_sprint_name"),
            models.UniqueConstraint(
                fields=["tracker", "external_id"],
                condition=~Q(external_id=""),
                name="devlink_sprint_external",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("devlink:sprint", args=[self.pk])

    @property
    def state_label(self) -> str:
        return SPRINT.label(self.state)

    @property
    def is_planning(self) -> bool:
        return self.state == SPRINT.initial


class WorkItemQuerySet(models.QuerySet["WorkItem"]):
    """Reads of work items."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()

    def open(self) -> Self:
        """Neither done nor cancelled."""
        return self.exclude(state__in=WORK_ITEM.in_category("done"))

    def against(self, cluster: Cluster) -> Self:
        """Those that are to end the cluster, by themselves or through their problem."""
        return self.filter(Q(cluster=cluster) | Q(problem__cluster=cluster))


class WorkItem(models.Model):
    """A piece of development work: ours, or a mirror of one in a tracker."""

    class Kind(models.TextChoices):
        BUG = "bug", "Bug"
        STORY = "story", "Story"
        TASK = "task", "Task"
        REQUIREMENT = "requirement", "Requirement"

    # What can be discussed before anybody builds it.
    WISHES = (Kind.STORY, Kind.REQUIREMENT)

    key = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, default="")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.BUG)
    state = models.CharField(max_length=12, choices=WORK_ITEM.choices, default="to_do")
    component = models.ForeignKey(
        Component, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    assignee = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    sprint = models.ForeignKey(
        Sprint, null=True, blank=True, on_delete=models.SET_NULL, related_name="work_items"
    )
    problem = models.ForeignKey(
        Problem, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    cluster = models.ForeignKey(
        Cluster, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # When it was linked with the problem or cluster it is to end, however old it is itself.
    linked_at = models.DateTimeField(null=True, blank=True)
    # With a tracker but no external id, the item is on its way there.
    tracker = models.ForeignKey(
        Tracker, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    external_id = models.CharField(max_length=80, blank=True, default="")
    external_url = models.URLField(max_length=300, blank=True, default="")
    # The tracker's name of an assignee who is nobody known here.
    assignee_name = models.CharField(max_length=120, blank=True, default="")
    # How new the state taken over is, and when it was asked for; an older answer changes nothing.
    changed_there_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    committed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.CheckConstraint(
                name="devlink_workitem_state", condition=Q(state__in=list(WORK_ITEM.states))
            ),
            models.UniqueConstraint(
                fields=["tracker", "external_id"],
                condition=~Q(external_id=""),
                name="devlink_workitem_external",
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("devlink:work_item", args=[self.pk])

    @property
    def state_label(self) -> str:
        return WORK_ITEM.label(self.state)

    @property
    def is_open(self) -> bool:
        return WORK_ITEM.category(self.state) != "done"

    @property
    def cause(self) -> Cluster | None:
        """The cluster it is to end, its own or its problem's."""
        return self.cluster or (self.problem.cluster if self.problem else None)


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    """Reads of attached evidence."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()


class Evidence(models.Model):
    """Exactly one support record attached to a work item, with what was known at that moment."""

    work_item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="evidence")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="+")
    problem = models.ForeignKey(Problem, null=True, on_delete=models.CASCADE, related_name="+")
    change = models.ForeignKey(Change, null=True, on_delete=models.CASCADE, related_name="+")
    article = models.ForeignKey(Article, null=True, on_delete=models.CASCADE, related_name="+")
    snapshot = models.JSONField(default=dict)
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "evidence"
        constraints = (
            models.CheckConstraint(
                name="devlink_evidence_one_source",
                condition=(
                    Q(
                        ticket__isnull=False,
                        problem__isnull=True,
                        change__isnull=True,
                        article__isnull=True,
                    )
                    | Q(
                        ticket__isnull=True,
                        problem__isnull=False,
                        change__isnull=True,
                        article__isnull=True,
                    )
                    | Q(
                        ticket__isnull=True,
                        problem__isnull=True,
                        change__isnull=False,
                        article__isnull=True,
                    )
                    | Q(
                        ticket__isnull=True,
                        problem__isnull=True,
                        change__isnull=True,
                        article__isnull=False,
                    )
                ),
            ),
        )

    def __str__(self) -> str:
        return f"evidence on {self.work_item_id}"

    def get_absolute_url(self) -> str:
        return self.work_item.get_absolute_url()


class WorkItemLink(models.Model):
    """What one item is to another, in the words of the tracker they came from."""

    work_item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="links")
    other = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)

    class Meta:
        ordering: ClassVar[list[str]] = ["kind", "id"]
        constraints = (
            models.UniqueConstraint(
                fields=["work_item", "other", "kind"], name="devlink_work_link_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.work_item_id} {self.kind} {self.other_id}"


class Comment(models.Model):
    """What either side says about a work item."""

    work_item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    author_side = models.CharField(max_length=12, choices=Side)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"comment on {self.work_item_id}"
