"""Versions of macros, and taking back what a macro did to many tickets."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from incidents import actions
from incidents.jobs.operations import start_job, undo_job
from incidents.jobs.running import go_on
from incidents.models import Ticket, TicketJob, TicketJobItem, TicketTag, Watcher
from rules.actions import restore_macro, retire_macro, run_macro, save_macro
from rules.differences import Difference, compared
from rules.models import Macro
from tests.conftest import Cast
from tests.make.rules import NOTE, TAGS, make_macro
from tests.make.tickets import make_ticket, make_tickets


def changed(macro: Macro, by: Any, **said: Any) -> Macro:
    words = {"name": macro.name, "scope": macro.scope, "team": macro.team, "actions": NOTE}
    return save_macro(macro, actor=by, **{**words, **said})


def run_over(macro: Macro, cast: Cast, tickets: list[Ticket]) -> TicketJob:
    job = start_job(
        actor=cast.ann,
        operation="apply_macro",
        params={"macro": macro.pk},
        ticket_ids=[one.pk for one in tickets],
    )
    go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
    return TicketJob.objects.get(pk=job.pk)


def undone(job: TicketJob, cast: Cast) -> dict[int, str]:
    back = undo_job(job, actor=cast.ann)
    go_on(back.pk, until=timezone.now() + timedelta(minutes=1))
    return {item.ticket_id: item.state for item in back.items.all()}


def test_each_change_keeps_the_version_before_it(cast: Cast) -> None:
    macro = make_macro(cast.mo, "One", scope="everybody")
    macro = changed(macro, cast.mo, name="Two", actions=TAGS)
    macro = changed(macro, cast.mo, name="Two", scope="team", team=cast.desk, actions=TAGS)
    versions = list(macro.versions.all())
    assert [(one.number, one.name, one.readers) for one in versions] == [
        (3, "Two", "Service desk"),
        (2, "Two", "Everybody at the desk"),
        (1, "One", "Everybody at the desk"),
    ]
    assert versions[2].actions == NOTE
    third, second, first = compared(versions)
    assert third.changes == [Difference("Who has it", "Everybody at the desk", "Service desk")]
    assert [one.what for one in second.changes] == ["Name", "Tags", "Add an internal note"]
    assert first.changes == []


def test_restoring_makes_a_new_version_with_name_readers_and_actions(cast: Cast) -> None:
    macro = make_macro(cast.mo, "One", scope="team", team=cast.desk)
    macro = changed(macro, cast.mo, name="Two", scope="everybody", actions=TAGS)
    macro = restore_macro(macro, actor=cast.mo, number=1)
    assert (macro.name, macro.team, macro.version.number) == ("One", cast.desk, 3)
    assert (macro.version.restored_from, macro.version.actions) == (1, NOTE)
    with pytest.raises(DomainError) as caught:
        restore_macro(macro, actor=cast.mo, number=9)
    assert caught.value.field == "number"
    for stranger in (cast.ann, cast.dev, cast.rob):
        with pytest.raises(NotPermitted):
            restore_macro(macro, actor=stranger, number=2)
    retire_macro(macro, actor=cast.mo)
    with pytest.raises(TransitionNotAllowed):
        restore_macro(macro, actor=cast.mo, number=2)


def test_nobody_restores_what_they_may_not_write(cast: Cast) -> None:
    macro = make_macro(cast.mo, "Mine", scope="everybody")
    macro = changed(macro, cast.mo, scope="personal")
    cast.mo.roles = ["agent"]
    cast.mo.save()
    with pytest.raises(NotPermitted):
        restore_macro(macro, actor=cast.mo, number=1)
    macro.refresh_from_db()
    assert (macro.scope, macro.versions.count()) == ("personal", 2)


def test_the_history_says_which_version_of_which_macro_did_it(cast: Cast) -> None:
    macro = changed(make_macro(cast.ann, "Mark"), cast.ann, actions=TAGS)
    ticket = make_ticket(cast.rob)
    run_macro(macro, actor=cast.ann, ticket=ticket)
    applied = Event.objects.about(ticket).get(name="rules.macro_applied")
    assert applied.sentence == "ran version 2 of the macro “Mark”: add the tag vip"
    tagged = Event.objects.about(ticket).get(name="incidents.ticket_tagged")
    address = macro.get_absolute_url()
    assert tagged.rule == {"name": "Mark, version 2", "url": address, "kind": "macro"}
    changed(macro, cast.ann, name="Other")
    assert applied.sentence == "ran version 2 of the macro “Mark”: add the tag vip"


def test_a_job_runs_the_version_it_was_started_with(cast: Cast) -> None:
    macro = make_macro(cast.ann, "Mark", actions=TAGS)
    ticket = make_ticket(cast.rob)
    job = start_job(
        actor=cast.ann,
        operation="apply_macro",
        params={"macro": macro.pk},
        ticket_ids=[ticket.pk],
    )
    changed(macro, cast.ann, actions={"set": {"category": "x"}})
    go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
    ticket.refresh_from_db()
    assert (ticket.category, ticket.ticket_tags.count()) == ("", 1)
    assert job.summary == "Run the macro “Mark”, version 1"


def test_a_macro_run_over_many_tickets_is_taken_back_wholly(cast: Cast) -> None:
    marked, plain = make_tickets(2, cast.rob)
    actions.tag_ticket(marked, actor=None, name="vip")
    actions.add_watcher(plain, actor=None, person=cast.pia)
    macro = make_macro(
        cast.ann,
        actions={
            "set": {"priority": 1, "category": "Bulk"},
            "tags": {"add": ["vip", "late"]},
            "assign": {"to_me": True},
            "follow": {"people": [cast.pia.pk]},
        },
    )
    job = run_over(macro, cast, [marked, plain])
    assert (job.done, job.refused) == (2, 0)
    assert TicketTag.objects.count() == 4
    assert set(undone(job, cast).values()) == {"done"}
    for ticket in (marked, plain):
        ticket.refresh_from_db()
        assert (ticket.priority, ticket.category, ticket.assignee) == (3, "", None)
    assert [(one.ticket, one.tag.name) for one in TicketTag.objects.all()] == [(marked, "vip")]
    assert [(one.ticket, one.person) for one in Watcher.objects.all()] == [(plain, cast.pia)]
    facts = Event.objects.about(marked)
    assert "took back version 1 of the macro “A macro”" in [one.sentence for one in facts]


def test_a_macro_that_writes_cannot_be_taken_back_and_a_wait_can(cast: Cast) -> None:
    ticket = make_ticket(cast.rob)
    for told in (NOTE, {"tell": {"people": [cast.pia.pk]}}, {"step": {"step": "start"}}):
        job = run_over(make_macro(cast.ann, actions={**TAGS, **told}), cast, [ticket])
        with pytest.raises(TransitionNotAllowed, match="This cannot be undone"):
            undo_job(job, actor=cast.ann)
    waits = make_macro(cast.ann, actions={"step": {"step": "wait", "reason": "requester"}})
    job = run_over(waits, cast, [ticket])
    assert undone(job, cast) == {ticket.pk: "done"}
    ticket.refresh_from_db()
    assert ticket.state == "in_progress"


def test_undoing_leaves_the_field_that_somebody_changed_since(cast: Cast) -> None:
    ticket = make_ticket(cast.rob)
    does = {"set": {"category": "x", "priority": 1}, "tags": {"add": ["vip"]}}
    job = run_over(make_macro(cast.ann, actions=does), cast, [ticket])
    ticket.refresh_from_db()
    actions.edit_ticket(ticket, actor=cast.pia, version=ticket.version, category="Pia's")
    assert undone(job, cast) == {ticket.pk: "done"}
    ticket.refresh_from_db()
    assert (ticket.category, ticket.priority) == ("Pia's", 3)
    assert not ticket.ticket_tags.exists()
    sentence = TicketJobItem.objects.get(job__undoes=job).reason
    assert sentence == "Category stays “Pia's”: Pia changed it."


def test_a_field_that_somebody_changed_since_is_no_undoing_by_itself(cast: Cast) -> None:
    ticket = make_ticket(cast.rob)
    job = run_over(make_macro(cast.ann, actions={"set": {"category": "x"}}), cast, [ticket])
    ticket.refresh_from_db()
    actions.edit_ticket(ticket, actor=cast.pia, version=ticket.version, category="Pia's")
    assert undone(job, cast) == {ticket.pk: "refused"}


def test_tags_and_followers_are_operations_on_many_tickets_of_their_own(cast: Cast) -> None:
    tickets = make_tickets(2, cast.rob)
    for operation, params in (
        ("tag", {"add": "VIP", "remove": ["new"]}),
        ("follow", {"people": [cast.pia.pk]}),
    ):
        job = start_job(
            actor=cast.ann,
            operation=operation,
            params=params,
            ticket_ids=[one.pk for one in tickets],
        )
        go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
        assert (TicketTag.objects.count() or 0) + Watcher.objects.count() == 2
        job.refresh_from_db()
        assert set(undone(job, cast).values()) == {"done"}
        assert not TicketTag.objects.exists()
        assert not Watcher.objects.exists()
    for operation, params, field in (
        ("tag", {}, "add"),
        ("tag", {"add": "a", "remove": "a"}, "remove"),
        ("follow", {"people": []}, "people"),
    ):
        with pytest.raises(DomainError) as caught:
            start_job(actor=cast.ann, operation=operation, params=params, ticket_ids=[1])
        assert caught.value.field == field
