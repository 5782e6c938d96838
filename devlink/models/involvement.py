"""The involvement ledger: what support took part in, and when. Notified is not involved."""

from __future__ import annotations

from datetime import datetime
from secrets import randbits
from typing import Self

from django.db import models
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone

from accounts.models import Person, Team
from accounts.roles import Side
from catalogue.models import Service
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

    def of_service(self, service: Service) -> Self:
        """About something of this service; a sprint counts when it holds an item of it."""
        items = WorkItem.objects.filter(sprint=OuterRef("sprint"), component__service=service)
        changes = Change.objects.filter(components__service=service)
        articles = Article.objects.filter(components__service=service)
        return self.filter(
            Q(work_item__component__service=service)
            | Q(release__in=Release.objects.of_service(service).values("pk"))
            | Q(change__in=changes.values("pk"))
            | Q(article__in=articles.values("pk"))
            | Exists(items)
        )

    def with_subjects(self) -> Self:
        """With what a row names, in one query."""
        return self.select_related(
            "actor", "work_item", "sprint__team", "release", "change", "article"
        ).defer("article__search_vector")


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

    # Being told, looking and being briefed are not taking part; refusing to sign is.
    INVOLVING = (
        Kind.CONTRIBUTED,
        Kind.COMMENTED,
        Kind.VOTED,
        Kind.TESTED,
        Kind.SIGNED_OFF,
        Kind.VETOED,
    )
    # What a person may write down. The other acts happen here, so the system sees them.
    BY_HAND = (Kind.CONTRIBUTED, Kind.COMMENTED, Kind.TESTED, Kind.TRAINED, Kind.ABSENT)

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    actor_side = models.CharField(max_length=12, choices=Side)
    stage = models.CharField(max_length=16, choices=Stage)
    kind = models.CharField(max_length=22, choices=Kind)
    by_system = models.BooleanField(default=True)
    # What somebody who wrote it down by hand said about it.
    note = models.CharField(max_length=300, blank=True, default="")
    work_item = models.ForeignKey(WorkItem, null=True, on_delete=models.CASCADE, related_name="+")
    sprint = models.ForeignKey(Sprint, null=True, on_delete=models.CASCADE, related_name="+")
    release = models.ForeignKey(Release, null=True, on_delete=models.CASCADE, related_name="+")
    change = models.ForeignKey(Change, null=True, on_delete=models.CASCADE, related_name="+")
    article = models.ForeignKey(Article, null=True, on_delete=models.CASCADE, related_name="+")

    objects = InvolvementQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["stage", "at"], name="devlink_involvement_stage"),
            models.Index(fields=["-at", "-id"], name="devlink_involvement_newest"),
        )
        constraints = (
            models.CheckConstraint(
                name="devlink_involvement_has_subject",
                condition=Q(work_item__isnull=False)
                | Q(sprint__isnull=False)
                | Q(release__isnull=False)
                | Q(change__isnull=False)
                | Q(article__isnull=False),
            ),
            # Subjects are counted, not acts: one row a side, stage, kind, source and subject.
            models.UniqueConstraint(
                fields=[
                    "actor_side",
                    "stage",
                    "kind",
                    "by_system",
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

    @property
    def subject(self) -> WorkItem | Sprint | Release | Change | Article:
        """What it was about."""
        of = (self.work_item, self.sprint, self.release, self.change, self.article)
        return next(one for one in of if one is not None)

    @property
    def took_part(self) -> bool:
        """More than being told, looking or being briefed."""
        return self.kind in self.INVOLVING


class JoinRequestQuerySet(models.QuerySet["JoinRequest"]):
    """Reads of what support asked to take part in."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()

    def waiting_for(self, coming: Sprint | WorkItem | Release) -> Self:
        """Asked since the last one of this kind went by, so meant for the one that comes now.

        Of the kind is a sprint or a requirement of the same team, a release of the same service.
        """
        last: datetime | None
        if isinstance(coming, Sprint):
            passed = Sprint.objects.filter(team=coming.team, started_at__isnull=False)
            last = passed.aggregate(last=Max("started_at"))["last"]
            found = self.filter(sprint__team=coming.team)
        elif isinstance(coming, WorkItem):
            passed_items = WorkItem.objects.filter(team=coming.team, kind__in=WorkItem.WISHES)
            last = passed_items.aggregate(last=Max("committed_at"))["last"]
            found = self.filter(work_item__team=coming.team)
        else:
            same = Q(service=coming.service_id) if coming.service_id else Q(service__isnull=True)
            last = Release.objects.filter(same).aggregate(last=Max("deployed_at"))["last"]
            of = Release.objects.filter(same)
            found = self.filter(release__in=of)
        return found if last is None else found.filter(created_at__gt=last)


class JoinRequest(models.Model):
    """Support was absent from a subject and asks to take part in the next one of its kind."""

    # None: somebody of support without a team asked.
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    sprint = models.ForeignKey(Sprint, null=True, on_delete=models.CASCADE, related_name="+")
    work_item = models.ForeignKey(WorkItem, null=True, on_delete=models.CASCADE, related_name="+")
    release = models.ForeignKey(Release, null=True, on_delete=models.CASCADE, related_name="+")

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="devlink_join_one_subject",
                condition=(
                    Q(sprint__isnull=False, work_item__isnull=True, release__isnull=True)
                    | Q(sprint__isnull=True, work_item__isnull=False, release__isnull=True)
                    | Q(sprint__isnull=True, work_item__isnull=True, release__isnull=False)
                ),
            ),
            models.UniqueConstraint(
                fields=["team", "sprint", "work_item", "release"],
                nulls_distinct=False,
                name="devlink_join_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.asker} asks to join after {self.missed}"

    @property
    def asker(self) -> str:
        """Who wants to take part."""
        return self.team.name if self.team else self.person.name

    @property
    def missed(self) -> Sprint | WorkItem | Release:
        """What support was absent from."""
        return next(one for one in (self.sprint, self.work_item, self.release) if one is not None)


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
