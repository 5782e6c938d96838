"""Rules of time: once for each ticket and moment, and only for moments after they are on."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from incidents.actions import put_ticket_on_hold, reply_to_ticket, resolve_ticket, start_ticket
from incidents.models import Message, Ticket
from rules.actions import run_time_rule, save_rule
from rules.models import Rule, RuleRun
from rules.tasks import run_time_rules
from tests.conftest import Cast
from tests.make.rules import NOTE, make_rule
from tests.make.tickets import make_ticket


def ago(**span: int) -> datetime:
    return timezone.now() - timedelta(**span)


def on_since(rule: Rule, when: datetime) -> Rule:
    """As if it had been switched on then."""
    Rule.objects.filter(pk=rule.pk).update(on_since=when)
    return rule


def seen(ticket: Ticket) -> int:
    return Message.objects.filter(ticket=ticket, body="Seen.").count()


def test_it_acts_once_when_the_time_since_creation_has_passed(cast: Cast) -> None:
    rule = make_rule(cast.mo, activator="since_created", minutes=120, conditions=["priority=3"])
    on_since(rule, ago(hours=10))
    due = make_ticket(cast.rob, at=ago(hours=3))
    young = make_ticket(cast.rob, at=ago(hours=1))
    other = make_ticket(cast.ann, requester=cast.rob, priority=1, at=ago(hours=3))
    run_time_rules()
    run_time_rules()
    assert (seen(due), seen(young), seen(other)) == (1, 0, 0)
    run = RuleRun.objects.get()
    assert (run.occurrence, run.event, run.outcome) == (due.created_at, None, "done")


def test_moments_before_it_was_switched_on_are_left_alone(cast: Cast) -> None:
    old = make_ticket(cast.rob, at=ago(days=3))
    make_rule(cast.mo, activator="since_created", minutes=60)
    run_time_rules()
    assert seen(old) == 0


def test_a_new_version_does_not_reach_back_either(cast: Cast) -> None:
    rule = on_since(make_rule(cast.mo, activator="since_created", minutes=60 * 24), ago(days=5))
    old = make_ticket(cast.rob, at=ago(hours=3))
    save_rule(rule, actor=cast.mo, name="x", activator="since_created", minutes=60, actions=NOTE)
    run_time_rules()
    assert seen(old) == 0


def test_each_reply_of_the_requester_is_a_moment_of_its_own(cast: Cast) -> None:
    on_since(make_rule(cast.mo, activator="since_requester_reply", minutes=60), ago(days=5))
    ticket = make_ticket(cast.rob, at=ago(days=4))
    run_time_rules()
    assert seen(ticket) == 0
    reply_to_ticket(ticket, actor=cast.rob, body="Hello?", at=ago(hours=5))
    reply_to_ticket(ticket, actor=cast.ann, body="Yes.", at=ago(hours=4))
    run_time_rules()
    run_time_rules()
    assert seen(ticket) == 1
    reply_to_ticket(ticket, actor=cast.rob, body="And?", at=ago(hours=2))
    run_time_rules()
    assert seen(ticket) == 2


def test_time_in_a_state_counts_from_the_last_change_of_state(cast: Cast) -> None:
    on_since(make_rule(cast.mo, activator="in_state", minutes=60), ago(days=5))
    ticket = make_ticket(cast.rob, at=ago(minutes=50))
    run_time_rules()
    assert seen(ticket) == 0
    waiting = make_ticket(cast.rob, at=ago(days=2))
    start_ticket(waiting, actor=cast.ann, at=ago(days=1))
    held = ago(hours=2)
    put_ticket_on_hold(waiting, actor=cast.ann, reason="requester", at=held)
    run_time_rules()
    assert seen(waiting) == 1
    assert RuleRun.objects.get(ticket=waiting).occurrence == held


def test_what_the_rule_itself_changed_is_no_new_last_change(cast: Cast) -> None:
    on_since(make_rule(cast.mo, activator="since_updated", minutes=60), ago(days=5))
    ticket = make_ticket(cast.rob, at=ago(hours=3))
    run_time_rules()
    assert seen(ticket) == 1
    run = RuleRun.objects.get()
    later = timezone.now() + timedelta(hours=2)
    assert run_time_rule(_version(run), ticket.pk, now=later) is None
    reply_to_ticket(ticket, actor=cast.ann, body="Soon.", at=timezone.now() + timedelta(minutes=1))
    assert run_time_rule(_version(run), ticket.pk, now=later) is not None


def _version(run: RuleRun):  # type: ignore[no-untyped-def]  # a test's own short-cut
    version = Rule.objects.get(pk=run.rule_id).version
    version.rule = Rule.objects.get(pk=run.rule_id)
    return version


@pytest.mark.parametrize(
    ("activator", "due_in", "acts"),
    [
        ("before_target", 30, 1),
        ("before_target", 90, 0),
        ("before_target", -30, 0),
        ("after_target", -90, 1),
        ("after_target", -30, 0),
        ("after_target", 30, 0),
    ],
)
def test_an_hour_before_or_after_the_resolution_target(
    activator: str, due_in: int, acts: int, cast: Cast
) -> None:
    on_since(make_rule(cast.mo, activator=activator, minutes=60), ago(days=5))
    ticket = make_ticket(cast.rob)
    Ticket.objects.filter(pk=ticket.pk).update(
        resolution_due_at=timezone.now() + timedelta(minutes=due_in)
    )
    run_time_rules()
    assert seen(ticket) == acts


def test_a_resolved_ticket_has_no_target_any_more(cast: Cast) -> None:
    on_since(make_rule(cast.mo, activator="after_target", minutes=60), ago(days=5))
    ticket = make_ticket(cast.rob, at=ago(days=4))
    resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done.")
    run_time_rules()
    assert seen(ticket) == 0


def test_a_refused_moment_is_not_tried_every_minute(cast: Cast) -> None:
    close = {"step": {"step": "close"}}
    rule = make_rule(cast.mo, activator="since_created", minutes=60, actions=close)
    on_since(rule, ago(days=5))
    make_ticket(cast.rob, at=ago(hours=3))
    run_time_rules()
    run_time_rules()
    assert RuleRun.objects.get().outcome == "refused"


def test_a_rule_of_time_stops_at_its_limit(cast: Cast) -> None:
    rule = make_rule(cast.mo, activator="since_created", minutes=60, most_per_hour=2)
    on_since(rule, ago(days=5))
    for _ in range(4):
        make_ticket(cast.rob, at=ago(hours=3))
    run_time_rules()
    assert RuleRun.objects.filter(outcome="done").count() == 2
    rule.refresh_from_db()
    assert rule.standing == "paused"
