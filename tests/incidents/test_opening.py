"""Opening a ticket."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import Team
from catalogue.models import Service
from core.errors import DomainError, NotPermitted
from core.models import Event
from incidents.actions import open_ticket
from incidents.models import StatusInterval, Ticket
from tests.conftest import Cast
from tests.incidents.conftest import Opener

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_requester_opens_a_ticket_for_themselves(cast: Cast) -> None:
    ticket = open_ticket(actor=cast.rob, requester=cast.rob, title="  Checkout is stuck ")
    ticket.refresh_from_db()
    assert (ticket.title, ticket.state, ticket.state_category) == (
        "Checkout is stuck",
        "new",
        "open",
    )
    assert (ticket.organisation, ticket.created_by) == (cast.acme, cast.rob)
    assert ticket.reference == f"INC-{ticket.pk}"


def test_a_requester_may_not_open_for_somebody_else(cast: Cast) -> None:
    with pytest.raises(NotPermitted) as refused:
        open_ticket(actor=cast.rob, requester=cast.rita, title="Checkout is stuck")
    assert refused.value.field == "requester"
    assert not Ticket.objects.exists()


def test_a_requester_may_not_route(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        open_ticket(actor=cast.rob, requester=cast.rob, title="Stuck", team=cast.desk)
    with pytest.raises(NotPermitted):
        open_ticket(actor=cast.rob, requester=cast.rob, title="Stuck", priority=1)


def test_the_event_and_the_first_interval_are_written_with_it(opened: Opener, cast: Cast) -> None:
    ticket = opened(at=AT)
    event = Event.objects.about(ticket).get()
    assert (event.name, event.actor, event.at) == ("incidents.ticket_opened", cast.ann, AT)
    assert event.sentence == "opened the ticket (Phone)"
    interval = StatusInterval.objects.get(ticket=ticket)
    assert (interval.state, interval.started_at, interval.ended_at) == ("new", AT, None)


@pytest.mark.parametrize(
    ("impact", "urgency", "priority"), [(1, 1, 1), (1, 2, 2), (2, 2, 3), (3, 2, 4), (3, 3, 5)]
)
def test_priority_follows_from_impact_and_urgency(
    opened: Opener, impact: int, urgency: int, priority: int
) -> None:
    assert opened(impact=impact, urgency=urgency).priority == priority


def test_the_given_priority_wins(opened: Opener) -> None:
    assert opened(impact=3, urgency=3, priority=1).priority == 1


def test_the_component_brings_service_and_team(opened: Opener, cast: Cast) -> None:
    ticket = opened()
    assert (ticket.service, ticket.team) == (cast.payments, cast.desk)


def test_deadlines_come_from_the_priority_s_targets(opened: Opener) -> None:
    ticket = opened(at=AT, impact=1, urgency=1)
    assert ticket.first_response_due_at == AT + timedelta(minutes=15)
    assert ticket.resolution_due_at == AT + timedelta(minutes=240)


def test_a_priority_without_targets_has_no_deadlines(opened: Opener) -> None:
    ticket = opened(impact=3, urgency=3)
    assert (ticket.first_response_due_at, ticket.resolution_due_at) == (None, None)


def test_an_assignee_makes_it_assigned(opened: Opener, cast: Cast) -> None:
    ticket = opened(assignee=cast.ann, at=AT)
    assert (ticket.state, ticket.assignee, ticket.assigned_at) == ("assigned", cast.ann, AT)
    states = StatusInterval.objects.filter(ticket=ticket).values_list("state", "ended_at")
    assert list(states) == [("new", AT), ("assigned", None)]


def test_affected_users_are_kept(opened: Opener, cast: Cast) -> None:
    assert list(opened(affected_users=[cast.rita]).affected_users.all()) == [cast.rita]


def test_a_service_request_starts_as_a_draft(opened: Opener) -> None:
    ticket = opened(kind="service_request")
    assert (ticket.state, ticket.reference) == ("draft", f"REQ-{ticket.pk}")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "   "}, "title"),
        ({"title": "x" * 251}, "title"),
        ({"description": "x" * 100_001}, "description"),
        ({"kind": "wish"}, "kind"),
        ({"channel": "pigeon"}, "channel"),
        ({"impact": 4}, "impact"),
        ({"urgency": 0}, "urgency"),
        ({"priority": 9}, "priority"),
        ({"severity": 7}, "severity"),
        ({"source": "old desk"}, "source_number"),
    ],
)
def test_bad_input_is_refused_at_its_field(
    opened: Opener, fields: dict[str, object], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        opened(**fields)
    assert refused.value.field == field
    assert not Ticket.objects.exists()


def test_a_component_of_another_service_is_refused(opened: Opener) -> None:
    other = Service.objects.create(name="Reports", key="reports")
    with pytest.raises(DomainError) as refused:
        opened(service=other)
    assert refused.value.field == "component"


def test_somebody_who_left_cannot_be_the_requester(opened: Opener, cast: Cast) -> None:
    cast.rob.is_active = False
    with pytest.raises(DomainError) as refused:
        opened(requester=cast.rob)
    assert refused.value.field == "requester"


def test_a_requester_cannot_be_the_assignee(opened: Opener, cast: Cast) -> None:
    with pytest.raises(DomainError) as refused:
        opened(assignee=cast.rita)
    assert refused.value.field == "assignee"


def test_a_stranger_to_a_restricted_team_cannot_be_its_assignee(opened: Opener, cast: Cast) -> None:
    people = Team.objects.create(name="People", restricted=True)
    with pytest.raises(DomainError) as refused:
        opened(team=people, assignee=cast.ann)
    assert refused.value.field == "assignee"


def test_a_source_and_number_come_once(opened: Opener) -> None:
    opened(source="old desk", source_number="17")
    with pytest.raises(DomainError) as refused:
        opened(source="old desk", source_number="17")
    assert refused.value.field == "source_number"
    opened(source="other desk", source_number="17")
