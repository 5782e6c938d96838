"""Whose a ticket is, who may file one, and how it reaches those who work on it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Person, Team
from accounts.roles import Side
from catalogue.models import Component
from incidents import actions
from incidents.models import TeamPolicy, Ticket
from incidents.permissions import RULES, allowed
from notifications.models import Notification
from tests.conftest import Cast
from tests.incidents.conftest import Opener

Play = Callable[[], AbstractContextManager[None]]
As = Callable[[Person], Client]


def test_what_a_requester_chooses_in_the_portal_brings_the_report_to_the_team_and_its_next_member(
    cast: Cast, as_user: As, after_commit: Play
) -> None:
    second = Team.objects.create(name="Invoice desk", side=Side.SUPPORT)
    Component.objects.filter(pk=cast.invoices.pk).update(support_team=second)
    cast.max.memberships.create(team=second)
    actions.set_team_policy(second, actor=None, assignment=TeamPolicy.Method.ROUND_ROBIN)
    said = {"title": "Wrong total", "description": "-", "urgency": 2}
    with after_commit():
        as_user(cast.rob).post("/portal/report/", {**said, "component": cast.invoices.pk})
        as_user(cast.rob).post("/portal/report/", {**said, "component": cast.checkout.pk})
    invoices, checkout = Ticket.objects.order_by("pk").select_related("team", "assignee")
    assert (invoices.team, invoices.assignee) == (second, cast.max)
    assert (checkout.team, checkout.assignee) == (cast.desk, None)


@pytest.mark.parametrize("name", ["rob", "ann", "pia", "max", "dev", "rel", "mo", "ada"])
def test_everybody_may_file_a_ticket_of_their_own_whatever_their_role(
    name: str, cast: Cast, as_user: As, api_as: Callable[[Person], APIClient]
) -> None:
    person = cast.everyone[name]
    said = {"title": "My screen is black", "description": "Since today.", "urgency": 2}
    assert as_user(person).get("/portal/report/").status_code == 200
    assert as_user(person).post("/portal/report/", said).status_code == 302
    made = api_as(person).post("/api/v1/tickets/", {"title": "By program"})
    assert made.status_code == 201, made.json()
    assert [one.requester for one in Ticket.objects.all()] == [person, person]
    page = as_user(person).get("/portal/").content.decode()
    assert "My screen is black" in page


def test_people_of_one_company_report_under_their_own_names_and_hear_at_their_own_address(
    opened: Opener, cast: Cast, as_user: As, after_commit: Play
) -> None:
    Person.objects.filter(organisation=cast.acme).update(sees_organisation=True)
    of_rob, of_rita = opened(requester=cast.rob), opened(requester=cast.rita)
    rita = Person.objects.get(pk=cast.rita.pk)
    page = as_user(rita).get("/portal/?whose=all").content.decode()
    for one in (of_rob, of_rita):
        assert one.reference in page
    assert "Rob" in page
    actions.add_watcher(of_rob, actor=rita, person=rita)
    with after_commit():
        actions.reply_to_ticket(of_rob, actor=cast.ann, body="Please try again")
        actions.reply_to_ticket(of_rita, actor=cast.ann, body="Please try again")
    told = Notification.objects.values_list("person__email", "title")
    assert set(told) == {
        ("rita@acme.example", f"Ann wrote on {of_rita.reference}"),
        ("rita@acme.example", f"Ann wrote on {of_rob.reference}"),
        ("rob@acme.example", f"Ann wrote on {of_rob.reference}"),
    }


def test_there_are_more_parts_than_agent_manager_and_customer(ticket: Ticket, cast: Cast) -> None:
    """Eight roles and what a person is to one ticket decide together what they may do to it."""
    actions.share_ticket(ticket, team=cast.payments_team, because="a test")
    may = {name: allowed(person, ticket) for name, person in cast.everyone.items()}
    assert {"assign", "edit", "note"} <= may["ann"]
    assert "approve" not in may["ann"]
    assert may["mo"] == may["ann"] | {"approve", "reject"}
    assert {"note", "tag", "task", "begin_development"} <= may["dev"]
    assert not {"assign", "edit", "resolve"} & may["dev"]
    assert {"reply", "rate", "confirm_fix"} <= may["rob"]
    assert not {"note", "assign", "tag"} & may["rob"]
    assert may["stan"] == frozenset()
    assert set(RULES) > may["ann"]


def test_work_is_broken_into_tasks_with_owners_and_days_and_counted(
    ticket: Ticket, cast: Cast, api_as: Callable[[Person], APIClient]
) -> None:
    address = f"/api/v1/tickets/{ticket.pk}/tasks/"
    program = api_as(cast.ann)
    said = {"title": "Order a card", "assignee": cast.pia.pk, "due_at": "2030-01-02T10:00:00Z"}
    assert program.post(address, said).status_code == 201
    assert program.post(address, {"title": "Tell the shop"}).status_code == 201
    first = ticket.tasks.order_by("pk")[0]
    actions.do_task(first, actor=cast.pia)
    rows = program.get(address).json()
    assert [(one["title"], bool(one["done_at"])) for one in rows] == [
        ("Order a card", True),
        ("Tell the shop", False),
    ]
    assert rows[0]["due_at"].startswith("2030-01-02")
