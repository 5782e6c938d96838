"""Whether what support asks for is answered in time, and delivered when it was accepted."""

from datetime import datetime, timedelta

from django.db.models import DateField, Exists, ExpressionWrapper, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce

from accounts.models import Person, Team
from devlink.models import Ask, Decision, Release, Sprint

VERDICTS = (Decision.Verdict.ACCEPTED, Decision.Verdict.DEFERRED, Decision.Verdict.DECLINED)


def _asks(person: Person, team: Team | None) -> QuerySet[Ask]:
    asks = Ask.objects.visible_to(person).select_related("work_item", "sprint")
    return asks if team is None else asks.filter(team=team)


def answered(
    person: Person, start: datetime, end: datetime, team: Team | None = None
) -> QuerySet[Ask]:
    """Asks in sprints that started in [start, end); `met` when they had a verdict by the start.

    Accepted, deferred and declined are verdicts; a question back is none.
    """
    said = Decision.objects.filter(
        ask=OuterRef("pk"), verdict__in=VERDICTS, created_at__lte=OuterRef("sprint__started_at")
    )
    asks = _asks(person, team).filter(sprint__started_at__gte=start, sprint__started_at__lt=end)
    return asks.annotate(met=Exists(said))


def delivered(
    person: Person, start: datetime, end: datetime, team: Team | None = None
) -> QuerySet[Ask]:
    """Accepted asks whose time ran out in [start, end); `met` when a release with the item was
    live by then.

    The time is the promised sprint and the one after it, to the end of its last day (`due`). Where
    no sprint of the team follows yet, one as long as the promised sprint is assumed.
    """
    following = Sprint.objects.filter(
        team=OuterRef("sprint__team"), starts_on__gt=OuterRef("sprint__starts_on")
    ).order_by("starts_on", "pk")
    assumed = ExpressionWrapper(
        F("sprint__ends_on") + (F("sprint__ends_on") - F("sprint__starts_on")) + timedelta(days=1),
        output_field=DateField(),
    )
    live = Release.objects.filter(
        work_items=OuterRef("work_item"), deployed_at__date__lte=OuterRef("due")
    )
    asks = _asks(person, team).filter(state="accepted")
    return (
        asks.annotate(
            due=Coalesce(
                Subquery(following.values("ends_on")[:1]), Cast(assumed, output_field=DateField())
            )
        )
        .filter(due__gte=start.date(), due__lt=end.date())
        .annotate(met=Exists(live))
    )
