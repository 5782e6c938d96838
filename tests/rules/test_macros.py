"""Macros: the agent's own steps, all or nothing, on one ticket or on many."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Team
from accounts.roles import Role
from core.errors import DomainError, NotPermitted
from core.models import Event
from incidents.composing import composer_choices
from incidents.jobs.operations import start_job
from incidents.jobs.running import go_on
from incidents.models import Message, Ticket
from rules.actions import retire_macro, run_macro, save_macro
from rules.models import Macro
from tests.conftest import Cast
from tests.make.rules import NOTE, make_macro
from tests.make.tickets import make_ticket, make_tickets


def test_a_macro_acts_in_the_name_of_whoever_runs_it(cast: Cast) -> None:
    macro = make_macro(
        cast.ann,
        "Ask and wait",
        actions={
            "assign": {"to_me": True},
            "reply": {"body": "Hello {{requester.name}}, which browser do you use?"},
            "step": {"step": "wait", "reason": "requester"},
        },
    )
    ticket = make_ticket(cast.rob)
    run_macro(macro, actor=cast.ann, ticket=ticket)
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.state, ticket.pending_reason) == (
        cast.ann,
        "pending",
        "requester",
    )
    message = Message.objects.get(ticket=ticket)
    assert (message.author, message.body) == (
        cast.ann,
        "Hello Rob, which browser do you use?",
    )
    facts = Event.objects.about(ticket).filter(cause__name="rules.macro_applied")
    assert {fact.actor for fact in facts} == {cast.ann}


def test_a_refused_step_rolls_the_whole_macro_back(cast: Cast) -> None:
    macro = make_macro(cast.ann, actions={**NOTE, "step": {"step": "close"}})
    ticket = make_ticket(cast.rob)
    with pytest.raises(DomainError):
        run_macro(macro, actor=cast.ann, ticket=ticket)
    assert not Message.objects.filter(ticket=ticket).exists()
    assert not Event.objects.filter(name="rules.macro_applied").exists()


def test_agents_write_their_own_and_leads_those_of_others(cast: Cast) -> None:
    assert make_macro(cast.ann).owner == cast.ann
    for scope, team in (("everybody", None), ("team", cast.desk)):
        with pytest.raises(NotPermitted):
            make_macro(cast.ann, scope=scope, team=team)
        assert make_macro(cast.mo, scope=scope, team=team).team == team
    for stranger in (cast.rob, cast.dev):
        with pytest.raises(NotPermitted):
            make_macro(stranger)


def test_a_lead_writes_for_their_own_teams_only(cast: Cast) -> None:
    lead = cast.pia
    lead.roles = [Role.TEAM_LEAD]
    lead.save()
    make_macro(lead, scope="team", team=cast.desk)
    with pytest.raises(NotPermitted):
        make_macro(lead, scope="team", team=Team.objects.create(name="Other desk"))


def test_everybody_has_their_own_their_teams_and_everybodys(cast: Cast) -> None:
    make_macro(cast.ann, "ann's")
    make_macro(cast.mo, "desk's", scope="team", team=cast.desk)
    make_macro(cast.mo, "all's", scope="everybody")

    def names(person: object) -> set[str]:
        return set(Macro.objects.visible_to(person).values_list("name", flat=True))

    assert names(cast.ann) == {"ann's", "desk's", "all's"}
    assert names(cast.pia) == {"desk's", "all's"}
    assert names(cast.max) == {"all's"}
    assert names(cast.dev) == names(cast.rob) == set()
    with pytest.raises(NotPermitted):
        run_macro(Macro.objects.get(name="ann's"), actor=cast.pia, ticket=make_ticket(cast.rob))


def test_nobody_changes_another_persons_macro(cast: Cast) -> None:
    macro = make_macro(cast.ann)
    for person in (cast.pia, cast.mo):
        with pytest.raises(NotPermitted):
            save_macro(macro, actor=person, name="x", scope="personal", actions=NOTE)
        with pytest.raises(NotPermitted):
            retire_macro(macro, actor=person)


def test_a_team_macro_needs_its_team(cast: Cast) -> None:
    with pytest.raises(DomainError) as caught:
        make_macro(cast.mo, scope="team")
    assert caught.value.field == "team"


def test_the_menu_of_the_writing_box_offers_macros_to_run(cast: Cast) -> None:
    macro = make_macro(cast.ann, "Ask and wait")
    retired = make_macro(cast.ann, "Old")
    retire_macro(retired, actor=cast.ann)
    ticket = make_ticket(cast.rob)
    found = [one for one in composer_choices(cast.ann, ticket) if one.group == "Macros"]
    assert [(one.label, one.run_url) for one in found] == [
        ("Ask and wait", f"/admin/macros/{macro.pk}/run/{ticket.pk}/")
    ]
    assert not [one for one in composer_choices(cast.dev, ticket) if one.group == "Macros"]


def test_a_macro_runs_over_a_selection_and_says_which_tickets_refused(cast: Cast) -> None:
    macro = make_macro(cast.ann, actions={"set": {"category": "Bulk"}, "step": {"step": "start"}})
    tickets = make_tickets(3, cast.rob)
    Ticket.objects.filter(pk=tickets[1].pk).update(state="resolved", state_category="resolved")
    job = start_job(
        actor=cast.ann,
        operation="apply_macro",
        params={"macro": macro.pk},
        ticket_ids=[one.pk for one in tickets],
    )
    assert job.summary == "Run the macro “A macro”, version 1"
    go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
    states = dict(job.items.values_list("ticket_id", "state"))
    assert [states[one.pk] for one in tickets] == ["done", "refused", "done"]
    categories = [Ticket.objects.get(pk=one.pk).category for one in tickets]
    assert categories == ["Bulk", "", "Bulk"]


def test_a_job_with_another_persons_macro_is_refused_at_its_field(cast: Cast) -> None:
    macro = make_macro(cast.ann)
    ticket = make_ticket(cast.rob)
    with pytest.raises(DomainError) as caught:
        start_job(
            actor=cast.pia,
            operation="apply_macro",
            params={"macro": macro.pk},
            ticket_ids=[ticket.pk],
        )
    assert caught.value.field == "macro"


def test_words_of_a_ticket_stay_words_in_a_text(cast: Cast) -> None:
    macro = make_macro(
        cast.ann, actions={"note": {"body": "About {{ticket.title}} at {{ticket.link}}"}}
    )
    ticket = make_ticket(cast.rob, title="[win](http://evil.example) *now*")
    run_macro(macro, actor=cast.ann, ticket=ticket)
    body = Message.objects.get(ticket=ticket).body
    assert r"\[win\](http://evil.example) \*now\*" in body
    assert body.endswith(ticket.get_absolute_url())
