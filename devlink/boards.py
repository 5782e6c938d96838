"""What a sprint's page and the list of requirements show of each work item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from accounts.models import Person
from devlink.causes import Burden, burdens
from devlink.evidence.badges import Badge, badges, badges_of_items
from devlink.models import Ask, EvidencePack, InvolvementEvent, Question, Sprint, WorkItem
from incidents.effort import usual_minutes


@dataclass(frozen=True)
class Line:
    """A work item with everything its line says."""

    item: WorkItem
    burden: Burden
    ask: Ask | None
    badge: Badge | None
    rank: int | None
    open_questions: int

    @property
    def score(self) -> float | None:
        """The score frozen in the newest pack; None without a pack or a cluster."""
        return None if self.badge is None else self.badge.score

    @property
    def hours(self) -> float:
        return self.burden.minutes / 60

    @property
    def note(self) -> str:
        """What is going on with it between support and development, in a few words."""
        if self.open_questions:
            return (
                "1 question open"
                if self.open_questions == 1
                else (f"{self.open_questions} questions open")
            )
        if self.ask is not None and self.ask.is_open:
            return "waits for an answer"
        return "" if self.badge is None else f"evidence pack, version {self.badge.version}"


def lines(items: Sequence[WorkItem], asks: Sequence[Ask], *, now: datetime) -> list[Line]:
    """The lines of these items: asked-for ones first, by points; a handful of queries in all."""
    by_item = {ask.work_item_id: ask for ask in asks}
    ranked = sorted(by_item.values(), key=lambda ask: (-ask.points, ask.pk))
    rank = {ask.work_item_id: place for place, ask in enumerate(ranked, start=1)}
    found_badges = badges_of_items(item.pk for item in items)
    open_questions = _open_questions(items)
    found = burdens(items, now=now, usual_minutes=usual_minutes(now))
    made = [
        Line(
            item=item,
            burden=found[item.pk],
            ask=by_item.get(item.pk),
            badge=found_badges.get(item.pk),
            rank=rank.get(item.pk),
            open_questions=open_questions.get(item.pk, 0),
        )
        for item in items
    ]
    return sorted(made, key=lambda line: (line.rank or len(items) + 1, line.item.pk))


def _open_questions(items: Sequence[WorkItem]) -> dict[int, int]:
    """Questions support has not answered, by item; one query."""
    waiting = Question.objects.unanswered().filter(work_item__in=[item.pk for item in items])
    counted = waiting.order_by().values_list("work_item_id").annotate(Count("pk"))
    return dict(counted)


@dataclass(frozen=True)
class Board:
    """A sprint as both sides look at it."""

    lines: list[Line]
    asks: list[tuple[Ask, Badge | None]]
    support_took_part: bool

    @property
    def voted(self) -> int:
        return sum(1 for line in self.lines if line.ask is not None)

    def line_of(self, item_id: int | None) -> Line | None:
        """The line whose evidence is shown: the one asked for, else the first with a pack."""
        with_pack = [line for line in self.lines if line.badge is not None]
        chosen = [line for line in with_pack if line.item.pk == item_id]
        return next(iter([*chosen, *with_pack]), None)


def board(sprint: Sprint, *, now: datetime) -> Board:
    """The sprint's items and what is asked of it; about ten queries whatever their number."""
    asks = list(
        sprint.asks.select_related("work_item", "team", "created_by")
        .prefetch_related("decisions__person", "questions__asked_by", "questions__answered_by")
        .order_by("-points", "pk")
    )
    items = list(
        WorkItem.objects.filter(Q(sprint=sprint) | Q(asks__sprint=sprint))
        .distinct()
        .select_related("component", "assignee")
        .order_by("pk")
    )
    took_part = (
        InvolvementEvent.objects.involving_support()
        .filter(sprint=sprint, stage=InvolvementEvent.Stage.PRIORITIZATION)
        .exists()
    )
    as_asked = badges(EvidencePack.objects.filter(pk__in=[ask.pack_id for ask in asks]))
    with_evidence = [(ask, as_asked.get(ask.pack_id)) for ask in asks]
    return Board(lines(items, asks, now=now), with_evidence, took_part)


def owed(now: datetime) -> Q:
    """A verdict is owed: none was given, or it was put off and the day came. May repeat rows."""
    due = Q(state="deferred", decisions__verdict="deferred", decisions__until__lte=now.date())
    return Q(state__in=["open", "needs_info"]) | due


def owed_verdicts(person: Person, *, now: datetime) -> list[Ask]:
    """Asks of the person's teams that wait for a verdict, and deferred ones whose day came."""
    asks = Ask.objects.visible_to(person).filter(sprint__team_id__in=person.team_ids)
    return list(
        asks.filter(owed(now))
        .distinct()
        .select_related("work_item", "sprint", "team", "created_by", "pack")
        .annotate(unanswered=Count("questions", filter=Q(questions__answered_at__isnull=True)))
        .order_by("created_at", "pk")
    )


def unanswered_asks_of(person: Person, *, now: datetime) -> QuerySet[Ask]:
    """What the person or their support teams asked for and nobody has answered, oldest first."""
    asks = Ask.objects.visible_to(person).filter(owed(now))
    return (
        asks.filter(Q(team_id__in=person.team_ids) | Q(created_by=person))
        .distinct()
        .select_related("work_item", "sprint")
        .order_by("created_at", "pk")
    )
