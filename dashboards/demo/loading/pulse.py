"""How satisfied both sides said they were with support's say in development."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.demo.loading.chronicle import Chronicle, World
from dashboards.demo.people import PEOPLE
from devlink.actions.involvement import answer_pulse

_SCORES = (2, 3, 3, 4, 4, 5, 2, 3)


def tell_pulse(world: World, chronicle: Chronicle) -> None:
    """Adds last quarter's answers of everybody and this quarter's of some."""
    dice = random.Random("pulse")
    now = world.plan.now
    first_of_quarter = now.replace(month=3 * ((now.month - 1) // 3) + 1, day=1)
    for one in PEOPLE:
        if not {"agent", "developer"} & set(one.roles):
            continue
        chronicle.add(
            first_of_quarter - timedelta(days=dice.randint(4, 60)),
            _Answer(world, one.key, dice.choice(_SCORES)),
        )
        if dice.random() < 0.6:
            chronicle.add(
                now - timedelta(minutes=dice.randint(5, 600)),
                _Answer(world, one.key, dice.choice(_SCORES)),
            )


@dataclass(frozen=True)
class _Answer:
    """One person's answer, given when its moment has come."""

    world: World
    key: str
    score: int

    def __call__(self, at: datetime) -> None:
        answer_pulse(actor=self.world.person(self.key), score=self.score, at=at)
