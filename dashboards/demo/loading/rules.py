"""Rules and macros of the demo, and what the rules did to the newest tickets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Max

from accounts.models import Team
from core.models import Event
from dashboards.demo.loading.chronicle import World
from incidents.events import TICKET_OPENED
from incidents.models import Message, Ticket
from rules.actions import run_event_rules, save_macro, save_rule, switch_rule
from rules.models import Rule, RuleRun

_LATELY = timedelta(days=7)
_MOST_RUN = 6
DAY = 24 * 60


class _Rule(NamedTuple):
    name: str
    owner: str
    activator: str
    minutes: int
    conditions: tuple[str, ...]
    actions: dict[str, dict[str, Any]]
    on: bool = True


class _Macro(NamedTuple):
    name: str
    owner: str
    scope: str
    team: str
    actions: dict[str, dict[str, Any]]


def _rules(world: World) -> tuple[_Rule, ...]:
    grace, adam = world.person("grace.lindqvist").pk, world.person("adam.whitlock").pk
    return (
        _Rule(
            "Critical: the lead knows at once",
            "grace.lindqvist",
            "opened",
            0,
            ("state=unresolved&priority=1",),
            {
                "note": {"body": "P1: call {{requester.name}} in 15 minutes; due {{ticket.due}}."},
                "tell": {"people": [grace], "text": "P1: {{ticket.title}}"},
            },
        ),
        _Rule(
            "Reopened: the manager looks at it",
            "adam.whitlock",
            "reopened",
            0,
            (),
            {"tell": {"people": [adam], "text": "{{ticket.reference}} was reopened"}},
        ),
        _Rule(
            "An hour to the target and nobody has it",
            "grace.lindqvist",
            "before_target",
            60,
            ("state=open&assignee=nobody",),
            {
                "tell": {
                    "people": [grace],
                    "text": "{{ticket.reference}}, due {{ticket.due}}, is nobody's",
                }
            },
        ),
        _Rule(
            "The requester waits for a day",
            "ewan.price",
            "since_requester_reply",
            DAY,
            ("state=open",),
            {
                "note": {
                    "body": "{{requester.name}} wrote a day ago. Answer today, {{assignee.name}}."
                }
            },
        ),
        _Rule(
            "No answer for two weeks: resolve",
            "grace.lindqvist",
            "in_state",
            14 * DAY,
            ("state=waiting",),
            {
                "step": {
                    "step": "resolve",
                    "code": "no_response",
                    "text": "Dear {{requester.name}}, we have not heard from you for two weeks and "
                    "close this. Just answer, and we go on.",
                }
            },
            on=False,
        ),
    )


_MACROS = (
    _Macro(
        "Take it and start",
        "grace.lindqvist",
        "everybody",
        "",
        {"assign": {"to_me": True}, "step": {"step": "start"}},
    ),
    _Macro(
        "Ask for a screenshot and wait",
        "grace.lindqvist",
        "everybody",
        "",
        {
            "reply": {
                "body": "Hello {{requester.name}},\n\nplease send us a picture of what you see, "
                "and the time it happened. We go on as soon as we have it."
            },
            "step": {"step": "wait", "reason": "requester"},
        },
    ),
    _Macro(
        "A supplier has an outage",
        "adam.whitlock",
        "everybody",
        "",
        {
            "set": {"category": "Supplier outage"},
            "reply": {
                "body": "Hello {{requester.name}},\n\na supplier of ours has an outage. We are in "
                "touch with them and write as soon as it is over."
            },
            "step": {"step": "wait", "reason": "supplier"},
        },
    ),
    _Macro(
        "Shown how: resolve",
        "grace.lindqvist",
        "team",
        "Service Desk",
        {
            "step": {
                "step": "resolve",
                "code": "user_guided",
                "text": "We went through it together and it works for {{requester.name}} now.",
            }
        },
    ),
    _Macro(
        "Look again tomorrow",
        "nia.okafor",
        "personal",
        "",
        {
            "note": {"body": "Look again tomorrow."},
            "step": {"step": "wait", "reason": "scheduled"},
        },
    ),
)


def load_rules(world: World) -> int:
    """Writes rules and macros, and lets the rules act on the newest tickets; returns how many."""
    before = _last_event()
    for one in _rules(world):
        owner = world.person(one.owner)
        rule = save_rule(
            None,
            actor=owner,
            name=one.name,
            activator=one.activator,
            minutes=one.minutes,
            conditions=list(one.conditions),
            actions=one.actions,
            at=world.plan.now,
        )
        if one.on:
            switch_rule(rule, actor=owner, on=True)
    for macro in _MACROS:
        save_macro(
            None,
            actor=world.person(macro.owner),
            name=macro.name,
            scope=macro.scope,
            team=Team.objects.get(name=macro.team) if macro.team else None,
            actions=macro.actions,
            at=world.plan.now,
        )
    Rule.objects.filter(is_on=True).update(on_since=world.plan.now)
    Event.objects.filter(pk__gt=before).update(at=world.plan.now)
    return _let_them_act(world)


def _last_event() -> int:
    return Event.objects.aggregate(last=Max("pk"))["last"] or 0


def _let_them_act(world: World) -> int:
    """The rules meet the critical tickets of the last days."""
    urgent = [
        ticket.pk
        for ticket in world.tickets.values()
        if ticket.priority == 1 and ticket.created_at > world.plan.now - _LATELY
    ]
    opened = Event.objects.filter(name=TICKET_OPENED.name, subject_id__in=urgent)
    newest = list(opened.select_related("actor").order_by("-pk")[:_MOST_RUN])
    return sum(_act(event) for event in reversed(newest))


def _act(opened: Event) -> int:
    """What the rules do about one ticket, dated back to when it came."""
    before = _last_event()
    ticket = Ticket.objects.get(pk=opened.subject_id)
    runs = run_event_rules(opened)
    Event.objects.filter(pk__gt=before).update(at=opened.at)
    Message.objects.filter(ticket=ticket, author=None).update(created_at=opened.at)
    RuleRun.objects.filter(event=opened).update(at=opened.at)
    Ticket.objects.filter(pk=ticket.pk).update(updated_at=ticket.updated_at)
    return len(runs)
