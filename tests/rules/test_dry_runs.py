"""Dry runs: what a rule would have done, changing nothing, and honest about the past."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from core.errors import NotPermitted, TransitionNotAllowed
from core.models import Event
from incidents.actions import assign_ticket, edit_ticket, resolve_ticket
from incidents.models import Message, Ticket
from rules.actions import cancel_dry_run, do_dry_run, request_dry_run, start_dry_run
from rules.models import DryRun, Rule, RuleRun
from rules.tasks import tend_dry_runs, work_on_dry_run
from tests.conftest import Cast
from tests.make.rules import make_rule
from tests.make.tickets import make_ticket

AfterCommit = Callable[[], AbstractContextManager[None]]


def ago(**span: int) -> datetime:
    return timezone.now() - timedelta(**span)


def hits(rule: Rule, cast: Cast) -> set[Ticket]:
    run = request_dry_run(rule.version, actor=cast.mo)
    work_on_dry_run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == ("done", "")
    assert run.hits_count == run.hits.count()
    return {hit.ticket for hit in run.hits.select_related("ticket")}


def test_it_lists_what_would_have_set_it_off_in_30_days_and_changes_nothing(cast: Cast) -> None:
    fits = make_ticket(cast.rob, at=ago(days=10), component=cast.checkout)
    make_ticket(cast.rob, at=ago(days=40), component=cast.checkout)
    make_ticket(cast.rob, at=ago(days=5), component=cast.invoices)
    rule = make_rule(cast.mo, on=False, conditions=[f"component={cast.checkout.pk}"])
    assert hits(rule, cast) == {fits}
    assert not Message.objects.exists()
    assert not RuleRun.objects.exists()


def test_state_priority_team_and_assignee_are_those_of_that_moment(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, at=ago(days=10))
    edit_ticket(ticket, actor=cast.ann, version=1, priority=1, at=ago(days=9))
    assign_ticket(ticket, actor=cast.ann, assignee=cast.ann, at=ago(days=8))
    resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done.", at=ago(days=7))
    for query, fits in {
        "state=open": True,
        "state=resolved": False,
        "priority=3": True,
        "priority=1": False,
        "assignee=nobody": True,
        f"assignee={cast.ann.pk}": False,
        f"team={cast.desk.pk}": False,
        "state=open&priority=3&assignee=nobody&q=stuck": True,
        "state=open&q=nonsense": False,
    }.items():
        rule = make_rule(cast.mo, query, on=False, conditions=[query])
        assert hits(rule, cast) == ({ticket} if fits else set()), query


def test_any_of_the_conditions_is_enough_when_it_says_so(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, at=ago(days=1))
    conditions = ["priority=1", "state=open"]
    some = make_rule(cast.mo, on=False, conditions=conditions, match="any")
    every = make_rule(cast.mo, on=False, conditions=conditions)
    assert hits(some, cast) == {ticket}
    assert hits(every, cast) == set()


def test_a_rule_of_time_counts_from_what_the_ticket_says_today(cast: Cast) -> None:
    came = make_ticket(cast.rob, at=ago(days=10))
    make_ticket(cast.rob, at=ago(hours=1))
    make_ticket(cast.rob, at=ago(days=60))
    rule = make_rule(cast.mo, on=False, activator="since_created", minutes=24 * 60)
    assert hits(rule, cast) == {came}


def test_a_ticket_is_listed_once_at_its_first_time(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, at=ago(days=10))
    for days in (9, 8):
        ticket.refresh_from_db()
        edit_ticket(
            ticket, actor=cast.ann, version=ticket.version, category=str(days), at=ago(days=days)
        )
    rule = make_rule(cast.mo, on=False, activator="edited")
    run = request_dry_run(rule.version, actor=cast.mo)
    work_on_dry_run(run.pk)
    first = Event.objects.filter(name="incidents.ticket_edited").earliest("pk")
    assert run.hits.get().event == first


def test_asking_for_one_wakes_a_worker(cast: Cast, after_commit: AfterCommit) -> None:
    make_ticket(cast.rob, at=ago(days=1))
    rule = make_rule(cast.mo, on=False)
    with after_commit():
        run = request_dry_run(rule.version, actor=cast.mo)
    run.refresh_from_db()
    assert (run.state, run.hits_count, run.done) == ("done", 1, 1)


def test_only_those_who_write_rules_may_ask_and_one_at_a_time(cast: Cast) -> None:
    rule = make_rule(cast.mo, on=False)
    with pytest.raises(NotPermitted):
        request_dry_run(rule.version, actor=cast.ann)
    request_dry_run(rule.version, actor=cast.mo)
    with pytest.raises(TransitionNotAllowed):
        request_dry_run(rule.version, actor=cast.mo)
    assert list(DryRun.objects.visible_to(cast.ada)) == []


def test_a_cancelled_one_stays_cancelled_under_its_worker(cast: Cast) -> None:
    make_ticket(cast.rob, at=ago(days=1))
    run = request_dry_run(make_rule(cast.mo, on=False).version, actor=cast.mo)
    started = start_dry_run(run.pk, silent_before=ago(minutes=4))
    assert started is not None
    cancel_dry_run(run, actor=cast.mo)
    do_dry_run(started)
    run.refresh_from_db()
    assert (run.state, run.hits_count) == ("cancelled", 0)


def test_one_whose_worker_died_is_begun_again_and_counts_nothing_twice(cast: Cast) -> None:
    make_ticket(cast.rob, at=ago(days=1))
    run = request_dry_run(make_rule(cast.mo, on=False).version, actor=cast.mo)
    lost = start_dry_run(run.pk, silent_before=ago(minutes=4))
    assert lost is not None
    assert start_dry_run(run.pk, silent_before=ago(minutes=4)) is None
    DryRun.objects.update(heartbeat_at=ago(minutes=5))
    tend_dry_runs()
    do_dry_run(lost)
    run.refresh_from_db()
    assert (run.state, run.hits_count, run.attempts) == ("done", 1, 2)
