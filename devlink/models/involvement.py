"""The involvement ledger: what support took part in, and when. Notified is not involved."""

from __future__ import annotations

from secrets import randbits
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Person
from accounts.roles import Side
from changes.models import Change
from devlink.models.releases import Release
from devlink.models.work import Sprint, WorkItem
from knowledge.models import Article


class InvolvementQuerySet(models.QuerySet["InvolvementEvent"]):
    """Reads of the ledger."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()

    def involving_support(self) -> Self:
        """Support took part: more than being told or looking."""
        return self.filter(actor_side=Side.SUPPORT, kind__in=InvolvementEvent.INVOLVING)


class InvolvementEvent(models.Model):
    """One act of one side on one subject. Rows are only added, nearly all by the system itself."""

    class Stage(models.TextChoices):
        REQUIREMENTS = "requirements", "Requirements"
        PRIORITIZATION = "prioritization", "Prioritisation"
        DESIGN = "design", "Design"
        TESTING = "testing", "Testing"
        OPERATIONALIZING = "operationalizing", "Operationalising"
        RELEASING = "releasing", "Releasing"
        UPDATING = "updating", "Updating"
        REVIEW = "review", "Review"

    class Kind(models.TextChoices):
        NOTIFIED = "notified", "Notified"
        VIEWED = "viewed", "Viewed"
        COMMENTED = "commented", "Commented"
        CONTRIBUTED = "contributed_evidence", "Contributed evidence"
        VOTED = "voted", "Voted"
        TESTED = "tested", "Tested"
        TRAINED = "trained", "Trained"
        SIGNED_OFF = "signed_off", "Signed off"
        VETOED = "vetoed", "Vetoed"
        ABSENT = "absent_recorded", "Absent"

    # Being told or looking is not taking part.
    INVOLVING = (Kind.CONTRIBUTED, Kind.COMMENTED, Kind.VOTED, Kind.TESTED, Kind.SIGNED_OFF)

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    actor_side = models.CharField(max_length=12, choices=Side)
    stage = models.CharField(max_length=16, choices=Stage)
    kind = models.CharField(max_length=22, choices=Kind)
    by_system = models.BooleanField(default=True)
    work_item = models.ForeignKey(WorkItem, null=True, on_delete=models.CASCADE, related_name="+")
    sprint = models.ForeignKey(Sprint, null=True, on_delete=models.CASCADE, related_name="+")
    release = models.ForeignKey(Release, null=True, on_delete=models.CASCADE, related_name="+")
    change = models.ForeignKey(Change, null=True, on_delete=models.CASCADE, related_name="+")
    article = models.ForeignKey(Article, null=True, on_delete=models.CASCADE, related_name="+")

    objects = InvolvementQuerySet.as_manager()

    class Meta:
        indexes = (models.Index(fields=["stage", "at"], name="devlink_involvement_stage"),)
        constraints = (
            models.CheckConstraint(
                name="devlink_involvement_has_subject",
                condition=Q(work_item__isnull=False)
                | Q(sprint__isnull=False)
                | Q(release__isnull=False)
                | Q(change__isnull=False)
                | Q(article__isnull=False),
            ),
            # Subjects are counted, not acts: one row a side, stage, kind and subject.
            models.UniqueConstraint(
                fields=[
                    "actor_side",
                    "stage",
                    "kind",
                    "work_item",
                    "sprint",
                    "release",
                    "change",
                    "article",
                ],
                condition=~Q(kind="viewed"),
                nulls_distinct=False,
                name="devlink_involvement_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.actor_side} {self.kind} ({self.stage})"


def unrelated_number() -> int:
    """A number that says nothing about when it was given."""
    return randbits(62)


class PulseAnswer(models.Model):
    """One anonymous answer to “how satisfied are you with your say in development?” (1 to 5)."""

    # Chance instead of a sequence: the order of answers would tell whose they are.
    id = models.BigIntegerField(primary_key=True, default=unrelated_number, editable=False)
    quarter = models.CharField(max_length=6)
    side = models.CharField(max_length=12, choices=Side)
    score = models.PositiveSmallIntegerField()

    class Meta:
        constraints = (
            models.CheckConstraint(name="devlink_pulse_score", condition=Q(score__range=(1, 5))),
        )

    def __str__(self) -> str:
        return f"{self.quarter} {self.side}: {self.score}"


class PulseParticipation(models.Model):
    """Who has answered in a quarter, kept apart from what was answered."""

    quarter = models.CharField(max_length=6)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["quarter", "person"], name="devlink_pulse_once"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} in {self.quarter}"
