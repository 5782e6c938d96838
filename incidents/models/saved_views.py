"""Views of the list of tickets that are kept, and how many tickets each of them holds."""

from __future__ import annotations

from typing import ClassVar, Self
from urllib.parse import urlencode

from django.db import models
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person, Team


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Reads of views."""

    def visible_to(self, person: Person) -> Self:
        """One's own, those of one's teams, and those for everybody who works here."""
        if not person.is_staff_member:
            return self.none()
        return self.filter(
            Q(owner=person)
            | Q(team_id__in=person.team_ids)
            | Q(owner__isnull=True, team__isnull=True)
        )

    def in_order(self) -> Self:
        """Pinned ones first, then as they were put."""
        return self.order_by("-pinned", "position", "name", "id")


class SavedView(models.Model):
    """A list or board of tickets under a name: what it holds, and how it is shown.

    `query` is the list's own query string, filters only. A view belongs to a person, to a team,
    or to everybody who works here.
    """

    class Layout(models.TextChoices):
        LIST = "list", "List"
        BOARD = "board", "Board"

    name = models.CharField(max_length=80)
    owner = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    query = models.TextField()
    columns = models.JSONField(default=list)
    sort = models.CharField(max_length=40, blank=True, default="")
    grouping = models.CharField(max_length=20, blank=True, default="")
    layout = models.CharField(max_length=5, choices=Layout, default=Layout.LIST)
    pinned = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    # When its tickets were last counted from the start, and whether they are too many to follow.
    counted_at = models.DateTimeField(null=True, blank=True)
    too_many = models.BooleanField(default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pinned", "position", "name", "id"]
        constraints = (
            models.CheckConstraint(
                name="incidents_view_one_scope",
                condition=Q(owner__isnull=True) | Q(team__isnull=True),
            ),
        )
        indexes = (
            models.Index(fields=["owner"], name="incidents_view_owner"),
            models.Index(fields=["team"], name="incidents_view_team"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The list with this view's parameters: what is shown is what the address says."""
        return f"{reverse('incidents:tickets')}?{self.parameters}"

    @property
    def parameters(self) -> str:
        """The query string that shows this view."""
        shown = {
            "columns": ",".join(self.columns),
            "sort": self.sort,
            "group": self.grouping,
            "layout": "" if self.layout == self.Layout.LIST else self.layout,
            "view": str(self.pk),
        }
        return f"{self.query}&{urlencode({k: v for k, v in shown.items() if v})}"

    @property
    def scope(self) -> str:
        """Whose it is, in words."""
        if self.owner_id is not None:
            return "Personal"
        return self.team.name if self.team is not None else "Everybody"

    @property
    def is_shared(self) -> bool:
        return self.owner_id is None

    def filters(self) -> QueryDict:
        """The conditions, as the list reads them."""
        return QueryDict(self.query, mutable=True)


class ViewTicket(models.Model):
    """A ticket a view counts now: the receipt that keeps the counters honest.

    `team` is the ticket's team and `person` its assignee where the view asks for `me`; 0 for none.
    """

    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")
    ticket_id = models.BigIntegerField()
    team = models.BigIntegerField(default=0)
    person = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["ticket_id", "view"], name="incidents_viewticket_once"),
        )

    def __str__(self) -> str:
        return f"{self.ticket_id} in {self.view_id}"


class ViewCount(models.Model):
    """How many tickets of one team (and for `me`: of one assignee) a view holds."""

    view = models.ForeignKey(SavedView, on_delete=models.CASCADE, related_name="+")
    team = models.BigIntegerField(default=0)
    person = models.BigIntegerField(default=0)
    count = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["view", "person", "team"], name="incidents_viewcount_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.count} in {self.view_id}"
