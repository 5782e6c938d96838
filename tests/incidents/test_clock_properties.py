"""What holds for every clock, on 10,000 histories each in 28 time zones round their jumps."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given

from incidents.clocks.calendars import Calendar, around_the_clock
from incidents.clocks.reckoning import Part, Stretch, consumed, course, deadline, explain
from incidents.clocks.rules import Effect, Rules, Target
from tests.incidents.clock_worlds import (
    DRAWS,
    PROMISES,
    WEEKS,
    ZONES,
    Dice,
    World,
    calendar,
    transitions,
    world_of,
)

RULES = Rules(reasons={"scheduled": "open", "parts": "waiting_third_party"})
FOREVER = datetime.max.replace(tzinfo=UTC)


def due(
    world: World, stretches: tuple[Stretch, ...] | None = None, hours: Calendar | None = None
) -> datetime | None:
    given = world.stretches if stretches is None else stretches
    parts = course(given, RULES, Target.RESOLUTION, start=world.start)
    stop = given[-1].ended_at
    return deadline(parts, hours or world.calendar, world.amount, stop)


def later(one: datetime | None) -> datetime:
    """A deadline to compare with; one that cannot be named lies behind all others."""
    return FOREVER if one is None else one


def pausing_never_brings_a_deadline_nearer(world: World, dice: Dice) -> None:
    place = dice.below(len(world.stretches))
    one = world.stretches[place]
    end = one.ended_at or one.started_at + timedelta(days=3)
    begin = one.started_at + (end - one.started_at) * dice.below(100) / 100
    stop = begin + (end - begin) * dice.below(101) / 100
    pause = Stretch("waiting_requester", begin, stop)
    paused = (
        *world.stretches[:place],
        replace(one, ended_at=begin),
        pause,
        replace(one, started_at=stop),
        *world.stretches[place + 1 :],
    )
    assert later(due(world, paused)) >= later(due(world))


def more_working_time_never_makes_a_deadline_later(world: World) -> None:
    narrow, wide = due(world), due(world, hours=world.wider)
    assert later(wide) <= later(narrow)
    assert later(due(world, hours=around_the_clock())) <= later(wide)


def splitting_a_stretch_changes_nothing(world: World, dice: Dice) -> None:
    place = dice.below(len(world.stretches))
    one = world.stretches[place]
    end = one.ended_at or one.started_at + timedelta(days=9)
    cut = one.started_at + (end - one.started_at) * dice.below(101) / 100
    split = (
        *world.stretches[:place],
        replace(one, ended_at=cut),
        replace(one, started_at=cut),
        *world.stretches[place + 1 :],
    )
    assert due(world, split) == due(world)


def reckoning_again_in_any_order_changes_nothing(world: World) -> None:
    fresh = Calendar(world.calendar.zone, world.calendar.week, world.calendar.days)
    assert due(world, hours=fresh) == due(world)
    # What has ended may come in any order; the last stretch stays the last.
    assert due(world, (*world.stretches[-2::-1], world.stretches[-1])) == due(world)


def the_deadline_is_the_first_instant_at_which_the_target_is_used_up(world: World) -> None:
    found = due(world)
    if found is None:
        return
    parts = course(world.stretches, RULES, Target.RESOLUTION, start=world.start)
    stop = world.stretches[-1].ended_at
    if stop is not None and found > stop:
        # It would have run on from where it stopped.
        parts = [*parts, Part(Effect.RUNNING, stop, None)]
    assert consumed(parts, world.calendar, found) == world.amount
    assert consumed(parts, world.calendar, found - timedelta(microseconds=1)) < world.amount


def segments_leave_nothing_out_and_sum_to_what_was_consumed(world: World, dice: Dice) -> None:
    parts = course(world.stretches, RULES, Target.RESOLUTION, start=world.start)
    # The present never lies before what has been recorded.
    now = max(world.start + dice.minutes(20_000), world.stretches[-1].started_at)
    found = explain(parts, world.calendar, now=now, due=due(world))
    past = [one for one in found if not one.ahead]
    assert sum((one.length for one in past if one.kind == "running"), timedelta()) == consumed(
        parts, world.calendar, now
    )
    assert all(a.ended_at == b.started_at for a, b in pairwise(found))
    if past:
        last = parts[-1].ended_at
        assert past[-1].ended_at == (now if last is None else min(now, last))


# Two promises are held on each history: making one takes as long as holding one.
@PROMISES
@given(DRAWS)
def test_pausing_never_brings_a_deadline_nearer_and_splitting_changes_nothing(draw: bytes) -> None:
    world = world_of(draw)
    pausing_never_brings_a_deadline_nearer(world, Dice(draw[::-1]))
    splitting_a_stretch_changes_nothing(world, Dice(draw[::-1]))


@PROMISES
@given(DRAWS)
def test_more_time_never_makes_it_later_and_reckoning_again_changes_nothing(draw: bytes) -> None:
    world = world_of(draw)
    more_working_time_never_makes_a_deadline_later(world)
    reckoning_again_in_any_order_changes_nothing(world)


@PROMISES
@given(DRAWS)
def test_it_is_the_first_instant_of_being_used_up_and_segments_leave_nothing_out(
    draw: bytes,
) -> None:
    world = world_of(draw)
    the_deadline_is_the_first_instant_at_which_the_target_is_used_up(world)
    segments_leave_nothing_out_and_sum_to_what_was_consumed(world, Dice(draw[::-1]))


def test_the_promises_are_held_in_at_least_twenty_zones_that_jump_and_go_back() -> None:
    jumping = [zone for zone in ZONES if len(transitions(zone)) > 2]
    assert len(ZONES) >= 20
    assert len(jumping) >= 20


@pytest.mark.parametrize("week", range(len(WEEKS)))
def test_every_span_is_answered_in_under_a_millisecond_a_day(week: int) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for zone in ("Europe/Berlin", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe"):
        for days in (30, 365, 3650):
            best = min(_seconds(zone, week, start, days, turn) for turn in range(3))
            assert best / days < 0.001


def _seconds(zone: str, week: int, start: datetime, days: int, turn: int) -> float:
    """A span of a calendar nobody has asked before."""
    shown = calendar(zone, week, 7, start.date())
    fresh = Calendar(shown.zone, shown.week, shown.days)
    began = time.perf_counter()
    worked = fresh.working(start, start + timedelta(days=days))
    fresh.add(start, worked)
    return time.perf_counter() - began
