"""Several people change one ticket: other fields merge, the same field asks, nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Person, Team
from core import timeline
from core.errors import EditConflict
from core.models import Event
from incidents import actions
from incidents.events import TICKET_EDITED
from incidents.models import FieldVersion, Ticket
from tests.conftest import Cast

AsUser = Callable[[Person], Client]
WRITERS, EDITS = 8, 500


def test_different_fields_merge_and_a_line_says_what_others_changed(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    actions.edit_ticket(ticket, actor=cast.pia, version=1, category="Cards", priority=2)
    browser = as_user(cast.ann)
    answer = browser.post(
        f"/tickets/{ticket.pk}/fields/",
        {"field": "component", "component": cast.invoices.pk, "version": 1},
    )
    assert answer.status_code == 302
    ticket.refresh_from_db()
    assert (ticket.component, ticket.category, ticket.priority) == (cast.invoices, "Cards", 2)
    page = browser.get(answer["Location"]).content.decode()
    assert "Saved. Meanwhile Pia changed category to “Cards”" in page
    assert "Pia changed priority to “P2 High”" in page


def test_the_same_field_shows_both_values_and_asks(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    actions.edit_ticket(ticket, actor=cast.pia, version=1, priority=2)
    browser, address = as_user(cast.ann), f"/tickets/{ticket.pk}/fields/"
    mine = {"field": "priority", "priority": 4, "version": 1}
    for headers in ({}, {"HX-Request": "true"}):
        answer = browser.post(address, mine, headers=headers)
        page = answer.content.decode()
        assert answer.status_code == 409
        for words in ("Pia changed priority", "P2 High", "P4 Low", "Use mine", "Keep Pia’s"):
            assert words in page
    ticket.refresh_from_db()
    assert ticket.priority == 2
    assert browser.post(address, mine | {"version": ticket.version}).status_code == 302
    ticket.refresh_from_db()
    assert ticket.priority == 4


def test_the_edit_page_lets_one_keep_the_other_s_value(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    actions.edit_ticket(ticket, actor=cast.pia, version=1, title="By Pia")
    browser, address = as_user(cast.ann), f"/tickets/{ticket.pk}/edit/"
    shown = {name: getattr(ticket, name) for name in ("title", "description", "category")}
    shown |= {"impact": 2, "urgency": 2, "priority": 3, "severity": "", "channel": "phone"}
    shown |= {"version_seen": "", "service": cast.payments.pk, "component": cast.checkout.pk}
    hidden = {f"initial-{name}": value for name, value in shown.items()}
    typed = {**shown, **hidden, "title": "By Ann", "category": "Cards", "version": 1}
    answer = browser.post(address, typed)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Which one is right?" in page
    assert "By Pia" in page
    again = typed | {"version": 2, "keep_title": "theirs"}
    assert browser.post(address, again).status_code == 302
    ticket.refresh_from_db()
    assert (ticket.title, ticket.category) == ("By Pia", "Cards")


def test_the_api_answers_409_with_both_values(
    ticket: Ticket, cast: Cast, api_as: Callable[[Person], APIClient]
) -> None:
    actions.edit_ticket(ticket, actor=cast.pia, version=1, title="By Pia", category="x")
    answer = api_as(cast.ann).patch(
        f"/api/v1/tickets/{ticket.pk}/", {"version": 1, "title": "By Ann", "category": "y"}
    )
    assert answer.status_code == 409
    assert answer.data["version"] == 2
    both = {one["field"]: (one["yours"], one["theirs"]) for one in answer.data["conflicts"]}
    assert both == {"title": ("By Ann", "By Pia"), "category": ("y", "x")}
    assert {one["by"] for one in answer.data["conflicts"]} == {"Pia"}
    merged = api_as(cast.ann).patch(
        f"/api/v1/tickets/{ticket.pk}/", {"version": 1, "version_seen": "4.18"}
    )
    assert merged.status_code == 200
    assert "Pia changed" in merged.data["meanwhile"]


def test_assigning_what_somebody_else_has_assigned_meanwhile_asks(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    actions.assign_ticket(ticket, actor=cast.pia, assignee=cast.pia)
    answer = as_user(cast.ann).post(
        f"/tickets/{ticket.pk}/fields/",
        {"field": "assignee", "assignee": cast.ann.pk, "version": 1},
    )
    assert answer.status_code == 409
    assert "Pia changed the assignee" in answer.content.decode()
    ticket.refresh_from_db()
    assert ticket.assignee == cast.pia


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [("priority", "9", "Select a valid choice"), ("priority", "", "Choose one of the list"),
     ("team", "999", "Select a valid choice"), ("assignee", "", "")],
)  # fmt: skip
def test_a_wrong_choice_is_said_at_the_control(
    ticket: Ticket, cast: Cast, as_user: AsUser, field: str, value: str, says: str
) -> None:
    address = f"/tickets/{ticket.pk}/fields/"
    answer = as_user(cast.ann).post(address, {"field": field, field: value, "version": 1})
    if says:
        assert answer.status_code == 422
        assert says in answer.content.decode()
    else:
        assert answer.status_code == 302


def test_only_the_desk_gets_the_controls(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    address = f"/tickets/{ticket.pk}/fields/"
    part = as_user(cast.ann).get(address, headers={"HX-Request": "true"}).content.decode()
    for name in ("priority", "service", "component", "team", "assignee"):
        assert f'name="{name}"' in part
    assert as_user(cast.rob).get(address).status_code == 403
    assert as_user(cast.stan).get(address).status_code == 404
    assert "quick-fields" in as_user(cast.ann).get(ticket.get_absolute_url()).content.decode()


def test_an_edit_costs_the_same_however_many_there_were(ticket: Ticket, cast: Cast) -> None:
    def price() -> int:
        ticket.refresh_from_db()
        with CaptureQueriesContext(connection) as queries:
            actions.edit_ticket(
                ticket, actor=cast.ann, version=ticket.version - 1, category=f"v{ticket.version}"
            )
        return len(queries)

    actions.edit_ticket(ticket, actor=cast.pia, version=1, title="x")
    assert cast.ann.hidden_team_ids == frozenset()
    few = price()
    for _ in range(30):
        ticket.refresh_from_db()
        actions.edit_ticket(
            ticket, actor=cast.pia, version=ticket.version, title=f"x{ticket.version}"
        )
    assert price() == few
    assert FieldVersion.objects.filter(ticket=ticket).count() == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_eight_writers_of_five_hundred_edits_each_lose_no_update(
    ticket: Ticket, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people count up each of four fields: whoever was slower reads again and adds one."""
    # What follows from the edits is not this test's: neither the broker nor the words of a search.
    monkeypatch.setattr(timeline, "publishers", [])
    monkeypatch.setattr("incidents.actions._keeping.index_tickets", lambda ids: None)
    own = ["title", "category", "version_seen", "description"]
    Ticket.objects.filter(pk=ticket.pk).update(**dict.fromkeys(own, "0 nobody"))
    people = [cast.ann, cast.pia, cast.max, cast.mo]

    def write(number: int) -> int:
        name, actor = own[number % len(own)], people[number // 2]
        conflicts = 0
        try:
            for _ in range(EDITS):
                conflicts += _count_up(ticket.pk, actor, name, number)
        finally:
            connection.close()
        return conflicts

    with ThreadPoolExecutor(WRITERS) as pool:
        conflicts = sum(pool.map(write, range(WRITERS)))
    ticket.refresh_from_db()
    per_field = EDITS * WRITERS // len(own)
    counted = [int(getattr(ticket, name).split()[0]) for name in own]
    assert counted == [per_field] * len(own)
    edits = Event.objects.about(ticket).filter(name=TICKET_EDITED.name)
    assert edits.count() == WRITERS * EDITS
    assert conflicts > 0


def _count_up(pk: int, actor: Person, name: str, writer: int) -> int:
    """Adds one to the field as a person would: read, write, and again when somebody was faster."""
    conflicts = 0
    while True:
        read = Ticket.objects.only(name, "version", "kind").get(pk=pk)
        value = f"{int(getattr(read, name).split()[0]) + 1} {writer}"
        try:
            actions.edit_ticket(read, actor=actor, version=read.version, **{name: value})
        except EditConflict:
            conflicts += 1
        else:
            return conflicts


def test_a_team_is_set_and_the_assignee_goes(ticket: Ticket, cast: Cast, as_user: AsUser) -> None:
    second = Team.objects.create(name="Second line", side="support")
    as_user(cast.ann).post(
        f"/tickets/{ticket.pk}/fields/", {"field": "team", "team": second.pk, "version": 1}
    )
    ticket.refresh_from_db()
    assert (ticket.team, ticket.assignee) == (second, None)
