"""Approvals in steps: who is asked, what votes add up to, what the clock does."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Membership, Person
from accounts.roles import Role
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from fulfilment.actions import (
    cast_vote,
    delegate_approval,
    remind_approvers,
    time_out_approval,
)
from fulfilment.models import Approval, ItemRequest, RequestItem, Vote
from fulfilment.tasks import tend_approvals
from incidents.actions import approve_request, cancel_ticket
from incidents.models import Message, Ticket
from notifications.models import Notification
from tests.conftest import Cast
from tests.make.clocks import office_hours
from tests.make.requests import add_step, add_task, make_item, make_request

NOW = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 5, 8, 15, 0, tzinfo=UTC)


@pytest.fixture
def item(cast: Cast) -> RequestItem:
    """Something everybody may ask for; Rita is Rob's manager."""
    Person.objects.filter(pk=cast.rob.pk).update(manager=cast.rita)
    cast.rob.refresh_from_db()
    return make_item(cast.payments)


def asked(approval: Approval) -> set[str]:
    return {
        one.person.name
        for one in approval.approvers.filter(delegated_to=None).select_related("person")
    }


def current(request: ItemRequest) -> Approval:
    return request.approvals.get(state="asked")


def state(request: ItemRequest) -> str:
    return Ticket.objects.get(pk=request.ticket_id).state


def test_a_request_without_steps_is_approved_at_once(cast: Cast, item: RequestItem) -> None:
    assert state(make_request(item, cast.rob)) == "approved"


def test_the_manager_approves_and_the_request_goes_on(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="manager", label="Manager")
    request = make_request(item, cast.rob)
    assert state(request) == "awaiting_approval"
    assert asked(current(request)) == {"Rita"}
    cast_vote(current(request), actor=cast.rita, verdict="approved")
    assert state(request) == "approved"


def test_steps_are_asked_one_after_the_other(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="manager", label="Manager")
    add_step(item, asks="role", role=Role.ADMIN, label="Security")
    request = make_request(item, cast.rob)
    first, second = request.approvals.all()
    with pytest.raises(TransitionNotAllowed):
        cast_vote(second, actor=cast.ada, verdict="approved")
    cast_vote(first, actor=cast.rita, verdict="approved")
    assert state(request) == "awaiting_approval"
    second.refresh_from_db()
    assert (second.state, asked(second)) == ("asked", {"Ada"})
    cast_vote(second, actor=cast.ada, verdict="approved")
    assert state(request) == "approved"


def test_a_rejection_ends_the_request_and_the_requester_reads_why(
    cast: Cast, item: RequestItem
) -> None:
    add_step(item, asks="manager", label="Manager")
    add_step(item, asks="role", role=Role.ADMIN)
    request = make_request(item, cast.rob)
    cast_vote(current(request), actor=cast.rita, verdict="rejected", comment="No budget left.")
    assert state(request) == "rejected"
    assert [one.state for one in request.approvals.all()] == ["refused", "dropped"]
    said = Message.objects.visible_to(cast.rob).get(ticket=request.ticket)
    assert "No budget left." in said.body


def test_a_rejection_needs_a_reason(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="manager")
    request = make_request(item, cast.rob)
    with pytest.raises(DomainError) as refused:
        cast_vote(current(request), actor=cast.rita, verdict="rejected", comment="  ")
    assert refused.value.field == "comment"
    assert not Vote.objects.exists()


def test_all_of_them_means_every_one(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="people", people=[cast.mo, cast.ada], quorum="all")
    request = make_request(item, cast.rob)
    cast_vote(current(request), actor=cast.mo, verdict="approved")
    assert state(request) == "awaiting_approval"
    cast_vote(current(request), actor=cast.ada, verdict="approved")
    assert state(request) == "approved"


def test_a_number_of_them_ends_when_it_cannot_be_reached(cast: Cast, item: RequestItem) -> None:
    people = [cast.mo, cast.ada, cast.pia]
    add_step(item, asks="people", people=people, quorum="count", count=2)
    request = make_request(item, cast.rob)
    cast_vote(current(request), actor=cast.mo, verdict="rejected", comment="No")
    assert state(request) == "awaiting_approval"
    cast_vote(current(request), actor=cast.ada, verdict="rejected", comment="No")
    assert state(request) == "rejected"


def test_a_number_of_them_is_enough(cast: Cast, item: RequestItem) -> None:
    people = [cast.mo, cast.ada, cast.pia]
    add_step(item, asks="people", people=people, quorum="count", count=2)
    request = make_request(item, cast.rob)
    for person in (cast.mo, cast.pia):
        cast_vote(current(request), actor=person, verdict="approved")
    assert state(request) == "approved"


@pytest.mark.parametrize(
    ("percent", "asked_people", "needed"),
    [(50, 3, 2), (66, 3, 2), (67, 3, 3), (1, 3, 1), (100, 3, 3), (34, 3, 2), (50, 2, 1)],
)
def test_a_percentage_is_rounded_up(
    percent: int, asked_people: int, needed: int, cast: Cast, item: RequestItem
) -> None:
    people = [cast.mo, cast.ada, cast.pia][:asked_people]
    add_step(item, asks="people", people=people, quorum="percent", percent=percent)
    request = make_request(item, cast.rob)
    for count, person in enumerate(people[:needed], start=1):
        assert state(request) == "awaiting_approval"
        cast_vote(current(request), actor=person, verdict="approved")
        assert (state(request) == "approved") == (count == needed)


def test_a_percentage_ends_as_soon_as_it_cannot_be_reached(cast: Cast, item: RequestItem) -> None:
    people = [cast.mo, cast.ada, cast.pia, cast.max]
    add_step(item, asks="people", people=people, quorum="percent", percent=60)
    request = make_request(item, cast.rob)
    cast_vote(current(request), actor=cast.mo, verdict="rejected", comment="No")
    assert state(request) == "awaiting_approval"
    cast_vote(current(request), actor=cast.ada, verdict="rejected", comment="No money")
    assert state(request) == "rejected"
    assert not Approval.objects.waiting_for(cast.pia).exists()


@pytest.mark.parametrize("percent", [0, 101])
def test_a_percentage_is_from_1_to_100(percent: int, cast: Cast, item: RequestItem) -> None:
    with pytest.raises(DomainError) as refused:
        add_step(item, asks="manager", quorum="percent", percent=percent)
    assert refused.value.field == "percent"


def test_hours_are_plain_unless_a_calendar_is_chosen(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="manager", due_hours=48, remind_hours=24)
    approval = current(make_request(item, cast.rob, at=FRIDAY))
    assert approval.due_at == FRIDAY + timedelta(hours=48)
    assert approval.remind_at == FRIDAY + timedelta(hours=24)


def test_due_reminder_and_time_out_follow_the_working_hours_of_the_steps_calendar(
    cast: Cast, item: RequestItem
) -> None:
    office = office_hours("UTC")
    add_step(
        item, asks="manager", due_hours=8, remind_hours=4, on_timeout="reject", calendar=office
    )
    request = make_request(item, cast.rob, at=FRIDAY)
    approval = current(request)
    # Friday has three hours of work left, from 15:00 to 18:00; Monday begins at 08:00.
    monday = FRIDAY.replace(day=11)
    assert approval.remind_at == monday.replace(hour=9)
    assert approval.due_at == monday.replace(hour=13)
    assert not time_out_approval(approval, at=monday.replace(hour=12))
    assert time_out_approval(approval, at=monday.replace(hour=13))
    assert state(request) == "rejected"


def test_a_changed_calendar_leaves_deadlines_already_said(cast: Cast, item: RequestItem) -> None:
    office = office_hours("UTC")
    rule = add_step(item, asks="manager", due_hours=8, calendar=office)
    due = current(make_request(item, cast.rob, at=FRIDAY)).due_at
    rule.calendar = None
    rule.save()
    approval = Approval.objects.get()
    assert (approval.due_at, approval.calendar) == (due, office)


def test_a_team_is_asked_as_it_is_when_its_step_begins(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="manager")
    add_step(item, asks="team", team=cast.desk)
    request = make_request(item, cast.rob)
    Membership.objects.create(person=cast.max, team=cast.desk)
    cast_vote(current(request), actor=cast.rita, verdict="approved")
    assert asked(current(request)) == {"Ann", "Pia", "Max"}


def test_nobody_decides_on_their_own_request(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="people", people=[cast.mo, cast.ada])
    assert asked(current(make_request(item, cast.mo))) == {"Ada"}


def test_without_a_known_manager_the_managers_of_the_house_are_asked(
    cast: Cast, item: RequestItem
) -> None:
    add_step(item, asks="manager")
    assert asked(current(make_request(item, cast.stan))) == {"Mo"}


def test_whoever_is_not_asked_has_no_vote(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="manager")
    request = make_request(item, cast.rob)
    with pytest.raises(NotPermitted):
        cast_vote(current(request), actor=cast.mo, verdict="approved")


def test_votes_cannot_be_gone_round_by_a_lead(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="manager")
    request = make_request(item, cast.rob)
    with pytest.raises(NotPermitted):
        approve_request(request.ticket, actor=cast.mo)
    assert state(request) == "awaiting_approval"


def test_nobody_votes_twice(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="people", people=[cast.mo, cast.ada], quorum="all")
    request = make_request(item, cast.rob)
    cast_vote(current(request), actor=cast.mo, verdict="approved")
    with pytest.raises(NotPermitted, match="not changed"):
        cast_vote(current(request), actor=cast.mo, verdict="rejected", comment="Wait")


def test_the_database_refuses_to_change_or_remove_a_vote(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="manager")
    request = make_request(item, cast.rob)
    cast_vote(current(request), actor=cast.rita, verdict="approved", comment="Fine")
    for change in (
        lambda: Vote.objects.update(verdict="rejected"),
        lambda: Vote.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
            change()
    assert Vote.objects.get().verdict == "approved"


def test_a_vote_is_handed_on(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="manager")
    request = make_request(item, cast.rob)
    delegate_approval(current(request), actor=cast.rita, to=cast.mo)
    assert asked(current(request)) == {"Mo"}
    with pytest.raises(NotPermitted):
        cast_vote(current(request), actor=cast.rita, verdict="approved")
    cast_vote(current(request), actor=cast.mo, verdict="approved")
    assert state(request) == "approved"


def test_a_vote_is_not_handed_to_the_requester(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="manager")
    request = make_request(item, cast.rob)
    with pytest.raises(DomainError, match="somebody else"):
        delegate_approval(current(request), actor=cast.rita, to=cast.rob)


def test_a_withdrawn_request_asks_nobody(
    cast: Cast, item: RequestItem, after_commit: Callable
) -> None:
    add_step(item, asks="manager")
    request = make_request(item, cast.rob)
    with after_commit():
        cancel_ticket(request.ticket, actor=cast.rob)
    assert request.approvals.get().state == "dropped"
    assert not Approval.objects.waiting_for(cast.rita).exists()


def test_a_changed_item_leaves_requests_already_made_as_they_are(
    cast: Cast, item: RequestItem
) -> None:
    rule = add_step(item, asks="manager", label="Manager")
    request = make_request(item, cast.rob)
    rule.delete()
    assert current(request).label == "Manager"
    cast_vote(current(request), actor=cast.rita, verdict="approved")
    assert state(request) == "approved"


@pytest.mark.parametrize(
    ("rule", "state_after"),
    [("wait", "awaiting_approval"), ("approve", "approved"), ("reject", "rejected")],
)
def test_out_of_time_does_what_the_step_says_once(
    rule: str, state_after: str, cast: Cast, item: RequestItem
) -> None:
    add_step(item, asks="manager", due_hours=48, on_timeout=rule)
    request = make_request(item, cast.rob, at=NOW)
    approval = current(request)
    assert not time_out_approval(approval, at=NOW + timedelta(hours=47))
    assert time_out_approval(approval, at=NOW + timedelta(hours=49))
    assert not time_out_approval(approval, at=NOW + timedelta(hours=50))
    assert state(request) == state_after
    overdue = Event.objects.filter(name="fulfilment.approval_overdue")
    assert overdue.count() == 1


def test_out_of_time_asks_the_manager_of_whoever_is_silent(cast: Cast, item: RequestItem) -> None:
    Person.objects.filter(pk=cast.rita.pk).update(manager=cast.mo)
    add_step(item, asks="manager", due_hours=48, on_timeout="escalate")
    request = make_request(item, cast.rob, at=NOW)
    time_out_approval(current(request), at=NOW + timedelta(hours=49))
    assert asked(current(request)) == {"Mo"}
    cast_vote(current(request), actor=cast.mo, verdict="approved")
    assert state(request) == "approved"


def test_those_who_are_silent_are_reminded_once(
    cast: Cast, item: RequestItem, after_commit: Callable
) -> None:
    people = [cast.mo, cast.ada]
    add_step(item, asks="people", people=people, quorum="all", due_hours=48, remind_hours=24)
    request = make_request(item, cast.rob, at=NOW)
    cast_vote(current(request), actor=cast.mo, verdict="approved")
    with after_commit():
        assert remind_approvers(current(request), at=NOW + timedelta(hours=25))
        assert not remind_approvers(current(request), at=NOW + timedelta(hours=26))
    told = Notification.objects.filter(kind="fulfilment.reminded")
    assert [one.person for one in told] == [cast.ada]


def test_the_schedule_tends_what_is_due_and_may_run_twice(cast: Cast, item: RequestItem) -> None:
    add_step(item, asks="manager", due_hours=2, remind_hours=1, on_timeout="reject")
    request = make_request(item, cast.rob, at=datetime.now(UTC) - timedelta(hours=3))
    tend_approvals()
    tend_approvals()
    assert state(request) == "rejected"
    reminded = Event.objects.filter(name="fulfilment.approval_reminded")
    assert reminded.count() == 1


def test_approvers_and_then_the_requester_are_told(
    cast: Cast, item: RequestItem, after_commit: Callable
) -> None:
    add_step(item, asks="manager")
    with after_commit():
        request = make_request(item, cast.rob)
    assert Notification.objects.get(kind="fulfilment.asked").person == cast.rita
    with after_commit():
        cast_vote(current(request), actor=cast.rita, verdict="approved")
    assert Notification.objects.get(kind="fulfilment.decided").person == cast.rob


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(5))
def test_two_votes_at_once_complete_a_step_once(turn: int, cast: Cast) -> None:
    item = make_item(cast.payments)
    add_step(item, asks="people", people=[cast.mo, cast.ada], quorum="all")
    add_task(item)
    request = make_request(item, cast.rob)
    approval = current(request)
    barrier = Barrier(2)

    def vote(person: Person) -> None:
        barrier.wait()
        try:
            cast_vote(approval, actor=person, verdict="approved")
        finally:
            connection.close()

    threads = [Thread(target=vote, args=[person]) for person in (cast.mo, cast.ada)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert state(request) == "approved"
    assert approval.votes.count() == 2
    assert Event.objects.filter(name="incidents.request_approved").count() == 1
    assert request.tasks.count() == 1


def test_one_that_cannot_go_on_stops_no_other(cast: Cast, item: RequestItem) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    stuck = make_item(cast.payments)
    add_step(stuck, asks="manager", due_hours=2, on_timeout="approve")
    add_step(stuck, asks="people", people=[cast.pia])
    add_step(item, asks="manager", due_hours=2, on_timeout="reject")
    first = make_request(stuck, cast.rob, at=long_ago)
    second = make_request(item, cast.rob, at=long_ago)
    Person.objects.filter(pk__in=[cast.pia.pk, cast.mo.pk]).update(is_active=False)
    tend_approvals()
    assert (state(first), state(second)) == ("awaiting_approval", "rejected")
