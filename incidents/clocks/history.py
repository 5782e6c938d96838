"""A ticket's clocks from its whole history; pure. The present moment plays no part."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from incidents.clocks.reckoning import Part, Stretch, course, deadline
from incidents.clocks.rules import DROPPING, ENDED, Agreement, Effect, Promise, Target


class ClockState(StrEnum):
    """Whether a clock goes; a running one may be over, which depends on when one looks."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    # Ended without its promise being due: cancelled, or handed on before the time was up.
    DROPPED = "dropped"


@dataclass(frozen=True)
class Said:
    """A public message: when, and whether the desk wrote it (True) or the requester's side."""

    at: datetime
    by_desk: bool


@dataclass(frozen=True)
class Held:
    """A team's ownership; `until` is None while it lasts."""

    team: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class History:
    """All a ticket's clocks depend on."""

    opened_at: datetime
    stretches: tuple[Stretch, ...]
    answered_at: datetime | None = None
    said: tuple[Said, ...] = ()
    held: tuple[Held, ...] = ()


@dataclass(frozen=True)
class Clock:
    """One clock of a ticket. `number` counts a target's clocks: each unanswered message has one."""

    promise: Promise
    number: int
    started_at: datetime
    stopped_at: datetime | None
    parts: tuple[Part, ...]
    due_at: datetime | None
    warn_at: datetime | None
    state: ClockState


def clocks_of(history: History, agreement: Agreement) -> list[Clock]:
    """Every clock of a ticket under an agreement, past and present."""
    found: list[Clock] = []
    for promise in agreement.promises:
        for number, (start, stop, dropped) in enumerate(_runs(history, promise)):
            found.append(_clock(history, agreement, promise, number, start, stop, dropped=dropped))
    return found


_Run = tuple[datetime, datetime | None, bool]


def _runs(history: History, promise: Promise) -> Iterator[_Run]:
    """(start, stop, dropped) of each clock of a promise."""
    if promise.target == Target.FIRST_RESPONSE:
        yield _first_response(history)
    elif promise.target == Target.RESOLUTION:
        ended_at = _ended_at(history)
        yield history.opened_at, ended_at, ended_at is not None and _was_cancelled(history)
    elif promise.target == Target.NEXT_RESPONSE:
        yield from _next_responses(history)
    else:
        yield from _ownerships(history, promise)


def _ended_at(history: History) -> datetime | None:
    """Since when it is resolved or closed; None while it is open."""
    ended: datetime | None = None
    for one in sorted(history.stretches, key=lambda stretch: stretch.started_at):
        if one.category not in ENDED:
            ended = None
        elif ended is None:
            ended = one.started_at
    return ended


def _was_cancelled(history: History) -> bool:
    """True when it was closed without ever being resolved since it was last open."""
    last = max(
        (one for one in history.stretches if one.category not in ENDED),
        key=lambda one: one.started_at,
        default=None,
    )
    after = [
        one
        for one in history.stretches
        if one.category in ENDED and (last is None or one.started_at >= last.started_at)
    ]
    first = min(after, key=lambda one: one.started_at, default=None)
    return first is not None and first.category in DROPPING


def _first_response(history: History) -> _Run:
    """Until the first public answer; an end without one drops it."""
    if history.answered_at is not None:
        return history.opened_at, history.answered_at, False
    ended_at = _ended_at(history)
    return history.opened_at, ended_at, ended_at is not None


def _next_responses(history: History) -> Iterator[_Run]:
    """From the oldest unanswered word of the requester to the next public answer or resolution.

    What is said before the first response is that one's business.
    """
    if history.answered_at is None:
        return
    ends = {one.started_at: one.category in DROPPING for one in history.stretches if _ends(one)}
    told = [(one.at, not one.by_desk, False) for one in history.said]
    told += [(at, False, dropped) for at, dropped in ends.items()]
    asked: datetime | None = None
    for at, asks, dropped in sorted(told):
        if at < history.answered_at:
            continue
        if asks and asked is None:
            asked = at
        elif not asks and asked is not None:
            yield asked, at, dropped
            asked = None
    if asked is not None:
        yield asked, None, False


def _ends(one: Stretch) -> bool:
    return one.category in ENDED


def _ownerships(history: History, promise: Promise) -> Iterator[_Run]:
    """Each time the team had the ticket; passing it on or ending it in time keeps the promise."""
    ended_at = _ended_at(history)
    cancelled = ended_at is not None and _was_cancelled(history)
    for one in history.held:
        if one.team == promise.team:
            stops = [at for at in (one.until, ended_at) if at is not None]
            stop = max(min(stops), one.since) if stops else None
            yield one.since, stop, cancelled and stop == ended_at


def _clock(
    history: History,
    agreement: Agreement,
    promise: Promise,
    number: int,
    start: datetime,
    stop: datetime | None,
    *,
    dropped: bool,
) -> Clock:
    parts = course(history.stretches, agreement.rules, promise.target, start=start, stop=stop)
    due = deadline(parts, promise.calendar, promise.amount, stop)
    warn = deadline(parts, promise.calendar, _share(promise.amount, agreement.warn_percent), stop)
    return Clock(
        promise=promise,
        number=number,
        started_at=start,
        stopped_at=stop,
        parts=tuple(parts),
        due_at=due,
        warn_at=warn,
        state=_state(parts, due, stop, dropped=dropped),
    )


def _share(amount: timedelta, percent: int) -> timedelta:
    return amount * percent / 100


def _state(
    parts: list[Part], due: datetime | None, stop: datetime | None, *, dropped: bool
) -> ClockState:
    if stop is not None:
        late = due is not None and stop > due
        if late:
            return ClockState.MISSED
        return ClockState.DROPPED if dropped else ClockState.MET
    running = not parts or parts[-1].effect == Effect.RUNNING
    return ClockState.RUNNING if running else ClockState.PAUSED


def next_due(clocks: list[Clock]) -> datetime | None:
    """The nearest deadline among the clocks that go."""
    running = [clock.due_at for clock in clocks if clock.stopped_at is None and clock.due_at]
    return min(running, default=None)
