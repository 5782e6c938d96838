"""The dashboards' numbers over the API are those of the pages."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from dashboards.figures import refresh_figures
from devlink.models import Release
from tests.conftest import Cast
from tests.make.tickets import make_ticket

As = Callable[[Person], APIClient]


def test_proactivity_gives_measures_contacts_and_what_was_avoided(cast: Cast, api_as: As) -> None:
    make_ticket(cast.rob)
    Release.objects.create(version="1", state="hypercare", deployed_at=timezone.now())
    refresh_figures(timezone.now().date(), timezone.now().date())
    found = api_as(cast.mo).get("/api/v1/proactivity/", {"days": 30}).data
    assert found["contacts"]["incidents"] == 1
    releases = next(one for one in found["measures"] if one["key"] == "told-before")
    assert (releases["met"], releases["n"], releases["rate"]) == (0, 1, None)
    assert found["avoided"]["count"] == 0


@pytest.mark.parametrize(
    ("query", "field"), [({"days": "7"}, "days"), ({"service": "x"}, "service")]
)
def test_a_period_that_makes_no_sense_is_named(
    cast: Cast, api_as: As, query: dict[str, str], field: str
) -> None:
    answer = api_as(cast.mo).get("/api/v1/proactivity/", query)
    assert answer.status_code == 400
    assert field in answer.data


def test_the_numbers_are_for_those_who_lead(cast: Cast, api_as: As) -> None:
    assert api_as(cast.ann).get("/api/v1/proactivity/").status_code == 403


def test_search_finds_what_the_person_may_see(cast: Cast, api_as: As) -> None:
    ticket = make_ticket(cast.rob, title="Voucher refused")
    found = api_as(cast.ann).get("/api/v1/search/", {"q": "voucher"}).data
    assert [hit["reference"] for hit in found["results"]] == [ticket.reference]
    assert api_as(cast.stan).get("/api/v1/search/", {"q": "voucher"}).data["results"] == []
