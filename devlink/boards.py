"""What a sprint's page and the list of requirements show of each work item."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from accounts.models import Person
from devlink.causes import Burden, burdens
from devlink.evidence.differences import value_at
from devlink.models import Ask, EvidencePack, InvolvementEvent, Sprint, WorkItem
from incidents.effort import usual_minutes


@dataclass(frozen=True)
class Line:
    """A work item with everything its line says."""

    item: WorkItem
    burden: Burden
    ask: Ask | None
    pack: EvidencePack | None
    rank: int | None
    open_questions: int

    @property
    def score(self) -> float | None:
        """The score frozen in the newest pack; None without a pack or a cluster."""
        found = None if self.pack is None else value_at(self.pack.content, ("score", "value"))
        return found if isinstance(found, int | float) else None

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
        return "" if self.pack is None else f"evidence pack, version {self.pack.version}"


def newest_packs(items: Iterable[WorkItem]) -> dict[int, EvidencePack]:
    """The newest pack of each item; one query."""
    packs = EvidencePack.objects.filter(work_item__in=[item.pk for item in items])
    newest = packs.order_by("work_item_id", "-version").distinct("work_item_id")
    return {pack.work_item_id: pack for pack in newest if pack.work_item_id is not None}


def lines(items: Sequence[WorkItem], asks: Sequence[Ask], *, now: datetime) -> list[Line]:
    """The lines of these items: asked-for ones first, by points; a handful of queries in all."""
    by_item = {ask.work_item_id: ask for ask in asks}
    ranked = sorted(by_item.values(), key=lambda ask: (-ask.points, ask.pk))
    rank = {ask.work_item_id: place for place, ask in enumerate(ranked, start=1)}
    packs = newest_packs(items)
    found = burdens(items, now=now, usual_minutes=usual_minutes(now))
    made = [
        Line(
            item=item,
            burden=found[item.pk],
            ask=by_item.get(item.pk),
            pack=packs.get(item.pk),
            rank=rank.get(item.pk),
            open_questions=_open_questions(by_item.get(item.pk)),
        )
        for item in items
    ]
    return sorted(made, key=lambda line: (line.rank or len(items) + 1, line.item.pk))


def _open_questions(ask: Ask | None) -> int:
    """Counted from what was read with the ask."""
    if ask is None:
        return 0
    return sum(1 for question in ask.questions.all() if question.answered_at is None)


@dataclass(frozen=True)
class Board:
    """A sprint as both sides look at it."""

    lines: list[Line]
    asks: list[Ask]
    support_took_part: bool

    @property
    def voted(self) -> int:
        return sum(1 for line in self.lines if line.ask is not None)

    def line_of(self, item_id: int | None) -> Line | None:
        """The line whose evidence is shown: the one asked for, else the first with a pack."""
        with_pack = [line for line in self.lines if line.pack is not None]
        chosen = [line for line in with_pack if line.item.pk == item_id]
        return next(iter([*chosen, *with_pack]), None)


def board(sprint: Sprint, *, now: datetime) -> Board:
    """The sprint's items and what is asked of it; about ten queries whatever their number."""
    asks = list(
        sprint.asks.select_related("work_item", "pack", "team", "created_by", "problem")
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
    return Board(lines(items, asks, now=now), asks, took_part)


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
