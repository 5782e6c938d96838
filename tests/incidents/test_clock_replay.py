"""20,769 real incidents replayed through the clocks, against what their own desk recorded."""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from incidents.clocks.calendars import around_the_clock
from incidents.clocks.history import History, clocks_of
from incidents.clocks.reckoning import Stretch, consumed, course, explain
from incidents.clocks.rules import Agreement, Promise, Rules, Target

CATEGORIES = {
    "New": "open", "Active": "open", "Awaiting User Info": "waiting_requester",
    "Awaiting Vendor": "waiting_third_party", "Awaiting Problem": "waiting_development",
    "Awaiting Evidence": "waiting_requester", "Resolved": "resolved", "Closed": "closed",
    "-100": "open",
}  # fmt: skip
# Their own agreement is not written down; these are the hours from opening to closing that fit
# their marks best, one number for each priority.
HOURS = {"1": 6.5, "3": 213.0, "4": 497.5}


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


def _incidents(folder: Path) -> Iterator[tuple[dict[str, str], tuple[Stretch, ...]]]:
    """The last word on each incident, and its stretches from opening to closing."""
    with gzip.open(folder / "lifecycle" / "incident_event_log.csv.gz", "rt") as lines:
        rows = defaultdict(list)
        for row in csv.DictReader(lines):
            rows[row["number"]].append(row)
    for events in rows.values():
        told = [(_time(one["sys_updated_at"]), one["incident_state"]) for one in events]
        # One of them is not written down in order.
        moves = sorted(told, key=lambda move: move[0])
        opened = _time(events[0]["opened_at"])
        # Until somebody wrote it down it was new.
        moves = [(opened, "New"), *((max(at, opened), state) for at, state in moves)]
        ends = [at for at, _ in moves[1:]] + [None]
        stretches = [
            Stretch(CATEGORIES[state], at, end)
            for (at, state), end in zip(moves, ends, strict=True)
        ]
        yield events[-1], tuple(stretches)


def test_replayed_lives_agree_with_the_times_their_desk_kept(shared_data: Path) -> None:
    calendar, rules = around_the_clock(), Rules()
    resolution = Promise(Target.RESOLUTION, timedelta(hours=40), calendar)
    seen: Counter[str] = Counter()
    for last, stretches in _incidents(shared_data):
        seen["incidents"] += 1
        opened, closed = stretches[0].started_at, stretches[-1].started_at
        [clock] = clocks_of(History(opened, stretches), Agreement(1, (resolution,), rules))
        seen["closed when they say"] += closed == _time(last["closed_at"])
        if last["resolved_at"] in {"", "?"}:
            continue
        seen["with a time of resolution"] += 1
        seen["resolved when they say"] += clock.stopped_at == _time(last["resolved_at"])
        seen["resolved before their last word"] += (
            clock.stopped_at is not None and clock.stopped_at < _time(last["resolved_at"])
        )
        parts = course(stretches, rules, Target.RESOLUTION, start=opened, stop=closed)
        segments = explain(parts, calendar, now=closed, due=None)
        whole = sum((one.length for one in segments), timedelta())
        seen["every minute accounted for"] += whole == closed - opened
        used = sum((one.length for one in segments if one.kind == "running"), timedelta())
        seen["running time is what is consumed"] += used == consumed(parts, calendar, closed)
    assert seen == {
        "incidents": 20_769,
        "closed when they say": 20_768,
        "with a time of resolution": 19_351,
        "resolved when they say": 19_083,
        # They write the time of the last edit while resolved, not of the step.
        "resolved before their last word": 266,
        "every minute accounted for": 19_351,
        "running time is what is consumed": 19_351,
    }


def test_one_target_a_priority_retells_their_marks_for_98_of_100(shared_data: Path) -> None:
    calendar = around_the_clock()
    agreed = total = 0
    for last, stretches in _incidents(shared_data):
        hours = HOURS.get(last["priority"][:1])
        if hours is None or last["resolved_at"] in {"", "?"}:
            continue
        # Their clock waited for nobody and ran on until the incident was closed.
        opened, closed = stretches[0].started_at, stretches[-1].started_at
        told = (Stretch("open", opened, closed), Stretch("closed", closed, None))
        promise = Promise(Target.RESOLUTION, timedelta(hours=hours), calendar)
        [clock] = clocks_of(History(opened, told), Agreement(1, (promise,)))
        total += 1
        agreed += (closed > clock.due_at) == (last["made_sla"] == "false")
    assert total == 19_014
    assert agreed / total > 0.97
