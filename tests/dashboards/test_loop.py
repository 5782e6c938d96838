"""The Loop page: figures counted by hand, the words behind them, and who may read it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from devlink.loop_measures import Scope, by_release, figure, subjects
from devlink.models import LoopObligation, Release, WorkItem
from tests.conftest import Cast
from tests.make.tickets import make_ticket
from tests.make.work import make_work_item

As = Callable[[Person], Client]
NOW = timezone.now().replace(microsecond=0)
DAY = timedelta(days=1)


@pytest.fixture
def item(cast: Cast) -> WorkItem:
    return make_work_item(cast.dev, component=cast.checkout)


@pytest.fixture
def release() -> Release:
    return Release.objects.create(version="4.18.0", state="hypercare", deployed_at=NOW - 10 * DAY)


def owe(cast: Cast, item: WorkItem, release: Release, **fields: object) -> LoopObligation:
    """A requester's word that became available ten days ago and was due two days later."""
    ticket = make_ticket(cast.rob, service=cast.payments, component=cast.checkout)
    values: dict[str, object] = {
        "kind": "requester",
        "recipient": cast.rob,
        "release": release,
        "available_at": NOW - 10 * DAY,
        "due_at": NOW - 8 * DAY,
    }
    return LoopObligation.objects.create(work_item=item, ticket=ticket, **(values | fields))


@pytest.fixture
def story(cast: Cast, item: WorkItem, release: Release) -> None:
    """Five told in time (3 confirmed, 1 still broken, 1 waits), one late without an answer, one
    overdue, one not due yet, one withdrawn, one long ago."""
    minutes = iter((10, 20, 30, 40, 50))
    for outcome in ("confirmed", "confirmed", "confirmed", "still_broken", "told"):
        owe(cast, item, release, outcome=outcome, sent_at=NOW - 9 * DAY, told_after=next(minutes))
    owe(cast, item, release, outcome="no_answer", sent_at=NOW - 3 * DAY, told_after=10_000)
    owe(cast, item, release)
    owe(cast, item, release, due_at=NOW + DAY, available_at=NOW - DAY)
    owe(cast, item, release, outcome="withdrawn", why="No longer linked to this work")
    owe(cast, item, release, available_at=NOW - 200 * DAY, due_at=NOW - 198 * DAY)


def scope(**about: object) -> Scope:
    return Scope(NOW - 30 * DAY, NOW + DAY, NOW, **about)


def test_figures_are_those_counted_by_hand(cast: Cast, story: None) -> None:
    found = {
        key: figure(key, cast.mo, scope())
        for key in ("told-in-time", "ship-to-told", "confirmed", "still-broken")
    }
    closure = found["told-in-time"]
    # Of six told and one overdue, five were in time; what is not due yet is not counted.
    assert (closure.met, closure.n, closure.rate) == (5, 7, pytest.approx(5 / 7))
    assert (found["ship-to-told"].n, found["ship-to-told"].minutes) == (6, 35)
    confirmed = found["confirmed"]
    assert (confirmed.met, confirmed.n, confirmed.rate) == (3, 5, 0.6)
    assert (found["still-broken"].met, found["still-broken"].n) == (1, 5)
    assert subjects("told-in-time", cast.mo, scope()).filter(met=False).count() == 2
    (line,) = by_release(cast.mo, scope())
    assert (line.owed, line.told, line.in_time, line.confirmed, line.still_broken) == (
        8,
        6,
        5,
        3,
        1,
    )


def test_too_few_hide_the_rate(cast: Cast, item: WorkItem, release: Release) -> None:
    owe(cast, item, release, outcome="confirmed", sent_at=NOW - 9 * DAY, told_after=10)
    assert figure("told-in-time", cast.mo, scope()).rate is None
    assert figure("ship-to-told", cast.mo, scope()).minutes is None


def test_a_service_counts_its_own(cast: Cast, story: None) -> None:
    LoopObligation.objects.first().ticket.__class__.objects.update(service=None)
    assert figure("told-in-time", cast.mo, scope(service=cast.payments)).n == 0


def test_the_page_shows_figures_overdue_words_and_the_records(
    cast: Cast, story: None, release: Release, as_user: As
) -> None:
    browser = as_user(cast.ann)
    page = browser.get("/loop/", {"days": 30}).content.decode()
    assert "71 %" in page
    assert "5 of 7 words" in page
    overdue = LoopObligation.objects.overdue(timezone.now())
    assert overdue.count() == 2
    assert all(f">{one.ticket.reference} · 4.18.0<" in page for one in overdue if one.ticket)
    late = browser.get("/loop/told-in-time/", {"days": 30, "met": "no", "release": release.pk})
    assert [row.met for row in late.context["page"].rows] == [False, False]
    owed = browser.get("/loop/owed/", {"days": 30, "release": release.pk})
    assert len(owed.context["page"].rows) == 8
    assert browser.get("/loop/nothing/").status_code == 404


@pytest.mark.parametrize("who", ["rob", "dev"])
def test_the_page_is_for_support_and_those_who_lead(
    cast: Cast, as_user: As, api_as: Callable[[Person], APIClient], who: str
) -> None:
    person = cast.everyone[who]
    assert as_user(person).get("/loop/").status_code == 403
    assert as_user(person).get("/loop/confirmed/").status_code == 403
    assert api_as(person).get("/api/v1/loop/").status_code == 403


def test_the_api_gives_the_same_figures(
    cast: Cast, story: None, api_as: Callable[[Person], APIClient]
) -> None:
    found = api_as(cast.mo).get("/api/v1/loop/", {"days": 30}).data
    assert found["overdue"] == 2
    assert {one["key"]: (one["met"], one["n"]) for one in found["figures"]} == {
        "told-in-time": (5, 7),
        "ship-to-told": (5, 6),
        "confirmed": (3, 5),
        "still-broken": (1, 5),
    }


def test_the_page_costs_the_same_at_3_and_at_30_words(
    cast: Cast, item: WorkItem, release: Release, as_user: As
) -> None:
    browser = as_user(cast.mo)

    def cost() -> int:
        addresses = ("/loop/", "/loop/told-in-time/")
        for address in addresses:
            browser.get(address)
        with CaptureQueriesContext(connection) as captured:
            for address in addresses:
                assert browser.get(address).status_code == 200
        return len(captured)

    def fill(how_many: int) -> None:
        for _ in range(how_many):
            owe(cast, item, release)

    fill(3)
    few = cost()
    fill(27)
    assert cost() == few
