"""Telling what is owed: by the handlers when something ships, by the sweeper what they missed."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import Person
from devlink import actions, notices, telling
from devlink.models import LoopObligation, Release, WorkItem
from devlink.owed import first_look
from incidents.models import Ticket
from notifications.models import Notification

_Kind = LoopObligation.Kind


def bring_in_line(items: Iterable[WorkItem], *, at: datetime | None = None) -> None:
    """What is owed about these items is as their links are, and due where it can be told."""
    for item in items:
        actions.owe_words(item, at=at)
        actions.note_available(item)


def catch_up(items: Iterable[WorkItem], *, at: datetime | None = None) -> None:
    """The same, and told where it can be."""
    items = list(items)
    bring_in_line(items, at=at)
    tell_waiting(items)


def tell_waiting(items: Iterable[WorkItem]) -> None:
    """Tells everybody who could be told by now of something about these items."""
    unsent = LoopObligation.objects.unsent().filter(work_item__in=[item.pk for item in items])
    for person in Person.objects.filter(pk__in=unsent.values("recipient_id")).order_by("pk"):
        tell_what_is_owed(person)


@transaction.atomic
def tell_what_is_owed(person: Person) -> None:
    """Tells one person everything that could be told them by now.

    A notice that reached them already counts: nobody hears the same twice. Who may not read a
    ticket any more is not owed its news.
    """
    by_release: dict[Release, list[LoopObligation]] = defaultdict(list)
    for one in actions.unsent_to(person):
        if one.kind == _Kind.DEVELOPER:
            _tell_verdict(one, person)
        elif one.release is not None:
            by_release[one.release].append(one)
    for release, rows in by_release.items():
        _tell_fixes(person, release, rows)


def _tell_fixes(person: Person, release: Release, rows: list[LoopObligation]) -> None:
    key = telling.release_key(release)
    known = _notice(person, key)
    if known is not None:
        _note([one for one in rows if _covers(known, one)], known)
        rows = [one for one in rows if not _covers(known, one)]
        # They heard of the release before this was owed.
        key = f"devlink.loop:{rows[0].pk}" if rows else key
    ids = [one.ticket_id for one in rows if one.ticket_id is not None]
    tickets = list(Ticket.objects.visible_to(person).filter(pk__in=ids).order_by("pk"))
    may_read = {ticket.pk for ticket in tickets}
    hidden = [one.pk for one in rows if one.ticket_id not in may_read]
    gone = LoopObligation.objects.filter(pk__in=hidden)
    actions.withdraw_words(gone, why=actions.NOT_READABLE)
    if tickets:
        telling.tell_of_fix(person, tickets, key=key)
        _note([one for one in rows if one.ticket_id in may_read], _notice(person, key))


def _covers(notice: Notification, one: LoopObligation) -> bool:
    """People of the house hear of all that is in a release; others of the tickets it names."""
    if notice.kind != notices.RELEASE_DEPLOYED.name:
        return False
    return one.available_at is not None and one.available_at <= notice.created_at


def _tell_verdict(one: LoopObligation, person: Person) -> None:
    look = None if one.release is None else first_look(one.work_item, one.release)
    if look is not None:
        claim = look.claim
        telling.tell_of_verdict(
            claim,
            week=look.week,
            sentence=look.sentence,
            regressed=look.verdict == "regressed",
            besides=[person],
        )
        _note([one], _notice(person, telling.verdict_key(claim, look.week)))


def _note(rows: list[LoopObligation], notice: Notification | None) -> None:
    """Writes down what a notice told; without one (the person is gone) nothing was."""
    if notice is not None and rows:
        actions.note_told(rows, at=notice.created_at, notice=notice)


def _notice(person: Person, key: str) -> Notification | None:
    return Notification.objects.filter(person=person, once_key=key).first()
