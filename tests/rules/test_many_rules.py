"""Many rules must not slow the desk: each event costs the same few queries."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Event
from incidents.models import Ticket
from incidents.selecting import select_tickets, surely_misses, which_fit
from rules.actions import run_event_rules
from rules.models import RuleRun
from tests.conftest import Cast
from tests.make.rules import make_rule
from tests.make.tickets import make_ticket

AfterCommit = Callable[[], AbstractContextManager[None]]


def _queries(event: Event) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        run_event_rules(event)
    return len(caught)


def test_a_hundred_and_fifty_rules_cost_as_many_queries_as_ten(cast: Cast) -> None:
    ticket = make_ticket(cast.rob)
    event = Event.objects.about(ticket).get()
    words = ["state=resolved&q=printer{}", "overdue=true&category{}=", "team={}", "q=word{}"]
    del words[1]

    def add(start: int, end: int) -> None:
        for number in range(start, end):
            query = words[number % 3].format(cast.desk.pk if number % 3 == 1 else number)
            make_rule(cast.mo, f"rule {number}", conditions=[query])

    add(0, 10)
    few = _queries(event)
    event = Event.objects.about(make_ticket(cast.rob)).get()
    add(10, 150)
    assert _queries(event) == few
    assert not RuleRun.objects.exists()


def test_the_same_few_queries_answer_all_conditions(
    cast: Cast, django_assert_num_queries: Callable[[int], AbstractContextManager[None]]
) -> None:
    ticket = make_ticket(cast.rob, component=cast.checkout)
    queries = [f"state=open&q=word{number}" for number in range(50)]
    queries += [
        f"component={cast.checkout.pk}",
        f"component={cast.invoices.pk}",
        "priority=3",
        "overdue=true",
        "team=999999",
        "q=checkout",
    ]
    # One reads the words, two the people and organisations called so, one looks at the ticket.
    with django_assert_num_queries(4):
        fit = which_fit(ticket, queries)
    assert fit == {f"component={cast.checkout.pk}", "priority=3", "q=checkout"}


@pytest.mark.parametrize(
    "query",
    [
        "kind=incident",
        "kind=service_request",
        "priority=3",
        "priority=1",
        "channel=portal",
        "channel=walk_in",
        "state=unresolved&priority=3",
        "state=open",
        "state=waiting",
        "state=resolved&state=unresolved",
        "state=any",
        "assignee=nobody",
        "assignee=987654",
        "q=checkout&priority=2",
        "first_contact=true",
        "created_after=2001-01-01",
        "",
    ],
)
def test_what_is_decided_without_the_database_agrees_with_the_list(query: str, cast: Cast) -> None:
    ticket = make_ticket(cast.rob)
    fits = select_tickets(None, query).filter(pk=ticket.pk).exists()
    assert (query in which_fit(ticket, [query])) == fits
    if surely_misses(ticket, query):
        assert not fits


@pytest.mark.parametrize("query", ["state=nonsense", "assignee=me", "team=0", "priority=9"])
def test_a_stored_condition_that_makes_no_sense_any_more_fits_nothing(
    query: str, cast: Cast
) -> None:
    assert not which_fit(make_ticket(cast.rob), [query])


def test_records_in_conditions_are_compared_by_number(cast: Cast) -> None:
    ticket = make_ticket(cast.rob, component=cast.checkout)
    ticket = Ticket.objects.get(pk=ticket.pk)
    for name, row in (
        ("component", cast.checkout),
        ("service", cast.payments),
        ("team", cast.desk),
        ("organisation", cast.acme),
        ("requester", cast.rob),
    ):
        assert which_fit(ticket, [f"{name}={row.pk}"]), name
        assert not which_fit(ticket, [f"{name}={row.pk + 5000}"]), name
