"""Warnings at a share of the time, breaches at the end, and what a policy does then."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Membership
from catalogue.actions import save_policy
from catalogue.models import ServiceLevelPolicy
from core.models import Event
from incidents import actions
from incidents.models import Ticket, TicketClock
from incidents.selecting import select_tickets
from incidents.tasks import tell_of_targets
from notifications.models import Notification
from tests.conftest import Cast
from tests.incidents.conftest import Opener
from tests.make.catalogue import make_team
from tests.make.clocks import make_hours, make_terms

MINUTE = timedelta(minutes=1)
RESOLUTION = {priority: {"resolution": 100} for priority in range(1, 6)}


def alerts(ticket: Ticket) -> list[str]:
    names = Event.objects.about(ticket).filter(name__contains="target").order_by("id")
    return [name.rpartition("_")[2] for name in names.values_list("name", flat=True)]


def promise(cast: Cast, **more: object) -> None:
    terms = make_terms(make_hours(), RESOLUTION, **more)
    save_policy(ServiceLevelPolicy.objects.get(), actor=cast.ada, terms=terms)


@pytest.fixture
def opened_ago(cast: Cast, opened: Opener) -> Callable[[int], Ticket]:
    """A ticket opened so many minutes ago under a target of 100 minutes."""

    def make(minutes: int, **fields: object) -> Ticket:
        return opened(at=timezone.now() - minutes * MINUTE, **fields)

    return make


def test_a_warning_comes_at_its_share_and_once(
    cast: Cast, opened_ago: Callable[..., Ticket]
) -> None:
    promise(cast)
    early, near = opened_ago(70), opened_ago(80)
    for _ in range(3):
        tell_of_targets()
    assert (alerts(early), alerts(near)) == ([], ["warned"])


def test_a_breach_comes_once_and_without_a_late_warning(
    cast: Cast, opened_ago: Callable[..., Ticket]
) -> None:
    promise(cast)
    ticket = opened_ago(101)
    for _ in range(3):
        tell_of_targets()
    assert alerts(ticket) == ["breached"]


def test_the_assignee_and_the_leads_of_the_team_hear_of_it(
    cast: Cast, opened_ago: Callable[..., Ticket], after_commit: Callable
) -> None:
    promise(cast)
    Membership.objects.filter(person=cast.pia, team=cast.desk).update(is_lead=True)
    opened_ago(101, assignee=cast.ann)
    with after_commit():
        tell_of_targets()
    told = Notification.objects.filter(kind="incidents.target_over")
    assert {one.person for one in told} == {cast.ann, cast.pia}


def test_nobody_is_told_where_the_policy_does_not_say_so(
    cast: Cast, opened_ago: Callable[..., Ticket], after_commit: Callable
) -> None:
    promise(cast, breach_notify=False)
    ticket = opened_ago(101, assignee=cast.ann)
    with after_commit():
        tell_of_targets()
    assert alerts(ticket) == ["breached"]
    assert not Notification.objects.filter(kind="incidents.target_over").exists()


def test_a_warning_can_raise_the_priority_and_a_breach_hand_it_on(
    cast: Cast, opened_ago: Callable[..., Ticket]
) -> None:
    experts = make_team("Experts")
    promise(cast, warn_raise=True, breach_team=experts)
    ticket = opened_ago(80)
    tell_of_targets()
    ticket.refresh_from_db()
    assert (ticket.priority, ticket.team) == (2, cast.desk)
    late = opened_ago(101)
    tell_of_targets()
    late.refresh_from_db()
    assert (late.priority, late.team) == (3, experts)


def test_raising_the_priority_tells_no_second_time(
    cast: Cast, opened_ago: Callable[..., Ticket]
) -> None:
    promise(cast, warn_raise=True, breach_raise=True)
    ticket = opened_ago(101, priority=4)
    for _ in range(4):
        tell_of_targets()
    ticket.refresh_from_db()
    assert (alerts(ticket), ticket.priority) == (["breached"], 3)


def test_a_new_version_repeats_nothing_that_is_as_late_as_before(
    cast: Cast, opened_ago: Callable[..., Ticket]
) -> None:
    promise(cast)
    ticket = opened_ago(101)
    tell_of_targets()
    promise(cast, warn_percent=50)
    run = actions.begin_clock_run("a new version")
    while actions.reckon_batch(run.pk):
        pass
    tell_of_targets()
    assert alerts(ticket) == ["breached"]


def test_what_was_let_pass_and_ended_meanwhile_is_a_fact_without_a_notice(
    cast: Cast, opened_ago: Callable[..., Ticket], after_commit: Callable
) -> None:
    promise(cast)
    ticket = opened_ago(130, assignee=cast.ann)
    actions.resolve_ticket(ticket, actor=cast.ann, code="fixed", text="Done")
    with after_commit():
        tell_of_targets()
    assert alerts(ticket) == ["breached"]
    assert not Notification.objects.filter(kind="incidents.target_over").exists()


def test_a_list_finds_what_is_over_within_hours(
    cast: Cast, opened_ago: Callable[..., Ticket]
) -> None:
    promise(cast)
    soon, over, paused = opened_ago(60), opened_ago(101), opened_ago(60)
    actions.put_ticket_on_hold(paused, actor=cast.ann, reason="supplier")
    assert list(select_tickets(cast.ann, "breaching_within=4")) == [soon]
    assert over in select_tickets(cast.ann, "overdue=true")


def test_the_read_of_what_is_to_be_told_uses_its_index(
    cast: Cast, opened_ago: Callable[..., Ticket]
) -> None:
    promise(cast)
    opened_ago(10)
    due = TicketClock.objects.filter(alert_at__lte=datetime(2020, 1, 1, tzinfo=UTC))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = due.order_by("alert_at").explain()
    assert "incidents_clock_alert" in plan
