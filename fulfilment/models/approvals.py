"""The approvals of one request: steps in order, who is asked, and votes that never change."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from catalogue.models import BusinessCalendar
from fulfilment.models.items import ApprovalRule, quorum_words
from fulfilment.workflow import APPROVAL
from incidents.models import Ticket


class ApprovalQuerySet(models.QuerySet["Approval"]):
    """Reads of approvals."""

    def visible_to(self, person: Person) -> Self:
        """What the person is or was asked to decide, and the approvals of tickets they see."""
        mine = Approver.objects.filter(person=person).values("approval_id")
        theirs = Ticket.objects.visible_to(person)
        return self.filter(Q(pk__in=mine) | Q(request__ticket__in=theirs))

    def waiting_for(self, person: Person) -> Self:
        """Asked of this person, and not answered by them yet."""
        voted = Vote.objects.filter(approval=OuterRef("pk"), person=person)
        asked = Approver.objects.filter(
            approval=OuterRef("pk"), person=person, delegated_to__isnull=True
        )
        return self.filter(Exists(asked), ~Exists(voted), state="asked")

    def with_relations(self) -> Self:
        """What a row of a list shows, in the same query."""
        return self.select_related(
            "request__item", "request__ticket__requester", "request__ticket__organisation"
        )


class Approval(models.Model):
    """One step of a request's approval, as its rule was when the request was made."""

    request = models.ForeignKey(
        "fulfilment.ItemRequest", on_delete=models.CASCADE, related_name="approvals"
    )
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=80)
    quorum = models.CharField(max_length=8, choices=ApprovalRule.Quorum)
    count = models.PositiveSmallIntegerField(default=1)
    percent = models.PositiveSmallIntegerField(default=50)
    calendar = models.ForeignKey(
        BusinessCalendar, null=True, on_delete=models.PROTECT, related_name="+"
    )
    on_timeout = models.CharField(max_length=8, choices=ApprovalRule.OnTimeout)
    due_hours = models.PositiveIntegerField(null=True)
    remind_hours = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=8, choices=APPROVAL.choices, default=APPROVAL.initial)
    asked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)
    # When the reminder went out and when the time-out was acted upon: each happens once.
    reminded_at = models.DateTimeField(null=True)
    timed_out_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["request", "position"]
        constraints = (
            models.UniqueConstraint(
                fields=["request", "position"], name="fulfilment_approval_place"
            ),
            models.CheckConstraint(
                name="fulfilment_approval_state", condition=Q(state__in=list(APPROVAL.states))
            ),
        )
        indexes = (
            models.Index(
                fields=["due_at"],
                condition=Q(state="asked", timed_out_at=None),
                name="fulfilment_approval_due",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(state="asked", reminded_at=None),
                name="fulfilment_approval_remind",
            ),
        )

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("fulfilment:approval", args=[self.pk])

    @property
    def state_label(self) -> str:
        return APPROVAL.label(self.state)

    def needed(self, asked: int) -> int:
        """How many of those who are asked must approve; a part of a person counts as one."""
        quorum = ApprovalRule.Quorum(self.quorum)
        if quorum == ApprovalRule.Quorum.ANY:
            return 1
        if quorum == ApprovalRule.Quorum.ALL:
            return asked
        if quorum == ApprovalRule.Quorum.COUNT:
            return min(self.count, asked)
        return max(1, -(-asked * self.percent // 100))

    @property
    def quorum_words(self) -> str:
        """How many must agree, in words; of a percentage, with how many people that is."""
        words = quorum_words(self.quorum, self.count, self.percent)
        asked = sum(one.delegated_to_id is None for one in self.approvers.all())
        if self.quorum == ApprovalRule.Quorum.PERCENT and asked:
            return f"{words}: {self.needed(asked)} of {asked}"
        return words

    @property
    def waiting_people(self) -> list[Person]:
        """Those who are asked and have not voted, of prefetched rows."""
        voted = {vote.person_id for vote in self.votes.all()}
        asked = (one for one in self.approvers.all() if one.delegated_to_id is None)
        return [one.person for one in asked if one.person_id not in voted]


class Approver(models.Model):
    """Somebody who is asked. Whoever delegates is no longer counted; the other one is."""

    approval = models.ForeignKey(Approval, on_delete=models.CASCADE, related_name="approvers")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    delegated_to = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=120, blank=True, default="")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.UniqueConstraint(fields=["approval", "person"], name="fulfilment_approver_once"),
        )

    def __str__(self) -> str:
        return f"{self.person_id} on {self.approval_id}"


class Vote(models.Model):
    """What somebody decided. A row is only ever added: the database refuses to change it."""

    class Verdict(models.TextChoices):
        APPROVED = "approved", "Approved"
        REJECTED = "rejected", "Rejected"

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="votes")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict)
    comment = models.TextField(blank=True, default="")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.UniqueConstraint(fields=["approval", "person"], name="fulfilment_vote_once"),
            models.CheckConstraint(
                name="fulfilment_vote_reason",
                condition=~Q(verdict="rejected") | ~Q(comment=""),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_id}: {self.verdict}"
