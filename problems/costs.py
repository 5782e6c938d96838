"""What a cause has cost so far: tickets, people, hours and missed targets."""

from dataclasses import dataclass

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, Sum
from django.utils import timezone

from incidents.models.ticket import TicketQuerySet


@dataclass(frozen=True)
class Cost:
    """Sums over tickets; `minutes` is the time people had them open, as measured."""

    tickets: int
    people: int
    organisations: int
    breaches: int
    minutes: int


def cost_of(tickets: TicketQuerySet) -> Cost:
    """What these tickets have cost. Two queries."""
    late = Q(resolved_at__gt=F("resolution_due_at")) | Q(
        resolved_at__isnull=True, resolution_due_at__lt=timezone.now()
    )
    counted = tickets.order_by().aggregate(
        tickets=Count("pk"),
        people=Count("requester", distinct=True),
        organisations=Count("organisation", distinct=True),
        breaches=Count("pk", filter=late),
    )
    spent = tickets.order_by().aggregate(
        spent=Sum(
            ExpressionWrapper(
                F("touches__ended_at") - F("touches__started_at"), output_field=DurationField()
            )
        )
    )["spent"]
    minutes = 0 if spent is None else round(spent.total_seconds() / 60)
    return Cost(minutes=minutes, **counted)
