"""Clocks as steps move them, how they are said, and the time agents spend."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import DomainError
from incidents import actions
from incidents.models import StatusInterval, Ticket, TicketClock
from incidents.wording import next_clock
from tests.conftest import Cast
from tests.incidents.conftest import Opener

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_the_stored_deadline_follows_every_step(opened: Opener, cast: Cast) -> None:
    ticket = opened(impact=1, urgency=1, at=AT)
    ticket = actions.put_ticket_on_hold(
        ticket, actor=cast.ann, reason="requester", at=AT + timedelta(minutes=10)
    )
    assert ticket.resolution_due_at is None
    assert ticket.first_response_due_at is None
    ticket = actions.start_ticket(ticket, actor=cast.ann, at=AT + timedelta(minutes=70))
    assert ticket.resolution_due_at == AT + timedelta(minutes=240 + 60)
    assert ticket.first_response_due_at == AT + timedelta(minutes=15 + 60)


def test_a_new_priority_keeps_the_time_already_used(opened: Opener, cast: Cast) -> None:
    ticket = opened(impact=2, urgency=2, at=AT)
    actions.put_ticket_on_hold(
        ticket, actor=cast.ann, reason="supplier", at=AT + timedelta(minutes=30)
    )
    ticket = actions.start_ticket(ticket, actor=cast.ann, at=AT + timedelta(minutes=90))
    ticket = actions.edit_ticket(
        ticket, actor=cast.ann, version=ticket.version, priority=1, at=AT + timedelta(minutes=91)
    )
    assert ticket.resolution_due_at == AT + timedelta(minutes=240 + 60)
    assert TicketClock.objects.get(ticket=ticket, target="resolution").minutes == 240


def test_the_first_response_target_stays_once_it_was_answered(opened: Opener, cast: Cast) -> None:
    ticket = opened(impact=1, urgency=1, at=AT)
    actions.reply_to_ticket(ticket, actor=cast.ann, body="Hello", at=AT + timedelta(minutes=5))
    actions.put_ticket_on_hold(
        ticket, actor=cast.ann, reason="requester", at=AT + timedelta(minutes=6)
    )
    ticket.refresh_from_db()
    assert ticket.first_response_at == AT + timedelta(minutes=5)
    assert ticket.first_response_due_at == AT + timedelta(minutes=15)


def test_intervals_are_only_added_and_closed(opened: Opener, cast: Cast) -> None:
    ticket = opened(at=AT)
    kept: dict[int, tuple[object, ...]] = {}
    moves = [
        lambda at: actions.start_ticket(ticket, actor=cast.ann, at=at),
        lambda at: actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="change", at=at),
        lambda at: actions.hand_ticket_to_development(ticket, actor=cast.ann, at=at),
        lambda at: actions.return_ticket_to_desk(ticket, actor=cast.ann, at=at),
        lambda at: actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="x", at=at),
        lambda at: actions.reopen_ticket(ticket, actor=cast.ann, note="x", at=at),
        lambda at: actions.cancel_ticket(ticket, actor=cast.ann, at=at),
    ]
    for place, move in enumerate(moves):
        move(AT + timedelta(hours=place + 1))
        rows = StatusInterval.objects.filter(ticket=ticket)
        closed = rows.exclude(ended_at=None)
        now = {
            one.pk: (one.state, one.category, one.reason, one.started_at, one.ended_at, one.actor)
            for one in closed
        }
        assert kept.items() <= now.items()
        assert rows.count() == place + 2
        kept = now
    ends = [one.ended_at for one in StatusInterval.objects.filter(ticket=ticket)]
    starts = [one.started_at for one in StatusInterval.objects.filter(ticket=ticket)]
    assert ends[:-1] == starts[1:]


def test_a_clock_that_is_behind_makes_no_negative_time(opened: Opener, cast: Cast) -> None:
    ticket = opened(at=AT)
    actions.start_ticket(ticket, actor=cast.ann, at=AT - timedelta(seconds=3))
    first = StatusInterval.objects.filter(ticket=ticket).order_by("id").first()
    assert first is not None
    assert first.ended_at == first.started_at


@pytest.mark.parametrize(
    ("minutes", "text", "tone", "title"),
    [
        (130, "2:10", "", "Resolution: left until its target"),
        (24, "breach in 0:24", "red", "Resolution: its target is near"),
        (-65, "late 1:05", "red", "Resolution: over its target"),
        (None, "paused", "", "Resolution: the clock is paused"),
    ],
)
def test_the_clock_is_said_in_words(minutes: int | None, text: str, tone: str, title: str) -> None:
    due = None if minutes is None else AT + timedelta(minutes=minutes)
    shown = next_clock("resolution", due, AT)
    assert (shown.text, shown.tone, shown.title) == (text, tone, title)
    assert next_clock("", due, AT).text == ""


def test_touches_within_a_minute_are_one_stretch(ticket: Ticket, cast: Cast) -> None:
    def touch(start: int, end: int) -> None:
        actions.record_touch(
            ticket,
            actor=cast.ann,
            started_at=AT + timedelta(seconds=start),
            ended_at=AT + timedelta(seconds=end),
        )

    for start, end in ((0, 15), (15, 30), (80, 95), (200, 215), (205, 210)):
        touch(start, end)
    spans = [
        ((one.started_at - AT).seconds, (one.ended_at - AT).seconds) for one in ticket.touches.all()
    ]
    assert spans == [(0, 95), (200, 215)]


def test_touches_of_two_people_stay_apart(ticket: Ticket, cast: Cast) -> None:
    for person in (cast.ann, cast.pia):
        actions.record_touch(
            ticket, actor=person, started_at=AT, ended_at=AT + timedelta(seconds=15)
        )
    assert ticket.touches.count() == 2


def test_a_touch_is_short_and_runs_forward(ticket: Ticket, cast: Cast) -> None:
    for seconds in (-1, 9 * 3600):
        with pytest.raises(DomainError):
            actions.record_touch(
                ticket, actor=cast.ann, started_at=AT, ended_at=AT + timedelta(seconds=seconds)
            )
