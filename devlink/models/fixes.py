"""Whether a fix removed the incidents it was made for."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import ClassVar, Self

from django.db import models
from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.models import Person
from analysis.fixes import LOOKS
from devlink.models.releases import Release
from devlink.models.work import WorkItem
from devlink.workflow import FIX_CLAIM
from problems.models import Cluster, Problem


class FixClaimQuerySet(models.QuerySet["FixClaim"]):
    """Reads of fix claims."""

    def visible_to(self, person: Person) -> Self:
        """Staff."""
        return self if person.is_staff_member else self.none()

    def with_doubts(self) -> Self:
        """Each with `doubts`: how many requesters who were told of it say it is still broken, and
        `asked`: how many were told."""
        told = Q(
            work_item__obligations__kind="requester",
            work_item__obligations__release=F("release"),
            work_item__obligations__sent_at__isnull=False,
        )
        doubt = Q(work_item__obligations__outcome="still_broken")
        every = "work_item__obligations"
        return self.annotate(
            asked=Count(every, filter=told, distinct=True),
            doubts=Count(every, filter=told & doubt, distinct=True),
        )


class FixClaim(models.Model):
    """A deployed fix and the cluster it should end; judged at weeks 4, 8 and 12 only.

    `result` holds the newest look's numbers, `sentence` its verdict in words.
    """

    cluster = models.ForeignKey(Cluster, on_delete=models.PROTECT, related_name="+")
    problem = models.ForeignKey(Problem, null=True, on_delete=models.PROTECT, related_name="+")
    work_item = models.ForeignKey(WorkItem, on_delete=models.PROTECT, related_name="fix_claims")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="fix_claims")
    state = models.CharField(max_length=14, choices=FIX_CLAIM.choices, default=FIX_CLAIM.initial)
    deployed_at = models.DateTimeField()
    baseline_from = models.DateTimeField()
    baseline_to = models.DateTimeField()
    sentence = models.TextField(blank=True, default="")
    result = models.JSONField(default=dict)
    incidents_avoided = models.FloatField(null=True, blank=True)
    incidents_avoided_low = models.FloatField(null=True, blank=True)
    incidents_avoided_high = models.FloatField(null=True, blank=True)
    minutes_per_ticket = models.FloatField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = FixClaimQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-deployed_at", "-id"]
        constraints = (
            models.CheckConstraint(
                name="devlink_claim_state", condition=Q(state__in=list(FIX_CLAIM.states))
            ),
            models.UniqueConstraint(
                fields=["cluster", "work_item", "release"], name="devlink_claim_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.work_item_id} against {self.cluster_id}: {self.state}"

    @property
    def state_label(self) -> str:
        return FIX_CLAIM.label(self.state)

    @property
    def weeks_judged(self) -> int:
        """How many weeks since the release the newest look's numbers are of; 0 before the first."""
        return int(self.result.get("weeks_watched") or 0)

    @property
    def shows_effect(self) -> bool:
        """True when incidents avoided may be claimed: not before a verdict, nor when it failed."""
        return self.state in {"verified", "partial"} and bool(self.incidents_avoided)

    @property
    def weeks_to_go(self) -> int | None:
        """Weeks from now to the look that may decide, 0 when it is due; None when none will."""
        if self.state not in FIX_CLAIM.in_category("watching"):
            return None
        ahead = self.result.get("weeks_to_go") if self.result else LOOKS[0]
        if ahead is None:
            return None
        decides = self.deployed_at + timedelta(weeks=self.weeks_judged + ahead)
        return max(ceil((decides - timezone.now()) / timedelta(weeks=1)), 0)

    @property
    def wait(self) -> str:
        """The same in words; empty when nothing is awaited."""
        weeks = self.weeks_to_go
        if weeks is None:
            return ""
        if not weeks:
            return "The look that may show it is due."
        return f"About {weeks} more week{'' if weeks == 1 else 's'} may show it."

    @property
    def minutes_avoided(self) -> float | None:
        """Handling time of the incidents avoided; None when either is unknown."""
        if self.incidents_avoided is None or self.minutes_per_ticket is None:
            return None
        return max(self.incidents_avoided, 0.0) * self.minutes_per_ticket


class FixLook(models.Model):
    """One planned look at a claim. Rows are only added; a week is looked at once."""

    claim = models.ForeignKey(FixClaim, on_delete=models.CASCADE, related_name="looks")
    week = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=14)
    sentence = models.TextField()
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["week"]
        constraints = (models.UniqueConstraint(fields=["claim", "week"], name="devlink_look_once"),)

    def __str__(self) -> str:
        return f"week {self.week} of {self.claim_id}: {self.verdict}"
