"""Evidence packs, what support asks for, and development's answers."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person, Team
from devlink.models.work import Sprint, WorkItem
from devlink.workflow import ASK, DECLINE_REASONS
from problems.models import Cluster, Problem


class EvidencePackQuerySet(models.QuerySet["EvidencePack"]):
    """Reads of packs."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()


class EvidencePack(models.Model):
    """What support knew at `as_of`, frozen: later edits of tickets do not change `content`.

    `sha256` is the digest of the content's canonical JSON (sorted keys, no blanks, UTF-8).
    """

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="+")
    cluster = models.ForeignKey(Cluster, null=True, on_delete=models.PROTECT, related_name="+")
    work_item = models.ForeignKey(
        WorkItem, null=True, blank=True, on_delete=models.PROTECT, related_name="packs"
    )
    version = models.PositiveIntegerField(default=1)
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    as_of = models.DateTimeField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    created_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = EvidencePackQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = (
            models.UniqueConstraint(fields=["problem", "version"], name="devlink_pack_version"),
        )

    def __str__(self) -> str:
        return f"pack {self.version} of {self.problem_id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Stores a new pack; a stored one never changes."""
        if not self._state.adding:
            raise ValueError("an evidence pack is frozen")
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("devlink:pack", args=[self.pk])


class AskQuerySet(models.QuerySet["Ask"]):
    """Reads of asks."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()

    def unanswered(self) -> Self:
        """Without a verdict so far."""
        return self.filter(state__in=[*ASK.in_category("open"), *ASK.in_category("unanswered")])


class Ask(models.Model):
    """Support asks for a fix in a sprint and stakes points on it; a verdict is owed."""

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="+")
    work_item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="asks")
    sprint = models.ForeignKey(Sprint, on_delete=models.PROTECT, related_name="asks")
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    pack = models.ForeignKey(EvidencePack, on_delete=models.PROTECT, related_name="asks")
    points = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    rationale = models.TextField(blank=True, default="")
    state = models.CharField(max_length=12, choices=ASK.choices, default=ASK.initial)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = AskQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-points", "id"]
        constraints = (
            models.CheckConstraint(
                name="devlink_ask_state", condition=Q(state__in=list(ASK.states))
            ),
            models.CheckConstraint(name="devlink_ask_points", condition=Q(points__range=(1, 100))),
            models.UniqueConstraint(fields=["work_item", "sprint"], name="devlink_ask_once"),
        )

    def __str__(self) -> str:
        return f"{self.work_item.key} in {self.sprint.name}"

    def get_absolute_url(self) -> str:
        """Its row on the sprint's page, on top of the others."""
        return reverse("devlink:sprint", args=[self.sprint_id]) + f"?ask={self.pk}#ask-{self.pk}"

    @property
    def state_label(self) -> str:
        return ASK.label(self.state)

    @property
    def is_open(self) -> bool:
        """A verdict is still owed."""
        return ASK.category(self.state) == "open"

    @property
    def is_unanswered(self) -> bool:
        """No verdict was given: one is still owed, or the sprint began without one."""
        return self.is_open or ASK.category(self.state) == "unanswered"

    @property
    def is_decidable(self) -> bool:
        """Development may give a verdict, or change the one it gave."""
        return self.state in ASK.steps["accept"].sources


class Decision(models.Model):
    """A verdict on an ask. Rows are only added: changing one's mind is a new decision."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", "Accepted"
        DEFERRED = "deferred", "Deferred"
        DECLINED = "declined", "Declined"
        NEEDS_INFO = "needs_info", "Needs info"

    ask = models.ForeignKey(Ask, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=12, choices=Verdict)
    reason_code = models.CharField(max_length=20, choices=DECLINE_REASONS, blank=True, default="")
    until = models.DateField(null=True, blank=True)
    comment = models.TextField(blank=True, default="")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.CheckConstraint(
                name="devlink_decision_deferred_until",
                condition=~Q(verdict="deferred") | Q(until__isnull=False),
                violation_error_message="A deferred ask needs a date.",
            ),
            models.CheckConstraint(
                name="devlink_decision_declined_reason",
                condition=~Q(verdict="declined") | ~Q(reason_code=""),
                violation_error_message="A declined ask needs a reason.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.verdict} on {self.ask_id}"


class QuestionQuerySet(models.QuerySet["Question"]):
    """Reads of questions."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()

    def unanswered(self) -> Self:
        """Support owes an answer."""
        return self.filter(answered_at__isnull=True)


class Question(models.Model):
    """A developer's question to support about a work item or an ask for one, and the answer."""

    work_item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="questions")
    # The ask it was asked about; none when it is about the item whatever is asked for.
    ask = models.ForeignKey(
        Ask, null=True, blank=True, on_delete=models.CASCADE, related_name="questions"
    )
    body = models.TextField()
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return f"question on {self.work_item_id}"

    def get_absolute_url(self) -> str:
        """Where it can be answered: beside the ask, or on the item's page."""
        if self.ask is not None:
            return self.ask.get_absolute_url()
        return f"{self.work_item.get_absolute_url()}#question-{self.pk}"
