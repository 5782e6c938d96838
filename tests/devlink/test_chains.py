"""The way of a cause: milestones from rows, days between them, and one's own portfolio."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Person
from accounts.roles import Side
from devlink.actions import accept_ask, ask_for_fix, comment_on_work_item, decline_ask
from devlink.chains import (
    agreed_causes,
    chain_of,
    passed,
    quarters_until,
    segments_of,
    waiting,
    ways,
)
from devlink.models import Ask, FixClaim, FixLook, Release, Sprint
from devlink.portfolio import entries, own_claims
from problems.models import Cluster
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.catalogue import make_team
from tests.make.work import make_release

As = Callable[[Person], Client]
Api = Callable[[Person], APIClient]
DAY = timedelta(days=1)
NOW = datetime(2030, 5, 20, 12, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return NOW - days * DAY


@pytest.fixture
def asked(cast: Cast, cause: Cause, sprint: Sprint) -> Ask:
    """Seen 100 days ago, grouped 90, asked for 60; nothing is decided."""
    Cluster.objects.update(first_seen_at=days_ago(100), created_at=days_ago(90))
    return ask_for_fix(
        cause.problem, actor=cast.ann, sprint=sprint, points=60, rationale="Daily.", at=days_ago(60)
    )


def ship(ask: Ask, *, at: datetime, state: str = "watching") -> FixClaim:
    release = make_release(Person.objects.get(name="Rel"))
    Release.objects.filter(pk=release.pk).update(deployed_at=at, state="hypercare")
    return FixClaim.objects.create(
        cluster=ask.problem.cluster,
        problem=ask.problem,
        work_item=ask.work_item,
        release=release,
        state=state,
        deployed_at=at,
        baseline_from=at - 84 * DAY,
        baseline_to=at,
        result={
            "fall_per_week": {"value": 9.2, "low": 6.1, "high": 12.4},
            "baseline": {"count": 120.0, "weeks": 12},
        },
    )


def verify(claim: FixClaim, *, at: datetime) -> None:
    FixClaim.objects.filter(pk=claim.pk).update(state="verified")
    Cluster.objects.filter(pk=claim.cluster_id).update(state="verified")
    FixLook.objects.create(
        claim=claim, week=4, verdict="verified", sentence="It ended.", created_at=at
    )


@pytest.fixture
def verified(cast: Cast, asked: Ask) -> FixClaim:
    """Accepted 57 days ago, shipped 40, verified 12."""
    accept_ask(asked, actor=cast.dev, at=days_ago(57))
    claim = ship(asked, at=days_ago(40))
    verify(claim, at=days_ago(12))
    return claim


def the_days(person: Person, pk: int) -> list[tuple[int | None, bool]]:
    found = chain_of(agreed_causes(person, now=NOW).get(pk=pk), now=NOW)
    return [(None if one.days is None else round(one.days), one.is_open) for one in found.segments]


def test_a_verified_chain_has_the_days_of_each_segment(cast: Cast, verified: FixClaim) -> None:
    assert the_days(cast.ann, verified.cluster_id) == [
        (10, False),
        (30, False),
        (3, False),
        (17, False),
        (28, False),
    ]
    found = chain_of(agreed_causes(cast.ann, now=NOW).get(), now=NOW)
    assert found.days == pytest.approx(88)
    assert found.slowest is not None
    assert found.slowest.label == "grouped → asked"


def test_a_declined_ask_goes_on_waiting(cast: Cast, asked: Ask) -> None:
    decline_ask(asked, actor=cast.dev, reason_code="cost", at=days_ago(58))
    assert the_days(cast.ann, asked.problem.cluster_id) == [
        (10, False),
        (30, False),
        (60, True),
        (None, False),
        (None, False),
    ]


def test_what_was_shipped_unasked_has_no_days_of_asking(cast: Cast, asked: Ask) -> None:
    """An ask after the shipment belongs to a next round."""
    ship(asked, at=days_ago(70))
    assert the_days(cast.ann, asked.problem.cluster_id) == [
        (10, False),
        (None, False),
        (None, False),
        (None, False),
        (70, True),
    ]


def test_a_fix_that_came_back_is_not_verified(cast: Cast, verified: FixClaim) -> None:
    FixClaim.objects.update(state="regressed")
    Cluster.objects.update(state="regressed")
    assert the_days(cast.ann, verified.cluster_id)[-1] == (40, True)
    assert not own_claims(cast.ann).exists()


def test_the_second_release_counts_when_it_was_the_one_verified(cast: Cast, asked: Ask) -> None:
    accept_ask(asked, actor=cast.dev, at=days_ago(57))
    ship(asked, at=days_ago(50), state="not_effective")
    verify(ship(asked, at=days_ago(30)), at=days_ago(2))
    assert the_days(cast.ann, asked.problem.cluster_id)[-2:] == [(27, False), (28, False)]


def test_a_ticket_older_than_its_group_gives_no_negative_days() -> None:
    moments = (NOW, NOW - DAY, None, None, None, None)
    assert segments_of(moments, NOW)[0].days == 0.0


def test_only_agreed_causes_are_chains(cast: Cast, asked: Ask) -> None:
    for state in ("candidate", "dismissed"):
        Cluster.objects.update(state=state)
        assert not agreed_causes(cast.ann, now=NOW).exists()


def six_chains(cast: Cast, how_many: int = 6) -> None:
    """Grouped 1, 2, … days after they were seen; none was asked for."""
    Cluster.objects.bulk_create(
        Cluster(
            title=f"Cause {n}",
            state="confirmed",
            component=cast.checkout,
            ticket_count=n,
            first_seen_at=days_ago(50),
            created_at=days_ago(50 - n),
        )
        for n in range(1, how_many + 1)
    )


def test_walls_are_medians_with_their_n_and_who_waits(cast: Cast) -> None:
    six_chains(cast)
    found = ways(agreed_causes(cast.mo, now=NOW), now=NOW)
    grouped, asked = found.walls[:2]
    assert (grouped.n, grouped.median_days, grouped.waiting) == (6, 3.5, 0)
    assert (asked.n, asked.median_days, asked.waiting) == (0, None, 6)
    assert found.slowest == grouped
    Cluster.objects.filter(ticket_count__gt=4).delete()
    few = ways(agreed_causes(cast.mo, now=NOW), now=NOW).walls[0]
    assert (few.n, few.median_days) == (4, None)


def test_a_number_on_a_wall_opens_just_these_chains(cast: Cast, verified: FixClaim) -> None:
    six_chains(cast)
    causes = agreed_causes(cast.mo, now=NOW)
    since = quarters_until(NOW)[0][0]
    for wall in ways(causes, now=NOW).walls:
        assert causes.filter(passed(wall.key, since=since)).count() == wall.n
        assert causes.filter(waiting(wall.key)).count() == wall.waiting


def test_verified_chains_are_counted_in_the_quarter_of_the_verdict(verified: FixClaim) -> None:
    found = ways(agreed_causes(Person.objects.get(name="Mo"), now=NOW), now=NOW).quarters
    assert [(one.name, one.verified) for one in found] == [
        ("Q3 2029", 0),
        ("Q4 2029", 0),
        ("Q1 2030", 0),
        ("Q2 2030", 1),
    ]


def test_a_team_has_what_it_asked_for_and_what_it_supports(cast: Cast, asked: Ask) -> None:
    other = make_team("Other support", Side.SUPPORT)

    def chains_of(team: object) -> int:
        return agreed_causes(cast.mo, now=NOW, team=team).count()  # type: ignore[arg-type]

    assert (chains_of(cast.desk), chains_of(other)) == (1, 0)
    Ask.objects.update(team=other)
    assert (chains_of(cast.desk), chains_of(other)) == (1, 1)
    Cluster.objects.update(component=cast.invoices)
    type(cast.invoices).objects.update(support_team=None)
    assert chains_of(cast.desk) == 1, "a component without a team follows its service"


def test_the_page_of_a_chain_tells_it_and_links_to_its_records(
    cast: Cast, verified: FixClaim, as_user: As
) -> None:
    page = as_user(cast.ann).get(f"/chains/{verified.cluster_id}/").content.decode()
    for said in (
        "88 days from the first ticket",
        "The slowest stretch was “grouped → asked” with 30 days",
        f"Service desk asked for {verified.work_item.key} in Sprint 48 with 60 points",
        f"{verified.work_item.key} in Sprint 48: accepted",
        f"release {verified.release.version} went live",
        "week 4: It ended.",
    ):
        assert said in page
    for record in (verified.problem, verified.work_item, verified.release):
        assert record is not None
        assert f'href="{record.get_absolute_url()}"' in page


def test_cluster_problem_and_work_item_lead_to_the_way(
    cast: Cast, cause: Cause, verified: FixClaim, as_user: As
) -> None:
    """And the ticket, for staff."""
    browser = as_user(cast.ann)
    ticket = cause.tickets[0]
    for record in (verified.cluster, verified.problem, verified.work_item, ticket):
        assert record is not None
        page = browser.get(record.get_absolute_url()).content.decode()
        assert f'href="/chains/{verified.cluster_id}/"' in page


def test_the_list_narrows_to_what_a_number_counted(
    cast: Cast, verified: FixClaim, as_user: As
) -> None:
    six_chains(cast)
    browser = as_user(cast.mo)

    def shown(query: str) -> int:
        return len(browser.get(f"/chains/?{query}").context["chains"])

    assert [
        shown(one) for one in ("", "standing=verified", "waits=asked", "standing=nonsense")
    ] == [
        7,
        1,
        6,
        7,
    ]


def test_a_way_and_a_portfolio_cost_the_same_with_more_in_them(
    cast: Cast, verified: FixClaim, as_user: As
) -> None:
    browser = as_user(cast.ann)
    ask = verified.work_item.asks.get()
    pages = (
        f"/chains/{verified.cluster_id}/",
        "/chains/",
        "/portfolio/",
        verified.cluster.get_absolute_url(),
        f"/api/v1/chains/{verified.cluster_id}/",
        "/api/v1/portfolio/",
    )

    def queries(address: str) -> int:
        browser.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    few = {one: queries(one) for one in pages}
    for _ in range(9):
        verify(ship(ask, at=days_ago(39)), at=days_ago(11))
        comment_on_work_item(ask.work_item, actor=cast.ann, body="Please.", at=days_ago(50))
    assert {one: queries(one) for one in pages} == few
    assert own_claims(cast.ann).count() == 10


def portfolio_of(person: Person) -> list[list[str]]:
    found = entries(person, list(own_claims(person)))
    return [[act.sentence for act in entry.acts] for entry in found]


def test_a_portfolio_has_the_acts_up_to_the_verdict_and_says_what_ended(
    cast: Cast, verified: FixClaim
) -> None:
    comment_on_work_item(verified.work_item, actor=cast.ann, body="Too late to help.", at=NOW)
    (acts,) = portfolio_of(cast.ann)
    assert [one.split(" with ")[0] for one in acts if one.startswith("asked")] == [
        f"asked for {verified.work_item.key} in Sprint 48"
    ]
    assert not any("commented" in one for one in acts)
    (entry,) = entries(cast.ann, list(own_claims(cast.ann)))
    assert entry.sentence == "You helped end about 9 incidents a week (6–12)."
    assert portfolio_of(cast.dev) != []
    assert portfolio_of(cast.max) == []


def test_who_made_the_fix_in_a_tracker_is_there_as_its_assignee(
    cast: Cast, verified: FixClaim
) -> None:
    type(verified.work_item).objects.update(assignee=cast.rel)
    assert portfolio_of(cast.rel) == [
        [
            f"planned the release {verified.release.version}",
            f"made the fix, {verified.work_item.key}",
        ]
    ]


def test_nobody_reads_the_portfolio_of_somebody_else(
    cast: Cast, verified: FixClaim, as_user: As, api_as: Api
) -> None:
    """Whatever a manager or an admin asks for, they get their own."""
    for person in (cast.mo, cast.ada):
        for extra in ("", f"?person={cast.ann.pk}", f"?actor={cast.ann.pk}"):
            page = as_user(person).get(f"/portfolio/{extra}").content.decode()
            assert "You helped end" not in page
            assert api_as(person).get(f"/api/v1/portfolio/{extra}").json()["results"] == []
        assert as_user(person).get(f"/portfolio/{cast.ann.pk}/").status_code == 404
        assert api_as(person).get(f"/api/v1/portfolio/{cast.ann.pk}/").status_code == 404
    assert "You helped end" in as_user(cast.ann).get("/portfolio/").content.decode()
    mine = api_as(cast.ann).get("/api/v1/portfolio/").json()["results"]
    assert [one["chain"] for one in mine] == [verified.cluster_id]


def test_the_api_tells_chains_to_staff(cast: Cast, verified: FixClaim, api_as: Api) -> None:
    (one,) = api_as(cast.dev).get("/api/v1/chains/").json()["results"]
    assert [round(part["days"]) for part in one["segments"]] == [10, 30, 3, 17, 28]
    assert one["milestones"]["asked"].startswith("2030-03-21")
    assert api_as(cast.dev).get(f"/api/v1/chains/{one['id']}/").json()["id"] == one["id"]
    assert api_as(cast.rob).get("/api/v1/chains/").json()["results"] == []
