"""How tickets relate to each other."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Person
from incidents.models.ticket import Ticket


class RelationKind(models.TextChoices):
    """Read from the ticket the relation starts at: “INC-2 is a child of INC-1”."""

    CHILD_OF = "child_of", "Child of"
    DUPLICATE_OF = "duplicate_of", "Duplicate of"
    CAUSED_BY = "caused_by", "Caused by"
    RELATES_TO = "relates_to", "Relates to"


# The same relation read from its other end.
INVERSE_LABELS: dict[str, str] = {
    RelationKind.CHILD_OF: "Parent of",
    RelationKind.DUPLICATE_OF: "Has the duplicate",
    RelationKind.CAUSED_BY: "Caused",
    RelationKind.RELATES_TO: "Relates to",
}
# Kinds whose chains must end somewhere.
WITHOUT_CYCLES = (RelationKind.CHILD_OF, RelationKind.DUPLICATE_OF)
# Resolving a ticket offers to resolve these as well.
FOLLOWING = (RelationKind.CHILD_OF, RelationKind.DUPLICATE_OF)


class TicketRelationQuerySet(models.QuerySet["TicketRelation"]):
    """Reads of relations."""

    def visible_to(self, person: Person) -> Self:
        """Relations of which the person may see both ends."""
        tickets = Ticket.objects.visible_to(person)
        return self.filter(from_ticket__in=tickets, to_ticket__in=tickets)

    def of(self, ticket: Ticket) -> Self:
        """Every relation with this ticket at one of its ends."""
        return self.filter(Q(from_ticket=ticket) | Q(to_ticket=ticket))


class TicketRelation(models.Model):
    """`from_ticket` is a child, a duplicate or a consequence of `to_ticket`, or relates to it.

    A relation never replaces another: a ticket may have several of each kind.
    """

    from_ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="relations")
    to_ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="relations_to")
    kind = models.CharField(max_length=12, choices=RelationKind)
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = TicketRelationQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        constraints = (
            models.UniqueConstraint(
                fields=["from_ticket", "to_ticket", "kind"], name="incidents_relation_once"
            ),
            models.CheckConstraint(
                name="incidents_relation_not_itself", condition=~Q(from_ticket=F("to_ticket"))
            ),
            models.CheckConstraint(
                name="incidents_relation_kind", condition=Q(kind__in=RelationKind.values)
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_ticket_id} {self.kind} {self.to_ticket_id}"

    def label_from(self, ticket_id: int) -> str:
        """What the relation says when it is read from one of its ends."""
        if ticket_id == self.from_ticket_id:
            return self.get_kind_display()
        return INVERSE_LABELS[self.kind]
