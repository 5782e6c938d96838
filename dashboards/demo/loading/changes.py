"""Changes of the demo, and the incidents that people found to be caused by them."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from accounts.models import Person
from changes.actions import (
    assess_change,
    authorise_change,
    close_change,
    confirm_cause,
    create_change,
    implement_change,
    reject_change,
    request_authorisation,
    review_change,
    schedule_standard_change,
    submit_change,
    suspect_cause,
)
from changes.models import CausedIncident, Change
from dashboards.demo.catalogue import COMPONENT_BY_KEY
from dashboards.demo.improvement import DemoChange
from dashboards.demo.loading.chronicle import Chronicle, World
from dashboards.demo.loading.numbers import start_numbers_at
from devlink.models import Release

_FIRST_NUMBER = 290
_ORDER = ("draft", "submitted", "assess", "awaiting_authorisation", "scheduled", "review", "closed")
# Days before the start at which a normal change took each step of its way.
_AHEAD = {"submitted": 11, "assess": 9, "awaiting_authorisation": 8, "scheduled": 6}
_CAUSED_WITHIN = timedelta(days=7)
_MOST_CONFIRMED = 12


def tell_changes(world: World, chronicle: Chronicle) -> None:
    """Adds the life of every change."""
    if not Change.objects.exists():
        start_numbers_at("changes_change", _FIRST_NUMBER)
    for one in world.plan.improvement.changes:
        _tell(one, world, chronicle)


def _tell(one: DemoChange, world: World, chronicle: Chronicle) -> None:
    base = min(one.at, world.plan.now)
    chronicle.add(base - timedelta(days=12), lambda at: _create(one, world, at))
    if one.type == "standard":
        chronicle.add(base - timedelta(days=3), lambda at: _schedule(one, world, at))
    else:
        _tell_normal(one, world, chronicle, base)
    if one.told_at is not None:
        chronicle.add(one.told_at, lambda at: _notify(one, world, at))
    if one.state in ("review", "closed"):
        _tell_doing(one, world, chronicle)


def _tell_normal(one: DemoChange, world: World, chronicle: Chronicle, base: datetime) -> None:
    """Submitted, assessed, put before the authority, authorised: as far as it has come."""
    reached = "assess" if one.state == "rejected" else one.state
    manager, authority = world.person("zoe.baker"), world.person("henrik.dahl")
    steps = {
        "submitted": lambda at: _did(world, one, submit_change, _owner(one, world), at),
        "assess": lambda at: _did(world, one, assess_change, manager, at),
        "awaiting_authorisation": lambda at: _did(world, one, request_authorisation, manager, at),
        "scheduled": lambda at: _did(world, one, authorise_change, authority, at),
    }
    for state, act in steps.items():
        if _ORDER.index(state) <= _ORDER.index(reached):
            chronicle.add(base - timedelta(days=_AHEAD[state]), act)
    if one.state == "rejected":
        chronicle.add(
            base - timedelta(days=5),
            partial(_reject, one, world),
        )


def _reject(one: DemoChange, world: World, at: datetime) -> None:
    world.changes[one.key] = reject_change(
        world.changes[one.key], actor=world.person("henrik.dahl"), note=one.review, at=at
    )


def _owner(one: DemoChange, world: World) -> Person:
    return world.person(COMPONENT_BY_KEY[one.component].development_owner)


def _did(world: World, one: DemoChange, action: object, actor: Person, at: datetime) -> None:
    if not callable(action):
        raise TypeError("a step of a change is an action")
    world.changes[one.key] = action(world.changes[one.key], actor=actor, at=at)


def _create(one: DemoChange, world: World, at: datetime) -> None:
    component = world.directory.components[one.component]
    world.changes[one.key] = create_change(
        actor=_owner(one, world),
        title=one.title,
        description=f"Concerns {component.name} of {component.service.name}.",
        type=one.type,
        risk=2 if one.type == "normal" else 3,
        impact=2,
        implementer=_owner(one, world),
        implementation_plan="Prepare, announce, do it in thirds, watch for twenty minutes.",
        backout_plan="Go back to the former version; the switch takes ten minutes.",
        test_plan="The checks of the component, then one customer's account in staging.",
        planned_start=one.at,
        planned_end=one.at + timedelta(hours=1),
        components=[component],
        at=at,
    )


def _schedule(one: DemoChange, world: World, at: datetime) -> None:
    world.changes[one.key] = schedule_standard_change(
        world.changes[one.key], actor=world.person("henrik.dahl"), at=at
    )


def _notify(one: DemoChange, world: World, at: datetime) -> None:
    if one.key in world.changes:
        Change.objects.filter(pk=world.changes[one.key].pk).update(support_notified_at=at)


def _tell_doing(one: DemoChange, world: World, chronicle: Chronicle) -> None:
    """Carried out, looked at, closed; and the incidents that came of it."""
    back = one.outcome in ("backed_out", "failed")
    ended = one.at + (timedelta(days=6) if back else timedelta(minutes=25))
    chronicle.add(one.at, lambda at: _did(world, one, implement_change, _owner(one, world), at))
    chronicle.add(ended, lambda at: _did(world, one, review_change, _owner(one, world), at))
    if one.release:
        chronicle.add(ended, lambda at: _belong(one, world))
    if one.state == "closed":
        chronicle.add(ended + timedelta(days=2), lambda at: _close(one, world, at))
        if one.cause:
            chronicle.add(one.at + timedelta(days=8), lambda at: _confirm(one, world, at))
    elif one.cause:
        chronicle.add(world.plan.now, lambda at: _suspect(one, world))


def _belong(one: DemoChange, world: World) -> None:
    release = world.releases.get(one.release)
    if release is not None:
        Release.objects.filter(pk=release.pk).update(change=world.changes[one.key])


def _close(one: DemoChange, world: World, at: datetime) -> None:
    world.changes[one.key] = close_change(
        world.changes[one.key],
        actor=world.person("henrik.dahl"),
        outcome=one.outcome,
        review=one.review,
        at=at,
    )


def _confirm(one: DemoChange, world: World, at: datetime) -> None:
    """Support says which incidents it caused."""
    change = world.changes[one.key]
    found = [
        ticket
        for ticket in world.plan.tickets
        if ticket.cause == one.cause and one.at <= ticket.created_at <= one.at + _CAUSED_WITHIN
    ]
    for ticket in found[:_MOST_CONFIRMED]:
        confirm_cause(change, actor=world.person("priya.nair"), ticket=world.tickets[ticket.key])
    CausedIncident.objects.filter(change=change).update(created_at=at)


def _suspect(one: DemoChange, world: World) -> None:
    for ticket in world.plan.tickets:
        if ticket.cause == one.cause and ticket.created_at >= one.at:
            suspect_cause(
                world.changes[one.key], actor=None, ticket=world.tickets[ticket.key], score=0.86
            )
