"""Plans of fulfilment: what becomes ready when, and what fulfilment waits for."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from fulfilment.actions import (
    cast_vote,
    complete_task,
    move_rule,
    reopen_task,
    skip_task,
    take_task,
)
from fulfilment.models import PlanTask, RequestItem
from incidents.actions import cancel_ticket, resolve_ticket
from incidents.models import Ticket
from tests.conftest import Cast
from tests.make.requests import add_step, add_task, make_item, make_request

NOW = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)


@pytest.fixture
def item(cast: Cast) -> RequestItem:
    """Order, then set up; a goodie bag beside them that nobody must pack."""
    item = make_item(cast.payments)
    order = add_task(item, title="Order", team=cast.desk, due_hours=24)
    add_task(item, title="Set up", team=cast.desk, after=order)
    add_task(item, title="Goodies", required=False)
    return item


def states(tasks: object) -> dict[str, str]:
    return {one.title: one.state for one in PlanTask.objects.all()}


def named(title: str) -> PlanTask:
    return PlanTask.objects.get(title=title)


def test_the_plan_begins_with_what_waits_for_nothing(cast: Cast, item: RequestItem) -> None:
    request = make_request(item, cast.rob, at=NOW)
    assert states(request) == {"Order": "ready", "Set up": "waiting", "Goodies": "ready"}
    assert named("Order").due_at == NOW + timedelta(hours=24)
    assert named("Set up").due_at is None


def test_the_plan_waits_for_the_approval(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="people", people=[cast.mo])
    request = make_request(item, cast.rob)
    assert not PlanTask.objects.exists()
    cast_vote(request.approvals.get(), actor=cast.mo, verdict="approved")
    assert PlanTask.objects.count() == 3


def test_a_task_done_makes_the_next_one_ready_and_the_request_be_in_work(
    cast: Cast, item: RequestItem
) -> None:
    request = make_request(item, cast.rob)
    complete_task(named("Order"), actor=cast.ann)
    assert named("Set up").state == "ready"
    assert Ticket.objects.get(pk=request.ticket_id).state == "fulfilling"


def test_a_request_is_fulfilled_once_its_required_tasks_are_done(
    cast: Cast, item: RequestItem
) -> None:
    request = make_request(item, cast.rob)
    complete_task(named("Order"), actor=cast.ann)
    with pytest.raises(DomainError, match="1 required tasks"):
        resolve_ticket(request.ticket, actor=cast.ann, code="request_fulfilled", text="Here")
    skip_task(named("Set up"), actor=cast.ann, reason="They did it themselves")
    ticket = resolve_ticket(request.ticket, actor=cast.ann, code="request_fulfilled", text="Here")
    assert ticket.state == "fulfilled"
    assert named("Goodies").state == "ready"


def test_the_database_knows_that_tasks_come_first(cast: Cast, item: RequestItem) -> None:
    request = make_request(item, cast.rob)
    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=request.ticket_id).update(state="fulfilled")


def test_a_task_opened_again_is_waited_for_again(cast: Cast, item: RequestItem) -> None:
    request = make_request(item, cast.rob)
    complete_task(named("Order"), actor=cast.ann)
    complete_task(named("Set up"), actor=cast.ann)
    reopen_task(named("Set up"), actor=cast.ann)
    assert Ticket.objects.get(pk=request.ticket_id).required_tasks == 1


def test_a_task_is_not_done_before_the_one_it_waits_for(cast: Cast, item: RequestItem) -> None:
    make_request(item, cast.rob)
    with pytest.raises(TransitionNotAllowed):
        complete_task(named("Set up"), actor=cast.ann)


def test_a_task_is_its_teams_and_supports(cast: Cast, item: RequestItem) -> None:
    make_request(item, cast.rob)
    with pytest.raises(NotPermitted):
        complete_task(named("Order"), actor=cast.dev)
    assert take_task(named("Order"), actor=cast.ann).assignee == cast.ann


def test_nobody_skips_without_a_reason(cast: Cast, item: RequestItem) -> None:
    make_request(item, cast.rob)
    with pytest.raises(DomainError) as refused:
        skip_task(named("Order"), actor=cast.ann, reason=" ")
    assert refused.value.field == "reason"


def test_a_cancelled_request_leaves_nothing_to_do(
    cast: Cast, item: RequestItem, after_commit: Callable
) -> None:
    request = make_request(item, cast.rob)
    with after_commit():
        cancel_ticket(request.ticket, actor=cast.ann)
    assert set(states(request).values()) == {"dropped"}


def test_a_task_moved_up_does_not_wait_for_what_now_comes_later(
    cast: Cast, item: RequestItem
) -> None:
    second = item.plan_rules.get(title="Set up")
    move_rule(second, actor=cast.ada, up=True)
    second.refresh_from_db()
    assert (second.position, second.after) == (1, None)


def test_requesters_see_no_tasks(cast: Cast, item: RequestItem) -> None:
    make_request(item, cast.rob)
    assert not PlanTask.objects.visible_to(cast.rob).exists()
