"""What became of the words that were owed: told in time, how fast, confirmed, still broken.

Every figure counts obligations that became available in the period; those that were withdrawn
count nowhere. Nobody is compared with anybody: figures are of services and releases only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from accounts.models import Person
from catalogue.models import Service
from devlink.measures import FEWEST, rate_of
from devlink.models import LoopObligation, Release
from devlink.models.loop import LoopObligationQuerySet

_Outcome = LoopObligation.Outcome
_Kind = LoopObligation.Kind
_SETTLED = (_Outcome.CONFIRMED, _Outcome.STILL_BROKEN, _Outcome.NO_ANSWER)


@dataclass(frozen=True)
class Scope:
    """Which obligations are looked at: by when they became available, and about what."""

    start: datetime
    end: datetime
    now: datetime
    service: Service | None = None
    release: Release | None = None


@dataclass(frozen=True)
class Definition:
    """How one figure is counted: `met` says which of the words that count meet it.

    `shows` is what is shown of it: a rate, a count, or the median of working time.
    """

    key: str
    label: str
    definition: str
    subjects: str
    shows: str
    met_label: str
    not_met_label: str
    counts: Callable[[datetime], Q]
    met: Q


@dataclass(frozen=True)
class Figure:
    """One figure of one scope. `rate` and `minutes` are None below `FEWEST`."""

    of: Definition
    met: int
    n: int
    minutes: float | None = None

    @property
    def rate(self) -> float | None:
        return rate_of(self.met, self.n)

    @property
    def met_words(self) -> str:
        """What stands behind it, such as “7 of 11 words”."""
        return f"{self.met} of {self.n} {self.of.subjects}"


def _answered(now: datetime) -> Q:
    return Q(kind=_Kind.REQUESTER, outcome__in=_SETTLED, sent_at__isnull=False)


DEFINITIONS = (
    Definition(
        "told-in-time",
        "Told within two working days",
        "Loop closure rate: of the words owed to requesters, agents and developers that became "
        "available in the period, those that were told within two working days, by the calendar "
        "of the ticket’s target to be resolved. What is not told and not late yet is not counted.",
        "words",
        "rate",
        "in time",
        "late",
        lambda now: Q(sent_at__isnull=False) | Q(outcome=_Outcome.OWED, due_at__lte=now),
        Q(sent_at__lte=F("due_at")),
    ),
    Definition(
        "ship-to-told",
        "From shipped to told",
        "Median working time from when a word could be told first, which for a fix is its release "
        "going live, to the notice that told it; of the words told.",
        "words",
        "minutes",
        "in time",
        "late",
        lambda now: Q(sent_at__isnull=False),
        Q(sent_at__lte=F("due_at")),
    ),
    Definition(
        "confirmed",
        "Confirmed by requesters",
        "Of the requesters who were told, were asked whether it works, and whose ticket ended or "
        "who answered: those who said yes. Who has not answered yet is not counted.",
        "requesters",
        "rate",
        "confirmed",
        "not confirmed",
        _answered,
        Q(outcome=_Outcome.CONFIRMED),
    ),
    Definition(
        "still-broken",
        "Still broken",
        "Of the same requesters: those who said that it is still broken. One is enough to doubt a "
        "fix that was verified.",
        "requesters",
        "count",
        "still broken",
        "not said",
        _answered,
        Q(outcome=_Outcome.STILL_BROKEN),
    ),
)
# Not shown as figures of their own: the records behind numbers of a release's line.
LISTS = (
    Definition(
        "owed",
        "Words owed",
        "Every word that became available in the period and was not withdrawn.",
        "words",
        "count",
        "told",
        "not told",
        lambda now: Q(),
        Q(sent_at__isnull=False),
    ),
    Definition(
        "opened",
        "Opened",
        "Of the words told, those whose recipient marked the notice as read, or opened the ticket "
        "or work item after it.",
        "words",
        "rate",
        "opened",
        "not opened",
        lambda now: Q(sent_at__isnull=False),
        Q(opened_at__isnull=False),
    ),
)
BY_KEY = {one.key: one for one in (*DEFINITIONS, *LISTS)}


def obligations(person: Person, scope: Scope) -> LoopObligationQuerySet:
    """What became available in the scope and was not withdrawn, as far as the person may see."""
    shown = LoopObligation.objects.visible_to(person).standing()
    shown = shown.filter(available_at__gte=scope.start, available_at__lt=scope.end)
    if scope.release is not None:
        shown = shown.filter(release=scope.release)
    return of_service(shown, scope.service)


def of_service(shown: LoopObligationQuerySet, service: Service | None) -> LoopObligationQuerySet:
    """Those about a service: the ticket's, or the work item's where there is no ticket."""
    if service is None:
        return shown
    return shown.filter(
        Q(ticket__service=service) | Q(ticket__isnull=True, work_item__component__service=service)
    )


def subjects(key: str, person: Person, scope: Scope) -> QuerySet[Any]:
    """The words one figure counts, each with `met`."""
    one = BY_KEY[key]
    met = LoopObligation.objects.filter(one.met, pk=OuterRef("pk"))
    shown = obligations(person, scope).filter(one.counts(scope.now))
    return shown.annotate(met=Exists(met))


def figure(key: str, person: Person, scope: Scope) -> Figure:
    """One figure, in one query."""
    one = BY_KEY[key]
    rows = subjects(key, person, scope)
    if one.shows == "minutes":
        told = list(rows.values_list("told_after", "met"))
        times = [minutes for minutes, _ in told if minutes is not None]
        middle = median(times) if len(times) >= FEWEST else None
        return Figure(one, sum(met for _, met in told), len(told), middle)
    sums = rows.aggregate(n=Count("pk"), met_count=Count("pk", filter=Q(met=True)))
    return Figure(one, sums["met_count"], sums["n"])


def figures(person: Person, scope: Scope) -> list[Figure]:
    """All of them, in the order of the page."""
    return [figure(one.key, person, scope) for one in DEFINITIONS]


@dataclass(frozen=True)
class ReleaseLine:
    """What became of the words a release made available."""

    release: Release
    owed: int
    told: int
    in_time: int
    opened: int
    confirmed: int
    still_broken: int


def by_release(person: Person, scope: Scope, *, most: int = 20) -> list[ReleaseLine]:
    """The releases of the scope, newest first, with what became of their words; two queries."""
    sums = (
        obligations(person, scope)
        .order_by()
        .values("release_id")
        .annotate(
            owed=Count("pk"),
            told=Count("pk", filter=Q(sent_at__isnull=False)),
            in_time=Count("pk", filter=Q(sent_at__lte=F("due_at"))),
            opened=Count("pk", filter=Q(opened_at__isnull=False)),
            confirmed=Count("pk", filter=Q(outcome=_Outcome.CONFIRMED)),
            still_broken=Count("pk", filter=Q(outcome=_Outcome.STILL_BROKEN)),
        )
    )
    found = {row["release_id"]: row for row in sums}
    releases = Release.objects.visible_to(person).filter(pk__in=found)
    return [
        ReleaseLine(
            one,
            owed=found[one.pk]["owed"],
            told=found[one.pk]["told"],
            in_time=found[one.pk]["in_time"],
            opened=found[one.pk]["opened"],
            confirmed=found[one.pk]["confirmed"],
            still_broken=found[one.pk]["still_broken"],
        )
        for one in releases.order_by("-deployed_at")[:most]
    ]
