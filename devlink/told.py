"""What a work item's page says of who is owed a word about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from accounts.models import Person
from devlink.models import LoopObligation, WorkItem

SHOWN = 12
_Outcome = LoopObligation.Outcome
_RELATED = ("ticket", "recipient", "release", "work_item")


@dataclass(frozen=True)
class Told:
    """Everything owed in numbers, and the rows the person may read that say most."""

    sums: dict[str, int]
    rows: Sequence[LoopObligation]
    more: bool


def words_about(item: WorkItem, person: Person) -> QuerySet[LoopObligation]:
    """What is owed about an item, as far as the person may see."""
    shown = LoopObligation.objects.visible_to(person).filter(work_item=item).standing()
    return shown.select_related(*_RELATED)


def told_of(item: WorkItem, person: Person) -> Told:
    """Two queries however many words are owed: doubts first, then what waits, then the rest."""
    sums = (
        LoopObligation.objects.filter(work_item=item)
        .standing()
        .aggregate(
            owed=Count("pk"),
            told=Count("pk", filter=Q(sent_at__isnull=False)),
            opened=Count("pk", filter=Q(opened_at__isnull=False)),
            confirmed=Count("pk", filter=Q(outcome=_Outcome.CONFIRMED)),
            still_broken=Count("pk", filter=Q(outcome=_Outcome.STILL_BROKEN)),
        )
    )
    weight = Case(
        When(outcome=_Outcome.STILL_BROKEN, then=Value(0)),
        When(outcome=_Outcome.OWED, available_at__isnull=False, then=Value(1)),
        When(ticket__isnull=True, then=Value(2)),
        When(outcome=_Outcome.CONFIRMED, then=Value(3)),
        When(kind=LoopObligation.Kind.REQUESTER, then=Value(4)),
        default=Value(5),
        output_field=IntegerField(),
    )
    rows = list(words_about(item, person).annotate(weight=weight).order_by("weight", "-pk")[:SHOWN])
    return Told(sums, rows, more=sums["owed"] > len(rows))
