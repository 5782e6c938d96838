"""Proactivity: six measures with their records, contacts, and fixes that held."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Person
from accounts.roles import Side
from changes.models import CausedIncident, Change
from dashboards import proactivity as sums
from devlink.actions import judge_fix
from devlink.measures import DEFINITIONS, measure, quarter_of, subjects
from devlink.models import (
    FixClaim,
    InvolvementEvent,
    PulseAnswer,
    Release,
    Sprint,
    WorkItem,
)
from knowledge.models import Article, Revision
from problems.models import Cluster
from tests.conftest import Cast
from tests.make.tickets import make_ticket

As = Callable[[Person], Client]
NOW = timezone.now
Kind, Stage = InvolvementEvent.Kind, InvolvementEvent.Stage


def _of(key: str, cast: Cast) -> tuple[int, int]:
    found = measure(key, cast.mo, NOW() - timedelta(days=90), NOW() + timedelta(minutes=1))
    return found.met, found.n


def _sprint(cast: Cast, name: str) -> Sprint:
    return Sprint.objects.create(
        name=name,
        team=cast.payments_team,
        state="active",
        planning_at=NOW(),
        starts_on=date(2030, 1, 1),
        ends_on=date(2030, 1, 14),
        started_at=NOW() - timedelta(days=1),
    )


def test_a_sprint_counts_when_support_took_part_before_it_started(cast: Cast) -> None:
    voted, told, late, theirs = (_sprint(cast, name) for name in "abcd")
    act = InvolvementEvent.objects.create
    early, after = NOW() - timedelta(days=2), NOW()
    both = {"stage": Stage.PRIORITIZATION, "actor_side": Side.SUPPORT}
    act(sprint=voted, kind=Kind.VOTED, at=early, **both)
    act(sprint=voted, kind=Kind.CONTRIBUTED, at=early, **both)
    act(sprint=told, kind=Kind.NOTIFIED, at=early, **both)
    act(sprint=late, kind=Kind.VOTED, at=after, **both)
    act(
        sprint=theirs,
        kind=Kind.VOTED,
        at=early,
        stage=Stage.PRIORITIZATION,
        actor_side=Side.DEVELOPMENT,
    )
    assert _of("prioritised", cast) == (1, 4)


def test_a_requirement_counts_when_it_was_discussed_in_discovery(cast: Cast) -> None:
    made = [
        WorkItem.objects.create(
            key=f"PAY-{n}", title="Story", kind="story", team=cast.payments_team, committed_at=NOW()
        )
        for n in range(2)
    ]
    InvolvementEvent.objects.create(
        work_item=made[0],
        stage=Stage.REQUIREMENTS,
        actor_side=Side.SUPPORT,
        kind=Kind.COMMENTED,
        at=NOW() - timedelta(days=1),
    )
    assert _of("requirements", cast) == (1, 2)


def test_a_release_counts_when_support_knew_before_it_shipped(cast: Cast) -> None:
    shipped = NOW() - timedelta(days=1)
    for version, told in (("1", shipped - timedelta(hours=1)), ("2", shipped), ("3", None)):
        Release.objects.create(
            version=version, state="hypercare", deployed_at=shipped, support_told_at=told
        )
    assert _of("told-before", cast) == (1, 3)


def test_an_article_counts_when_both_sides_worked_on_it(cast: Cast) -> None:
    for title, sides in (("a", ["support", "development"]), ("b", ["support", "support"])):
        article = Article.objects.create(title=title, issue="-", owner=cast.ann)
        for number, side in enumerate(sides, start=1):
            Revision.objects.create(
                article=article,
                number=number,
                title=title,
                issue="-",
                author=cast.ann,
                author_side=side,
            )
    assert _of("articles", cast) == (1, 2)


def test_a_change_worked_when_it_succeeded_and_caused_nothing(cast: Cast) -> None:
    ticket = make_ticket(cast.rob)
    for title, outcome in (("good", "successful"), ("bad", "failed"), ("costly", "successful")):
        change = Change.objects.create(
            title=title, requester=cast.max, state="closed", outcome=outcome, closed_at=NOW()
        )
        if title == "costly":
            CausedIncident.objects.create(change=change, ticket=ticket, verdict="confirmed")
    assert _of("changes", cast) == (1, 3)
    assert [
        row.title for row in subjects("changes", cast.mo, NOW() - timedelta(1), NOW()) if row.met
    ] == ["good"]


def test_satisfaction_counts_fours_and_fives_of_support(cast: Cast) -> None:
    for score, side in ((5, "support"), (4, "support"), (3, "support"), (5, "development")):
        PulseAnswer.objects.create(quarter=quarter_of(NOW()), side=side, score=score)
    assert _of("satisfied", cast) == (2, 3)


def test_a_rate_on_fewer_than_five_is_hidden(cast: Cast, as_user: As) -> None:
    Release.objects.create(version="1", state="hypercare", deployed_at=NOW())
    found = measure("told-before", cast.mo, NOW() - timedelta(days=1), NOW() + timedelta(days=1))
    assert (found.n, found.rate) == (1, None)
    page = as_user(cast.mo).get("/proactivity/").content.decode()
    assert "fewer than 5 releases" in page


def _claim(
    cast: Cast, state: str, count: float, days: int = 28, cluster: Cluster | None = None
) -> FixClaim:
    number = FixClaim.objects.count() + 1
    deployed = NOW() - timedelta(days=days)
    return FixClaim.objects.create(
        cluster=cluster or Cluster.objects.create(title=f"Cause {number}", service=cast.payments),
        work_item=WorkItem.objects.create(key=f"P-{number}", title="Fix", team=cast.payments_team),
        release=Release.objects.create(version=f"4.{number}.0", deployed_at=deployed),
        state=state,
        deployed_at=deployed,
        baseline_from=deployed - timedelta(days=84),
        baseline_to=deployed,
        incidents_avoided=count,
        incidents_avoided_low=count / 2,
        incidents_avoided_high=count * 2,
        minutes_per_ticket=30,
        result={"weeks_watched": days // 7},
        sentence="Your change ended about 9 incidents a week (6–12).",
    )


def test_only_fixes_whose_effect_is_shown_count_as_avoided(cast: Cast) -> None:
    claims = [
        _claim(cast, "verified", 40),
        _claim(cast, "watching", 100),
        _claim(cast, "not_effective", 100),
    ]
    found = sums.avoided(claims, sums.Period.last(90, NOW().date()))
    assert (found.claims, found.count, found.low, found.high) == (1, 40, 20, 80)
    assert found.minutes == pytest.approx(40 * 30)


def test_a_period_takes_its_share_of_what_a_fix_avoided(cast: Cast) -> None:
    claims = [_claim(cast, "verified", 56, days=56)]
    found = sums.avoided(claims, sums.Period.last(28, NOW().date()))
    assert found.count == pytest.approx(28, abs=1)


def test_what_a_look_avoided_stays_in_the_weeks_it_counted(cast: Cast) -> None:
    claim = _claim(cast, "verified", 36, days=91)
    FixClaim.objects.update(result={"weeks_watched": 4})
    judge_fix(claim)
    claim = FixClaim.objects.select_related("release").get()
    assert claim.looked_at is not None
    shipped = claim.deployed_at.date()
    first_weeks = sums.Period(shipped, shipped + timedelta(days=28))
    assert sums.avoided([claim], first_weeks).count == pytest.approx(36)
    later = sums.Period(shipped + timedelta(days=29), NOW().date())
    assert sums.avoided([claim], later).claims == 0
    drawn = sums.chart([claim], sums.Period.last(91, NOW().date()), None)
    actual, expected = (one["values"] for one in drawn["series"])
    assert max(expected) - max(actual) == pytest.approx(9, abs=0.1)


def test_two_fixes_of_one_cause_do_not_both_claim_its_end(cast: Cast, as_user: As) -> None:
    first = _claim(cast, "verified", 40, days=84)
    second = _claim(cast, "verified", 60, days=84, cluster=first.cluster)
    FixClaim.objects.update(deployed_at=first.deployed_at)
    FixClaim.objects.filter(pk=first.pk).update(result={"weeks_watched": 8})
    period = sums.Period.last(90, NOW().date())
    claims = sums.settled_claims(cast.mo, None)
    found = sums.avoided(claims, period)
    # The longer look holds the whole time; the other adds nothing to it.
    assert (found.claims, found.count) == (1, pytest.approx(60))
    page = as_user(cast.mo).get("/proactivity/").content.decode()
    assert page.count("counted with Cause 1") == 1
    FixClaim.objects.filter(pk=second.pk).update(
        deployed_at=first.deployed_at + timedelta(weeks=4), result={"weeks_watched": 4}
    )
    found = sums.avoided(sums.settled_claims(cast.mo, None), period)
    assert (found.claims, found.count) == (1, pytest.approx(40))


def test_unknown_handling_time_is_not_nothing(cast: Cast, as_user: As) -> None:
    _claim(cast, "verified", 40)
    FixClaim.objects.update(minutes_per_ticket=None)
    found = sums.avoided(sums.settled_claims(cast.mo, None), sums.Period.last(90, NOW().date()))
    assert (found.minutes, found.timed) == (None, 0)
    assert "handling time not known" in as_user(cast.mo).get("/proactivity/").content.decode()


def test_the_chart_adds_what_was_avoided_to_what_came(cast: Cast) -> None:
    claims = [_claim(cast, "verified", 40)]
    drawn = sums.chart(claims, sums.Period.last(91, NOW().date()), None)
    actual, expected = (one["values"] for one in drawn["series"])
    assert sum(expected) - sum(actual) == pytest.approx(40, abs=1)
    assert len(drawn["labels"]) == len(actual) == 13
    assert [mark["text"] for mark in drawn["marks"]] == ["fix in 4.1.0"]


def test_the_page_shows_the_verdicts_in_words_and_links_to_records(cast: Cast, as_user: As) -> None:
    _claim(cast, "verified", 40)
    page = as_user(cast.mo).get("/proactivity/").content.decode()
    assert "Your change ended about 9 incidents a week" in page
    for one in DEFINITIONS:
        assert f"/proactivity/{one.key}/" in page


@pytest.mark.parametrize("key", [one.key for one in DEFINITIONS])
def test_every_measure_opens_its_records(cast: Cast, as_user: As, key: str) -> None:
    Release.objects.create(version="4.18.0", state="hypercare", deployed_at=NOW())
    _sprint(cast, "Sprint 48")
    mo = as_user(cast.mo)
    assert mo.get(f"/proactivity/{key}/").status_code == 200
    assert mo.get(f"/proactivity/{key}/?met=no&days=30").status_code == 200


def test_an_unknown_measure_and_a_person_without_the_role_get_nothing(
    cast: Cast, as_user: As
) -> None:
    assert as_user(cast.mo).get("/proactivity/magic/").status_code == 404
    assert as_user(cast.rob).get("/proactivity/").status_code == 403
    assert as_user(cast.ann).get("/proactivity/").status_code == 403


def test_nonsense_in_the_address_falls_back_to_a_quarter(cast: Cast, as_user: As) -> None:
    answer = as_user(cast.mo).get("/proactivity/", {"days": "1e9", "service": "x' or 1=1"})
    assert answer.status_code == 200
    assert answer.context["period"].days == 90


def test_the_figures_export_as_csv(cast: Cast, as_user: As) -> None:
    answer = as_user(cast.mo).get("/proactivity/", {"format": "csv"})
    lines = answer.content.decode().splitlines()
    assert lines[0].startswith("measure,met,n,rate,study")
    assert len(lines) == 1 + len(DEFINITIONS)
