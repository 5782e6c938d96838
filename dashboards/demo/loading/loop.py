"""Who was told of the demo's fixes by now, what they opened, and what they answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from core.models import Event
from dashboards.demo.loading.chronicle import World
from devlink import notices
from devlink.actions import note_available, note_told, owe_words
from devlink.events import FIX_DOUBTED
from devlink.models import LoopObligation, WorkItem
from devlink.telling import release_key
from incidents import events as ticket_events
from notifications.models import Notification

_Kind, _Outcome = LoopObligation.Kind, LoopObligation.Outcome
_SOON = (4, 9, 180, 420, 900)
_LATE = timedelta(days=4, hours=2)
_OPENED_AFTER = (1, 3, 5, 20, 26, 49, None, 2, 7, None)
_SAID = (
    "It was better for a day, now the same message again.",
    "Not for our second branch, there it is as before.",
    "Still the same since this morning.",
)
_Row = LoopObligation


def load_loop(world: World) -> int:
    """Writes what is owed about every item, and what became of it; returns how many words."""
    now = world.plan.now
    items = list(WorkItem.objects.exclude(problem=None, cluster=None).order_by("pk"))
    for item in items:
        owe_words(item, at=item.created_at)
        note_available(item)
    related = ("ticket", "recipient", "release", "work_item")
    rows = list(LoopObligation.objects.unsent().select_related(*related).order_by("pk"))
    for notice, told in _notices(rows, now):
        note_told(told, at=notice.created_at, notice=notice)
    told_rows = [one for one in rows if one.sent_at is not None]
    _open(told_rows, now)
    _answer([one for one in told_rows if one.kind == _Kind.REQUESTER])
    fields = ["opened_at", "outcome", "asked", "said", "verified_at"]
    LoopObligation.objects.bulk_update(told_rows, fields, batch_size=1000)
    return LoopObligation.objects.count()


def _notices(rows: Sequence[_Row], now: datetime) -> Iterable[tuple[Notification, list[_Row]]]:
    """One notice a person and release, and one for what a developer's change did."""
    groups: dict[tuple[int, str], list[_Row]] = {}
    for one in rows:
        if one.release is None or one.available_at is None:
            continue
        key = release_key(one.release)
        if one.kind == _Kind.DEVELOPER:
            key = f"devlink.loop:{one.work_item.key}"
        groups.setdefault((one.recipient_id, key), []).append(one)
    made = []
    for place, ((person, key), told) in enumerate(groups.items()):
        at = max(one.available_at for one in told if one.available_at)
        wait = _LATE if place % 9 == 4 else timedelta(minutes=_SOON[place % len(_SOON)])
        # Nothing is left to be told: a product that starts with the demo sends nobody anything.
        sent = at + wait if at + wait <= now else at + timedelta(minutes=_SOON[0])
        made.append(_notice(person, key, told, min(sent, now)))
    Notification.objects.bulk_create(made, batch_size=1000, ignore_conflicts=True)
    keys = {key for _, key in groups}
    for notice in Notification.objects.filter(once_key__in=keys).order_by("pk"):
        told = groups.get((notice.person_id, notice.once_key), [])
        if told:
            yield notice, told


def _notice(person: int, key: str, told: list[_Row], at: datetime) -> Notification:
    first = told[0]
    if first.ticket is None:
        kind, title = notices.FIX_JUDGED.name, f"{first.work_item.key}: what your change did"
    elif len(told) == 1:
        kind, title = notices.FIX_SHIPPED.name, f"A fix for {first.ticket.reference} is live"
    else:
        kind, title = notices.FIX_SHIPPED.name, f"A fix for {len(told)} of your tickets is live"
    return Notification(
        person_id=person,
        kind=kind,
        title=title,
        body=first.work_item.title,
        url=first.get_absolute_url(),
        once_key=key,
        created_at=at,
    )


def _open(rows: Sequence[_Row], now: datetime) -> None:
    for place, one in enumerate(rows):
        hours = _OPENED_AFTER[place % len(_OPENED_AFTER)]
        if hours is not None and one.sent_at is not None:
            opened = one.sent_at + timedelta(hours=hours)
            one.opened_at = opened if opened <= now else None


def _answer(rows: Sequence[_Row]) -> None:
    """What the tickets' own histories say: who was asked and who said yes. Of the rest, every
    second one said no."""
    ids = [one.ticket_id for one in rows if one.ticket_id is not None]
    facts = Event.objects.filter(subject_kind="incidents.ticket", subject_id__in=ids)
    offered = _moments(facts, ticket_events.FIX_OFFERED.name)
    confirmed = _moments(facts, ticket_events.FIX_CONFIRMED.name)
    silent = 0
    for one in rows:
        if one.ticket is None or one.ticket_id is None or one.ticket_id not in offered:
            continue
        one.asked = True
        yes = confirmed.get(one.ticket_id)
        if yes is not None:
            one.outcome, one.verified_at, one.opened_at = _Outcome.CONFIRMED, yes, yes
        elif one.ticket.resolved_at is not None:
            one.outcome = _Outcome.NO_ANSWER
            if silent % 2 == 0:
                one.outcome, one.said = _Outcome.STILL_BROKEN, _SAID[silent // 2 % len(_SAID)]
                no = one.ticket.resolved_at - timedelta(minutes=40)
                one.verified_at = one.opened_at = no
                _record_doubt(one, one.ticket.pk, no)
            silent += 1


def _moments(facts: Iterable[Event], name: str) -> dict[int, datetime]:
    return {one.subject_id: one.at for one in facts if one.name == name}


def _record_doubt(one: _Row, ticket: int, at: datetime) -> None:
    """The facts a requester's no leaves on the ticket and on the work."""
    version = one.release.version if one.release else ""
    Event.objects.bulk_create(
        [
            Event(
                name=ticket_events.STILL_BROKEN.name,
                at=at,
                actor_id=one.recipient_id,
                subject_kind="incidents.ticket",
                subject_id=ticket,
                payload={"note": one.said},
            ),
            Event(
                name=FIX_DOUBTED.name,
                at=at,
                subject_kind="devlink.workitem",
                subject_id=one.work_item_id,
                payload={"release": version},
            ),
        ]
    )
