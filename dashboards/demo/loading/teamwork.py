"""How the demo's teams work: policies, hours, an absence, checklists, tags, followers, ratings."""

from __future__ import annotations

from datetime import time, timedelta

from django.db.models import Max

from accounts.availability.actions import note_absence, set_work_week
from accounts.models import Absence, Person
from accounts.working_time import Shift
from core.models import Event
from dashboards.demo.loading.chronicle import World
from dashboards.demo.people import PEOPLE
from incidents import actions
from incidents.models import CsatReason, CsatSurvey, Ticket
from incidents.workflow import CLOSED, RESOLVED

_ZONES = {"desk": "Europe/London", "money": "Europe/Lisbon", "access": "Europe/Berlin"}
_REASONS = (
    "Solved quickly",
    "Friendly and clear",
    "Took too long",
    "Had to explain it twice",
    "Not solved",
)
_CHECKLISTS = {
    "New colleague's first day": (
        "Create the account",
        "Order and set up the laptop",
        "Add to the team's groups",
        "Show where help is found",
    ),
    "Lost or stolen device": (
        "Lock the device",
        "Reset passwords and end sessions",
        "Tell security",
        "Order a replacement",
    ),
    "Payment not received": (
        "Check the status at the payment provider",
        "Compare with the ledger",
        "Tell the customer what was found",
    ),
}
_TAGS = ("key-account", "month-end", "needs-parts", "callback")
_ASKED_DAYS = timedelta(days=90)


def load_teamwork(world: World) -> None:
    """Adds what makes the desk look like one that people work at."""
    last = Event.objects.aggregate(last=Max("pk"))["last"] or 0
    teams = world.directory.teams
    actions.set_team_policy(
        teams["money"], actor=None, follow_up="reopen_within_days", reopen_days=30, capacity=12
    )
    actions.set_team_policy(teams["access"], actor=None, assignment="least_loaded", capacity=15)
    actions.set_team_policy(teams["workplace"], actor=None, close_after_days=3)
    _load_availability(world)
    for name, titles in _CHECKLISTS.items():
        actions.save_checklist(None, actor=world.person("robin.castle"), name=name, titles=titles)
    _load_work(world, world.person("nia.okafor"))
    _load_ratings(world)
    # The actions know no other moment than now; the demo ends at its own.
    Event.objects.filter(pk__gt=last, at__gt=world.plan.now).update(at=world.plan.now)


def _load_availability(world: World) -> None:
    for one in PEOPLE:
        if "agent" in one.roles:
            hours = [Shift(day, time(8), time(18)) for day in range(5)]
            zone = _ZONES.get(one.team, "Europe/London")
            set_work_week(world.person(one.key), actor=None, time_zone=zone, hours=hours)
    now = world.plan.now
    note_absence(
        world.person("samir.haddad"),
        actor=None,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=4),
        substitute=world.person("nia.okafor"),
        reason=Absence.Reason.HOLIDAY,
    )


def _load_work(world: World, agent: Person) -> None:
    """Tasks, tags, time and followers on the tickets of the agent whom visitors sign in as."""
    grace = world.person("grace.lindqvist")
    tickets = Ticket.objects.open().filter(assignee=agent).order_by("resolution_due_at", "-id")
    for place, ticket in enumerate(tickets[:8]):
        actions.tag_ticket(ticket, actor=agent, name=_TAGS[place % len(_TAGS)])
        if place % 2 == 0:
            first = actions.add_task(
                ticket, actor=agent, title="Ask for the exact time", due_at=None
            )
            actions.do_task(first, actor=agent)
            actions.add_task(
                ticket,
                actor=agent,
                title="Call back once the logs are in",
                assignee=agent,
                due_at=world.plan.now + timedelta(hours=3 + 20 * place),
            )
            actions.note_time(ticket, actor=agent, minutes=15 + 10 * place, what="On the phone")
        if place % 3 == 0:
            actions.add_watcher(ticket, actor=agent, person=grace)


def _load_ratings(world: World) -> None:
    """Everybody whose ticket was resolved lately was asked; the scores are the tickets' own."""
    reasons = [
        CsatReason.objects.create(label=label, position=place)
        for place, label in enumerate(_REASONS)
    ]
    good, bad = reasons[:2], reasons[2:]
    solved = Ticket.objects.filter(
        state_category__in=[RESOLVED, CLOSED], resolved_at__gt=world.plan.now - _ASKED_DAYS
    )
    CsatSurvey.objects.bulk_create(
        [
            CsatSurvey(
                ticket_id=pk,
                resolution=reopened + 1,
                asked_at=resolved_at or world.plan.now,
                answered_at=rated_at,
                score=score,
                comment=comment,
                reason=(good if score > 3 else bad)[pk % 2] if score else None,
                via=CsatSurvey.Via.LINK if score else "",
            )
            for pk, reopened, resolved_at, score, comment, rated_at in solved.values_list(
                "pk", "reopen_count", "resolved_at", "csat_score", "csat_comment", "csat_at"
            )
        ],
        batch_size=1000,
    )
