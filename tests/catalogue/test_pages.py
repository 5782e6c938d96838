"""Services and components, as pages and over the API."""

from collections.abc import Callable

from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Person
from tests.conftest import Cast
from tests.make.tickets import make_ticket

AsUser = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]


def test_a_service_names_its_components_and_owners(cast: Cast, as_user: AsUser) -> None:
    page = as_user(cast.rob).get(cast.payments.get_absolute_url()).content.decode()
    assert "Checkout" in page
    assert "Dev" in page
    assert "Payments" in as_user(cast.rob).get("/services/").content.decode()


def test_a_component_shows_its_open_tickets_to_staff_only(cast: Cast, as_user: AsUser) -> None:
    ticket = make_ticket(cast.rob, component=cast.checkout)
    address = cast.checkout.get_absolute_url()
    assert ticket.title in as_user(cast.ann).get(address).content.decode()
    assert ticket.title not in as_user(cast.stan).get(address).content.decode()


def test_an_unknown_component_is_not_there(cast: Cast, as_user: AsUser) -> None:
    assert as_user(cast.ann).get("/components/999/").status_code == 404


def test_the_catalogue_is_read_over_the_api(cast: Cast, api_as: ApiAs) -> None:
    program = api_as(cast.rob)
    found = program.get(f"/api/v1/components/?service={cast.payments.pk}").json()["results"]
    assert [one["name"] for one in found] == ["Checkout", "Invoices"]
    assert program.get(f"/api/v1/services/{cast.payments.pk}/").json()["key"] == "payments"
    assert program.get("/api/v1/components/?service=999").status_code == 400
    assert program.post("/api/v1/services/", {"name": "Mine"}).status_code == 405
