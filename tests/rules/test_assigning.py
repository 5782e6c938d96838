"""Rules and who has a ticket: substitutes, and what follows when an owner leaves one alone."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from django.utils import timezone

from accounts.availability.actions import note_absence
from accounts.models import Person
from core.models import Event
from incidents.actions import assign_ticket, set_team_policy
from incidents.models import Ticket
from incidents.tasks import return_neglected_tickets
from notifications.models import Notification
from rules.actions import run_event_rules, run_macro
from tests.conftest import Cast
from tests.make.rules import make_macro, make_rule
from tests.make.tickets import make_ticket

AfterCommit = Callable[[], AbstractContextManager[None]]


def away(person: Person, substitute: Person) -> None:
    now = timezone.now()
    ends = now + timedelta(days=1)
    note_absence(person, actor=None, starts_at=now, ends_at=ends, substitute=substitute)


def test_rules_and_macros_give_tickets_of_who_is_away_to_who_stands_in(cast: Cast) -> None:
    told = {"assign": {"person": cast.ann.pk}}
    make_rule(cast.mo, actions=told)
    macro = make_macro(cast.mo, scope="everybody", actions=told)
    away(cast.ann, cast.pia)
    by_rule, by_macro = make_ticket(cast.rob), make_ticket(cast.rob)
    run_event_rules(Event.objects.about(by_rule).get())
    run_macro(macro, actor=cast.pia, ticket=by_macro)
    assert {one.assignee for one in Ticket.objects.all()} == {cast.pia}
    away(cast.pia, cast.ann)
    run_macro(macro, actor=cast.mo, ticket=by_macro)
    by_macro.refresh_from_db()
    assert (by_macro.assignee, by_macro.team) == (None, cast.desk)


def test_a_rule_tells_the_lead_when_an_owner_leaves_a_ticket_alone(
    cast: Cast, after_commit: AfterCommit
) -> None:
    set_team_policy(cast.desk, actor=None, ownership_minutes=60)
    make_rule(
        cast.mo,
        activator="returned",
        actions={"tell": {"people": [cast.mo.pk], "text": "Left alone"}, "set": {"priority": 2}},
    )
    long_ago = timezone.now() - timedelta(hours=3)
    ticket = make_ticket(cast.rob, at=long_ago)
    assign_ticket(ticket, actor=None, assignee=cast.ann, team=cast.desk, at=long_ago)
    with after_commit():
        return_neglected_tickets()
    ticket.refresh_from_db()
    assert (ticket.assignee, ticket.priority) == (None, 2)
    assert Notification.objects.get(person=cast.mo).title == "Left alone"
