"""What the ledger of the demo holds besides what its actions noted."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.models import Event
from dashboards.demo.loading.chronicle import Chronicle, World
from devlink.actions.involvement import record_involvement
from devlink.actions.joining import ask_to_join
from devlink.actions.noting import NOTED, note_act
from devlink.models import InvolvementEvent, Sprint

Kind, Stage = InvolvementEvent.Kind, InvolvementEvent.Stage


def load_noted(world: World) -> None:
    """Notes the acts on articles and changes that handlers note in a running product."""
    events = Event.objects.filter(name__in=NOTED, actor__isnull=False, at__lte=world.plan.now)
    for event in events.select_related("actor").order_by("at", "pk"):
        note_act(event)


def tell_by_hand(world: World, chronicle: Chronicle) -> None:
    """What people wrote down: a talk outside, an absence, and asking to be there next time."""
    now = world.plan.now
    chronicle.add(now - timedelta(days=6), lambda at: _was_in_the_call(world, at))
    chronicle.add(now - timedelta(days=2, hours=6), lambda at: _nobody_was_there(world, at))
    chronicle.add(now - timedelta(days=2, hours=5), lambda at: _wants_to_join(world, at))


def _was_in_the_call(world: World, at: datetime) -> None:
    record_involvement(
        world.items["MOB-99"],
        actor=world.person("anya.petrova"),
        kind=Kind.COMMENTED,
        stage=Stage.REQUIREMENTS,
        note="Ruth was in the call with two customers who use large text.",
        at=at,
    )


def _missed() -> Sprint | None:
    """The newest sprint that started without support."""
    for sprint in Sprint.objects.filter(started_at__isnull=False).order_by("-started_at"):
        acts = InvolvementEvent.objects.involving_support().filter(
            sprint=sprint, stage=Stage.PRIORITIZATION, at__lte=sprint.started_at
        )
        if not acts.exists():
            return sprint
    return None


def _nobody_was_there(world: World, at: datetime) -> None:
    sprint = _missed()
    if sprint is not None:
        record_involvement(
            sprint,
            actor=world.person("grace.lindqvist"),
            kind=Kind.ABSENT,
            stage=Stage.PRIORITIZATION,
            note="Planning was moved to the morning of the month-end calls.",
            happened_at=sprint.started_at,
            at=at,
        )


def _wants_to_join(world: World, at: datetime) -> None:
    sprint = _missed()
    if sprint is not None:
        ask_to_join(sprint, actor=world.person("grace.lindqvist"), at=at)
