"""People and organisations as they are arranged: managers, circles, who may be put in copy."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.directory.actions import arrange_organisation, arrange_person
from accounts.models import Person
from core.errors import DomainError, NotPermitted
from core.models import Event
from tests.conftest import Cast

As = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]


def test_an_admin_sets_a_manager_by_name_on_the_persons_page(cast: Cast, as_user: As) -> None:
    ada = as_user(cast.ada)
    assert "Rob" in ada.get("/admin/people/?q=rob").content.decode()
    ada.post(f"/admin/people/{cast.rob.pk}/", {"manager": "Rita", "sees_organisation": "on"})
    cast.rob.refresh_from_db()
    assert (cast.rob.manager, cast.rob.sees_organisation) == (cast.rita, True)
    page = ada.get("/admin/people/?manager=none").content.decode()
    assert "rita@acme.example" in page
    assert "rob@acme.example" not in page
    said = Event.objects.get(name="accounts.person_arranged").payload["says"]
    assert said == "made Rita the manager and sees the tickets of the organisation"
    ada.post(f"/admin/people/{cast.rob.pk}/", {"manager": ""})
    cast.rob.refresh_from_db()
    assert cast.rob.manager is None


def test_a_name_nobody_has_is_said_at_the_field_and_kept(cast: Cast, as_user: As) -> None:
    answer = as_user(cast.ada).post(f"/admin/people/{cast.rob.pk}/", {"manager": "Nobody"})
    assert answer.status_code == 422
    assert 'value="Nobody"' in answer.content.decode()
    assert "Nobody by that name" in answer.context["form"].errors["manager"][0]


def test_a_circle_is_refused_with_the_way_it_would_go(cast: Cast, as_user: As) -> None:
    arrange_person(cast.rob, actor=cast.ada, manager=cast.rita)
    arrange_person(cast.rita, actor=cast.ada, manager=cast.mo)
    with pytest.raises(DomainError, match="Nobody is their own manager") as refused:
        arrange_person(cast.mo, actor=cast.ada, manager=cast.mo)
    assert refused.value.field == "manager"
    answer = as_user(cast.ada).post(f"/admin/people/{cast.mo.pk}/", {"manager": "Rob"})
    assert answer.context["form"].errors["manager"] == [
        "That would be a circle: Mo stands above Rob already (Rob → Rita → Mo)."
    ]
    cast.mo.refresh_from_db()
    assert cast.mo.manager is None


def test_who_has_left_is_nobodys_manager(cast: Cast) -> None:
    cast.rita.is_active = False
    cast.rita.save(update_fields=["is_active"])
    with pytest.raises(DomainError, match="has left"):
        arrange_person(cast.rob, actor=cast.ada, manager=cast.rita)


def test_programs_of_those_who_arrange_set_managers(cast: Cast, api_as: ApiAs) -> None:
    at = f"/api/v1/people/{cast.rob.pk}/"
    ada = api_as(cast.ada)
    assert ada.patch(at, {"manager": cast.rita.pk}).json()["manager"] == cast.rita.pk
    circle = ada.patch(f"/api/v1/people/{cast.rita.pk}/", {"manager": cast.rob.pk})
    assert circle.status_code == 422
    assert "circle" in circle.json()["manager"][0]
    assert ada.patch(at, {"manager": None}).json()["manager"] is None
    assert api_as(cast.ann).patch(at, {"manager": None}).status_code == 403
    assert api_as(cast.stan).patch(at, {"manager": None}).status_code == 404


@pytest.mark.parametrize("name", ["ann", "rob", "dev"])
def test_the_pages_are_for_managers_and_admins(name: str, cast: Cast, as_user: As) -> None:
    browser = as_user(cast.everyone[name])
    assert browser.get("/admin/people/").status_code == 403
    assert browser.get("/admin/organisations/").status_code == 403
    assert browser.get(f"/admin/people/{cast.rob.pk}/").status_code == 404
    assert browser.get(f"/admin/organisations/{cast.acme.pk}/").status_code == 404
    with pytest.raises(NotPermitted):
        arrange_person(cast.rob, actor=cast.everyone[name], manager=None)
    with pytest.raises(NotPermitted):
        arrange_organisation(cast.acme, actor=cast.everyone[name], copies_outside=True)


def test_an_organisation_is_arranged_in_the_browser_and_by_programs(
    cast: Cast, as_user: As, api_as: ApiAs
) -> None:
    as_user(cast.mo).post(f"/admin/organisations/{cast.acme.pk}/", {"copies_outside": "on"})
    cast.acme.refresh_from_db()
    assert cast.acme.copies_outside
    page = as_user(cast.mo).get("/admin/organisations/").content.decode()
    assert "anybody by e-mail address" in page
    at = f"/api/v1/organisations/{cast.acme.pk}/"
    assert api_as(cast.ada).patch(at, {"copies_outside": False}).json()["copies_outside"] is False
    assert api_as(cast.rob).get(at).status_code == 200
    assert api_as(cast.rob).patch(at, {"copies_outside": True}).status_code == 403


def test_the_list_costs_the_same_at_ten_and_at_thirty(
    cast: Cast, as_user: As, django_assert_num_queries: Callable
) -> None:
    ada = as_user(cast.ada)
    ada.get("/admin/people/")
    with CaptureQueriesContext(connection) as few:
        ada.get("/admin/people/")
    for number in range(20):
        person = Person(email=f"p{number}@acme.example", name=f"P {number}", manager=cast.rita)
        person.organisation = cast.acme
        person.save()
    with django_assert_num_queries(len(few.captured_queries)):
        ada.get("/admin/people/")


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_close_no_circle(cast: Cast) -> None:
    barrier = Barrier(2)
    refused: list[str] = []

    def arrange(person: Person, manager: Person) -> None:
        barrier.wait()
        try:
            arrange_person(person, actor=cast.ada, manager=manager)
        except DomainError as error:
            refused.append(error.message)
        finally:
            connection.close()

    pairs = [(cast.rob, cast.rita), (cast.rita, cast.rob)]
    threads = [Thread(target=arrange, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(refused) == 1
    assert Person.objects.filter(manager__isnull=False).count() == 1
