"""Does involvement help here? Outcomes, sides and ratios counted by hand."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from changes.models import CausedIncident, Change, ClusterSuspect
from dashboards.involvement.difference import Difference, caused_by, difference, size_band
from devlink.models import InvolvementEvent, Release, ReleaseItem, WorkItem
from incidents.models import Ticket
from problems.models import Cluster, ClusterMember
from tests.conftest import Cast
from tests.make.tickets import make_ticket

AsUser = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]
DAY = timedelta(days=1)
Kind, Stage = InvolvementEvent.Kind, InvolvementEvent.Stage


@pytest.fixture
def live() -> object:
    """A moment long enough ago."""
    return timezone.now() - 30 * DAY


def _release(cast: Cast, live: object, *, items: int = 1, risk: int = 2) -> Release:
    number = Release.objects.count()
    made = Release.objects.create(
        version=f"4.{number}.0",
        state="closed",
        deployed_at=live,
        change=Change.objects.create(title=f"Release {number}", requester=cast.rel, risk=risk),
    )
    for _ in range(items):
        item = WorkItem.objects.create(
            key=f"P-{WorkItem.objects.count()}",
            title="x",
            team=cast.payments_team,
            component=cast.checkout,
        )
        ReleaseItem.objects.create(release=made, work_item=item)
    return made


def _involve(release: Release, *, kind: str = Kind.TESTED, before: timedelta = DAY) -> None:
    InvolvementEvent.objects.create(
        release=release,
        stage=Stage.TESTING,
        kind=kind,
        actor_side="support",
        at=release.deployed_at - before,
    )


def _ticket(cast: Cast, at: object, **fields: object) -> Ticket:
    made = make_ticket(cast.rob, component=cast.checkout, service=cast.payments)
    Ticket.objects.filter(pk=made.pk).update(created_at=at, **fields)
    made.refresh_from_db()
    return made


def _confirm(cast: Cast, release: Release, many: int) -> None:
    for _ in range(many):
        CausedIncident.objects.create(
            change=release.change,
            ticket=_ticket(cast, release.deployed_at + DAY),
            verdict="confirmed",
        )


def _found(cast: Cast) -> Difference:
    now = timezone.now()
    return difference(cast.mo, now - 90 * DAY, now, None, now=now)


def test_what_counts_as_caused_by_a_release(cast: Cast, live: object) -> None:
    release = _release(cast, live)
    change = release.change
    confirmed, suspected, cleared, early, late, both, foreign, old = (
        _ticket(cast, release.deployed_at + wait)
        for wait in (DAY, DAY, DAY, -DAY, 7 * DAY, DAY, DAY, DAY)
    )
    asked = make_ticket(cast.rob, kind="service_request")
    Ticket.objects.filter(pk=asked.pk).update(created_at=release.deployed_at + DAY)
    for ticket in (confirmed, early, late, both, asked):
        CausedIncident.objects.create(change=change, ticket=ticket, verdict="confirmed")
    CausedIncident.objects.create(change=change, ticket=suspected, verdict="suggested")
    other = Change.objects.create(title="Other", requester=cast.rel)
    members = {
        # The release's change is the likeliest suspect of the first only.
        "its": ([both, cleared], [(change, 0.8, 60), (other, 0.3, 90)]),
        "another's": ([foreign], [(change, 0.4, 60), (other, 0.6, 90)]),
        "older": ([old], [(change, 0.9, 60 * 24 * 9)]),
    }
    for title, (tickets, suspects) in members.items():
        cluster = Cluster.objects.create(title=title, service=cast.payments)
        for ticket in tickets:
            ClusterMember.objects.create(
                cluster=cluster, ticket=ticket, reason="alike", confidence=0.9
            )
        for suspect, score, minutes in suspects:
            ClusterSuspect.objects.create(
                cluster=cluster, change=suspect, score=score, minutes_before=minutes
            )
    assert set(caused_by(release)) == {confirmed, both, cleared}
    CausedIncident.objects.create(change=change, ticket=cleared, verdict="rejected")
    assert set(caused_by(release)) == {confirmed, both}
    assert [one.incidents for one in _found(cast).outcomes] == [2]


def test_involved_is_before_the_deployment_and_more_than_told(cast: Cast, live: object) -> None:
    tested, told, late, in_item, theirs, refused = (_release(cast, live) for _ in range(6))
    _involve(tested)
    _involve(told, kind=Kind.NOTIFIED)
    _involve(late, before=-DAY)
    _involve(refused, kind=Kind.VETOED)
    InvolvementEvent.objects.create(
        work_item=in_item.work_items.get(),
        stage=Stage.REQUIREMENTS,
        kind=Kind.COMMENTED,
        actor_side="support",
        at=in_item.deployed_at - 9 * DAY,
    )
    InvolvementEvent.objects.create(
        release=theirs,
        stage=Stage.TESTING,
        kind=Kind.TESTED,
        actor_side="development",
        at=theirs.deployed_at - DAY,
    )
    involved = {one.release for one in _found(cast).outcomes if one.involved}
    assert involved == {tested, in_item, refused}


def test_too_few_are_hidden_and_said_how_many_more(
    cast: Cast, live: object, as_user: AsUser
) -> None:
    for number in range(7):
        release = _release(cast, live)
        if number < 4:
            _involve(release)
    _release(cast, timezone.now() - 2 * DAY)
    Release.objects.create(version="old", state="closed", deployed_at=live)
    found = _found(cast)
    assert (found.involved.n, found.without.n, found.left_out) == (4, 3, 1)
    assert (found.involved.rate, found.ratio, found.matched) == (None, None, None)
    text = as_user(cast.mo).get("/involvement/difference/").content.decode()
    assert "1 more release with support involved and 2 more without are needed" in text
    assert "1 release without a change is left out" in text


def _two_strata(cast: Cast, live: object) -> None:
    """Medium risk: 1 in 3 against 4 in 2. High risk: 3 in 2 against 9 in 3. Low: one side only."""
    plan = [
        (2, True, (1, 0, 0)),
        (2, False, (2, 2)),
        (1, True, (3, 0)),
        (1, False, (3, 3, 3)),
        (3, True, (5,)),
    ]
    for risk, involved, counts in plan:
        for many in counts:
            release = _release(cast, live, risk=risk)
            if involved:
                _involve(release)
            _confirm(cast, release, many)


def test_like_is_compared_with_like(cast: Cast, live: object) -> None:
    _two_strata(cast, live)
    found = _found(cast)
    assert (found.involved.n, found.involved.incidents) == (6, 9)
    assert (found.without.n, found.without.incidents) == (5, 13)
    assert (found.involved.rate, found.without.rate) == (1.5, 2.6)
    assert found.n_matched == 10
    assert found.ratio is not None
    assert found.matched is not None
    assert found.ratio.ratio == pytest.approx(1.5 / 2.6)
    # R = 1·2/5 + 3·3/5, S = 4·3/5 + 9·2/5.
    assert found.matched.ratio == pytest.approx(2.2 / 6.0)
    # Pearson's χ² of the counts around each side's mean, over 5 and 4 degrees of freedom.
    with_side = sum((n - 1.5) ** 2 for n in (1, 0, 0, 3, 0, 5)) / 1.5
    without_side = sum((n - 2.6) ** 2 for n in (2, 2, 3, 3, 3)) / 2.6
    assert found.dispersion == pytest.approx((with_side + without_side) / 9)
    assert found.matched.low < found.matched.ratio < found.matched.high
    assert found.verdict.startswith("No difference is shown")


def test_the_page_lists_the_releases_of_each_side_and_warns(
    cast: Cast, live: object, as_user: AsUser, api_as: ApiAs
) -> None:
    _two_strata(cast, live)
    page = as_user(cast.mo)
    text = page.get("/involvement/difference/").content.decode()
    assert "This is no proof" in text
    assert "Payments · 1–2 items · medium risk" in text
    assert len(page.get("/involvement/difference/?involved=no").context["rows"]) == 5
    body = api_as(cast.mo).get("/api/v1/involvement-difference/").data
    assert (body["involved"]["n"], body["without"]["n"], body["matched_releases"]) == (6, 5, 10)
    assert body["matched"]["ratio"] == pytest.approx(2.2 / 6.0)
    costly = max(body["releases"], key=lambda one: one["incidents"])
    behind = page.get(f"/releases/{costly['release']}/after/?which=caused")
    assert len(behind.context["page"].rows) == costly["incidents"] == 5


def test_without_an_incident_on_one_side_nothing_is_made_up(
    cast: Cast, live: object, as_user: AsUser, api_as: ApiAs
) -> None:
    for number in range(10):
        release = _release(cast, live)
        if number < 5:
            _involve(release)
            _confirm(cast, release, 1)
    found = _found(cast)
    assert found.matched is None
    assert found.verdict == "No comparison of like with like is possible yet."
    assert "no end" in as_user(cast.mo).get("/involvement/difference/").content.decode()
    body = api_as(cast.mo).get("/api/v1/involvement-difference/").json()
    assert (body["matched"], body["crude"]["ratio"]) == (None, None)


def test_the_bands_of_size() -> None:
    assert [size_band(n) for n in (0, 1, 2, 3, 5, 6, 40)] == [
        "no items listed",
        "1–2 items",
        "1–2 items",
        "3–5 items",
        "3–5 items",
        "6 or more items",
        "6 or more items",
    ]


def test_it_costs_the_same_at_2_and_at_8(cast: Cast, live: object, as_user: AsUser) -> None:
    browser = as_user(cast.mo)

    def queries() -> int:
        browser.get("/involvement/difference/")
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/involvement/difference/").status_code == 200
        return len(captured)

    for _ in range(2):
        _confirm(cast, _release(cast, live), 1)
    few = queries()
    for _ in range(6):
        _confirm(cast, _release(cast, live), 1)
    assert queries() == few
