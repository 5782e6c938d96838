"""Tickets that are given by a team's policy, taken back from owners, and seen by substitutes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.availability.actions import note_absence, set_work_week
from accounts.models import Membership, Person, Team
from accounts.working_time import Shift
from core.errors import NotPermitted
from core.models import Delivery, Event
from core.tasks import sweep
from incidents import actions
from incidents.models import TeamPolicy, Ticket
from incidents.tasks import assign_waiting_tickets, return_neglected_tickets
from notifications.models import Notification
from tests.conftest import Cast
from tests.incidents.conftest import Opener

Play = Callable[[], AbstractContextManager[None]]
ROUND_ROBIN = TeamPolicy.Method.ROUND_ROBIN
LEAST_LOADED = TeamPolicy.Method.LEAST_LOADED


def arrange(team: Team, **fields: object) -> TeamPolicy:
    return actions.set_team_policy(team, actor=None, **fields)  # type: ignore[arg-type]  # the test's own fields


def away(person: Person, substitute: Person | None = None) -> None:
    now = timezone.now()
    note_absence(
        person,
        actor=None,
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(days=1),
        substitute=substitute,
    )


def owner_of(ticket: Ticket) -> Person | None:
    return Ticket.objects.select_related("assignee").get(pk=ticket.pk).assignee


def sentences(ticket: Ticket) -> list[str]:
    return [event.sentence for event in Event.objects.about(ticket).order_by("id")]


def test_round_robin_gives_each_in_turn_and_says_why(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    arrange(cast.desk, assignment=ROUND_ROBIN)
    with after_commit():
        tickets = [opened() for _ in range(3)]
    assert [owner_of(one) for one in tickets] == [cast.ann, cast.pia, cast.ann]
    assert "assigned the ticket to Ann · Service desk by round robin: 0 open, least of 2" in (
        sentences(tickets[0])
    )
    assert any("by round robin: 1 open, least of 2" in one for one in sentences(tickets[2]))


def test_without_a_policy_nobody_is_given_anything(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    with after_commit():
        ticket = opened()
    assert owner_of(ticket) is None


def test_least_loaded_weighs_priorities(opened: Opener, cast: Cast, after_commit: Play) -> None:
    opened(assignee=cast.ann, priority=1)
    for _ in range(2):
        opened(assignee=cast.pia, priority=4)
    arrange(cast.desk, assignment=LEAST_LOADED)
    with after_commit():
        ticket = opened()
    assert owner_of(ticket) == cast.pia
    assert any("2 open weighing 4, least of 2" in one for one in sentences(ticket))


def test_who_waits_for_others_has_room(opened: Opener, cast: Cast, after_commit: Play) -> None:
    waiting = opened(assignee=cast.ann, priority=1)
    actions.put_ticket_on_hold(waiting, actor=cast.ann, reason="supplier")
    opened(assignee=cast.pia, priority=5)
    arrange(cast.desk, assignment=LEAST_LOADED)
    with after_commit():
        ticket = opened()
    assert owner_of(ticket) == cast.ann


def test_who_is_away_is_passed_over(opened: Opener, cast: Cast, after_commit: Play) -> None:
    away(cast.ann)
    arrange(cast.desk, assignment=ROUND_ROBIN)
    with after_commit():
        tickets = [opened() for _ in range(2)]
    assert {owner_of(one) for one in tickets} == {cast.pia}


def test_who_is_not_at_work_now_is_passed_over_and_served_later(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    tomorrow = (timezone.now().astimezone(UTC) + timedelta(days=1)).weekday()
    for one in (cast.ann, cast.pia):
        set_work_week(
            one, actor=None, time_zone="UTC", hours=[Shift(tomorrow, time(0), time(23, 59))]
        )
    arrange(cast.desk, assignment=ROUND_ROBIN)
    with after_commit():
        ticket = opened()
    assert owner_of(ticket) is None
    assert "waits in the queue: none of 2 is at work" in sentences(ticket)
    assign_waiting_tickets()
    assert sentences(ticket).count("waits in the queue: none of 2 is at work") == 1
    set_work_week(cast.pia, actor=None, time_zone="UTC", hours=[])
    assign_waiting_tickets()
    assert owner_of(ticket) == cast.pia


def test_nobody_is_given_more_than_they_may_have(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    arrange(cast.desk, assignment=ROUND_ROBIN, capacity=2)
    set_work_week(cast.ann, actor=None, time_zone="UTC", hours=[], capacity=1)
    with after_commit():
        tickets = [opened() for _ in range(4)]
    assert [owner_of(one) for one in tickets] == [cast.ann, cast.pia, cast.pia, None]
    assert "waits in the queue: all 2 at work have as many tickets as they may" in (
        sentences(tickets[3])
    )
    actions.resolve_ticket(tickets[0], actor=cast.ann, code="fixed", text="Done")
    assign_waiting_tickets()
    assert owner_of(tickets[3]) == cast.ann


def test_a_ticket_that_comes_to_another_team_is_given_there(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    second = Team.objects.create(name="Second line")
    Membership.objects.create(person=cast.max, team=second)
    arrange(second, assignment=ROUND_ROBIN)
    ticket = opened()
    with after_commit():
        actions.assign_ticket(ticket, actor=cast.ann, team=second)
    assert owner_of(ticket) == cast.max


def test_who_gives_a_ticket_back_is_not_given_it_again(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    arrange(cast.desk, assignment=LEAST_LOADED)
    ticket = opened(assignee=cast.ann)
    with after_commit():
        actions.assign_ticket(ticket, actor=cast.ann, team=cast.desk)
    assert owner_of(ticket) == cast.pia


def test_a_dead_broker_loses_no_assignment(
    opened: Opener,
    cast: Cast,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[list[object]]],
) -> None:
    arrange(cast.desk, assignment=ROUND_ROBIN)
    with django_capture_on_commit_callbacks(execute=False):
        ticket = opened()
    assert owner_of(ticket) is None
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    sweep()
    assert owner_of(ticket) == cast.ann


def test_the_same_event_delivered_twice_gives_the_ticket_once(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    arrange(cast.desk, assignment=ROUND_ROBIN)
    with after_commit():
        ticket = opened()
    assert actions.assign_by_policy(ticket) is None
    assert Event.objects.about(ticket).filter(name="incidents.ticket_assigned").count() == 1


# --- ownership time-out -----------------------------------------------------------------------

LONG_AGO = timedelta(hours=3)


def owned(opened: Opener, cast: Cast) -> Ticket:
    return opened(assignee=cast.ann, at=timezone.now() - LONG_AGO)


def test_an_owner_who_leaves_a_ticket_alone_loses_it_to_the_queue(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    arrange(cast.desk, ownership_minutes=60)
    ticket = owned(opened, cast)
    with after_commit():
        return_neglected_tickets()
    assert owner_of(ticket) is None
    ticket.refresh_from_db()
    assert ticket.team == cast.desk
    assert (
        "returned the ticket to Service desk: Ann has not touched it for 60 working minutes"
        in sentences(ticket)
    )
    assert Notification.objects.filter(person=cast.ann, kind="incidents.returned").count() == 1


@pytest.mark.parametrize("sign", ["reply", "note", "touch", "start"])
def test_an_owner_who_does_something_keeps_it(opened: Opener, cast: Cast, sign: str) -> None:
    arrange(cast.desk, ownership_minutes=60)
    ticket = owned(opened, cast)
    now = timezone.now()
    if sign == "reply":
        actions.reply_to_ticket(ticket, actor=cast.ann, body="We look", kind="public_reply")
    elif sign == "note":
        actions.reply_to_ticket(ticket, actor=cast.ann, body="We look", kind="internal_note")
    elif sign == "touch":
        actions.record_touch(ticket, actor=cast.ann, started_at=now, ended_at=now)
    else:
        actions.start_ticket(ticket, actor=cast.ann)
    return_neglected_tickets()
    assert owner_of(ticket) == cast.ann


def test_what_somebody_else_does_does_not_help_the_owner(opened: Opener, cast: Cast) -> None:
    arrange(cast.desk, ownership_minutes=60)
    ticket = owned(opened, cast)
    actions.reply_to_ticket(ticket, actor=cast.rob, body="Hello?")
    return_neglected_tickets()
    assert owner_of(ticket) is None


def test_a_ticket_that_waits_for_the_requester_stays_with_its_owner(
    opened: Opener, cast: Cast
) -> None:
    arrange(cast.desk, ownership_minutes=60)
    ticket = owned(opened, cast)
    at = timezone.now() - timedelta(hours=2)
    actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="requester", at=at)
    return_neglected_tickets()
    assert owner_of(ticket) == cast.ann


def test_the_end_of_a_wait_starts_the_owners_time_anew(opened: Opener, cast: Cast) -> None:
    arrange(cast.desk, ownership_minutes=60)
    ticket = owned(opened, cast)
    at = timezone.now() - timedelta(hours=2)
    actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="requester", at=at)
    actions.reply_to_ticket(ticket, actor=cast.rob, body="Here it is")
    return_neglected_tickets()
    assert owner_of(ticket) == cast.ann


def test_hours_off_work_are_not_counted_against_the_owner(opened: Opener, cast: Cast) -> None:
    arrange(cast.desk, ownership_minutes=60)
    tomorrow = (timezone.now().astimezone(UTC) + timedelta(days=1)).weekday()
    set_work_week(
        cast.ann, actor=None, time_zone="UTC", hours=[Shift(tomorrow, time(0), time(23, 59))]
    )
    ticket = owned(opened, cast)
    return_neglected_tickets()
    assert owner_of(ticket) == cast.ann


def test_a_returned_ticket_goes_to_another_and_stays_in_the_queue_when_all_left_it(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    arrange(cast.desk, ownership_minutes=60, assignment=LEAST_LOADED)
    ticket = owned(opened, cast)
    with after_commit():
        return_neglected_tickets()
    assert owner_of(ticket) == cast.pia
    later = timezone.now() + timedelta(hours=2)
    with after_commit():
        actions.return_to_pool(ticket, at=later)
    assert owner_of(ticket) is None
    assert "waits in the queue: nobody else is in the team" in sentences(ticket)


# --- substitutes ------------------------------------------------------------------------------


def test_the_substitute_sees_the_tickets_under_their_own_heading(
    opened: Opener, cast: Cast, as_user: Callable[..., Client]
) -> None:
    ticket = opened(assignee=cast.ann, title="The printer is on fire")
    away(cast.ann, cast.pia)
    page = as_user(cast.pia).get("/desk/").content.decode()
    assert "For Ann, away until" in page
    assert ticket.title in page[page.index("For Ann") :]
    assert "For Ann" not in as_user(cast.max).get("/desk/").content.decode()


def test_the_substitute_hears_what_the_owner_hears(
    opened: Opener, cast: Cast, after_commit: Play
) -> None:
    ticket = opened(assignee=cast.ann)
    away(cast.ann, cast.pia)
    with after_commit():
        actions.reply_to_ticket(ticket, actor=cast.rob, body="It is worse now")
    title = Notification.objects.get(person=cast.pia).title
    assert title == f"For Ann: Rob wrote on {ticket.reference}"
    assert Notification.objects.filter(person=cast.ann).exists()


def test_standing_in_opens_no_restricted_team(
    opened: Opener, cast: Cast, after_commit: Play, as_user: Callable[..., Client]
) -> None:
    people = Team.objects.create(name="People", restricted=True)
    Membership.objects.create(person=cast.ann, team=people)
    secret = opened(team=people, component=None, assignee=cast.ann, title="A quiet complaint")
    away(cast.ann, cast.pia)
    with after_commit():
        actions.reply_to_ticket(secret, actor=cast.rob, body="Any news?")
    assert not Notification.objects.filter(person=cast.pia).exists()
    page = as_user(cast.pia).get("/desk/").content.decode()
    assert "A quiet complaint" not in page
    assert as_user(cast.pia).get(secret.get_absolute_url()).status_code == 404


# --- arranging --------------------------------------------------------------------------------


def test_managers_admins_and_the_teams_lead_arrange_a_team(cast: Cast) -> None:
    actions.set_team_policy(cast.desk, actor=cast.mo, capacity=3)
    with pytest.raises(NotPermitted):
        actions.set_team_policy(cast.desk, actor=cast.ann, capacity=4)
    Membership.objects.filter(person=cast.ann).update(is_lead=True)
    actions.set_team_policy(cast.desk, actor=cast.ann, capacity=4)
    with pytest.raises(NotPermitted):
        actions.set_team_policy(cast.payments_team, actor=cast.ann, capacity=4)
    assert TeamPolicy.objects.get().capacity == 4


def test_a_policy_is_arranged_on_its_page(cast: Cast, as_user: Callable[..., Client]) -> None:
    browser = as_user(cast.ada)
    assert "people take tickets" in browser.get("/admin/teams/").content.decode()
    said = {
        "assignment": "round_robin",
        "capacity": "5",
        "follow_up": "new_ticket",
        "reopen_days": "14",
        "close_after_days": "",
        "asks_rating": "on",
    }
    address = f"/admin/teams/{cast.desk.pk}/"
    assert browser.post(address, said).status_code == 302
    policy = TeamPolicy.objects.get(team=cast.desk)
    assert (policy.assignment, policy.capacity, policy.close_after_days) == ("round_robin", 5, None)
    wrong = browser.post(address, {**said, "capacity": "0"})
    assert wrong.status_code == 422
    assert "A whole number from 1" in wrong.content.decode()
    assert as_user(cast.ann).get(address).status_code == 403
    assert as_user(cast.rob).get(address).status_code == 404


def test_programs_arrange_teams(cast: Cast, api_as: Callable[..., APIClient]) -> None:
    program = api_as(cast.mo)
    address = f"/api/v1/team-policies/{cast.desk.pk}/"
    answer = program.patch(address, {"assignment": "least_loaded"}, format="json")
    assert answer.json()["assignment"] == "least_loaded"
    listed = program.get("/api/v1/team-policies/").json()["results"]
    assert {one["assignment"] for one in listed} == {"least_loaded", "none"}
    refused = api_as(cast.ann).patch(address, {"capacity": 2}, format="json")
    assert refused.status_code == 403
