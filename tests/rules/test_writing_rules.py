"""Writing rules: who may, versions, order, and sentences at the field that is wrong."""

from typing import Any

import pytest

from accounts.models import Membership, Team
from accounts.roles import Role
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from rules.actions import (
    move_rule,
    restore_version,
    resume_rule,
    retire_rule,
    run_event_rules,
    save_rule,
    switch_rule,
)
from rules.models import Rule, RuleRun
from tests.conftest import Cast
from tests.make.rules import NOTE, make_rule
from tests.make.tickets import make_ticket


@pytest.mark.parametrize("name", ["rob", "ann", "pia", "dev", "max"])
def test_only_leads_managers_and_admins_write_rules(name: str, cast: Cast) -> None:
    rule = make_rule(cast.mo)
    person = cast.everyone[name]
    for attempt in (
        lambda: save_rule(None, actor=person, name="x", activator="opened", actions=NOTE),
        lambda: save_rule(rule, actor=person, name="x", activator="opened", actions=NOTE),
        lambda: switch_rule(rule, actor=person, on=False),
        lambda: move_rule(rule, actor=person, up=True),
        lambda: restore_version(rule, actor=person, number=1),
        lambda: resume_rule(rule, actor=person),
        lambda: retire_rule(rule, actor=person),
    ):
        with pytest.raises(NotPermitted):
            attempt()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": "  "}, "name"),
        ({"activator": "sneezed"}, "activator"),
        ({"activator": "since_created", "minutes": 0}, "minutes"),
        ({"activator": "since_created", "minutes": 10**9}, "minutes"),
        ({"conditions": ["prioritty=1"]}, "conditions.0"),
        ({"conditions": ["priority=1", "priority=9"]}, "conditions.1"),
        ({"conditions": ["team=987654"]}, "conditions.0"),
        ({"conditions": ["assignee=me"]}, "conditions.0"),
        ({"conditions": ["q=a"] * 6}, "conditions"),
        ({"match": "some"}, "match"),
        ({"actions": {}}, "actions"),
        ({"actions": {"dance": {}}}, "actions"),
        ({"actions": {"note": "Hello"}}, "note"),
        ({"actions": {"set": {"priority": 9}}}, "set.priority"),
        ({"actions": {"set": {"colour": "red"}}}, "set.colour"),
        ({"actions": {"assign": {"team": 987654}}}, "assign.team"),
        ({"actions": {"assign": {"to_me": True}}}, "assign.to_me"),
        ({"actions": {"note": {"body": "Hello {{password}}"}}}, "note.body"),
        ({"actions": {"tell": {"text": "Hello"}}}, "tell.people"),
        ({"actions": {"step": {"step": "wait"}}}, "step.reason"),
        ({"actions": {"step": {"step": "resolve", "code": "fixed"}}}, "step.text"),
        ({"actions": {"step": {"code": "fixed"}}}, "step.step"),
        ({"most_per_hour": 10**6}, "most_per_hour"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(said: dict[str, Any], field: str, cast: Cast) -> None:
    sound: dict[str, Any] = {"name": "x", "activator": "opened", "actions": NOTE}
    with pytest.raises(DomainError) as caught:
        save_rule(None, actor=cast.mo, **{**sound, **said})
    assert caught.value.field == field
    assert not Rule.objects.exists()


def test_each_save_is_a_version_and_an_old_one_can_be_restored(cast: Cast) -> None:
    rule = make_rule(cast.mo, "One", conditions=["priority=1"])
    save_rule(rule, actor=cast.ada, name="Two", activator="edited", actions=NOTE)
    rule = restore_version(rule, actor=cast.mo, number=1)
    rule.refresh_from_db()
    versions = list(rule.versions.order_by("number"))
    assert [one.number for one in versions] == [1, 2, 3]
    assert rule.version == versions[2]
    assert (versions[2].restored_from, versions[2].conditions) == (1, ["priority=1"])
    assert versions[0].condition_words == [[["Priority", "P1 Critical"]]]
    assert versions[0].action_words == ["add an internal note “Seen.”"]
    with pytest.raises(DomainError) as caught:
        restore_version(rule, actor=cast.mo, number=9)
    assert caught.value.field == "number"


def test_the_trace_points_at_the_version_that_ran(cast: Cast) -> None:
    rule = make_rule(cast.mo)
    run_event_rules(Event.objects.about(make_ticket(cast.rob)).get())
    save_rule(rule, actor=cast.mo, name="x", activator="opened", actions=NOTE)
    run_event_rules(Event.objects.about(make_ticket(cast.rob)).get())
    assert list(RuleRun.objects.order_by("pk").values_list("version__number", flat=True)) == [1, 2]


def test_rules_change_places(cast: Cast) -> None:
    first, second, third = (make_rule(cast.mo, name) for name in ("a", "b", "c"))
    move_rule(third, actor=cast.mo, up=True)
    move_rule(first, actor=cast.mo, up=False)
    assert list(Rule.objects.in_order().values_list("name", flat=True)) == ["c", "a", "b"]
    move_rule(third, actor=cast.mo, up=True)
    assert Rule.objects.in_order().first() == third
    assert second.name == "b"


def test_a_retired_rule_keeps_its_trace_and_cannot_be_changed(cast: Cast) -> None:
    rule = make_rule(cast.mo)
    run_event_rules(Event.objects.about(make_ticket(cast.rob)).get())
    retire_rule(rule, actor=cast.mo)
    run_event_rules(Event.objects.about(make_ticket(cast.rob)).get())
    assert RuleRun.objects.visible_to(cast.ann).get().rule == rule
    with pytest.raises(TransitionNotAllowed):
        switch_rule(rule, actor=cast.mo, on=True)
    assert not Rule.objects.kept().exists()


def test_any_of_several_conditions_is_enough_when_it_says_so(cast: Cast) -> None:
    conditions = ["priority=1", "channel=phone"]
    every = make_rule(cast.mo, "all", conditions=conditions)
    some = make_rule(cast.mo, "any", conditions=conditions, match="any")
    ticket = make_ticket(cast.ann, requester=cast.rob, channel="phone")
    runs = run_event_rules(Event.objects.about(ticket).get())
    assert [run.rule for run in runs] == [some]
    assert every.name == "all"


def test_a_rule_reaches_no_ticket_of_a_restricted_team_its_author_is_no_member_of(
    cast: Cast,
) -> None:
    restricted = Team.objects.create(name="People matters", restricted=True)
    cast.max.roles = [Role.TEAM_LEAD]
    cast.max.save()
    outside = make_rule(cast.max, "outside", activator="assigned")
    Membership.objects.create(person=cast.ann, team=restricted)
    inside = make_rule(cast.mo, "overseer", activator="assigned")
    ticket = make_ticket(cast.ann, requester=cast.rob, team=restricted, assignee=cast.ann)
    runs = run_event_rules(Event.objects.about(ticket).get(name="incidents.ticket_assigned"))
    assert [run.rule for run in runs] == [inside]
    assert outside.is_active


def test_a_condition_whose_record_is_gone_fits_nothing(cast: Cast) -> None:
    gone = Team.objects.create(name="Short-lived")
    make_rule(cast.mo, conditions=[f"team={gone.pk}"])
    gone.delete()
    assert run_event_rules(Event.objects.about(make_ticket(cast.rob)).get()) == []
