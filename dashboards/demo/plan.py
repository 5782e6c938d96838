"""The whole demo for one now: every contact with its history, and everything around it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboards.demo.arrivals import Arrival, all_arrivals
from dashboards.demo.content import Cause, OneOff
from dashboards.demo.improvement import Improvement, plan_improvement
from dashboards.demo.lifecycle import Remedy, Teller, tell_incident, tell_request
from dashboards.demo.planned import PlannedTicket
from dashboards.demo.texts import Contact, write_contact, write_one_off

SEED = 20161  # any number; the same one gives the same company
_MOBILE = ("ios-app", "android-app", "offline-sync")


@dataclass(frozen=True)
class DemoPlan:
    """What the loader turns into rows."""

    now: datetime
    improvement: Improvement
    tickets: tuple[PlannedTicket, ...]


def _remedies(improvement: Improvement) -> dict[str, Remedy]:
    """For each cause with a problem: what its tickets may wait for."""
    releases = {release.version: release for release in improvement.releases}
    found: dict[str, Remedy] = {}
    for problem in improvement.problems:
        if problem.outcome in ("risk_accepted", "duplicate", "cannot_reproduce", "cancelled"):
            continue
        items = [item for item in improvement.work_items if item.problem == problem.key]
        item = items[0] if items else None
        release = releases.get(item.release) if item else None
        shipped = release if release is not None and release.is_deployed else None
        found[problem.cause] = Remedy(
            asked_at=problem.opened_at,
            release=shipped.version if shipped else "",
            deployed_at=shipped.at if shipped else None,
            in_work=item is not None and item.committed_at is not None,
        )
    return found


def _write(arrival: Arrival, dice: random.Random) -> Contact:
    subject = arrival.subject
    if isinstance(subject, OneOff):
        return write_one_off(subject, arrival.organisation, arrival.person, arrival.at, dice)
    return write_contact(subject, arrival.organisation, arrival.person, arrival.at, dice)


def _level(base: int, dice: random.Random) -> int:
    """The cause's level, now and then one off: people judge differently."""
    return max(1, min(3, base + dice.choice((0, 0, 0, 0, 0, 1, -1))))


def _category(arrival: Arrival) -> str:
    return {"incident": "", "question": "Question"}.get(arrival.kind, "Order")


def _plan_ticket(
    position: int, arrival: Arrival, now: datetime, seed: int, remedies: dict[str, Remedy]
) -> PlannedTicket:
    dice = random.Random(f"{seed}:ticket:{position}")
    contact = _write(arrival, dice)
    teller = Teller(arrival, contact, now, dice)
    subject = arrival.subject
    levels = (subject.impact, subject.urgency) if isinstance(subject, Cause) else (3, 3)
    impact, urgency = (_level(level, dice) for level in levels)
    if arrival.kind == "incident":
        tell_incident(teller, remedies.get(subject.key))
    else:
        tell_request(teller)
    story, rating = teller.story, teller.score
    version = f"7.{dice.randint(4, 9)}.{dice.randint(0, 2)}"
    shows_version = subject.component in _MOBILE and dice.random() < 0.4
    return PlannedTicket(
        key=f"T{position:05}",
        cause=subject.key if arrival.kind == "incident" else "",
        kind=story.kind,
        category=_category(arrival),
        title=contact.title,
        body=contact.body,
        requester=teller.requester,
        organisation=arrival.organisation.key,
        channel=contact.channel,
        component=subject.component,
        created_by=teller.creator,
        created_at=arrival.at,
        impact=impact,
        urgency=urgency,
        version_seen=version if shows_version else "",
        team=story.team or teller.home,
        assignee=story.assignee,
        state=story.state,
        state_category=story.category,
        pending_reason=story.reason,
        resolution_code=story.resolution[0],
        resolution_text=story.resolution[1],
        csat_score=rating[0] if rating else None,
        csat_comment=rating[1] if rating else "",
        csat_at=rating[2] if rating else None,
        updated_at=max([arrival.at, story.facts[-1].at]),
        assigned_at=story.assigned_at,
        first_response_at=story.first_response_at,
        resolved_at=story.resolved_at,
        closed_at=story.closed_at,
        reassignment_count=story.reassignments,
        reopen_count=story.reopens,
        first_contact_resolution=story.first_contact if story.resolved_at else None,
        messages=tuple(story.messages),
        intervals=tuple(story.intervals),
        touches=tuple(story.touches),
        facts=tuple(story.facts),
    )


def make_plan(now: datetime, seed: int = SEED) -> DemoPlan:
    """The demo as it stands at `now`: the same rows for the same now and seed."""
    now = now.replace(microsecond=0) - timedelta(minutes=1)
    improvement = plan_improvement(now)
    remedies = _remedies(improvement)
    tickets = tuple(
        _plan_ticket(position, arrival, now, seed, remedies)
        for position, arrival in enumerate(all_arrivals(seed, now), start=1)
    )
    return DemoPlan(now, improvement, tickets)
