"""When support first knew of each release, and which releases came as a surprise.

The first notice is the first one the system sent to support (`Release.support_told_at`). Lead is
working time of the desk from the notice to the deployment; after the deployment it is negative.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import Person
from catalogue.models import Service
from devlink.measures import FEWEST, rate_of
from devlink.models import Release, WorkItem
from incidents.agreements import policies_now, working_calendar
from incidents.clocks.calendars import Calendar
from incidents.models import Ticket
from incidents.models.ticket import TicketQuerySet

WATCHED = timedelta(days=7)
# The newest so many releases of a period are looked at; the page says when there were more.
MOST = 200
EARLY_DAYS = 5
SEVERAL = "several services"
CLASSES = {
    "discovery": "In discovery",
    "in_sprint": "In the sprint",
    "five_days": "5 or more working days",
    "days": "1 to 4 working days",
    "same_day": "Same day",
    "after": "After",
    "never": "Never",
}


@dataclass(frozen=True)
class Lead:
    """When support first knew of one release. `lead` is None when it was never told.

    `days` counts working days from the day of the notice up to the day of the deployment, which is
    not counted. `tickets` came within seven days on what changed; `settled` once these are over.
    """

    release: Release
    service: str
    when: str
    lead: timedelta | None
    days: int
    tickets: int
    settled: bool

    @property
    def label(self) -> str:
        return CLASSES[self.when]

    @property
    def before(self) -> bool:
        """Told before the deployment."""
        return self.when not in {"after", "never"}

    @property
    def surprise(self) -> bool:
        """Not told before, and tickets came within seven days on what changed."""
        return not self.before and self.tickets > 0


@dataclass(frozen=True)
class LeadTimes:
    """All releases of a period, the newest first; rates are None below `FEWEST`."""

    leads: Sequence[Lead]
    more: bool

    @property
    def n(self) -> int:
        return len(self.leads)

    @property
    def told_before(self) -> int:
        return sum(one.before for one in self.leads)

    @property
    def told_before_rate(self) -> float | None:
        return rate_of(self.told_before, self.n)

    @property
    def told(self) -> Sequence[timedelta]:
        """Leads of the releases support was told of at any time."""
        return [one.lead for one in self.leads if one.lead is not None]

    @property
    def median_lead(self) -> timedelta | None:
        """None when fewer than `FEWEST` were told at all."""
        told = self.told
        if len(told) < FEWEST:
            return None
        return timedelta(seconds=median(one.total_seconds() for one in told))

    @property
    def settled(self) -> Sequence[Lead]:
        """Those whose seven days are over: only they can be judged a surprise or not."""
        return [one for one in self.leads if one.settled]

    @property
    def surprises(self) -> int:
        return sum(one.surprise for one in self.settled)

    @property
    def surprise_rate(self) -> float | None:
        return rate_of(self.surprises, len(self.settled))

    def by_class(self) -> list[tuple[str, str, int]]:
        """(key, label, how many) of every class in the order of how early it is."""
        return [
            (key, label, sum(one.when == key for one in self.leads))
            for key, label in CLASSES.items()
        ]


def _with_component(release: OuterRef) -> QuerySet[WorkItem]:
    return WorkItem.objects.filter(releases=release, component__isnull=False)


def _came() -> Case:
    """How many tickets came within seven days on what a release changes.

    On the components of its items; on its service where no item names one. Each way is a query of
    its own, so that an index leads to the tickets of a component.
    """
    until = ExpressionWrapper(OuterRef("deployed_at") + WATCHED, output_field=DateTimeField())
    tickets = Ticket.objects.unmerged().filter(
        created_at__gte=OuterRef("deployed_at"), created_at__lt=until
    )
    touched = _with_component(OuterRef(OuterRef("pk"))).values("component")
    return Case(
        When(Exists(_with_component(OuterRef("pk"))), then=_count(tickets, component__in=touched)),
        default=_count(tickets, service=OuterRef("service")),
    )


def _count(tickets: TicketQuerySet, **on: object) -> Coalesce:
    counted = tickets.filter(**on).order_by().values(all=Value(1)).annotate(many=Count("pk"))
    return Coalesce(Subquery(counted.values("many"), output_field=IntegerField()), 0)


def tickets_after(release: Release) -> TicketQuerySet:
    """Tickets created within seven days after a deployment on what changed."""
    if release.deployed_at is None:
        return Ticket.objects.none()
    items = WorkItem.objects.filter(releases=release, component__isnull=False)
    touched = set(items.values_list("component_id", flat=True))
    on = Q(component__in=touched) if touched else Q(service=release.service_id)
    return Ticket.objects.unmerged().filter(
        on if touched or release.service_id else Q(pk__in=[]),
        created_at__gte=release.deployed_at,
        created_at__lt=release.deployed_at + WATCHED,
    )


def deployed(
    person: Person, start: datetime, end: datetime, service: Service | None
) -> QuerySet[Release]:
    """Releases deployed in [start, end), the newest first, with the services of their items."""
    releases = Release.objects.visible_to(person).filter(
        deployed_at__gte=start, deployed_at__lt=end
    )
    if service is not None:
        releases = releases.of_service(service)
    return (
        releases.select_related("service", "change")
        .annotate(
            first_service=Min("work_items__component__service__name"),
            last_service=Max("work_items__component__service__name"),
        )
        .order_by("-deployed_at", "-pk")
    )


def service_of(release: Release) -> str:
    """The name of its service, or of the only one its items belong to; release from `deployed`."""
    if release.service is not None:
        return release.service.name
    first, last = release.first_service, release.last_service  # type: ignore[attr-defined]  # annotated
    return first if first and first == last else SEVERAL


def lead_times(
    person: Person, start: datetime, end: datetime, service: Service | None, *, now: datetime
) -> LeadTimes:
    """Every release deployed in [start, end); the same number of queries whatever their number."""
    rows = deployed(person, start, end, service).annotate(
        came=_came(),
        of_service=Coalesce("service_id", Max("work_items__component__service_id")),
        uncommitted=Exists(WorkItem.objects.filter(releases=OuterRef("pk"), committed_at=None)),
        first_commitment=Min("work_items__committed_at"),
        last_finish=Max("work_items__finished_at"),
    )
    found = list(rows[: MOST + 1])
    policies = policies_now()
    leads = [
        _lead(one, working_calendar(one.of_service, policies), now=now) for one in found[:MOST]
    ]
    return LeadTimes(leads, more=len(found) > MOST)


def _lead(release: Release, calendar: Calendar, *, now: datetime) -> Lead:
    told, live = release.support_told_at, release.deployed_at
    if live is None:
        raise ValueError("only what was deployed has a lead time")
    lead, days = None, 0
    if told is not None:
        early = told < live
        lead = calendar.working(told, live) if early else -calendar.working(live, told)
        days = working_days(calendar, told, live) if early else 0
    return Lead(
        release=release,
        service=service_of(release),
        when=_class(release, told, live, days),
        lead=lead,
        days=days,
        tickets=release.came,  # type: ignore[attr-defined]  # annotated
        settled=live + WATCHED <= now,
    )


def _class(release: Release, told: datetime | None, live: datetime, days: int) -> str:
    """The class of a notice. Being early in the work counts only when the lead is long too."""
    if told is None:
        return "never"
    if told >= live:
        return "after"
    if days < EARLY_DAYS:
        return "days" if days else "same_day"
    committed = release.first_commitment  # type: ignore[attr-defined]  # annotated
    finished = release.last_finish  # type: ignore[attr-defined]  # annotated
    if committed is not None and not release.uncommitted and told < committed:  # type: ignore[attr-defined]  # annotated
        return "discovery"
    return "in_sprint" if finished is not None and told < finished else "five_days"


def working_days(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Days with working hours from the day of `start` up to the day before that of `end`."""
    first, last = start.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()
    days = (first + timedelta(days=n) for n in range((last - first).days))
    return sum(bool(calendar.hours_on(day)) for day in days)
