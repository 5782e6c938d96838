"""How many tickets each saved view holds, kept up to date in the background.

A ticket that changed is tested against every view in one statement. `ViewTicket` rows are the
receipts of what is counted, `ViewCount` rows the sums by the tickets' team; both change in one
transaction. A page reads all its numbers with one query, whatever the number of views.

Who may not see a restricted team's tickets is not told of them: sums are by team, and those of
hidden teams are left out. For a person whose sight is given ticket by ticket the receipts of
visible tickets are counted instead.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from django.db import connection, transaction
from django.db.models import Count, F, IntegerField, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Person
from incidents.filters import ME, TicketFilter, by_the_clock
from incidents.models import SavedView, Ticket, ViewCount, ViewTicket

# A view that holds more is not followed ticket by ticket; the number says no more than this.
MOST_COUNTED = 10_000
STALE = timedelta(minutes=5)
# Filters in which `me` makes a shared view another one for each reader.
PERSONAL = ("assignee", "assignee_not", "requester", "affected")
_LOCK_SPACE = "incidents.views"
_VIEWS_AT_ONCE = 50
_CLOCK_SECONDS = 60
# Conditions of views as querysets, by view: reading a query string costs more than using it.
_conditions: dict[int, tuple[object, QuerySet[Any] | None]] = {}


class Place(NamedTuple):
    """A ticket in a view, with what its number is told by."""

    view_id: int
    ticket_id: int
    team: int
    person: int


def is_by_assignee(view: SavedView) -> bool:
    """True when a shared view means everybody's own: it is counted for each assignee."""
    return view.owner_id is None and view.filters().getlist("assignee") == [ME]


def is_countable(view: SavedView) -> bool:
    """False for shared views in which `me` stands with others: each reader's is another."""
    if view.owner_id is not None or is_by_assignee(view):
        return True
    given = view.filters()
    return all(ME not in given.getlist(name) for name in PERSONAL)


def follow_tickets(ticket_ids: Sequence[int]) -> None:
    """Counts these tickets where they belong now. Safe to repeat, and beside itself."""
    with transaction.atomic():
        _lock("pg_advisory_xact_lock_shared", 0)
        for ticket_id in sorted(set(ticket_ids)):
            _lock("pg_advisory_xact_lock", ticket_id)
        views = list(SavedView.objects.filter(too_many=False).select_related("owner", "created_by"))
        now = set(_places(views, ticket_ids))
        kept = ViewTicket.objects.filter(ticket_id__in=ticket_ids)
        before = {Place(*row) for row in kept.values_list(*Place._fields)}
        _move(before, now)


def recount_view(view_id: int) -> None:
    """Counts one view from the start."""
    with transaction.atomic():
        _lock("pg_advisory_xact_lock", 0)
        view = SavedView.objects.filter(pk=view_id).select_related("owner", "created_by").first()
        if view is None:
            return
        found = list(islice(_places([view], None, most=MOST_COUNTED + 1), MOST_COUNTED + 1))
        view.too_many = len(found) > MOST_COUNTED
        kept = ViewTicket.objects.filter(view=view)
        before = {Place(*row) for row in kept.values_list(*Place._fields)}
        _move(before, set() if view.too_many else set(found))
        ViewCount.objects.filter(view=view, count=0).delete()
        view.counted_at = timezone.now()
        view.save(update_fields=["counted_at", "too_many"])


def views_to_recount(now: datetime) -> list[int]:
    """Views nobody counted yet, and those that time alone changes or that were too many."""
    views = SavedView.objects.order_by(F("counted_at").asc(nulls_first=True))
    return [
        view.pk
        for view in views
        if view.counted_at is None
        or (now - view.counted_at >= STALE and (view.too_many or by_the_clock(view.filters())))
    ]


def counts_for(person: Person) -> dict[int, int]:
    """How many tickets each view holds for this person, by view; one query."""
    counted: QuerySet[Any]
    views = SavedView.objects.visible_to(person).values("pk")
    if _sees_by_team(person):
        counts = ViewCount.objects.filter(view__in=views, person__in=(0, person.pk))
        counted = counts.exclude(team__in=person.hidden_team_ids).values("view")
        return dict(counted.annotate(n=Sum("count")).values_list("view", "n"))
    visible = Ticket.objects.visible_to(person).values("pk")
    receipts = ViewTicket.objects.filter(view__in=views, person__in=(0, person.pk))
    counted = receipts.filter(ticket_id__in=visible).values("view")
    return dict(counted.annotate(n=Count("pk")).values_list("view", "n"))


def badge(view: SavedView, counts: Mapping[int, int], person: Person) -> str:
    """The number beside a view; empty while it is not known, or would tell too much."""
    if view.counted_at is None or not is_countable(view):
        return ""
    if view.too_many:
        sees_all = _sees_by_team(person) and not person.hidden_team_ids
        return f"{MOST_COUNTED:,}+" if sees_all else ""
    return f"{counts.get(view.pk, 0):,}"


def _sees_by_team(person: Person) -> bool:
    return person.is_overseer or person.is_support


def _places(
    views: Iterable[SavedView], ticket_ids: Sequence[int] | None, most: int | None = None
) -> Iterator[Place]:
    """Where tickets (None: any) stand; one statement for fifty views."""
    arms = []
    for view in views:
        tickets = _tickets_of(view)
        if tickets is None:
            continue
        if ticket_ids is not None:
            tickets = tickets.filter(pk__in=ticket_ids)
        person = Coalesce("assignee_id", 0) if is_by_assignee(view) else Value(0)
        arm = tickets.order_by().values_list(
            Value(view.pk, IntegerField()), "pk", Coalesce("team_id", 0), person
        )
        arms.append(arm if most is None else arm[:most])
    for start in range(0, len(arms), _VIEWS_AT_ONCE):
        first, *others = arms[start : start + _VIEWS_AT_ONCE]
        for row in first.union(*others, all=True) if others else first:
            yield Place(*row)


def _tickets_of(view: SavedView) -> QuerySet[Any] | None:
    """Every ticket that fits, whoever may see it; None when the view cannot be counted."""
    given = view.filters()
    minute = int(timezone.now().timestamp()) // _CLOCK_SECONDS if by_the_clock(given) else 0
    key = (view.updated_at, minute)
    kept = _conditions.get(view.pk)
    if kept is None or kept[0] != key:
        kept = (key, _read(view))
        _conditions[view.pk] = kept
    return kept[1]


def _read(view: SavedView) -> QuerySet[Any] | None:
    if not is_countable(view):
        return None
    given = view.filters()
    everything = Ticket.objects.all()
    if is_by_assignee(view):
        given.pop("assignee")
        everything = everything.filter(assignee__isnull=False)
    asking = cast("HttpRequest", SimpleNamespace(user=view.owner or view.created_by))
    chosen = TicketFilter(given, queryset=everything, request=asking)
    return chosen.qs if chosen.is_valid() else None


def _move(before: set[Place], now: set[Place]) -> None:
    """Writes the difference: receipts, and by them the sums."""
    gone, come = before - now, now - before
    if not gone and not come:
        return
    for view_id in {place.view_id for place in gone}:
        tickets = [place.ticket_id for place in gone if place.view_id == view_id]
        ViewTicket.objects.filter(view_id=view_id, ticket_id__in=tickets).delete()
    ViewTicket.objects.bulk_create([ViewTicket(**p._asdict()) for p in come], batch_size=2_000)
    sums: Counter[tuple[int, int, int]] = Counter()
    for places, by in ((gone, -1), (come, 1)):
        for place in places:
            sums[place.view_id, place.team, place.person] += by
    # Always in the same order: two that change the same sums never wait for each other.
    rows = [(*key, by) for key, by in sorted(sums.items()) if by]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO incidents_viewcount (view_id, team, person, count) "
            "VALUES (%s, %s, %s, %s) ON CONFLICT (view_id, person, team) "
            "DO UPDATE SET count = incidents_viewcount.count + excluded.count",
            rows,
        )


def _lock(function: str, number: int) -> None:
    """Until the transaction ends. Number 0 is all views: shared while tickets are followed."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(hashtext(%s), %s)", [_LOCK_SPACE, number % 2_000_000_000]
        )
