"""When support first knew, counted by hand; the axis, its table, and the tickets behind it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Person, Team
from catalogue.actions import make_policy
from catalogue.models import Component, Service
from dashboards.involvement.drawing import APART, NEVER, ZERO, Scale, lead_axis_svg, stacked
from dashboards.involvement.lead_times import LeadTimes, lead_times, tickets_after
from devlink.measures import measure
from devlink.models import Release, ReleaseItem, WorkItem
from incidents.models import Ticket
from tests.conftest import Cast
from tests.make.clocks import make_terms, office_hours
from tests.make.tickets import make_ticket

AsUser = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Thursday, ten o'clock in Berlin, where the desk works from Monday to Friday, 08:00 to 18:00.
LIVE = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
NOW = LIVE + timedelta(days=60)


@pytest.fixture(autouse=True)
def _in_office_hours(cast: Cast) -> None:
    """Payments is answered in office hours; everything else around the clock."""
    terms = make_terms(office_hours(), {3: {"first_response": 240}})
    make_policy(actor=None, name="Payments", service=cast.payments, terms=terms)


def _release(cast: Cast, told: datetime | None, live: datetime = LIVE) -> Release:
    return Release.objects.create(
        version=f"4.{Release.objects.count()}.0",
        service=cast.payments,
        state="closed",
        deployed_at=live,
        support_told_at=told,
    )


def _item(release: Release, component: Component | None, team: Team, **fields: object) -> None:
    number = WorkItem.objects.count()
    item = WorkItem.objects.create(
        key=f"P-{number}", title="x", team=team, component=component, **fields
    )
    ReleaseItem.objects.create(release=release, work_item=item)


def _ticket(cast: Cast, component: Component, at: datetime) -> Ticket:
    made = make_ticket(cast.rob, component=component, service=component.service)
    Ticket.objects.filter(pk=made.pk).update(created_at=at)
    return made


def _found(cast: Cast) -> LeadTimes:
    return lead_times(cast.mo, LIVE - 90 * DAY, NOW, None, now=NOW)


def _nine(cast: Cast) -> dict[str, Release]:
    """One of each class, and the two that look earlier than they are."""
    early, late = LIVE - 7 * DAY, LIVE - 3 * DAY
    made = {
        "never": _release(cast, None),
        "after": _release(cast, LIVE + DAY),
        "same_day": _release(cast, LIVE - 1.5 * HOUR),
        "days": _release(cast, late),
        "weekend": _release(cast, LIVE - 5 * DAY + 3 * HOUR),
        "five_days": _release(cast, early),
        "in_sprint": _release(cast, early),
        "discovery": _release(cast, early),
        "short_discovery": _release(cast, late),
    }
    team = cast.payments_team
    spans = {
        "five_days": (early - 6 * DAY, early - DAY),
        "in_sprint": (early - 6 * DAY, early + 4 * DAY),
        "discovery": (early + DAY, early + 4 * DAY),
        "short_discovery": (late + HOUR, late + DAY),
    }
    for name, (committed, finished) in spans.items():
        _item(made[name], None, team, committed_at=committed, finished_at=finished)
    return made


def test_classes_and_leads_in_working_time(cast: Cast) -> None:
    made = _nine(cast)
    by_pk = {one.release.pk: one for one in _found(cast).leads}
    leads = {name: by_pk[release.pk] for name, release in made.items()}
    assert {name: (one.when, one.days) for name, one in leads.items()} == {
        "never": ("never", 0),
        "after": ("after", 0),
        "same_day": ("same_day", 0),
        "days": ("days", 3),
        "weekend": ("days", 3),
        "five_days": ("five_days", 5),
        "in_sprint": ("in_sprint", 5),
        "discovery": ("discovery", 5),
        "short_discovery": ("days", 3),
    }
    hours = {name: one.lead and one.lead / HOUR for name, one in leads.items()}
    assert hours == {
        "never": None,
        "after": -10,
        "same_day": 1.5,
        "days": 30,
        "weekend": 32,
        "five_days": 50,
        "in_sprint": 50,
        "discovery": 50,
        "short_discovery": 30,
    }


def test_the_headline_is_that_of_the_measure(cast: Cast) -> None:
    _nine(cast)
    found = _found(cast)
    same = measure("told-before", cast.mo, LIVE - 90 * DAY, NOW)
    assert (found.told_before, found.n) == (same.met, same.n) == (7, 9)
    assert found.median_lead == 31 * HOUR
    assert {key: many for key, _, many in found.by_class()} == {
        "discovery": 1,
        "in_sprint": 1,
        "five_days": 1,
        "days": 3,
        "same_day": 1,
        "after": 1,
        "never": 1,
    }


def test_an_uncommitted_item_is_no_discovery_and_few_releases_no_rate(cast: Cast) -> None:
    one = _release(cast, LIVE - 7 * DAY)
    for committed in (LIVE - DAY, None):
        _item(one, cast.checkout, cast.payments_team, committed_at=committed)
    found = _found(cast)
    assert [lead.when for lead in found.leads] == ["five_days"]
    assert (found.told_before_rate, found.median_lead, found.surprise_rate) == (None, None, None)


def _surprises(cast: Cast) -> list[Release]:
    """Two surprises among five, and one whose seven days are not over."""
    lives = [LIVE - 12 * n * DAY for n in range(5)] + [NOW - 3 * DAY]
    told = [None, None, LIVE - 24 * DAY + HOUR, LIVE - 36 * DAY - HOUR, LIVE - 47 * DAY, None]
    made = [_release(cast, at, live) for at, live in zip(told, lives, strict=True)]
    on = [cast.checkout, cast.invoices, cast.checkout, cast.checkout, None, cast.checkout]
    for release, component in zip(made, on, strict=True):
        _item(release, component, cast.payments_team)
    after = [6 * DAY, 6 * DAY, 7 * DAY, DAY, DAY, DAY]
    for live, wait in zip(lives, after, strict=True):
        _ticket(cast, cast.checkout, live + wait)
    return made


def test_a_surprise_is_a_release_nobody_told_of_that_brought_tickets(cast: Cast) -> None:
    made = _surprises(cast)
    found = _found(cast)
    by_pk = {one.release.pk: one for one in found.leads}
    assert [by_pk[one.pk].tickets for one in made] == [1, 0, 0, 1, 1, 1]
    assert [by_pk[one.pk].surprise for one in made] == [True, False, False, False, True, True]
    assert (found.surprises, len(found.settled), found.surprise_rate) == (2, 5, 0.4)
    Release.objects.update(service=None)
    elsewhere = Service.objects.create(name="Elsewhere", key="elsewhere")
    start = LIVE - 90 * DAY
    counts = [lead_times(cast.mo, start, NOW, one, now=NOW).n for one in (cast.payments, elsewhere)]
    # The fifth has an item without a component, so nothing says that it is of Payments.
    assert counts == [5, 0]
    assert [tickets_after(one).count() for one in made] == [1, 0, 0, 1, 1, 1]


def test_late_dots_lie_right_of_zero_and_none_upon_another(cast: Cast) -> None:
    _nine(cast)
    leads = _found(cast).leads
    scale = Scale.of(leads)
    places = [scale.place(one) for one in leads]
    assert all((place < ZERO) == one.before for place, one in zip(places, leads, strict=True))
    assert [place for place, one in zip(places, leads, strict=True) if one.lead is None] == [NEVER]
    assert min(places) > 0
    rows = stacked(places)
    dots = sorted(zip(rows, places, strict=True))
    assert all(a[0] != b[0] or b[1] - a[1] >= APART for a, b in pairwise(dots))
    drawn = lead_axis_svg(leads)
    assert (drawn.count("<circle"), drawn.count("lead-late")) == (9, 2)
    assert "never told, 0 tickets in the 7 days after" in drawn


def test_the_page_says_it_in_a_table_too_and_narrows_it(cast: Cast, as_user: AsUser) -> None:
    now = datetime.now(UTC)
    live = now - 20 * DAY
    told = _release(cast, live - 7 * DAY, live)
    never = _release(cast, None, live - HOUR)
    _item(never, cast.checkout, cast.payments_team)
    _ticket(cast, cast.checkout, live + DAY)
    page = as_user(cast.mo)
    text = page.get("/involvement/lead-times/").content.decode()
    assert text.count("lead-dot") == 2
    for release in (told, never):
        assert f"/releases/{release.pk}/after/" in text
    surprising = page.get("/involvement/lead-times/?only=surprises")
    assert [one.release for one, _ in surprising.context["rows"]] == [never]
    early = page.get("/involvement/lead-times/?when=five_days&days=30")
    assert [one.release for one, _ in early.context["rows"]] == [told]
    assert len(page.get("/involvement/lead-times/?when=magic").context["rows"]) == 2


def test_the_tickets_behind_a_release_are_those_one_may_read(cast: Cast, as_user: AsUser) -> None:
    release = _release(cast, None)
    _item(release, cast.checkout, cast.payments_team)
    open_one, secret = (_ticket(cast, cast.checkout, LIVE + DAY) for _ in range(2))
    Ticket.objects.filter(pk=secret.pk).update(
        team=Team.objects.create(name="Legal", side="support", restricted=True)
    )
    address = f"/releases/{release.pk}/after/"
    everything = as_user(cast.mo).get(address)
    assert (everything.context["total"], everything.context["hidden"]) == (2, 0)
    some = as_user(cast.pia).get(address)
    assert [row.pk for row in some.context["page"].rows] == [open_one.pk]
    assert "1 of them you may not read." in some.content.decode()


def test_it_is_for_those_who_lead(cast: Cast, as_user: AsUser, api_as: ApiAs) -> None:
    release = _release(cast, None)
    pages = ("/involvement/", "/involvement/lead-times/", "/involvement/difference/")
    for address in (*pages, f"/releases/{release.pk}/after/"):
        assert as_user(cast.ann).get(address).status_code == 403
    for address in ("/api/v1/lead-times/", "/api/v1/involvement-difference/"):
        assert api_as(cast.ann).get(address).status_code == 403
        wrong = api_as(cast.mo).get(address, {"days": "7"})
        assert (wrong.status_code, list(wrong.data)) == (400, ["days"])


def test_programs_get_the_same(cast: Cast, api_as: ApiAs) -> None:
    live = datetime.now(UTC) - 20 * DAY
    _release(cast, None, live)
    told = _release(cast, live - DAY, live)
    body = api_as(cast.mo).get("/api/v1/lead-times/").data
    assert (body["n"], body["told_before"], body["told_before_rate"]) == (2, 1, None)
    assert body["classes"]["never"] == 1
    rows = {one["release"]: one for one in body["releases"]}
    assert rows[told.pk]["url"] == told.get_absolute_url()
    assert rows[told.pk]["lead_hours"] >= 0


def test_it_costs_the_same_at_3_and_at_9(cast: Cast, as_user: AsUser) -> None:
    browser = as_user(cast.mo)
    live = datetime.now(UTC) - 20 * DAY

    def queries() -> int:
        browser.get("/involvement/lead-times/")
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/involvement/lead-times/").status_code == 200
        return len(captured)

    for n in range(3):
        _release(cast, live - n * DAY, live)
    few = queries()
    for n in range(6):
        _item(_release(cast, None, live - n * DAY), cast.checkout, cast.payments_team)
    assert queries() == few
