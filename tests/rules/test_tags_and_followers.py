"""Tags and followers: what rules and macros do with them, once, and what asks for them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from accounts.models import Membership, Person, Team
from core.models import Event
from incidents import actions
from incidents.models import Ticket, TicketTag, Watcher
from incidents.selecting import select_tickets
from notifications.models import Notification
from rules.actions import run_event_rules, run_macro
from rules.models import Rule, RuleRun
from tests.conftest import Cast
from tests.make.rules import TAGS, make_macro, make_rule
from tests.make.tickets import make_ticket

AfterCommit = Callable[[], AbstractContextManager[None]]


def tags_of(ticket: Ticket) -> set[str]:
    return set(TicketTag.objects.filter(ticket=ticket).values_list("tag__name", flat=True))


def followers_of(ticket: Ticket) -> set[Person]:
    return {one.person for one in Watcher.objects.filter(ticket=ticket).select_related("person")}


def facts(ticket: Ticket, name: str) -> int:
    return Event.objects.about(ticket).filter(name=f"incidents.{name}").count()


def opened_event(ticket: Ticket) -> Event:
    return Event.objects.about(ticket).get(name="incidents.ticket_opened")


def test_a_rule_adds_tags_takes_tags_away_and_lets_colleagues_follow(cast: Cast) -> None:
    told: dict[str, Any] = {
        "tags": {"add": "VIP, Printer jam", "remove": ["new"]},
        "follow": {"people": [cast.pia.pk, cast.dev.pk]},
    }
    rule = make_rule(cast.mo, "Mark", actions=told)
    ticket = make_ticket(cast.rob)
    actions.tag_ticket(ticket, actor=None, name="new")
    [run] = run_event_rules(opened_event(ticket))
    assert run.done == [
        "add the tags vip, printer-jam, take away the tag new",
        "let Dev, Pia follow",
    ]
    assert tags_of(ticket) == {"vip", "printer-jam"}
    # Who may not see the ticket does not follow it.
    assert followers_of(ticket) == {cast.pia}
    tagged = Event.objects.about(ticket).filter(name="incidents.ticket_tagged").latest("pk")
    assert tagged.rule == {"name": "Mark", "url": rule.get_absolute_url(), "kind": "rule"}


def test_what_is_so_already_is_left_alone_and_sent_to_nobody(
    cast: Cast, after_commit: AfterCommit
) -> None:
    macro = make_macro(cast.ann, actions={**TAGS, "follow": {"people": [cast.pia.pk]}})
    ticket = make_ticket(cast.rob)
    with after_commit():
        for _ in range(2):
            run_macro(macro, actor=cast.ann, ticket=ticket)
    assert (facts(ticket, "ticket_tagged"), facts(ticket, "ticket_followed")) == (1, 1)
    assert not Notification.objects.filter(person=cast.pia).exists()


def test_who_is_told_and_made_a_follower_by_one_rule_hears_of_it_once(
    cast: Cast, after_commit: AfterCommit
) -> None:
    people = [cast.pia.pk]
    make_rule(
        cast.mo,
        actions={
            "reply": {"body": "We look into it."},
            "follow": {"people": people},
            "tell": {"people": people, "teams": [cast.desk.pk], "text": "Have a look"},
        },
    )
    with after_commit():
        ticket = make_ticket(cast.rob)
    assert followers_of(ticket) == {cast.pia}
    assert [one.title for one in Notification.objects.filter(person=cast.pia)] == ["Have a look"]
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.rob, body="Thank you")
    assert Notification.objects.filter(person=cast.pia).count() == 2


def test_has_tag_and_has_not_tag_are_conditions(cast: Cast) -> None:
    marked, plain = make_ticket(cast.rob), make_ticket(cast.rob)
    actions.tag_ticket(marked, actor=None, name="vip")
    make_rule(cast.mo, "has", conditions=["tag=VIP"])
    make_rule(cast.mo, "has not", conditions=["tag_not=vip"])
    for ticket, name in ((marked, "has"), (plain, "has not")):
        assert [run.rule.name for run in run_event_rules(opened_event(ticket))] == [name]
    assert set(select_tickets(cast.ann, "tag_not=vip&tag_not=x")) == {plain}
    assert not select_tickets(cast.rob, "tag_not=vip")


def test_a_change_of_tags_sets_rules_off(cast: Cast, after_commit: AfterCommit) -> None:
    make_rule(cast.mo, activator="tagged", conditions=["tag=vip"], actions={"set": {"priority": 1}})
    ticket = make_ticket(cast.rob)
    with after_commit():
        actions.tag_ticket(ticket, actor=cast.ann, name="late")
    assert Ticket.objects.get().priority == 3
    with after_commit():
        actions.tag_ticket(ticket, actor=cast.ann, name="vip")
    assert Ticket.objects.get().priority == 1


def test_rules_that_take_each_others_tags_away_are_paused(
    cast: Cast, after_commit: AfterCommit
) -> None:
    add = make_rule(cast.mo, "add", activator="tagged", conditions=["tag_not=vip"], actions=TAGS)
    remove = make_rule(
        cast.mo,
        "remove",
        activator="tagged",
        conditions=["tag=vip"],
        actions={"tags": {"remove": ["vip"]}},
    )
    ticket = make_ticket(cast.rob)
    with after_commit():
        actions.tag_ticket(ticket, actor=cast.ann, name="vip")
    paused = Rule.objects.filter(paused_at__isnull=False)
    assert paused.count() == 1
    assert "undo each other" in paused.get().pause_reason
    assert RuleRun.objects.filter(outcome="done").count() <= 3
    assert {add.name, remove.name} == {"add", "remove"}


def test_a_follower_of_a_restricted_team_must_be_a_member(cast: Cast) -> None:
    people = Team.objects.create(name="People", restricted=True)
    Membership.objects.create(person=cast.ann, team=people)
    ann = Person.objects.get(pk=cast.ann.pk)
    ticket = make_ticket(ann, requester=cast.rob, team=people, assignee=ann)
    macro = make_macro(ann, actions={"follow": {"people": [cast.pia.pk, cast.ann.pk]}})
    run_macro(macro, actor=ann, ticket=ticket)
    assert followers_of(ticket) == {ann}


@pytest.mark.parametrize("name", ["rob", "dev"])
def test_nobody_marks_with_a_macro_what_they_may_not_mark(name: str, cast: Cast) -> None:
    macro = make_macro(cast.mo, scope="everybody", actions=TAGS)
    ticket = make_ticket(cast.rob)
    with pytest.raises(Exception, match="not yours to run"):
        run_macro(macro, actor=cast.everyone[name], ticket=ticket)
    assert not tags_of(ticket)
