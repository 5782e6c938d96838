"""What becomes of what support asks: measures of asks, team by team and never of a person.

Each is a share of records that can all be opened; none is shown of fewer than five. The formulas
are those of section D5 of the product's design: influence rate, answer time, capacity share,
delivered rate, cost of decline, reversal rate.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
)
from django.db.models.functions import Coalesce

from accounts.models import Person, Team
from core.wording import span_words
from devlink.declined import Declined, still_hurting
from devlink.delivery import delivered
from devlink.measures import FEWEST, rate_of
from devlink.models import Ask, Decision, WorkItem

PERIODS = {30: "30 days", 90: "Quarter", 180: "Half a year"}
DEFAULT_DAYS = 90
_VERDICTS = (Decision.Verdict.ACCEPTED, Decision.Verdict.DEFERRED, Decision.Verdict.DECLINED)


@dataclass(frozen=True)
class Share:
    """`met` of `n`; no rate below five."""

    met: int
    n: int

    @property
    def rate(self) -> float | None:
        return rate_of(self.met, self.n)

    @property
    def in_words(self) -> str:
        """In whole percent; a dash when too few stand behind it."""
        return "–" if self.rate is None else f"{100 * self.rate:.0f} %"

    @property
    def note(self) -> str:
        return f"{self.met} of {self.n}"


@dataclass(frozen=True)
class Definition:
    """How a measure is counted. `read` gives its records, each annotated with `met`.

    `support` and `development` are the ways from a record to its teams; no way to a support team
    where a record has none.
    """

    key: str
    label: str
    definition: str
    subjects: str
    read: Callable[[Person, datetime, datetime], QuerySet[Any]]
    support: str
    development: str


@dataclass(frozen=True)
class AskMeasure:
    """One measure over one period, of everybody and of each team."""

    key: str
    label: str
    definition: str
    subjects: str
    total: Share
    teams: dict[int, Share]


def _decided(person: Person, start: datetime, end: datetime) -> QuerySet[Ask]:
    """Asks that were accepted, declined or expired in the period, by their state now."""
    asks = Ask.objects.visible_to(person).filter(state__in=["accepted", "declined", "expired"])
    accepted = Ask.objects.filter(pk=OuterRef("pk"), state="accepted")
    return (
        asks.alias(ended_at=Coalesce("answered_at", "sprint__started_at"))
        .filter(Q(ended_at__gte=start, ended_at__lt=end))
        .annotate(met=Exists(accepted))
    )


def _capacity(person: Person, start: datetime, end: datetime) -> QuerySet[WorkItem]:
    """Work items of the sprints started in the period."""
    items = WorkItem.objects.visible_to(person).filter(
        sprint__started_at__gte=start, sprint__started_at__lt=end
    )
    from_support = WorkItem.objects.filter(
        Q(problem__isnull=False) | Exists(Ask.objects.filter(work_item=OuterRef("pk"))),
        pk=OuterRef("pk"),
    )
    return items.annotate(met=Exists(from_support))


def _refused(person: Person, start: datetime, end: datetime) -> QuerySet[Ask]:
    """Asks declined in the period, whatever became of them since."""
    declined = Decision.objects.filter(
        ask=OuterRef("pk"),
        verdict=Decision.Verdict.DECLINED,
        created_at__gte=start,
        created_at__lt=end,
    )
    yes_later = Ask.objects.filter(
        problem=OuterRef("problem"), pk__gte=OuterRef("pk"), state="accepted"
    )
    asks = Ask.objects.visible_to(person).filter(Exists(declined))
    return asks.annotate(met=Exists(yes_later))


DEFINITIONS = (
    Definition(
        "influence",
        "Influence rate",
        "Asks accepted, among all that were accepted, declined or expired unanswered in the "
        "period. Deferred asks and open ones are not counted yet.",
        "asks",
        _decided,
        "team_id",
        "sprint__team_id",
    ),
    Definition(
        "capacity",
        "Capacity share",
        "Work items that support asked for or that are to end a problem, among all items of the "
        "sprints started in the period.",
        "work items",
        _capacity,
        "",
        "sprint__team_id",
    ),
    Definition(
        "delivered",
        "Delivered rate",
        "Accepted asks whose work item was deployed in a release by the end of the sprint after "
        "the promised one, among all for which that day fell into the period.",
        "asks",
        delivered,
        "team_id",
        "sprint__team_id",
    ),
    Definition(
        "reversal",
        "Reversal rate",
        "Asks declined in the period for whose problem a fix was accepted after all, then or "
        "later, among all declined in the period.",
        "asks",
        _refused,
        "team_id",
        "sprint__team_id",
    ),
)
BY_KEY = {one.key: one for one in DEFINITIONS}


def records_of(
    key: str, person: Person, start: datetime, end: datetime, team: Team | None = None
) -> QuerySet[Any]:
    """The records a measure counts in [start, end), each with `met`; or one team's of them."""
    one = BY_KEY[key]
    rows = one.read(person, start, end)
    if team is None:
        return rows
    mine = Q(**{one.development: team.pk})
    return rows.filter(mine | Q(**{one.support: team.pk}) if one.support else mine)


def measures(person: Person, start: datetime, end: datetime) -> list[AskMeasure]:
    """All shares, of everybody and of each team. One query a measure."""
    return [_measure(one, person, start, end) for one in DEFINITIONS]


def _measure(one: Definition, person: Person, start: datetime, end: datetime) -> AskMeasure:
    ways = [way for way in (one.support, one.development) if way]
    rows = one.read(person, start, end).order_by().values_list(*ways)
    counted = rows.annotate(met_count=Count("pk", filter=Q(met=True)), n=Count("pk"))
    teams: dict[int, Share] = defaultdict(lambda: Share(0, 0))
    total = Share(0, 0)
    for *sides, met, n in counted.values_list(*ways, "met_count", "n"):
        total = Share(total.met + met, total.n + n)
        for team in sides:
            if team is not None:
                teams[team] = Share(teams[team].met + met, teams[team].n + n)
    return AskMeasure(one.key, one.label, one.definition, one.subjects, total, dict(teams))


@dataclass(frozen=True)
class AnswerTime:
    """The median of `n` first answers; none below five."""

    n: int
    median: timedelta | None

    @property
    def in_words(self) -> str:
        """Such as “3 d”; a dash when too few stand behind it."""
        return "–" if self.median is None else span_words(self.median.total_seconds())


ANSWER_TIME = (
    "From the ask to development's first verdict: accepted, deferred or declined. A question back "
    "is no verdict. The median of the asks first answered in the period."
)


def answered(person: Person, start: datetime, end: datetime) -> QuerySet[Any]:
    """Asks whose first verdict fell into the period, with `first_answer_at` and `took`."""
    asks = Ask.objects.visible_to(person).annotate(
        first_answer_at=Min("decisions__created_at", filter=Q(decisions__verdict__in=_VERDICTS))
    )
    asks = asks.filter(Q(first_answer_at__gte=start, first_answer_at__lt=end))
    return asks.annotate(took=F("first_answer_at") - F("created_at"))


def answer_times(
    person: Person, start: datetime, end: datetime
) -> tuple[AnswerTime, dict[int, AnswerTime]]:
    """Of everybody, and of each team on either side. One query."""
    everything: list[timedelta] = []
    teams: dict[int, list[timedelta]] = defaultdict(list)
    rows = answered(person, start, end).order_by()
    for support, development, took in rows.values_list("team_id", "sprint__team_id", "took"):
        everything.append(took)
        for team in {support, development} - {None}:
            teams[team].append(took)
    return _middle(everything), {team: _middle(each) for team, each in teams.items()}


def _middle(found: list[timedelta]) -> AnswerTime:
    if len(found) < FEWEST:
        return AnswerTime(len(found), None)
    return AnswerTime(len(found), timedelta(seconds=median(one.total_seconds() for one in found)))


@dataclass(frozen=True)
class CostOfDecline:
    """What declined and still open causes brought since their decisions."""

    causes: int
    tickets: int
    minutes: float

    @property
    def note(self) -> str:
        return f"{self.tickets} ticket{'s' if self.tickets != 1 else ''}"


COST_OF_DECLINE = (
    "Tickets, and agents' time on them, that came since development declined, for problems that "
    "are still open and were not asked for again."
)


def cost_of_decline(rows: Iterable[Declined]) -> CostOfDecline:
    """The sum over the list of declined causes."""
    found = [one.since_declined for one in rows]
    return CostOfDecline(
        len(found), sum(one.tickets for one in found), sum(one.minutes for one in found)
    )


@dataclass(frozen=True)
class TeamLine:
    """One team's part in every measure, in the order of the page."""

    team: Team
    shares: list[tuple[str, Share | None]]
    answer_time: AnswerTime | None


@dataclass(frozen=True)
class Report:
    """Everything the page and the API show of one period."""

    start: datetime
    end: datetime
    measures: list[AskMeasure]
    answer_time: AnswerTime
    declined: CostOfDecline
    teams: list[TeamLine]


def report(person: Person, *, days: int, now: datetime) -> Report:
    """The last `days` days. Ten queries whatever the number of asks and teams."""
    start = now - timedelta(days=days)
    found = measures(person, start, now)
    overall, by_team = answer_times(person, start, now)
    known = set(by_team).union(*(one.teams for one in found))
    teams = Team.objects.visible_to(person).filter(pk__in=known).order_by("side", "name")
    return Report(
        start=start,
        end=now,
        measures=found,
        answer_time=overall,
        declined=cost_of_decline(still_hurting(person, now=now)),
        teams=[
            TeamLine(
                team, [(one.key, one.teams.get(team.pk)) for one in found], by_team.get(team.pk)
            )
            for team in teams
        ],
    )
