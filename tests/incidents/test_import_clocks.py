"""Imported tickets that are still open have targets from the first moment on."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalogue.actions import save_policy
from catalogue.models import ServiceLevelPolicy
from core.models import Event
from incidents import actions
from incidents.models import Ticket, TicketClock
from incidents.tasks import tell_of_targets
from tests.conftest import Cast
from tests.incidents.import_files import import_rows, simple_rows
from tests.make.clocks import make_hours, make_terms

pytestmark = pytest.mark.django_db
OPENED = datetime(2024, 3, 1, 8, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _promised(cast: Cast) -> None:
    targets = {"first_response": 60, "next_response": 120, "resolution": 480}
    terms = make_terms(make_hours(), dict.fromkeys(range(1, 6), targets))
    save_policy(ServiceLevelPolicy.objects.get(), actor=cast.ada, terms=terms)


def clocks(ticket: Ticket) -> dict[str, TicketClock]:
    return {one.target: one for one in ticket.clocks.all()}


def test_an_open_ticket_has_its_targets_and_due_times() -> None:
    import_rows(simple_rows(1))
    ticket = Ticket.objects.get()
    found = clocks(ticket)
    assert {name: one.due_at for name, one in found.items()} == {
        "first_response": OPENED + 60 * MINUTE,
        "resolution": OPENED + 480 * MINUTE,
    }
    assert (ticket.next_target, ticket.due_at) == ("first_response", OPENED + 60 * MINUTE)
    assert ticket.resolution_due_at == OPENED + 480 * MINUTE


def test_a_ticket_that_waits_has_a_paused_clock() -> None:
    import_rows(
        simple_rows(1, state="Pending", sys_updated_at="2024-03-01 09:00:00"),
        values={"state": {"pending": "pending:requester"}},
    )
    ticket = Ticket.objects.get()
    assert {name: one.state for name, one in clocks(ticket).items()} == {
        "first_response": "paused",
        "resolution": "paused",
    }
    assert (ticket.next_target, ticket.due_at) == ("resolution", None)


def test_a_ticket_that_has_ended_has_none() -> None:
    import_rows(simple_rows(1, state="Closed", closed_at="2024-03-02 09:00:00"))
    assert not TicketClock.objects.exists()
    assert Ticket.objects.get().next_target == ""


def test_reckoning_later_changes_nothing_of_what_the_import_wrote() -> None:
    import_rows(simple_rows(3))
    before = list(TicketClock.objects.order_by("id").values())
    run = actions.begin_clock_run("again")
    while actions.reckon_batch(run.pk):
        pass
    run.refresh_from_db()
    assert (run.done, run.changed) == (3, 0)
    assert list(TicketClock.objects.order_by("id").values()) == before


def test_what_was_over_before_the_import_is_no_news() -> None:
    import_rows(simple_rows(3))
    tell_of_targets()
    assert not Event.objects.filter(name__contains="target").exists()


def test_a_batch_costs_the_same_queries_however_many_tickets_it_has() -> None:
    # The first one makes the people and teams that the others find.
    import_rows(simple_rows(20))
    costs = []
    for rows in (simple_rows(20), simple_rows(300)):
        Ticket.objects.all().delete()
        with CaptureQueriesContext(connection) as asked:
            import_rows(rows)
        costs.append(len(asked))
    assert abs(costs[0] - costs[1]) <= 2
