"""Releases of the demo: filled, made ready, signed, deployed; and whether their fixes worked."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from changes.actions import close_change, confirm_cause
from changes.models import CausedIncident
from core.models import Event
from dashboards.demo.catalogue import COMPONENT_BY_KEY, service_of
from dashboards.demo.improvement import DemoRelease, DemoWorkItem
from dashboards.demo.loading.chronicle import Chronicle, World
from dashboards.demo.people import members_of
from devlink.actions.change_records import end_change_of, open_change_of
from devlink.actions.fixes import claim_fixes, judge_fix
from devlink.actions.handover import write_release_notes
from devlink.actions.readiness import meet_criterion, sign_readiness
from devlink.actions.releases import (
    add_to_release,
    advance_release,
    create_release,
    deploy_release,
    finish_deployment,
    note_support_told,
    tell_support,
)
from devlink.events import RELEASE_DEPLOYED
from devlink.models import Deployment, Release, SignOff

_WEEKS_LOOKED_AT = (4, 8, 9, 10, 11, 12, 13)
_EVIDENCE = {
    "change_list": "List in the release notes, read by the desk.",
    "known_errors": "Known errors reviewed; workarounds linked in the notes.",
    "knowledge": "Articles drafted and linked.",
    "desk_setup": "Nothing new to set up.",
    "escalation": "Engineering lead on call until Friday, number in the notes.",
    "backout": "Switch back to the former version, ten minutes; the sign is a rise of contacts.",
    "agents_briefed": "Briefing in the Tuesday meeting, 11 of 13 agents confirmed.",
    "tried_by_support": "Tried in staging with two test customers, notes attached.",
    "hypercare": "Three working days; ends when contacts are as before.",
}
_UNDER_WAY = ("change_list", "escalation", "backout", "tried_by_support")


def tell_releases(world: World, chronicle: Chronicle) -> None:
    """Adds the life of every release."""
    for one in world.plan.improvement.releases:
        items = [i for i in world.plan.improvement.work_items if i.release == one.version]
        created = min(one.at - timedelta(days=24), world.plan.now - timedelta(days=12))
        if one.told_at is not None:
            created = min(created, one.told_at - timedelta(hours=3))
        chronicle.add(created, partial(_create, one, world))
        if one.is_deployed and one.told_at is not None and one.told_at < one.at:
            _tell_orderly(one, items, world, chronicle)
        elif one.is_deployed:
            _tell_surprise(one, items, world, chronicle)
        else:
            _tell_ahead(one, items, world, chronicle)
        chronicle.add(one.told_at, partial(_tell_support, one, world))


def _create(one: DemoRelease, world: World, at: datetime) -> None:
    world.releases[one.version] = create_release(
        actor=world.person("zoe.baker"),
        version=one.version,
        name=one.name,
        notes=one.notes,
        planned_for=one.at,
        at=at,
    )


def _tell_support(one: DemoRelease, world: World, at: datetime) -> None:
    release = world.releases[one.version]
    told = tell_support(
        release, actor=world.person("zoe.baker"), note=f"{one.version}: {one.notes}", at=at
    )
    world.releases[one.version] = note_support_told(told, at=at)


def _fill(one: DemoRelease, items: list[DemoWorkItem], world: World, at: datetime) -> None:
    for item in items:
        add_to_release(
            world.releases[one.version],
            actor=world.person("zoe.baker"),
            work_item=world.items[item.key],
            at=at,
        )


def _advance(one: DemoRelease, world: World, step: str, at: datetime) -> None:
    world.releases[one.version] = advance_release(
        world.releases[one.version], actor=world.person("zoe.baker"), step=step, at=at
    )


def _tell_orderly(
    one: DemoRelease, items: list[DemoWorkItem], world: World, chronicle: Chronicle
) -> None:
    """A release that went through readiness with support."""
    start = one.at
    chronicle.add(start - timedelta(days=10), lambda at: _advance(one, world, "build", at))
    chronicle.add(start - timedelta(hours=22), lambda at: _fill(one, items, world, at))
    chronicle.add(start - timedelta(hours=21), lambda at: _advance(one, world, "test", at))
    chronicle.add(
        start - timedelta(hours=20), lambda at: _advance(one, world, "check_readiness", at)
    )
    chronicle.add(
        start - timedelta(hours=19), lambda at: _meet(one, items, world, tuple(_EVIDENCE), at)
    )
    chronicle.add(start - timedelta(hours=18), lambda at: _sign(one, items, world, at))
    chronicle.add(start - timedelta(hours=16), lambda at: _advance(one, world, "approve", at))
    chronicle.add(start - timedelta(minutes=14), lambda at: _deploy(one, world, at))
    chronicle.add(start, lambda at: _finish(one, world, at))
    _tell_afterwards(one, items, world, chronicle)


def _tell_afterwards(
    one: DemoRelease, items: list[DemoWorkItem], world: World, chronicle: Chronicle
) -> None:
    if one.state == "closed":
        chronicle.add(one.at + timedelta(days=8), lambda at: _review_change(one, items, world, at))
        chronicle.add(one.at + timedelta(days=9), lambda at: _advance(one, world, "close", at))
    for week in _WEEKS_LOOKED_AT:
        moment = one.at + timedelta(weeks=week, minutes=30)
        chronicle.add(moment, lambda at: _judge(one, world, at))


def _tell_surprise(
    one: DemoRelease, items: list[DemoWorkItem], world: World, chronicle: Chronicle
) -> None:
    """A release of which support learned from its own tickets: the pipeline reported it."""
    chronicle.add(one.at - timedelta(hours=4), lambda at: _fill(one, items, world, at))
    chronicle.add(one.at, lambda at: _appear(one, world, at))
    _tell_afterwards(one, items, world, chronicle)


def _appear(one: DemoRelease, world: World, at: datetime) -> None:
    release = world.releases[one.version]
    Release.objects.filter(pk=release.pk).update(state="hypercare", deployed_at=at)
    Deployment.objects.create(
        release=release,
        status=Deployment.Status.SUCCEEDED,
        started_at=at - timedelta(minutes=11),
        finished_at=at,
    )
    Event.objects.create(
        name=RELEASE_DEPLOYED.name,
        at=at,
        actor=None,
        subject_kind="devlink.release",
        subject_id=release.pk,
        payload={"version": one.version, "deployed_at": at.isoformat()},
    )
    release.refresh_from_db()
    world.releases[one.version] = write_release_notes(release)
    world.claims += claim_fixes(release, actor=None, at=at)
    _record_change(one, world, at)


def _tell_ahead(
    one: DemoRelease, items: list[DemoWorkItem], world: World, chronicle: Chronicle
) -> None:
    """A release to come, as far as it has got."""
    now = world.plan.now
    chronicle.add(now - timedelta(hours=26), lambda at: _fill(one, items, world, at))
    if one.state != "readiness":
        return
    for hours, step in ((25, "build"), (24, "test"), (23, "check_readiness")):
        chronicle.add(now - timedelta(hours=hours), partial(_advance, one, world, step))
    chronicle.add(now - timedelta(hours=20), lambda at: _meet(one, items, world, _UNDER_WAY, at))
    chronicle.add(now - timedelta(hours=5), lambda at: _sign(one, items, world, at))


def _meet(
    one: DemoRelease,
    items: list[DemoWorkItem],
    world: World,
    keys: tuple[str, ...],
    at: datetime,
) -> None:
    release = world.releases[one.version]
    owner = world.person(COMPONENT_BY_KEY[items[0].component].support_owner)
    for criterion in release.readiness.filter(key__in=keys):
        meet_criterion(criterion, actor=owner, evidence=_EVIDENCE[criterion.key], at=at)


def _sign(one: DemoRelease, items: list[DemoWorkItem], world: World, at: datetime) -> None:
    """Each support team concerned signs; one of the release to come has a condition."""
    teams = sorted({service_of(item.component).support_team for item in items} - {"workplace"})
    ahead = one.state == "readiness"
    for position, team in enumerate(teams):
        careful = ahead and position == 0
        sign_readiness(
            world.releases[one.version],
            actor=world.person(members_of(team, "team_lead")[0].key),
            verdict=SignOff.Verdict.CONDITIONS if careful else SignOff.Verdict.READY,
            conditions="Brief the night shift before Tuesday." if careful else "",
            team=world.directory.teams[team],
            at=at,
        )


def _deploy(one: DemoRelease, world: World, at: datetime) -> None:
    deploy_release(world.releases[one.version], actor=world.person("zoe.baker"), at=at)


def _finish(one: DemoRelease, world: World, at: datetime) -> None:
    release = finish_deployment(world.releases[one.version], actor=world.person("zoe.baker"), at=at)
    world.releases[one.version] = write_release_notes(release)
    world.claims += claim_fixes(release, actor=None, at=at)
    _record_change(one, world, at)


def _record_change(one: DemoRelease, world: World, at: datetime) -> None:
    """Every deployment is a change too; some releases have one that was written beforehand."""
    if any(change.release == one.version for change in world.plan.improvement.changes):
        return
    release = world.releases[one.version]
    open_change_of(release, actor=world.person("zoe.baker"), at=at)
    release.refresh_from_db()
    end_change_of(release, at=at + timedelta(minutes=12))
    release.refresh_from_db()
    world.releases[one.version] = release


def _review_change(one: DemoRelease, items: list[DemoWorkItem], world: World, at: datetime) -> None:
    """Support says which incidents it caused, and the change is closed."""
    release = Release.objects.select_related("change").get(pk=world.releases[one.version].pk)
    change = release.change
    if change is None or change.state != "review":
        return
    touched = {item.component for item in items}
    came = [
        ticket
        for ticket in world.plan.tickets
        if ticket.component in touched
        and ticket.kind == "incident"
        and one.at <= ticket.created_at < one.at + timedelta(days=7)
    ]
    found = came[: one.caused]
    for ticket in found:
        confirm_cause(change, actor=world.person("priya.nair"), ticket=world.tickets[ticket.key])
    CausedIncident.objects.filter(change=change).update(created_at=at)
    close_change(
        change,
        actor=world.person("henrik.dahl"),
        outcome="successful_with_issues" if found else "successful",
        review="Support named what came of it." if found else "No contacts came of it.",
        at=at,
    )


def _judge(one: DemoRelease, world: World, at: datetime) -> None:
    for claim in world.claims:
        if claim.release_id == world.releases[one.version].pk:
            judge_fix(claim, now=at)
