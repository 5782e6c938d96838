"""Tickets over the API: the rules of the actions, with field names and the same visibility."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Person
from accounts.tokens import create_token
from incidents.models import Message, Ticket
from tests.conftest import Cast

As = Callable[[Person], APIClient]


def test_a_ticket_is_opened_with_a_priority_from_impact_and_urgency(cast: Cast, api_as: As) -> None:
    answer = api_as(cast.ann).post(
        "/api/v1/tickets/",
        {
            "title": "Card declined",
            "requester": cast.rob.pk,
            "component": cast.checkout.pk,
            "impact": 1,
            "urgency": 1,
        },
    )
    assert answer.status_code == 201
    ticket = Ticket.objects.get()
    assert answer.data["reference"] == f"INC-{ticket.pk}"
    assert (ticket.priority, ticket.requester, ticket.channel) == (1, cast.rob, "api")
    assert ticket.team == cast.desk
    assert "resolve" in answer.data["allowed_steps"]


def test_a_missing_title_is_said_at_the_field(cast: Cast, api_as: As) -> None:
    answer = api_as(cast.ann).post("/api/v1/tickets/", {"impact": 9})
    assert answer.status_code == 400
    assert set(answer.data) == {"title", "impact"}


def test_a_requester_cannot_open_for_another_or_route(cast: Cast, api_as: As) -> None:
    answer = api_as(cast.rob).post(
        "/api/v1/tickets/", {"title": "For Rita", "requester": cast.rita.pk}
    )
    assert answer.status_code in {403, 422}
    answer = api_as(cast.rob).post("/api/v1/tickets/", {"title": "Me first", "priority": 1})
    assert answer.status_code in {403, 422}
    assert not Ticket.objects.exists()


def test_a_step_changes_the_state_and_an_impossible_one_is_a_conflict(
    cast: Cast, api_as: As, ticket: Ticket
) -> None:
    ann = api_as(cast.ann)
    solved = ann.post(
        f"/api/v1/tickets/{ticket.pk}/resolve/", {"code": "fixed", "text": "Restarted the gateway."}
    )
    assert (solved.status_code, solved.data["state"]) == (200, "resolved")
    again = ann.post(f"/api/v1/tickets/{ticket.pk}/resolve/", {"code": "fixed", "text": "Again"})
    assert again.status_code == 409
    assert "not possible" in again.data["detail"][0]


def test_a_step_needs_its_words(cast: Cast, api_as: As, ticket: Ticket) -> None:
    answer = api_as(cast.ann).post(f"/api/v1/tickets/{ticket.pk}/resolve/", {"code": "magic"})
    assert answer.status_code == 400
    assert set(answer.data) == {"code", "text"}
    ticket.refresh_from_db()
    assert ticket.state == "new"


def test_a_step_for_another_role_is_forbidden(cast: Cast, api_as: As, ticket: Ticket) -> None:
    answer = api_as(cast.rob).post(f"/api/v1/tickets/{ticket.pk}/assign/", {"team": cast.desk.pk})
    # A requester cannot even name a team.
    assert answer.status_code in {400, 403}
    assert api_as(cast.rob).post(f"/api/v1/tickets/{ticket.pk}/close/").status_code == 403


def test_an_edit_of_an_old_version_is_a_conflict_at_the_field(
    cast: Cast, api_as: As, ticket: Ticket
) -> None:
    ann = api_as(cast.ann)
    address = f"/api/v1/tickets/{ticket.pk}/"
    first = ann.patch(address, {"version": ticket.version, "title": "Card refused"})
    assert (first.status_code, first.data["title"]) == (200, "Card refused")
    second = ann.patch(address, {"version": ticket.version, "title": "Card broken"})
    assert second.status_code == 409
    ticket.refresh_from_db()
    assert ticket.title == "Card refused"


def test_fields_outside_the_list_change_nothing(cast: Cast, api_as: As, ticket: Ticket) -> None:
    before = Ticket.objects.values().get(pk=ticket.pk)
    api_as(cast.ann).patch(
        f"/api/v1/tickets/{ticket.pk}/",
        {"version": ticket.version, "state": "closed", "id": 999, "created_by": cast.rob.pk},
    )
    after = Ticket.objects.values().get(pk=ticket.pk)
    assert {k: after[k] for k in ("id", "state", "created_by_id")} == {
        k: before[k] for k in ("id", "state", "created_by_id")
    }


def test_notes_are_not_for_the_requester(
    cast: Cast, api_as: As, ticket: Ticket, note: Message
) -> None:
    address = f"/api/v1/tickets/{ticket.pk}/messages/"
    assert note.body in [row["body"] for row in api_as(cast.ann).get(address).data]
    assert "Zanzibar" not in api_as(cast.rob).get(address).content.decode()
    found = api_as(cast.rob).get("/api/v1/tickets/", {"q": "Zanzibar"})
    assert found.data["results"] == []


def test_a_reply_over_the_api_is_a_message(cast: Cast, api_as: As, ticket: Ticket) -> None:
    answer = api_as(cast.rob).post(
        f"/api/v1/tickets/{ticket.pk}/messages/", {"body": "Still declined."}
    )
    assert answer.status_code == 201
    assert ticket.messages.get().author == cast.rob


def test_the_list_filters_and_pages_by_key(cast: Cast, api_as: As, opened: Callable) -> None:
    for _ in range(5):
        opened()
    opened(title="Voucher is refused", component=cast.invoices)
    ann = api_as(cast.ann)
    only = ann.get("/api/v1/tickets/", {"component": cast.invoices.pk})
    assert [row["title"] for row in only.data["results"]] == ["Voucher is refused"]
    seen: list[int] = []
    address = "/api/v1/tickets/?page_size=2"
    while address:
        page = ann.get(address).data
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert seen == sorted(Ticket.objects.values_list("pk", flat=True), reverse=True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "nonsense"}, "state"),
        ({"priority": "high"}, "priority"),
        ({"created_after": "yesterday"}, "created_after"),
        ({"team": "99999"}, "team"),
        ({"page_size": "100000"}, "page_size"),
        ({"cursor": "forged"}, "cursor"),
    ],
)
def test_a_filter_that_makes_no_sense_is_named(
    cast: Cast, api_as: As, query: dict[str, str], field: str
) -> None:
    answer = api_as(cast.ann).get("/api/v1/tickets/", query)
    assert answer.status_code == 400
    assert field in answer.data


def test_a_list_costs_the_same_at_three_and_at_thirty_rows(
    cast: Cast, api_as: As, opened: Callable
) -> None:
    ann = api_as(cast.ann)
    for _ in range(3):
        opened()
    ann.get("/api/v1/tickets/")
    with CaptureQueriesContext(connection) as few:
        ann.get("/api/v1/tickets/")
    for _ in range(27):
        opened()
    with CaptureQueriesContext(connection) as many:
        assert len(ann.get("/api/v1/tickets/").data["results"]) == 30
    assert len(many) == len(few) <= 3


def test_a_key_opens_the_api_and_a_wrong_or_missing_one_does_not(
    cast: Cast, ticket: Ticket
) -> None:
    program = APIClient()
    assert program.get("/api/v1/tickets/").status_code == 401
    program.credentials(HTTP_AUTHORIZATION="Bearer up_wrong")
    assert program.get("/api/v1/tickets/").status_code == 401
    key = create_token(cast.rob, name="script")
    key = key if isinstance(key, str) else key[1]
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert [row["id"] for row in program.get("/api/v1/tickets/").data["results"]] == [ticket.pk]
