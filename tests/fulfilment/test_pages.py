"""Asking, deciding and doing in the browser and over the API."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Membership, Person
from fulfilment.models import Approval, ItemRequest, PlanTask, RequestItem
from incidents.models import Ticket
from tests.conftest import Cast
from tests.make.requests import add_step, add_task, make_form, make_item, make_request

As = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]

WHEN = {"field": "model", "comparison": "is", "value": "Large"}
MODEL = {"key": "model", "type": "choice", "options": ["Small", "Large"], "required": True}
REASON = {"key": "reason", "label": "What for?", "required": True, "shown_when": WHEN}
COST = {"key": "cost", "label": "Cost centre", "staff_only": True}
OFFER = {"key": "offer", "label": "Offer", "type": "file"}


@pytest.fixture
def item(cast: Cast) -> RequestItem:
    """A laptop with a form; Rita, who is no staff, is Rob's manager and decides."""
    Person.objects.filter(pk=cast.rob.pk).update(manager=cast.rita)
    cast.rob.refresh_from_db()
    item = make_item(cast.payments, name="New laptop", form=make_form(MODEL, REASON, COST, OFFER))
    add_step(item, asks="manager", label="Manager")
    return item


@pytest.fixture
def approval(item: RequestItem, cast: Cast) -> Approval:
    """Rob has asked for it."""
    return make_request(item, cast.rob, given={"model": "Small"}).approvals.get()


def test_the_catalogue_shows_what_one_may_ask_for(cast: Cast, as_user: As) -> None:
    make_item(cast.payments, name="For everybody")
    make_item(cast.payments, name="For the house", audience="internal")
    make_item(cast.payments, name="For Acme", audience="organisations", organisations=[cast.acme])
    make_item(cast.payments, name="Gone", is_active=False)

    def seen(person: Person) -> set[str]:
        page = as_user(person).get("/requests/").content.decode()
        return {n for n in ("For everybody", "For the house", "For Acme", "Gone") if n in page}

    assert seen(cast.rob) == {"For everybody", "For Acme"}
    assert seen(cast.stan) == {"For everybody"}
    assert seen(cast.dev) == {"For everybody", "For the house"}
    assert seen(cast.ann) == {"For everybody", "For the house", "For Acme"}


def test_support_asks_for_nobody_what_they_may_not_ask_for_themselves(
    cast: Cast, as_user: As
) -> None:
    item = make_item(
        cast.payments, name="For Acme", audience="organisations", organisations=[cast.acme]
    )
    ann = as_user(cast.ann)
    answer = ann.post(f"/requests/{item.pk}/", {"requester": cast.stan.email})
    assert "Stan cannot ask for this" in answer.content.decode()
    ann.post(f"/requests/{item.pk}/", {"requester": cast.rob.email})
    assert Ticket.objects.get().requester == cast.rob


def test_what_one_may_not_ask_for_is_not_there(cast: Cast, as_user: As, api_as: ApiAs) -> None:
    hidden = make_item(cast.payments, audience="internal")
    assert as_user(cast.rob).get(f"/requests/{hidden.pk}/").status_code == 404
    assert as_user(cast.rob).post(f"/requests/{hidden.pk}/", {}).status_code == 404
    address = f"/api/v1/request-items/{hidden.pk}/request/"
    assert api_as(cast.rob).post(address, {}, format="json").status_code == 404


def test_the_catalogue_is_searched(cast: Cast, as_user: As) -> None:
    make_item(cast.payments, name="Card terminal", summary="For shops")
    make_item(cast.payments, name="Laptop")
    page = as_user(cast.rob).get("/requests/?q=shops terminal").content.decode()
    assert "Card terminal" in page
    assert "Laptop<" not in page


def test_asking_makes_a_ticket_to_follow(cast: Cast, item: RequestItem, as_user: As) -> None:
    rob = as_user(cast.rob)
    answer = rob.post(
        f"/requests/{item.pk}/",
        {"ask-model": "Large", "ask-reason": "Videos", "note": "Thanks"},
        follow=True,
    )
    ticket = Ticket.objects.get()
    assert answer.redirect_chain[-1][0] == f"/portal/{ticket.pk}/"
    page = answer.content.decode()
    for words in ("Waiting for approval", "with Rita", "Videos", "Manager"):
        assert words in page
    assert (ticket.kind, ticket.state) == ("service_request", "awaiting_approval")


def test_a_condition_asks_for_more_and_keeps_what_was_typed(
    cast: Cast, item: RequestItem, as_user: As
) -> None:
    answer = as_user(cast.rob).post(
        f"/requests/{item.pk}/", {"ask-model": "Large", "note": "Kept words"}
    )
    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()
    assert not Ticket.objects.exists()


def test_the_desk_asks_for_somebody(cast: Cast, item: RequestItem, as_user: As) -> None:
    sent = {"requester": cast.rob.email, "ask-model": "Small", "ask-cost": "4711"}
    as_user(cast.ann).post(f"/requests/{item.pk}/", sent)
    made = ItemRequest.objects.get()
    assert made.ticket.requester == cast.rob
    assert made.answers.values == {"model": "Small", "cost": "4711"}


def test_a_requester_asks_for_nobody_else(cast: Cast, item: RequestItem, api_as: ApiAs) -> None:
    sent = {"answers": {"model": "Small"}, "requester": cast.rita.pk}
    address = f"/api/v1/request-items/{item.pk}/request/"
    assert api_as(cast.rob).post(address, sent, format="json").status_code == 403


def test_an_approver_who_is_no_staff_reads_and_decides(
    cast: Cast, approval: Approval, as_user: As
) -> None:
    rita = as_user(cast.rita)
    assert rita.get(f"/portal/{approval.request.ticket_id}/").status_code == 404
    waiting = rita.get("/approvals/").content.decode()
    assert "New laptop" in waiting
    page = rita.get(f"/approvals/{approval.pk}/").content.decode()
    assert "Small" in page
    answer = rita.post(f"/approvals/{approval.pk}/approve/", {}, follow=True)
    assert "Nothing waits for you" in answer.content.decode()
    assert Ticket.objects.get().state == "approved"


def test_strangers_see_and_decide_nothing(cast: Cast, approval: Approval, as_user: As) -> None:
    stan = as_user(cast.stan)
    for name in ("", "approve/", "reject/", "delegate/", "files/x/"):
        assert stan.get(f"/approvals/{approval.pk}/{name}").status_code == 404
        assert stan.post(f"/approvals/{approval.pk}/{name}", {}).status_code in {404, 405}
    assert approval.votes.count() == 0


def test_the_requester_sees_their_approval_but_has_no_vote(
    cast: Cast, approval: Approval, as_user: As
) -> None:
    rob = as_user(cast.rob)
    page = rob.get(f"/approvals/{approval.pk}/").content.decode()
    assert "Your decision" not in page
    rob.post(f"/approvals/{approval.pk}/approve/", {})
    assert approval.votes.count() == 0


def test_rejecting_needs_a_reason(cast: Cast, approval: Approval, as_user: As) -> None:
    rita = as_user(cast.rita)
    assert rita.post(f"/approvals/{approval.pk}/reject/", {"comment": ""}).status_code == 422
    rita.post(f"/approvals/{approval.pk}/reject/", {"comment": "Not this year."})
    page = as_user(cast.rob).get(f"/portal/{approval.request.ticket_id}/").content.decode()
    assert "Not this year." in page


def test_handing_on_asks_somebody_the_approver_can_see(
    cast: Cast, approval: Approval, as_user: As
) -> None:
    rita = as_user(cast.rita)
    address = f"/approvals/{approval.pk}/delegate/"
    assert rita.post(address, {"to": cast.stan.email}).status_code == 422
    assert rita.post(address, {"to": "Rob"}).status_code == 422
    assert approval.approvers.count() == 1


def test_staff_only_answers_are_not_shown_to_an_approver_outside(
    cast: Cast, item: RequestItem, as_user: As
) -> None:
    request = make_request(item, cast.rob, given={"model": "Small"})
    request.answers.values["cost"] = "4711-secret"
    request.answers.save()
    approval = request.approvals.get()
    assert (
        "4711-secret" not in as_user(cast.rita).get(f"/approvals/{approval.pk}/").content.decode()
    )


def test_an_approver_opens_the_files_of_what_they_decide(
    cast: Cast, item: RequestItem, as_user: As
) -> None:
    offer = SimpleUploadedFile("offer.pdf", b"%PDF")
    as_user(cast.rob).post(f"/requests/{item.pk}/", {"ask-model": "Small", "ask-offer": offer})
    approval = Approval.objects.get()
    token = approval.request.answers.values["offer"]
    rita = as_user(cast.rita)
    assert "offer.pdf" in rita.get(f"/approvals/{approval.pk}/").content.decode()
    assert rita.get(f"/approvals/{approval.pk}/files/{token}/").status_code == 200
    assert rita.get(f"/attachments/{token}/").status_code == 404
    assert rita.get(f"/approvals/{approval.pk}/files/other/").status_code == 404


def test_what_waits_is_counted_in_the_rail(cast: Cast, approval: Approval, as_user: As) -> None:
    page = as_user(cast.rita).get("/portal/").content.decode()
    assert 'class="rail-count">1<' in page.replace("\n", "")


def test_the_list_of_approvals_costs_the_same_for_many(
    cast: Cast, item: RequestItem, as_user: As, django_assert_num_queries: Callable
) -> None:
    for _ in range(3):
        make_request(item, cast.rob, given={"model": "Small"})
    rita = as_user(cast.rita)
    rita.get("/approvals/")
    with CaptureQueriesContext(connection) as few:
        rita.get("/approvals/")
    for _ in range(12):
        make_request(item, cast.rob, given={"model": "Small"})
    with django_assert_num_queries(len(few.captured_queries)):
        rita.get("/approvals/")


def test_votes_over_the_api(cast: Cast, approval: Approval, api_as: ApiAs) -> None:
    rita = api_as(cast.rita)
    waiting = rita.get("/api/v1/approvals/?waiting=me").json()["results"]
    assert [one["id"] for one in waiting] == [approval.pk]
    address = f"/api/v1/approvals/{approval.pk}/"
    assert rita.post(f"{address}reject/", {}, format="json").json() == {
        "comment": ["Say why, so that the requester knows."]
    }
    voted = rita.post(f"{address}approve/", {"comment": "Fine"}, format="json").json()
    assert (voted["state"], voted["votes"][0]["comment"]) == ("granted", "Fine")
    assert rita.post(f"{address}approve/", {}, format="json").status_code == 409
    assert api_as(cast.stan).get(address).status_code == 404


def test_asking_over_the_api(cast: Cast, item: RequestItem, api_as: ApiAs) -> None:
    address = f"/api/v1/request-items/{item.pk}/"
    rob = api_as(cast.rob)
    asked = rob.get(address).json()["definition"]["sections"][0]["fields"]
    assert [one["key"] for one in asked] == ["model", "reason", "offer"]
    bad = rob.post(f"{address}request/", {"answers": {"model": "Huge"}}, format="json")
    assert "Choose one of the list" in bad.json()["answers"]["model"][0]
    made = rob.post(f"{address}request/", {"answers": {"model": "Small"}}, format="json")
    assert Ticket.objects.get(pk=made.json()["ticket"]).requester == cast.rob


def test_the_plan_is_worked_from_the_ticket(cast: Cast, as_user: As) -> None:
    item = make_item(cast.payments)
    order = add_task(item, title="Order it", team=cast.desk)
    add_task(item, title="Hand it over", team=cast.desk, after=order)
    ticket = make_request(item, cast.rob).ticket
    ann = as_user(cast.ann)
    assert "Order it" in ann.get("/plan-tasks/").content.decode()
    task = PlanTask.objects.get(title="Order it")
    back = f"/tickets/{ticket.pk}/"
    answer = ann.post(f"/plan-tasks/{task.pk}/complete/", {"back": back})
    assert answer["Location"] == back
    page = ann.get(back).content.decode()
    assert "Hand it over" in page
    outside = ann.post(f"/plan-tasks/{task.pk}/reopen/", {"back": "https://elsewhere.example/"})
    assert outside["Location"] == back
    assert as_user(cast.rob).post(f"/plan-tasks/{task.pk}/complete/").status_code == 404


def test_tasks_over_the_api(cast: Cast, api_as: ApiAs) -> None:
    item = make_item(cast.payments)
    add_task(item, team=cast.desk)
    make_request(item, cast.rob)
    task = PlanTask.objects.get()
    ann = api_as(cast.ann)
    address = f"/api/v1/plan-tasks/{task.pk}/"
    assert ann.post(f"{address}skip/", {}, format="json").status_code == 400
    assert ann.post(f"{address}complete/").json()["state"] == "done"
    assert api_as(cast.rob).get(address).status_code == 404


@pytest.mark.parametrize("address", ["/requests/", "/plan-tasks/", "/admin/request-items/"])
def test_lists_cost_the_same_for_many(
    address: str, cast: Cast, as_user: As, django_assert_num_queries: Callable
) -> None:
    def one_more() -> None:
        item = make_item(cast.payments)
        add_step(item, asks="people", people=[cast.mo])
        add_task(make_item(cast.payments), team=cast.desk)
        request = make_item(cast.payments)
        add_task(request, team=cast.desk)
        make_request(request, cast.rob)

    ada = as_user(cast.ada)
    Membership.objects.create(person=cast.ada, team=cast.desk)
    for _ in range(2):
        one_more()
    ada.get(address)
    with CaptureQueriesContext(connection) as few:
        ada.get(address)
    for _ in range(6):
        one_more()
    with django_assert_num_queries(len(few.captured_queries)):
        ada.get(address)
