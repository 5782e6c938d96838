"""Where the tickets of a cluster come from."""

from dataclasses import dataclass

from django.db.models import Count, F, QuerySet

from incidents.models import Ticket

SHOWN = 8


@dataclass(frozen=True)
class Place:
    """An organisation or a component, with how many tickets are of it."""

    id: int
    name: str
    tickets: int


def most_concerned(tickets: QuerySet[Ticket], kind: str) -> list[Place]:
    """The eight organisations or components (`kind` is the field) with most of these tickets."""
    rows = (
        tickets.filter(**{f"{kind}__isnull": False})
        .order_by()
        .values(number=F(f"{kind}_id"), name=F(f"{kind}__name"))
        .annotate(tickets=Count("pk"))
        .order_by("-tickets", "name")
    )
    return [Place(row["number"], row["name"], row["tickets"]) for row in rows[:SHOWN]]
