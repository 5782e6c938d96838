"""Policies arranged in the browser and over the API, and why a ticket is due when it is."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from catalogue.models import BusinessCalendar, ServiceLevelPolicy
from incidents import actions
from incidents.models import ClockRun, Ticket
from tests.conftest import Cast
from tests.incidents.conftest import Opener
from tests.make.clocks import make_hours

HOUR = timedelta(hours=1)


def words(policy: ServiceLevelPolicy, **more: object) -> dict[str, object]:
    """The form as a browser sends it back, with something changed."""
    calendar = BusinessCalendar.objects.get(name="Around the clock").pk
    given: dict[str, object] = {"warn_percent": 75, "warn_notify": "on", "breach_notify": "on"}
    for priority, (answer, resolve) in {1: ("15 min", "4 h"), 3: ("4 h", "24 h")}.items():
        given |= {
            f"calendar_{priority}": calendar,
            f"first_response_{priority}": answer,
            f"resolution_{priority}": resolve,
        }
    waits = ["waiting_requester", "waiting_third_party", "waiting_development"]
    given |= {"pauses_first_response": waits[:1], "pauses_resolution": waits}
    return {**given, "pauses_ownership": waits, **more}


def test_a_preview_says_what_would_change_and_saves_nothing(
    cast: Cast, opened: Opener, as_user: Callable[..., Client]
) -> None:
    policy = ServiceLevelPolicy.objects.get()
    now = timezone.now()
    opened(priority=3, at=now - 2 * HOUR)
    opened(priority=1, at=now)
    address = f"/admin/service-levels/{policy.pk}/edit/"
    given = words(policy, first_response_3="1 h", preview="1")
    answer = as_user(cast.ada).post(address, given)
    shown = " ".join(answer.content.decode().split())
    assert "1 of 2 open tickets would have another nearest due time" in shown
    assert answer.context["preview"].nearer == answer.context["preview"].over == 1
    assert policy.newest.number == 1


def test_saving_reckons_open_tickets_and_shows_how_far_it_is(
    cast: Cast, opened: Opener, as_user: Callable[..., Client], after_commit: Callable
) -> None:
    policy, browser = ServiceLevelPolicy.objects.get(), as_user(cast.ada)
    ticket = opened(priority=3)
    with after_commit():
        browser.post(
            f"/admin/service-levels/{policy.pk}/edit/", words(policy, resolution_3="2 h", save="1")
        )
    ticket.refresh_from_db()
    assert ticket.resolution_due_at == ticket.created_at + 2 * HOUR
    run = ClockRun.objects.get(policy_version=policy.newest)
    assert (run.state, run.done, run.changed) == ("done", 1, 1)
    page = browser.get(policy.get_absolute_url()).content.decode()
    assert "1 of 1" in page
    assert browser.get(f"/admin/clock-runs/{run.pk}/").status_code == 200


def test_a_time_nobody_understands_is_refused_at_its_field(
    cast: Cast, as_user: Callable[..., Client]
) -> None:
    policy = ServiceLevelPolicy.objects.get()
    given = words(policy, resolution_3="soon", first_response_2="1 h", save="1")
    answer = as_user(cast.ada).post(f"/admin/service-levels/{policy.pk}/edit/", given)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"resolution_3", "calendar_2"}
    assert 'value="soon"' in answer.content.decode()
    assert policy.newest.number == 1


def test_a_policy_for_one_customer_is_made_on_its_page(
    cast: Cast, as_user: Callable[..., Client]
) -> None:
    given = words(ServiceLevelPolicy.objects.get(), name="Acme", organisation=cast.acme.pk)
    browser = as_user(cast.mo)
    assert browser.post("/admin/service-levels/new/", given).status_code == 302
    made = ServiceLevelPolicy.objects.get(name="Acme")
    assert (made.organisation, made.newest.targets.count()) == (cast.acme, 4)
    again = browser.post("/admin/service-levels/new/", {**given, "name": "Acme again"})
    assert again.status_code == 422
    assert "for the same tickets already" in again.content.decode()


@pytest.mark.parametrize("name", ["ann", "dev", "pia"])
def test_others_read_policies_but_do_not_change_them(
    cast: Cast, as_user: Callable[..., Client], name: str
) -> None:
    policy, browser = ServiceLevelPolicy.objects.get(), as_user(cast.everyone[name])
    assert browser.get(policy.get_absolute_url()).status_code == 200
    assert browser.get("/admin/service-levels/").status_code == 200
    assert browser.post(f"/admin/service-levels/{policy.pk}/edit/", {}).status_code == 403
    assert browser.get("/admin/service-levels/new/").status_code == 403


def test_policies_over_the_api(
    cast: Cast, opened: Opener, api_as: Callable[..., APIClient]
) -> None:
    opened(priority=3)
    policy, program = ServiceLevelPolicy.objects.get(), api_as(cast.ada)
    address = f"/api/v1/service-level-policies/{policy.pk}/"
    target = {"priority": 3, "kind": "resolution", "minutes": 30, "calendar": make_hours().pk}
    given = {"targets": [target], "reasons": {"scheduled": "open"}}
    seen = program.post(f"{address}preview/", given, format="json").json()
    assert (seen["changed"], seen["nearer"]) == (1, 1)
    saved = program.post(f"{address}versions/", given, format="json")
    assert (saved.status_code, saved.json()["number"]) == (201, 2)
    assert program.get(address).json()["version"]["targets"][0]["minutes"] == 30
    for bad, field in (
        ({"targets": [{**target, "minutes": 0}]}, "targets"),
        ({"targets": [target, target]}, "targets"),
        ({**given, "reasons": {"lunch": "open"}}, "reasons"),
        ({**given, "warn_percent": 100}, "warn_percent"),
    ):
        answer = program.post(f"{address}versions/", bad, format="json")
        assert answer.status_code in {400, 422}
        assert field in answer.json()
    assert api_as(cast.ann).post(f"{address}versions/", given, format="json").status_code == 403
    assert api_as(cast.ann).post(f"{address}preview/", given, format="json").status_code == 403


def test_the_page_of_a_ticket_names_targets_and_leads_to_why(
    cast: Cast, ticket: Ticket, as_user: Callable[..., Client]
) -> None:
    browser = as_user(cast.ann)
    page = browser.get(ticket.get_absolute_url()).content.decode()
    assert f"/tickets/{ticket.pk}/clocks/" in page
    why = browser.get(f"/tickets/{ticket.pk}/clocks/").content.decode()
    assert "Standard (version 1)" in why
    assert "Around the clock (version 1, UTC)" in why


def test_a_requester_reads_why_in_their_own_words(
    cast: Cast, ticket: Ticket, as_user: Callable[..., Client]
) -> None:
    actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="requester")
    why = as_user(cast.rob).get(f"/tickets/{ticket.pk}/clocks/").content.decode()
    assert "Waiting for your answer" in why
    assert "Our first answer" in why
    assert "/admin/" not in why
    assert as_user(cast.stan).get(f"/tickets/{ticket.pk}/clocks/").status_code == 404


def test_the_api_tells_every_segment(
    cast: Cast, opened: Opener, api_as: Callable[..., APIClient]
) -> None:
    now = timezone.now()
    ticket = opened(at=now - 3 * HOUR)
    actions.put_ticket_on_hold(ticket, actor=cast.ann, reason="supplier", at=now - 2 * HOUR)
    actions.start_ticket(ticket, actor=cast.ann, at=now - HOUR)
    found = api_as(cast.ann).get(f"/api/v1/tickets/{ticket.pk}/clocks/").json()
    resolution = next(one for one in found if one["target"] == "resolution")
    told = [(one["kind"], one["why"], one["ahead"]) for one in resolution["segments"]]
    assert told == [
        ("running", "Running", False),
        ("paused", "Paused: waiting for a supplier", False),
        ("running", "Running", False),
        ("running", "Running", True),
    ]
    assert resolution["segments"][-1]["used_seconds"] == resolution["minutes"] * 60
    assert 7200 <= resolution["used_seconds"] < 7260
    assert (resolution["policy"], resolution["calendar_version"]) == ("Standard", 1)
    assert api_as(cast.stan).get(f"/api/v1/tickets/{ticket.pk}/clocks/").status_code == 404


def test_the_queue_forecasts_breaches_and_the_number_opens_them(
    cast: Cast, opened: Opener, as_user: Callable[..., Client]
) -> None:
    opened(priority=1)
    opened(priority=4)
    cache.clear()
    browser = as_user(cast.ann)
    page = browser.get("/tickets/").content.decode()
    assert '<span>Over within 4 h</span><span class="shelf-count">1</span>' in page
    parts = browser.get("/tickets/?breaching_within=4").context["parts"]
    listed = [row for part in parts for row in part["rows"]]
    assert [row.priority for row in listed] == [1]
    bad = browser.get("/tickets/?breaching_within=many")
    assert bad.status_code == 200


def test_explaining_costs_the_same_whatever_the_number_of_clocks(
    cast: Cast,
    opened: Opener,
    api_as: Callable[..., APIClient],
    django_assert_num_queries: Callable,
) -> None:
    ticket, program = opened(), api_as(cast.ann)
    address = f"/api/v1/tickets/{ticket.pk}/clocks/"
    program.get(address)
    for _ in range(2):
        with django_assert_num_queries(4):
            program.get(address)
        actions.reply_to_ticket(ticket, actor=cast.ann, body="Hello")
        actions.reply_to_ticket(ticket, actor=cast.rob, body="And?")
