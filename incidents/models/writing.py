"""What people are still writing, and the texts they use again and again."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Person, Team
from incidents.models.conversation import Message
from incidents.models.ticket import Ticket


class DraftQuerySet(models.QuerySet["Draft"]):
    """Reads of drafts."""

    def visible_to(self, person: Person) -> Self:
        """One's own, for tickets one may (still) see; what was thrown away is gone."""
        mine = self.filter(person=person, discarded_at__isnull=True)
        return mine.filter(Q(ticket__isnull=True) | Q(ticket__in=Ticket.objects.visible_to(person)))

    def of(self, person: Person) -> Self:
        """All of one's own, also those thrown away that can still be taken back."""
        return self.filter(person=person)

    def current(self, person: Person, ticket: Ticket | None) -> Draft | None:
        """The draft this person goes on with; None when there is none."""
        found = self.filter(person=person, ticket=ticket, other=False, discarded_at__isnull=True)
        return found.prefetch_related("files").first()

    def others(self, person: Person, ticket: Ticket | None) -> Self:
        """Texts kept beside the current draft, newest first."""
        kept = self.filter(person=person, ticket=ticket, other=True, discarded_at__isnull=True)
        return kept.prefetch_related("files").order_by("-updated_at")

    def shared_with(self, person: Person, ticket: Ticket) -> Self:
        """Texts for this ticket that colleagues show to everybody who writes on it."""
        shown = self.filter(_shared(ticket)) if person.is_staff_member else self.none()
        return shown.exclude(person=person).select_related("person").order_by("-updated_at")

    def places_near(self, person: Person, ticket: Ticket) -> list[tuple[int, int, int]]:
        """Each text this person has begun for any ticket, and those shown to them on this one:
        its number, its ticket and who writes it."""
        mine = Q(person=person, ticket__isnull=False, discarded_at__isnull=True)
        near = mine | _shared(ticket) if person.is_staff_member else mine
        return list(self.filter(near).values_list("pk", "ticket_id", "person_id"))

    def ticket_ids_of(self, person: Person) -> frozenset[int]:
        """Tickets this person has begun to write on."""
        mine = self.filter(person=person, ticket__isnull=False, discarded_at__isnull=True)
        return frozenset(mine.values_list("ticket_id", flat=True))


def _shared(ticket: Ticket) -> Q:
    shown = Q(shared_at__isnull=False, other=False, discarded_at__isnull=True)
    return shown & Q(ticket=ticket) & ~Q(body="")


class Draft(models.Model):
    """What one person is writing on one ticket, or in the form that logs one (no ticket).

    `fields` are the form's other fields by name. Of several texts for one place one is current;
    `other` ones were overtaken by a newer text and wait to be used or thrown away. `version`
    counts what the server has kept of the current one. Since `shared_at` colleagues who write on
    the ticket read it, and may go on with it.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    ticket = models.ForeignKey(Ticket, null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(
        max_length=16, choices=Message.Kind, blank=True, default=Message.Kind.PUBLIC
    )
    body = models.TextField(blank=True, default="")
    copy_to = models.TextField(blank=True, default="")
    fields: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    other = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    discarded_at = models.DateTimeField(null=True, blank=True)
    shared_at = models.DateTimeField(null=True, blank=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person", "ticket"],
                condition=Q(other=False, discarded_at__isnull=True),
                name="incidents_draft_once",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(ticket__isnull=True, other=False, discarded_at__isnull=True),
                name="incidents_draft_new_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["discarded_at"],
                condition=Q(discarded_at__isnull=False),
                name="incidents_draft_discarded",
            ),
        )

    def __str__(self) -> str:
        return f"Draft of {self.person_id} on {self.ticket_id or 'a new ticket'}"

    @property
    def says(self) -> tuple[str, str, str, dict[str, Any]]:
        """Everything it holds but its files, to compare."""
        return self.kind, self.body, self.copy_to, self.fields

    @property
    def is_empty(self) -> bool:
        """True when nothing was typed; files are looked at by whoever asks."""
        return not (self.body.strip() or self.copy_to.strip() or any(self.fields.values()))


class DraftFileQuerySet(models.QuerySet["DraftFile"]):
    """Reads of files of drafts."""

    def visible_to(self, person: Person) -> Self:
        """Of one's own drafts."""
        return self.filter(draft__in=Draft.objects.visible_to(person))


class DraftFile(models.Model):
    """A file that waits to be sent; with the message it becomes an attachment of the same token."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    token = models.CharField(max_length=43, unique=True)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(max_length=120)
    created_at = models.DateTimeField(default=timezone.now)

    objects = DraftFileQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.name


class CannedReplyQuerySet(models.QuerySet["CannedReply"]):
    """Reads of canned replies."""

    def visible_to(self, person: Person) -> Self:
        """One's own, those of one's teams and those of everybody; none outside the house."""
        if not person.is_staff_member:
            return self.none()
        return self.filter(
            Q(scope=CannedReply.Scope.GLOBAL)
            | Q(scope=CannedReply.Scope.PERSONAL, owner=person)
            | Q(scope=CannedReply.Scope.TEAM, team_id__in=person.team_ids)
        )


class CannedReply(models.Model):
    """A text to insert; its variables are those of `incidents.variables`."""

    class Scope(models.TextChoices):
        PERSONAL = "personal", "Only me"
        TEAM = "team", "My team"
        GLOBAL = "global", "Everybody"

    title = models.CharField(max_length=120)
    body = models.TextField()
    scope = models.CharField(max_length=8, choices=Scope, default=Scope.PERSONAL)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = CannedReplyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "canned replies"
        ordering: ClassVar[list[str]] = ["title", "id"]
        constraints = (
            models.CheckConstraint(
                name="incidents_cannedreply_team",
                condition=Q(scope="team", team__isnull=False)
                | (~Q(scope="team") & Q(team__isnull=True)),
            ),
        )

    def __str__(self) -> str:
        return self.title
