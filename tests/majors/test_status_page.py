"""The public status page: what leaves the house, and what does not."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from changes.models import Change
from majors import actions
from majors.models import MajorIncident
from majors.statuspage import read_status_page
from tests.conftest import Cast
from tests.majors.test_life import accept, propose, update


def test_everything_works_while_nothing_is_interrupted(cast: Cast) -> None:
    answer = Client().get(reverse("majors:status"))
    assert answer.status_code == 200
    assert "All services work." in answer.content.decode()


def test_it_shows_the_headline_and_public_words_and_nothing_of_the_ticket(cast: Cast) -> None:
    major = propose(
        cast, title="Rob's card 4111 fails", description="My secret order", requester=cast.rob
    )
    accept(cast, major)
    update(cast, major, "identified", internal="The lock again.", public="We found it.")
    text = Client().get(reverse("majors:status")).content.decode()
    for shown in ("Payments fail", "We found it.", "Checkout", "Major outage on Payments."):
        assert shown in text
    for hidden in ("4111", "secret", "The lock again.", "Rob", "No orders come in.", "Acme"):
        assert hidden not in text


def test_candidates_and_those_the_public_was_not_told_of_do_not_show(cast: Cast) -> None:
    propose(cast)
    assert read_status_page(timezone.now()).ongoing == []
    untold = accept(cast, propose(cast))
    update(cast, untold, "identified", internal="Quiet.")
    assert read_status_page(timezone.now()).ongoing == []


def test_an_ended_one_leaves_the_page(cast: Cast) -> None:
    major = accept(cast, propose(cast))
    update(cast, major, "identified", public="We found it.")
    actions.cancel_major(major, actor=cast.mo, reason="A drill.")
    page = read_status_page(timezone.now())
    assert (page.ongoing, page.past, page.status) == ([], [], "operational")


def test_the_past_shows_for_fourteen_days(cast: Cast) -> None:
    major = accept(cast, propose(cast))
    update(cast, major, "resolved", public="Over.")
    now = timezone.now()
    assert [one.headline for one in read_status_page(now).past] == ["Payments fail"]
    MajorIncident.objects.filter(pk=major.pk).update(restored_at=now - timedelta(days=15))
    assert read_status_page(now).past == []


def test_of_several_statuses_the_worst_counts(cast: Cast) -> None:
    first = accept(cast, propose(cast), components={cast.checkout: "degraded"})
    accept(cast, propose(cast), components={cast.checkout: "partial_outage"})
    page = read_status_page(timezone.now())
    [service] = page.services
    assert [(one.name, one.status) for one in service.components] == [
        ("Checkout", "partial_outage"),
        ("Invoices", "operational"),
    ]
    actions.set_component_status(
        first, actor=cast.mo, component=cast.checkout, status="major_outage"
    )
    assert read_status_page(timezone.now()).status == "major_outage"


def test_a_change_in_its_window_is_maintenance(cast: Cast) -> None:
    now = timezone.now()
    change = Change.objects.create(
        title="Swap the disk",
        requester=cast.max,
        state="implementing",
        planned_start=now - timedelta(minutes=5),
        planned_end=now + timedelta(minutes=5),
    )
    change.components.add(cast.invoices)
    page = read_status_page(now)
    assert (page.status, page.sentence) == (
        "maintenance",
        "Maintenance is under way on Payments.",
    )
    assert read_status_page(now + timedelta(minutes=10)).status == "operational"


def test_programs_read_it_without_a_key(cast: Cast) -> None:
    major = accept(cast, propose(cast))
    update(cast, major, "identified", public="We found it.")
    answer = APIClient().get("/api/v1/status/")
    assert answer.status_code == 200
    body = answer.json()
    assert body["ongoing"][0]["updates"][0]["body"] == "We found it."
    assert body["services"][0]["components"][0] == {"name": "Checkout", "status": "major_outage"}


@pytest.mark.parametrize("how_many", [1, 6])
def test_it_costs_the_same_however_much_goes_on(
    cast: Cast, how_many: int, django_assert_num_queries: object
) -> None:
    for _ in range(how_many):
        update(cast, accept(cast, propose(cast)), "identified", public="We found it.")
    with django_assert_num_queries(7):  # type: ignore[operator]
        read_status_page(timezone.now())
