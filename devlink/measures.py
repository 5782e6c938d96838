"""The six involvement measures: live counterparts of what HDI asked support teams in 2016.

Each counts subjects, not events, and a subject once: sprints, requirements, releases, articles,
changes, answers. Notified is not involved; viewed is not involved. The study asked teams whether
they take part; here it is counted how often they did, which the definitions say.

Source of the lines: HDI Research Corner, "Support and development", 2016.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from accounts.models import Person
from accounts.roles import Side
from catalogue.models import Service
from changes.models import CausedIncident, Change
from devlink.models import InvolvementEvent, PulseAnswer, Release, Sprint, WorkItem
from knowledge.models import Article, Revision

# Sprints and releases are counted whole, not sampled: five of them already say something.
FEWEST = 5
CROSSING_WINDOW = timedelta(days=180)


def rate_of(met: int, n: int) -> float | None:
    """The share `met` of `n`; None of fewer than `FEWEST`, which say more about chance."""
    return met / n if n >= FEWEST else None


@dataclass(frozen=True)
class Measure:
    """One measure over one period. `study` is the study's share; `rate` is None below `FEWEST`."""

    key: str
    label: str
    definition: str
    subjects: str
    study: float
    study_words: str
    met: int
    n: int

    @property
    def rate(self) -> float | None:
        return rate_of(self.met, self.n)

    @property
    def met_words(self) -> str:
        """What stands behind the rate, such as “7 of 11 sprints”."""
        return f"{self.met} of {self.n} {self.subjects}"


Reader = Callable[[Person, datetime, datetime, Service | None], QuerySet[Any]]


@dataclass(frozen=True)
class Definition:
    """How a measure is counted: `read` gives its subjects, each annotated with `met`."""

    key: str
    label: str
    definition: str
    subjects: str
    study: float
    study_words: str
    read: Reader


def _involved(stage: str, **subject: OuterRef) -> QuerySet[InvolvementEvent]:
    return InvolvementEvent.objects.filter(
        stage=stage, actor_side=Side.SUPPORT, kind__in=InvolvementEvent.INVOLVING, **subject
    )


def _sprints(
    person: Person, start: datetime, end: datetime, service: Service | None
) -> QuerySet[Sprint]:
    acts = _involved(
        InvolvementEvent.Stage.PRIORITIZATION, sprint=OuterRef("pk"), at__lte=OuterRef("started_at")
    )
    sprints = Sprint.objects.visible_to(person).filter(started_at__gte=start, started_at__lt=end)
    if service is not None:
        items = WorkItem.objects.filter(sprint=OuterRef("pk"), component__service=service)
        sprints = sprints.filter(Exists(items))
    return sprints.annotate(met=Exists(acts))


def _requirements(
    person: Person, start: datetime, end: datetime, service: Service | None
) -> QuerySet[WorkItem]:
    acts = _involved(
        InvolvementEvent.Stage.REQUIREMENTS,
        work_item=OuterRef("pk"),
        at__lte=OuterRef("committed_at"),
    )
    items = WorkItem.objects.visible_to(person).filter(
        kind__in=WorkItem.WISHES,
        committed_at__gte=start,
        committed_at__lt=end,
    )
    if service is not None:
        items = items.filter(component__service=service)
    return items.annotate(met=Exists(acts))


def _releases(
    person: Person, start: datetime, end: datetime, service: Service | None
) -> QuerySet[Release]:
    releases = Release.objects.visible_to(person).filter(
        deployed_at__gte=start, deployed_at__lt=end
    )
    if service is not None:
        releases = releases.of_service(service)
    told = Release.objects.filter(pk=OuterRef("pk"), support_told_at__lt=F("deployed_at"))
    return releases.annotate(met=Exists(told))


def _articles(
    person: Person, start: datetime, end: datetime, service: Service | None
) -> QuerySet[Article]:
    def edited_by(side: str) -> Exists:
        return Exists(
            Revision.objects.filter(
                article=OuterRef("pk"),
                author_side=side,
                created_at__gte=end - CROSSING_WINDOW,
                created_at__lt=end,
            )
        )

    articles = Article.objects.visible_to(person).exclude(confidence="archived")
    articles = articles.filter(updated_at__gte=end - CROSSING_WINDOW, created_at__lt=end)
    if service is not None:
        articles = articles.filter(components__service=service).distinct()
    return articles.defer("search_vector").annotate(
        met=Exists(
            Article.objects.filter(
                edited_by(Side.SUPPORT), edited_by(Side.DEVELOPMENT), pk=OuterRef("pk")
            )
        )
    )


def _changes(
    person: Person, start: datetime, end: datetime, service: Service | None
) -> QuerySet[Change]:
    caused = CausedIncident.objects.filter(
        change=OuterRef("pk"), verdict=CausedIncident.Verdict.CONFIRMED
    )
    changes = Change.objects.visible_to(person).filter(
        state="closed", closed_at__gte=start, closed_at__lt=end
    )
    if service is not None:
        changes = changes.filter(components__service=service).distinct()
    worked = Change.objects.filter(~Exists(caused), pk=OuterRef("pk"), outcome="successful")
    return changes.annotate(met=Exists(worked))


def quarter_of(at: datetime) -> str:
    """The quarter's name, such as `2026Q4`."""
    return f"{at.year}Q{(at.month - 1) // 3 + 1}"


def _answers(
    person: Person, start: datetime, end: datetime, service: Service | None
) -> QuerySet[PulseAnswer]:
    """Answers know a quarter only, so that nobody can be told from the day."""
    quarters = {quarter_of(start), quarter_of(end - timedelta(microseconds=1))}
    satisfied = PulseAnswer.objects.filter(pk=OuterRef("pk"), score__gte=4)
    answers = PulseAnswer.objects.filter(quarter__in=quarters, side=Side.SUPPORT)
    return answers.annotate(met=Exists(satisfied))


DEFINITIONS = (
    Definition(
        "told-before",
        "Releases support was told of before they shipped",
        "Releases deployed in the period of which support had a notice before the "
        "deployment, among all deployed. In the study 74 % of teams hear of a release only "
        "once it is operational.",
        "releases",
        0.26,
        "study 26 %",
        _releases,
    ),
    Definition(
        "prioritised",
        "Sprints support helped prioritise",
        "Sprints started in the period to which support contributed evidence, a vote, a "
        "comment or a sign-off before the start, among all started. Being notified does not "
        "count.",
        "sprints",
        0.22,
        "study 22 %",
        _sprints,
    ),
    Definition(
        "requirements",
        "Requirements discussed with support",
        "Stories and requirements committed in the period on which support commented or "
        "contributed while they were in discovery, among all committed.",
        "requirements",
        0.37,
        "study 37 %",
        _requirements,
    ),
    Definition(
        "articles",
        "Articles worked on by both sides",
        "Articles in use that support and development both wrote or revised within 180 "
        "days, among all worked on in that time. In the study 32 % of teams share no "
        "articles with development.",
        "articles",
        0.68,
        "study 68 %",
        _articles,
    ),
    Definition(
        "changes",
        "Changes that worked",
        "Changes closed in the period as successful and with no incident confirmed as "
        "caused by them, among all closed. In the study 89 % have change management, 49 % "
        "one that works.",
        "changes",
        0.49,
        "study 49 %",
        _changes,
    ),
    Definition(
        "satisfied",
        "Support satisfied with its say",
        "Answers of 4 or 5 out of 5 to “How satisfied are you with your say in "
        "development?” in the quarters the period touches. In the study 73 % are "
        "dissatisfied. Anonymous.",
        "answers",
        0.27,
        "study 27 %",
        _answers,
    ),
)
BY_KEY = {one.key: one for one in DEFINITIONS}


def subjects(
    key: str, person: Person, start: datetime, end: datetime, service: Service | None = None
) -> QuerySet[Any]:
    """The records a measure counts in [start, end), each with `met`."""
    return BY_KEY[key].read(person, start, end, service)


def measure(
    key: str, person: Person, start: datetime, end: datetime, service: Service | None = None
) -> Measure:
    """One measure over [start, end), in one query."""
    one = BY_KEY[key]
    sums = one.read(person, start, end, service).aggregate(
        n=Count("pk", distinct=True), met_count=Count("pk", filter=Q(met=True), distinct=True)
    )
    return Measure(
        one.key,
        one.label,
        one.definition,
        one.subjects,
        one.study,
        one.study_words,
        met=sums["met_count"],
        n=sums["n"],
    )


def measures(
    person: Person, start: datetime, end: datetime, service: Service | None = None
) -> list[Measure]:
    """All six, in the order of the dashboard."""
    return [measure(one.key, person, start, end, service) for one in DEFINITIONS]
