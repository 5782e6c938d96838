"""What not fixing costs: tickets, people, hours and missed targets since a day."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, Sum
from django.utils import timezone

from incidents.models.ticket import TicketQuerySet


@dataclass(frozen=True)
class Cost:
    """The sum over tickets since `since`; `minutes` is the time people had them open, measured."""

    label: str
    since: datetime | None
    tickets: int
    people: int
    organisations: int
    breaches: int
    minutes: int


def cost_of(tickets: TicketQuerySet, *, label: str, since: datetime | None) -> Cost:
    """Counts tickets that came since then; the minutes are those spent since then on any."""
    now = timezone.now()
    late = Q(resolution_due_at__isnull=False) & (
        Q(resolved_at__gt=F("resolution_due_at"))
        | Q(resolved_at__isnull=True, resolution_due_at__lt=now)
    )
    came = Q() if since is None else Q(created_at__gte=since)
    counted = tickets.order_by().aggregate(
        tickets=Count("pk", filter=came),
        people=Count("requester", distinct=True, filter=came),
        organisations=Count("organisation", distinct=True, filter=came),
        breaches=Count("pk", filter=came & late),
    )
    worked = Q(touches__isnull=False)
    if since is not None:
        worked &= Q(touches__started_at__gte=since)
    spent = tickets.order_by().aggregate(
        spent=Sum(
            ExpressionWrapper(
                F("touches__ended_at") - F("touches__started_at"), output_field=DurationField()
            ),
            filter=worked,
        )
    )["spent"]
    minutes = 0 if spent is None else round(spent.total_seconds() / 60)
    return Cost(label=label, since=since, minutes=minutes, **counted)
