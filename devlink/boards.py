"""What a sprint's page and the list of requirements show of each work item."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from accounts.models import Person
from core.pages import Page, keyset_page
from devlink.causes import Burden, burdens
from devlink.evidence.badges import Badge, badges, badges_of_items
from devlink.models import Ask, EvidencePack, InvolvementEvent, Question, Sprint, WorkItem
from devlink.workflow import ASK
from incidents.effort import usual_minutes

# A sprint is looked at from the top: what most points are staked on, what waits for a verdict.
ITEMS_SHOWN = 15
ASKS_SHOWN = 15


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


def lines(items: Sequence[WorkItem], *, now: datetime, asks: Sequence[Ask] = ()) -> list[Line]:
    """The lines of these items, in their order; a handful of queries in all.

    `asks` are all of a sprint, most points first: the lines say what is asked and its place.
    """
    place = {ask.work_item_id: (rank, ask) for rank, ask in enumerate(asks, start=1)}
    found_badges = badges_of_items(item.pk for item in items)
    open_questions = _open_questions(items)
    found = burdens(items, now=now, usual_minutes=usual_minutes(now))
    made = []
    for item in items:
        rank, ask = place.get(item.pk, (None, None))
        made.append(
            Line(
                item=item,
                burden=found[item.pk],
                ask=ask,
                badge=found_badges.get(item.pk),
                rank=rank,
                open_questions=open_questions.get(item.pk, 0),
            )
        )
    return made


def _open_questions(items: Sequence[WorkItem]) -> dict[int, int]:
    """Questions support has not answered, by item; one query."""
    waiting = Question.objects.unanswered().filter(work_item__in=[item.pk for item in items])
    counted = waiting.order_by().values_list("work_item_id").annotate(Count("pk"))
    return dict(counted)


@dataclass(frozen=True)
class Board:
    """A sprint as both sides look at it: a page of its items and a page of what is asked."""

    lines: list[Line]
    items_page: Page[WorkItem]
    items: int
    asks: list[tuple[Ask, Badge | None]]
    asks_page: Page[Ask]
    voted: int
    support_took_part: bool

    def line_of(self, item_id: int | None) -> Line | None:
        """The line whose evidence is shown: the one asked for, else the first with a pack."""
        with_pack = [line for line in self.lines if line.badge is not None]
        chosen = [line for line in with_pack if line.item.pk == item_id]
        return next(iter([*chosen, *with_pack]), None)


@dataclass(frozen=True)
class Asked:
    """Which part of a board is looked at: cursors of its two lists, and an ask on top."""

    items_cursor: str | None = None
    asks_cursor: str | None = None
    ask_id: int | None = None


def board(sprint: Sprint, *, now: datetime, asked: Asked) -> Board:
    """A page of the sprint's items, most points first, and one of its asks, unanswered ones first.

    About fifteen queries whatever the number of either.
    """
    items = WorkItem.objects.filter(
        Q(sprint=sprint) | Q(pk__in=sprint.asks.values("work_item_id"))
    ).annotate(
        staked=Coalesce(Subquery(_of_ask(sprint, "points")), 0),
        asked_as=Coalesce(Subquery(_of_ask(sprint, "pk")), 0),
    )
    items_page = keyset_page(
        items.select_related("component").defer("description"),
        order=("-staked", "asked_as", "id"),
        cursor=asked.items_cursor,
        size=ITEMS_SHOWN,
    )
    asks = sprint.asks.all() if asked.ask_id is None else sprint.asks.exclude(pk=asked.ask_id)
    asks_page = keyset_page(
        _with_answers(asks),
        order=("-waits", "-points", "id"),
        cursor=asked.asks_cursor,
        size=ASKS_SHOWN,
    )
    shown = list(asks_page.rows)
    if asked.ask_id is not None:
        shown = [*_with_answers(sprint.asks.filter(pk=asked.ask_id)), *shown]
    as_asked = badges(EvidencePack.objects.filter(pk__in=[ask.pack_id for ask in shown]))
    every = list(sprint.asks.only("work_item", "sprint", "points", "state"))
    took_part = (
        InvolvementEvent.objects.involving_support()
        .filter(sprint=sprint, stage=InvolvementEvent.Stage.PRIORITIZATION)
        .exists()
    )
    return Board(
        lines=lines(items_page.rows, now=now, asks=every),
        items_page=items_page,
        items=items.count(),
        asks=[(ask, as_asked.get(ask.pack_id)) for ask in shown],
        asks_page=asks_page,
        voted=len(every),
        support_took_part=took_part,
    )


def _of_ask(sprint: Sprint, field: str) -> QuerySet[Ask, int]:
    """Something of the ask for an item in this sprint; there is one at most."""
    asks = sprint.asks.filter(work_item=OuterRef("pk")).order_by()
    return asks.values_list(field, flat=True)[:1]


def _with_answers(asks: QuerySet[Ask]) -> QuerySet[Ask]:
    """With what their rows show, and whether they wait for a verdict (1) or not (0)."""
    waits = Case(When(state__in=ASK.in_category("open"), then=1), default=0)
    return (
        asks.annotate(waits=waits)
        .select_related("work_item", "team", "created_by")
        .prefetch_related("decisions__person", "questions__asked_by", "questions__answered_by")
    )


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
