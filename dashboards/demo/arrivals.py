"""Who contacts the desk when: the moments and senders of every ticket, before a word is written."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.demo.content import (
    Cause,
    OneOff,
    Organisation,
    Phase,
    causes,
    one_offs,
    organisations,
    question_types,
    request_types,
)
from dashboards.demo.grammar import weighted

WEEKS = 26
SURGE_SIZE = 17
SURGE_HOURS = 3.0
_NOISE = 0.35
_VOLUME = {"incident": 0.88, "service_request": 1.2, "question": 1.2}
_HOURS = {7: 3, 8: 9, 9: 12, 10: 11, 11: 9, 12: 5, 13: 8, 14: 9, 15: 8, 16: 6, 17: 3, 18: 2, 21: 1}
_DAYS = (10, 9, 9, 8, 7, 1, 1)
_SURGE_ORGANISATIONS = (
    "pippa",
    "solera",
    "megadepot",
    "nordhafen",
    "kowalczyk",
    "deltawerk",
    "sparrow",
)


@dataclass(frozen=True)
class Arrival:
    """One contact: what kind, about what, when and from whom."""

    kind: str
    subject: Cause | OneOff
    at: datetime
    organisation: Organisation
    person: str


def _office_moment(dice: random.Random, low: datetime, high: datetime) -> datetime:
    """A believable moment between the two: mostly office hours of working days."""
    span = (high - low).total_seconds()
    for _ in range(60):
        at = low + timedelta(seconds=dice.random() * span)
        if dice.random() * 120 < _HOURS.get(at.hour, 0.3) * _DAYS[at.weekday()]:
            return at
    return low + timedelta(seconds=dice.random() * span)


def _count(expected: float, luck: str) -> int:
    """A weekly count around its mean. The same luck gives the same count whatever the date is,
    so that a fix which worked in the story works on every day somebody loads the demo."""
    dice = random.Random(luck)
    drawn = dice.gauss(expected, (_NOISE * expected) ** 0.5)
    whole = int(drawn)
    return max(0, whole + (dice.random() < drawn - whole))


def _moments(
    dice: random.Random, phase: Phase, volume: float, luck: str, now: datetime
) -> Iterator[datetime]:
    edge = phase.start
    while edge > phase.end:
        until = max(phase.end, edge - 1.0)
        low, high = now - timedelta(weeks=edge), now - timedelta(weeks=until)
        expected = volume * phase.weekly * (edge - until)
        for _ in range(_count(expected, f"{luck}:{edge:.2f}")):
            yield _office_moment(dice, low, high)
        edge = until


def _sender(dice: random.Random, cause: Cause) -> Organisation:
    by_key = {organisation.key: organisation for organisation in organisations()}
    if cause.organisations:
        return by_key[weighted(dice, cause.organisations)]
    weights = {o.key: o.weight for o in organisations() if o.internal is cause.internal}
    return by_key[weighted(dice, weights)]


def _of(kind: str, subjects: tuple[Cause, ...], seed: int, now: datetime) -> Iterator[Arrival]:
    for subject in subjects:
        luck = f"{seed}:arrivals:{subject.key}"
        dice = random.Random(luck)
        for phase in subject.phases:
            for at in _moments(dice, phase, _VOLUME[kind], luck, now):
                sender = _sender(dice, subject)
                yield Arrival(kind, subject, at, sender, dice.choice(sender.people))


def _surge(seed: int, now: datetime) -> Iterator[Arrival]:
    """The cause that is breaking out at this moment, faster and faster over the last hours."""
    dice = random.Random(f"{seed}:surge")
    by_key = {organisation.key: organisation for organisation in organisations()}
    for cause in (cause for cause in causes() if cause.surge):
        for number in range(SURGE_SIZE):
            ago = SURGE_HOURS * (1 - (number + dice.random() * 0.8) / SURGE_SIZE) ** 1.4
            key = _SURGE_ORGANISATIONS[number % len(_SURGE_ORGANISATIONS)]
            at = now - timedelta(hours=max(ago, 0.02))
            yield Arrival("incident", cause, at, by_key[key], dice.choice(by_key[key].people))


def _singles(seed: int, now: datetime) -> Iterator[Arrival]:
    dice = random.Random(f"{seed}:singles")
    outside = {o.key: o.weight for o in organisations() if not o.internal}
    by_key = {organisation.key: organisation for organisation in organisations()}
    inside = ("devices", "network", "collaboration")
    for one_off in one_offs():
        key = "fernwick" if one_off.component in inside else weighted(dice, outside)
        at = _office_moment(dice, now - timedelta(weeks=WEEKS), now)
        yield Arrival("incident", one_off, at, by_key[key], dice.choice(by_key[key].people))


def all_arrivals(seed: int, now: datetime) -> list[Arrival]:
    """Every contact of the 26 weeks, oldest first; the same for the same seed and now."""
    found = [
        *_of("incident", causes(), seed, now),
        *_surge(seed, now),
        *_singles(seed, now),
        *_of("service_request", request_types(), seed, now),
        *_of("question", question_types(), seed, now),
    ]
    return sorted(found, key=lambda arrival: (arrival.at, arrival.subject.key))
