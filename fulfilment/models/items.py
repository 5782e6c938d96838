"""The request catalogue: what may be asked for, who decides, and what then has to be done."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisation, Person, Team
from accounts.roles import Role
from catalogue.models import BusinessCalendar, IntakeForm, Service
from catalogue.permissions import may_arrange


class RequestItemQuerySet(models.QuerySet["RequestItem"]):
    """Reads of the catalogue."""

    def visible_to(self, person: Person) -> Self:
        """What this person may ask for.

        Support asks for anybody and sees all that is offered; those who arrange the catalogue see
        also what is not.
        """
        if may_arrange(person):
            return self
        if person.is_support:
            return self.filter(is_active=True)
        house = person.organisation is not None and person.organisation.is_internal
        allowed = Q(audience=RequestItem.Audience.EVERYBODY)
        if person.organisation_id is not None:
            theirs = RequestItem.organisations.through._default_manager.filter(
                organisation_id=person.organisation_id
            )
            allowed |= Q(
                audience=RequestItem.Audience.ORGANISATIONS,
                pk__in=theirs.values("requestitem_id"),
            )
        if house:
            allowed |= Q(audience=RequestItem.Audience.INTERNAL)
        return self.filter(allowed, is_active=True)

    def search(self, text: str) -> Self:
        """Items with every one of these words in name, description, category or service."""
        found = self
        for word in text.split()[:8]:
            found = found.filter(
                Q(name__icontains=word)
                | Q(summary__icontains=word)
                | Q(description__icontains=word)
                | Q(category__icontains=word)
                | Q(service__name__icontains=word)
            )
        return found


class RequestItem(models.Model):
    """Something people may ask for, with its form, its approvals and its plan."""

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", "Everybody"
        ORGANISATIONS = "organisations", "Chosen organisations"
        INTERNAL = "internal", "People of the house"

    class Icon(models.TextChoices):
        PACKAGE = "package", "Parcel"
        LAPTOP = "laptop", "Laptop"
        KEY = "key-round", "Key"
        PERSON = "user-plus", "New person"
        LEAVER = "user-minus", "Leaving person"
        SOFTWARE = "app-window", "Software"
        PHONE = "smartphone", "Phone"
        SHIELD = "shield-check", "Shield"
        DATA = "database", "Data"
        CARD = "credit-card", "Card"
        REPORT = "chart-column", "Report"
        BUILDING = "building-2", "Building"
        MAIL = "mail", "Mail"

    name = models.CharField(max_length=120, unique=True)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    category = models.CharField(max_length=80)
    icon = models.CharField(max_length=20, choices=Icon, default=Icon.PACKAGE)
    summary = models.CharField(max_length=200, blank=True, default="")
    description = models.TextField(blank=True, default="")
    audience = models.CharField(max_length=14, choices=Audience, default=Audience.EVERYBODY)
    organisations: models.ManyToManyField[Organisation, models.Model] = models.ManyToManyField(
        Organisation, blank=True, related_name="+"
    )
    form = models.ForeignKey(
        IntakeForm, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    # Working time is the desk's promise in words people plan with: whole days.
    expected_days = models.PositiveSmallIntegerField(default=3)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = RequestItemQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["category", "name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("fulfilment:item", args=[self.pk])


class ApprovalRule(models.Model):
    """One approval step of an item: who is asked, how many must agree, and until when."""

    class Asks(models.TextChoices):
        MANAGER = "manager", "The requester's manager"
        PEOPLE = "people", "Named people"
        TEAM = "team", "A team"
        ROLE = "role", "A role"

    class Quorum(models.TextChoices):
        ANY = "any", "Any one of them"
        ALL = "all", "All of them"
        COUNT = "count", "A number of them"
        PERCENT = "percent", "A percentage of them"

    class OnTimeout(models.TextChoices):
        WAIT = "wait", "Keep waiting"
        ESCALATE = "escalate", "Ask their managers too"
        REJECT = "reject", "Reject the request"
        APPROVE = "approve", "Approve the step"

    item = models.ForeignKey(RequestItem, on_delete=models.CASCADE, related_name="approval_rules")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=80)
    asks = models.CharField(max_length=8, choices=Asks, default=Asks.MANAGER)
    people: models.ManyToManyField[Person, models.Model] = models.ManyToManyField(
        Person, blank=True, related_name="+"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    role = models.CharField(max_length=30, choices=Role, blank=True, default="")
    quorum = models.CharField(max_length=8, choices=Quorum, default=Quorum.ANY)
    count = models.PositiveSmallIntegerField(default=1)
    percent = models.PositiveSmallIntegerField(default=50)
    # Whose working hours the hours below are counted in; None: hours of the clock on the wall.
    calendar = models.ForeignKey(
        BusinessCalendar, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    due_hours = models.PositiveIntegerField(null=True, blank=True)
    remind_hours = models.PositiveIntegerField(null=True, blank=True)
    on_timeout = models.CharField(max_length=8, choices=OnTimeout, default=OnTimeout.WAIT)

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = (
            models.UniqueConstraint(
                fields=["item", "position"],
                name="fulfilment_rule_place",
                deferrable=models.Deferrable.DEFERRED,
            ),
        )

    def __str__(self) -> str:
        return self.label

    @property
    def quorum_words(self) -> str:
        """How many must agree, in words."""
        return quorum_words(self.quorum, self.count, self.percent)


def quorum_words(quorum: str, count: int, percent: int) -> str:
    """How many must agree, in words."""
    return {
        ApprovalRule.Quorum.ANY: "any one decides",
        ApprovalRule.Quorum.ALL: "all must agree",
        ApprovalRule.Quorum.COUNT: f"{count} must agree",
    }.get(ApprovalRule.Quorum(quorum), f"{percent} % must agree")


class PlanRule(models.Model):
    """One task of an item's plan, as it will be laid out for every request."""

    item = models.ForeignKey(RequestItem, on_delete=models.CASCADE, related_name="plan_rules")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=150)
    instructions = models.TextField(blank=True, default="")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    after = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    required = models.BooleanField(default=True)
    due_hours = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = (
            models.UniqueConstraint(
                fields=["item", "position"],
                name="fulfilment_plan_place",
                deferrable=models.Deferrable.DEFERRED,
            ),
        )

    def __str__(self) -> str:
        return self.title
