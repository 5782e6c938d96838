"""Rules that something sets off: what they do, in which order, and all or nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from core.models import Delivery, Event
from core.tasks import deliver
from core.timeline import because_of
from incidents.actions import (
    assign_ticket,
    edit_ticket,
    put_ticket_on_hold,
    rate_ticket,
    reopen_ticket,
    reply_to_ticket,
    resolve_ticket,
    start_ticket,
    undo_merge,
)
from incidents.models import Message, Ticket
from notifications.models import Notification
from rules.models import RuleCheck, RuleRun
from tests.conftest import Cast
from tests.make.rules import make_rule
from tests.make.tickets import make_ticket

AfterCommit = Callable[[], AbstractContextManager[None]]


def notes(ticket: Ticket) -> list[str]:
    return list(
        Message.objects.filter(ticket=ticket, kind="internal_note").values_list("body", flat=True)
    )


def test_a_rule_acts_when_a_ticket_is_opened_and_fits(
    cast: Cast, after_commit: AfterCommit
) -> None:
    make_rule(
        cast.mo,
        conditions=["priority=1"],
        actions={
            "set": {"category": "Urgent", "component": cast.checkout.pk},
            "assign": {"team": cast.desk.pk, "person": cast.ann.pk},
            "note": {"body": "Look at {{ticket.reference}} by {{requester.name}} first."},
        },
    )
    with after_commit():
        urgent = make_ticket(cast.ann, requester=cast.rob, impact=1, urgency=1)
        other = make_ticket(cast.rob)
    urgent.refresh_from_db()
    assert (urgent.category, urgent.component, urgent.service) == (
        "Urgent",
        cast.checkout,
        cast.payments,
    )
    assert (urgent.assignee, urgent.team, urgent.state) == (cast.ann, cast.desk, "assigned")
    assert notes(urgent) == [f"Look at {urgent.reference} by Rob first."]
    assert notes(other) == []
    run = RuleRun.objects.get()
    assert (run.ticket, run.outcome, run.event.name) == (
        urgent,
        "done",
        "incidents.ticket_opened",
    )


@pytest.mark.parametrize(
    ("activator", "act"),
    [
        ("requester_replied", lambda t, c: reply_to_ticket(t, actor=c.rob, body="And?")),
        ("agent_replied", lambda t, c: reply_to_ticket(t, actor=c.ann, body="Soon.")),
        (
            "note_added",
            lambda t, c: reply_to_ticket(t, actor=c.ann, body="Hm.", kind="internal_note"),
        ),
        ("edited", lambda t, c: edit_ticket(t, actor=c.ann, version=t.version, category="x")),
        ("assigned", lambda t, c: assign_ticket(t, actor=c.ann, assignee=c.ann)),
        ("state_changed", lambda t, c: start_ticket(t, actor=c.ann)),
        ("state_changed", lambda t, c: put_ticket_on_hold(t, actor=c.ann, reason="supplier")),
        (
            "resolved",
            lambda t, c: resolve_ticket(t, actor=c.ann, code="fixed", text="Done."),
        ),
    ],
)
def test_each_thing_that_happens_sets_its_own_rules_off(
    activator: str,
    act: Callable[[Ticket, Cast], Any],
    cast: Cast,
    after_commit: AfterCommit,
) -> None:
    every = ["opened", "requester_replied", "agent_replied", "note_added", "edited", "assigned"]
    every += ["state_changed", "resolved", "reopened", "rated"]
    ticket = make_ticket(cast.rob)
    tell = {"tell": {"people": [cast.pia.pk]}}
    rules = {key: make_rule(cast.mo, key, activator=key, actions=tell) for key in every}
    with after_commit():
        act(ticket, cast)
    fired = set(RuleRun.objects.values_list("rule__name", flat=True))
    also = {"resolved": {"state_changed"}}.get(activator, set())
    assert fired == {rules[activator].name} | also


def test_reopening_and_rating_set_rules_off(cast: Cast, after_commit: AfterCommit) -> None:
    ticket = make_ticket(cast.rob)
    resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done.")
    make_rule(cast.mo, "rated", activator="rated", conditions=["state=resolved"])
    make_rule(cast.mo, "reopened", activator="reopened")
    with after_commit():
        rate_ticket(ticket, actor=cast.rob, score=1)
        reopen_ticket(ticket, actor=cast.rob, note="Again.")
    # By the time the fact is delivered the ticket is open again: conditions read it as it is.
    assert list(RuleRun.objects.values_list("rule__name", flat=True)) == ["reopened"]
    assert RuleCheck.objects.get().event.name == "incidents.ticket_rated"


def test_rules_run_in_their_order_and_later_ones_see_what_earlier_ones_changed(
    cast: Cast, after_commit: AfterCommit
) -> None:
    make_rule(cast.mo, "first", actions={"set": {"priority": 1}})
    make_rule(cast.mo, "second", conditions=["priority=1"], actions={"note": {"body": "second"}})
    make_rule(cast.mo, "third", conditions=["priority=3"], actions={"note": {"body": "third"}})
    with after_commit():
        ticket = make_ticket(cast.rob)
    assert notes(ticket) == ["second"]


def test_a_rule_that_stops_keeps_later_rules_from_running(
    cast: Cast, after_commit: AfterCommit
) -> None:
    make_rule(cast.mo, "first", stop_after=True, actions={"note": {"body": "first"}})
    make_rule(cast.mo, "second", actions={"note": {"body": "second"}})
    with after_commit():
        ticket = make_ticket(cast.rob)
    assert notes(ticket) == ["first"]


def test_a_refused_action_rolls_the_others_back_and_the_trace_says_why(
    cast: Cast, after_commit: AfterCommit
) -> None:
    make_rule(
        cast.mo,
        "closes too early",
        actions={"set": {"category": "Gone"}, "note": {"body": "Bye."}, "step": {"step": "close"}},
    )
    make_rule(cast.mo, "goes on", actions={"note": {"body": "Still here."}})
    with after_commit():
        ticket = make_ticket(cast.rob)
    ticket.refresh_from_db()
    assert (ticket.category, ticket.state, notes(ticket)) == ("", "new", ["Still here."])
    run = RuleRun.objects.get(rule__name="closes too early")
    assert (run.outcome, run.done) == ("refused", [])
    assert "“Close” is not possible while the state is “New”" in run.reason
    assert not Event.objects.filter(payload__rule="closes too early").exists()


def test_a_rule_switched_off_does_nothing(cast: Cast, after_commit: AfterCommit) -> None:
    make_rule(cast.mo, on=False)
    with after_commit():
        ticket = make_ticket(cast.rob)
    assert notes(ticket) == []
    assert not RuleRun.objects.exists()


def test_people_and_teams_are_told_once_and_only_if_they_may_see_the_ticket(
    cast: Cast, after_commit: AfterCommit
) -> None:
    tell = {
        "people": [cast.ann.pk, cast.dev.pk],
        "teams": [cast.desk.pk],
        "text": "Look: {{ticket.title}}",
    }
    make_rule(cast.mo, actions={"tell": tell})
    with after_commit():
        make_ticket(cast.rob, title="No money")
    told = Notification.objects.filter(kind="rules.told")
    assert {one.person for one in told} == {cast.ann, cast.pia}
    assert {one.title for one in told} == {"Look: No money"}


def test_what_a_rule_did_names_the_rule_as_its_cause(cast: Cast, after_commit: AfterCommit) -> None:
    rule = make_rule(cast.mo, "Sort it", actions={"set": {"category": "Sorted"}})
    with after_commit():
        ticket = make_ticket(cast.rob)
    edited = Event.objects.about(ticket).get(name="incidents.ticket_edited")
    run = RuleRun.objects.get()
    assert edited.cause == run.fact
    assert run.fact.sentence == "applied the rule “Sort it”: set category to “Sorted”"
    assert edited.rule == {
        "name": "Sort it",
        "url": rule.get_absolute_url(),
        "kind": "rule",
    }
    assert run.fact.cause == run.event


def test_the_same_event_delivered_again_runs_no_rule_twice(
    cast: Cast, after_commit: AfterCommit
) -> None:
    make_rule(cast.mo)
    with after_commit():
        ticket = make_ticket(cast.rob)
    duty = Delivery.objects.get(handler="rules.handlers.run_rules", event__name__contains="opened")
    deliver(duty.pk)
    assert notes(ticket) == ["Seen."]
    assert RuleRun.objects.count() == 1


def test_what_did_not_fit_is_remembered_once_for_each_event(
    cast: Cast, after_commit: AfterCommit
) -> None:
    missed = [make_rule(cast.mo, f"r{n}", conditions=["priority=1"]) for n in range(3)]
    with after_commit():
        ticket = make_ticket(cast.rob)
    check = RuleCheck.objects.get()
    assert check.ticket == ticket
    assert check.missed == [rule.current_id for rule in missed]


def test_facts_recorded_because_of_another_name_it(cast: Cast) -> None:
    ticket = make_ticket(cast.rob)
    first = Event.objects.about(ticket).get()
    with because_of(first):
        start_ticket(ticket, actor=cast.ann)
    start_ticket(ticket, actor=cast.ann)
    causes = Event.objects.about(ticket).order_by("pk").values_list("cause", flat=True)
    assert list(causes) == [None, first.pk, None]


def test_a_rule_merges_a_second_report_into_the_requesters_own_open_ticket_and_no_other(
    cast: Cast, after_commit: AfterCommit
) -> None:
    make_rule(cast.mo, actions={"merge": {"days": 2}})
    with after_commit():
        theirs = make_ticket(cast.rita, title="No mail")
        first = make_ticket(cast.rob, title="No mail")
        second = make_ticket(cast.rob, title="no MAIL")
        another = make_ticket(cast.rob, title="No calendar")
    for one in (theirs, first, second, another):
        one.refresh_from_db()
    assert second.merged_into == first
    assert [one.is_merged for one in (theirs, first, another)] == [False, False, False]
    undo_merge(second, actor=cast.ann)
    second.refresh_from_db()
    assert not second.is_merged
