"""Rules that set each other off: the guard ends it, and pauses what is a mistake."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from incidents.actions import edit_ticket
from notifications.models import Notification
from rules.actions import resume_rule
from rules.chains import MOST_DEPTH
from rules.models import RuleRun
from tests.conftest import Cast
from tests.make.rules import make_rule
from tests.make.tickets import make_ticket

WORDS = ["alder", "birch", "cedar", "dogwood", "elder", "fir", "ginkgo"]
AfterCommit = Callable[[], AbstractContextManager[None]]


def test_two_rules_that_undo_each_other_end_with_one_of_them_paused(
    cast: Cast, after_commit: AfterCommit
) -> None:
    ticket = make_ticket(cast.rob)
    up = make_rule(
        cast.mo,
        "up",
        activator="edited",
        conditions=["priority=2"],
        actions={"set": {"priority": 1}},
    )
    down = make_rule(
        cast.mo,
        "down",
        activator="edited",
        conditions=["priority=1"],
        actions={"set": {"priority": 2}},
    )
    with after_commit():
        edit_ticket(ticket, actor=cast.ann, version=ticket.version, priority=2)
    outcomes = list(RuleRun.objects.order_by("pk").values_list("rule__name", "outcome"))
    assert outcomes == [("up", "done"), ("down", "done"), ("up", "held")]
    up.refresh_from_db()
    down.refresh_from_db()
    assert up.standing == "paused"
    assert "“up” → “down” → “up”. These rules undo each other." in up.pause_reason
    assert down.standing == "on"
    told = Notification.objects.get(kind="rules.paused")
    assert (told.person, told.body) == (cast.mo, up.pause_reason)
    ticket.refresh_from_db()
    assert ticket.priority == 2


def test_a_rule_set_off_by_its_own_change_is_held_back_but_stays_on(
    cast: Cast, after_commit: AfterCommit
) -> None:
    ticket = make_ticket(cast.rob)
    rule = make_rule(
        cast.mo,
        activator="edited",
        actions={"set": {"priority": 1}, "note": {"body": "Raised."}},
    )
    with after_commit():
        edit_ticket(ticket, actor=cast.ann, version=ticket.version, category="x")
    assert list(RuleRun.objects.order_by("pk").values_list("outcome", flat=True)) == [
        "done",
        "held",
    ]
    rule.refresh_from_db()
    assert rule.is_active


def test_the_same_rule_runs_again_in_a_new_chain(cast: Cast, after_commit: AfterCommit) -> None:
    ticket = make_ticket(cast.rob)
    make_rule(cast.mo, activator="edited")
    for category in ("a", "b"):
        with after_commit():
            ticket = edit_ticket(ticket, actor=cast.ann, version=ticket.version, category=category)
    assert RuleRun.objects.filter(outcome="done").count() == 2


def test_a_chain_of_too_many_rules_is_cut_and_the_last_one_paused(
    cast: Cast, after_commit: AfterCommit
) -> None:
    ticket = make_ticket(cast.rob)
    # Written last to first: each one fits only what the one after it in the order has changed.
    for number in reversed(range(MOST_DEPTH + 1)):
        make_rule(
            cast.mo,
            f"link {number}",
            activator="edited",
            conditions=[f"priority={number % 5 + 1}&q={WORDS[number]}"],
            actions={
                "set": {"priority": (number + 1) % 5 + 1},
                "note": {"body": f"Now {WORDS[number + 1]}."},
            },
        )
    with after_commit():
        edit_ticket(ticket, actor=cast.ann, version=ticket.version, title=WORDS[0], priority=1)
    done = RuleRun.objects.filter(outcome="done").order_by("pk")
    assert list(done.values_list("depth", flat=True)) == list(range(MOST_DEPTH))
    last = RuleRun.objects.get(outcome="held", rule__name=f"link {MOST_DEPTH}")
    assert last.depth == MOST_DEPTH
    last.rule.refresh_from_db()
    assert last.rule.standing == "paused"
    assert "had set each other off before it" in last.rule.pause_reason


def test_a_rule_that_runs_too_often_is_paused_and_its_owner_told(
    cast: Cast, after_commit: AfterCommit
) -> None:
    rule = make_rule(cast.ada, "chatty", most_per_hour=2)
    for _ in range(4):
        with after_commit():
            make_ticket(cast.rob)
    assert RuleRun.objects.filter(outcome="done").count() == 2
    rule.refresh_from_db()
    assert rule.pause_reason == "It ran 2 times within an hour, which is its limit."
    assert Notification.objects.get(kind="rules.paused").person == cast.ada
    resumed = resume_rule(rule, actor=cast.mo)
    assert resumed.is_active
    assert resumed.pause_reason == ""
