"""Loop obligations: owed when linked, available when shipped, told, opened, answered, withdrawn."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Person
from core.timeline import record
from devlink import events
from devlink.actions.rows import locked
from devlink.models import LoopObligation, Release, WorkItem
from devlink.owed import (
    Word,
    calendar_for,
    due_after,
    first_look,
    fix_of,
    key_of,
    last_reopened,
    words_owed,
)
from incidents.agreements import policies_now
from incidents.models import Ticket
from incidents.workflow import CLOSED, RESOLVED
from notifications.models import Notification

_Kind = LoopObligation.Kind
_Outcome = LoopObligation.Outcome
NO_LONGER_LINKED = "No longer linked to this work"
ITEM_CANCELLED = "The work was cancelled"
NOT_READABLE = "May not read the ticket any more"
LONGEST_WHY = 120


@transaction.atomic
def owe_words(item: WorkItem, *, at: datetime | None = None) -> None:
    """Makes what is owed about an item what its links say now; doing it again changes nothing.

    New links owe, links that are gone withdraw what was not told yet, and an item that is reopened
    after its fix was available owes anew to whoever has not confirmed it. Once the fix is
    available, a ticket that came later is owed nothing: it is news of the fix, not waiting for it.
    """
    item = locked(item)
    now = at or timezone.now()
    wanted = {word.key: word for word in words_owed(item)}
    newest = {
        key_of(one): one
        for one in LoopObligation.objects.filter(work_item=item).order_by("attempt", "pk")
    }
    reopened, fix = last_reopened(item), fix_of(item)
    made = []
    for key, word in wanted.items():
        known = newest.get(key)
        if known is None or _is_owed_anew(known, reopened):
            if _came_too_late(word, fix):
                continue
            attempt = 1 if known is None else known.attempt + 1
            made.append(_new(item, word, attempt, now))
        elif _differs(known, word) or (_may_come_back(known) and not _came_too_late(word, fix)):
            known.recipient, known.outcome, known.why = word.recipient, _Outcome.OWED, ""
            known.save(update_fields=["recipient", "outcome", "why"])
    LoopObligation.objects.bulk_create(made, ignore_conflicts=True, batch_size=1000)
    gone = [one.pk for key, one in newest.items() if key not in wanted]
    why = ITEM_CANCELLED if item.state == "cancelled" else NO_LONGER_LINKED
    withdraw_words(LoopObligation.objects.filter(pk__in=gone), why=why)


def _is_owed_anew(known: LoopObligation, reopened: datetime | None) -> bool:
    if reopened is None or known.available_at is None or known.outcome == _Outcome.CONFIRMED:
        return False
    return reopened > known.available_at


def _differs(known: LoopObligation, word: Word) -> bool:
    """The ticket has another owner by now, who is the one to be told."""
    return known.outcome == _Outcome.OWED and known.recipient_id != word.recipient.pk


def _may_come_back(known: LoopObligation) -> bool:
    """Linked again after it was not; who may not read a ticket still may not."""
    return known.outcome == _Outcome.WITHDRAWN and known.why != NOT_READABLE


def _came_too_late(word: Word, fix: Release | None) -> bool:
    if fix is None or fix.deployed_at is None or word.ticket is None:
        return False
    return word.ticket.created_at > fix.deployed_at and word.ticket.state != "fix_available"


def _new(item: WorkItem, word: Word, attempt: int, now: datetime) -> LoopObligation:
    return LoopObligation(
        work_item=item,
        ticket=word.ticket,
        kind=word.kind,
        attempt=attempt,
        recipient=word.recipient,
        created_at=now,
    )


def withdraw_words(owed: QuerySet[LoopObligation], *, why: str) -> int:
    """Nobody waits for these any more, and why; what was told stays as it was told."""
    return owed.filter(outcome=_Outcome.OWED).update(
        outcome=_Outcome.WITHDRAWN, why=why[:LONGEST_WHY]
    )


@transaction.atomic
def note_available(item: WorkItem) -> None:
    """What can be told by now gets its release and the moment by which it is due.

    Requesters and agents can be told once a release with the item is live, developers once it was
    judged what it did.
    """
    item = locked(item)
    fix = fix_of(item)
    if fix is None or fix.deployed_at is None:
        return
    look = first_look(item, fix)
    waiting = LoopObligation.objects.filter(
        work_item=item, outcome=_Outcome.OWED, available_at__isnull=True
    )
    rows = []
    policies = policies_now()
    for one in waiting.select_related("ticket"):
        since = fix.deployed_at
        if one.kind == _Kind.DEVELOPER:
            if look is None:
                continue
            since = look.created_at
        one.release = fix
        one.available_at = max(since, one.created_at)
        one.due_at = due_after(one.available_at, calendar_for(one.ticket, policies))
        rows.append(one)
    LoopObligation.objects.bulk_update(rows, ["release", "available_at", "due_at"], batch_size=500)


def note_told(rows: Sequence[LoopObligation], *, at: datetime, notice: Notification | None) -> None:
    """These were told at that moment, by that notice."""
    policies = policies_now()
    for one in rows:
        if one.available_at is None:
            raise ValueError("nothing can be told before it is available")
        calendar = calendar_for(one.ticket, policies)
        one.sent_at, one.notice, one.outcome = at, notice, _Outcome.TOLD
        one.told_after = int(calendar.working(one.available_at, at) / timedelta(minutes=1))
        one.asked = (
            one.kind == _Kind.REQUESTER
            and one.ticket is not None
            and one.ticket.state == "fix_available"
        )
    LoopObligation.objects.bulk_update(
        rows, ["sent_at", "notice", "outcome", "told_after", "asked"], batch_size=500
    )


def note_opened(about: Ticket | WorkItem, *, actor: Person, at: datetime | None = None) -> None:
    """Who was told of a ticket, or of what an item did, has opened it; the first time counts."""
    told = LoopObligation.objects.filter(recipient=actor, opened_at=None, sent_at__isnull=False)
    if isinstance(about, Ticket):
        told = told.filter(ticket=about)
    else:
        told = told.filter(work_item=about, kind=_Kind.DEVELOPER)
    told.update(opened_at=at or timezone.now())


def take_over_openings() -> int:
    """Whoever marked the notice as read has opened it; returns how many are new."""
    read = LoopObligation.objects.filter(opened_at__isnull=True, notice__read_at__isnull=False)
    rows = list(read.select_related("notice")[:2000])
    for one in rows:
        if one.notice is not None:
            one.opened_at = one.notice.read_at
    LoopObligation.objects.bulk_update(rows, ["opened_at"], batch_size=500)
    return len(rows)


def note_confirmed(ticket: Ticket, *, at: datetime) -> int:
    """The requester said that it works: every word owed to them about the ticket is settled."""
    theirs = LoopObligation.objects.of_requesters().filter(ticket=ticket, created_at__lte=at)
    open_still = theirs.filter(outcome__in=[_Outcome.OWED, _Outcome.TOLD, _Outcome.NO_ANSWER])
    return open_still.update(outcome=_Outcome.CONFIRMED, verified_at=at)


@transaction.atomic
def note_still_broken(ticket: Ticket, *, said: str, at: datetime) -> list[LoopObligation]:
    """The requester said that it does not work; each work item concerned says so on its page.

    Returns what is new by this. Words about work that is not live yet stay owed.
    """
    rows = LoopObligation.objects.of_requesters().select_for_update(of=("self",))
    told = rows.filter(
        ticket=ticket,
        available_at__lte=at,
        outcome__in=[_Outcome.OWED, _Outcome.TOLD, _Outcome.NO_ANSWER],
    )
    found = list(told.select_related("work_item", "release").order_by("pk"))
    for one in found:
        one.outcome, one.said, one.verified_at = _Outcome.STILL_BROKEN, said, at
        one.save(update_fields=["outcome", "said", "verified_at"])
        version = one.release.version if one.release else ""
        record(events.FIX_DOUBTED, one.work_item, actor=None, at=at, release=version)
    return found


def settle_unanswered() -> int:
    """Tickets that waited for a yes or no and ended without one; returns how many are new."""
    ended = LoopObligation.objects.of_requesters().filter(
        outcome=_Outcome.TOLD, asked=True, ticket__state_category__in=[RESOLVED, CLOSED]
    )
    return ended.update(outcome=_Outcome.NO_ANSWER)


def unsent_to(recipient: Person) -> list[LoopObligation]:
    """What one person could be told by now, locked until the transaction ends."""
    rows = LoopObligation.objects.unsent().select_for_update(of=("self",))
    related = ("ticket", "release", "work_item")
    return list(rows.filter(recipient=recipient).select_related(*related).order_by("pk"))
