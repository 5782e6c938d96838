"""The Influence Index: five parts counted by hand, and when it is hidden."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Person
from devlink.delivery import answered, delivered
from devlink.influence import DEFINITIONS, Influence, influence, part, read
from devlink.models import (
    Ask,
    Decision,
    EvidencePack,
    FixClaim,
    FixLook,
    InvolvementEvent,
    Release,
    Sprint,
    WorkItem,
)
from problems.models import Cluster, Problem
from tests.conftest import Cast
from tests.make.catalogue import make_team

As = Callable[[Person], Client]
Api = Callable[[Person], APIClient]
DAY = timedelta(days=1)
END = datetime(2030, 6, 28, tzinfo=UTC)
START = END - 180 * DAY
FIRST = date(2030, 2, 4)


def sprints(cast: Cast, how_many: int) -> list[Sprint]:
    """Fortnights from 4 February, started at noon of their first day."""
    return Sprint.objects.bulk_create(
        Sprint(
            name=f"S{n}",
            team=cast.payments_team,
            state="closed",
            planning_at=END,
            starts_on=FIRST + n * 14 * DAY,
            ends_on=FIRST + (n * 14 + 13) * DAY,
            started_at=datetime(2030, 2, 4, 12, tzinfo=UTC) + n * 14 * DAY,
        )
        for n in range(how_many)
    )


def ask_in(cast: Cast, sprint: Sprint, key: str, state: str = "accepted", **fields: object) -> Ask:
    problem = Problem.objects.create(title=key)
    item = WorkItem.objects.create(
        key=key, title=key, team=cast.payments_team, component=cast.checkout, sprint=sprint
    )
    pack = EvidencePack.objects.create(problem=problem, as_of=START, content={}, sha256="0")
    fields.setdefault("team", cast.desk)
    return Ask.objects.create(
        problem=problem,
        work_item=item,
        sprint=sprint,
        pack=pack,
        state=state,
        created_by=cast.ann,
        **fields,
    )


def say(cast: Cast, ask: Ask, verdict: str, hours: float) -> None:
    assert ask.sprint.started_at is not None
    extra = {"until": FIRST} if verdict == "deferred" else {}
    extra |= {"reason_code": "cost"} if verdict == "declined" else {}
    Decision.objects.create(
        ask=ask,
        verdict=verdict,
        person=cast.dev,
        created_at=ask.sprint.started_at + timedelta(hours=hours),
        **extra,
    )


def live(ask: Ask, at: datetime, version: str) -> None:
    release = Release.objects.create(version=version, state="hypercare", deployed_at=at)
    release.items.create(work_item=ask.work_item)


def cause(cast: Cast, title: str, weekly: list[int], state: str = "confirmed") -> Cluster:
    return Cluster.objects.create(
        title=title, component=cast.checkout, state=state, weekly=weekly, created_at=START
    )


def ended(cast: Cast, title: str, *, count: float, fall: float, at: datetime) -> Cluster:
    """A cause whose fix was verified: `count` incidents in ten weeks before, `fall` less a week."""
    cluster = cause(cast, title, [0] * 26, "verified")
    claim = FixClaim.objects.create(
        cluster=cluster,
        work_item=WorkItem.objects.create(key=title, title=title, team=cast.payments_team),
        release=Release.objects.create(version=title),
        state="verified",
        deployed_at=at - 28 * DAY,
        baseline_from=START,
        baseline_to=START,
        result={"baseline": {"count": count, "weeks": 10}, "fall_per_week": {"value": fall}},
    )
    FixLook.objects.create(claim=claim, week=4, verdict="verified", sentence="-", created_at=at)
    return cluster


def test_an_answer_counts_before_the_sprint_starts(cast: Cast) -> None:
    (sprint,) = sprints(cast, 1)
    for key, verdict, hours in (
        ("A", "accepted", -1),
        ("B", "deferred", -1),
        ("C", "declined", -1),
        ("D", "needs_info", -1),
        ("E", "accepted", 1),
        ("F", "", 0),
    ):
        ask = ask_in(cast, sprint, key)
        if verdict:
            say(cast, ask, verdict, hours)
    rows = answered(cast.mo, START, END)
    assert {row.work_item.key: row.met for row in rows} == {
        "A": True,
        "B": True,
        "C": True,
        "D": False,
        "E": False,
        "F": False,
    }
    assert answered(cast.mo, START, START + DAY).count() == 0


def test_delivered_is_live_by_the_end_of_the_next_sprint(cast: Cast) -> None:
    first, second, third = sprints(cast, 3)
    last_moment = datetime(2030, 3, 3, 23, 30, tzinfo=UTC)
    for key, at in (
        ("in time", last_moment),
        ("late", last_moment + timedelta(hours=1)),
        ("never", None),
    ):
        ask = ask_in(cast, first, key)
        if at is not None:
            live(ask, at, key)
    ask_in(cast, first, "declined", "declined")
    rows = delivered(cast.mo, START, END)
    assert {row.work_item.key: row.met for row in rows} == {
        "in time": True,
        "late": False,
        "never": False,
    }
    assert second.ends_on == date(2030, 3, 3)
    assert {row.due for row in rows} == {second.ends_on}
    # The last sprint has none after it: one as long is assumed.
    live(ask_in(cast, third, "assumed"), datetime(2030, 3, 31, 12, tzinfo=UTC), "assumed")
    (row,) = delivered(cast.mo, START, END).filter(sprint=third)
    assert (row.due, row.met) == (date(2030, 3, 31), True)


def test_an_ask_whose_time_is_not_over_says_nothing_yet(cast: Cast) -> None:
    ask_in(cast, sprints(cast, 2)[0], "A")
    due = datetime(2030, 3, 3, 12, tzinfo=UTC)
    assert delivered(cast.mo, START, due).count() == 0
    assert delivered(cast.mo, START, due + DAY).count() == 1


def test_elimination_is_what_ended_of_what_came_a_week(cast: Cast) -> None:
    ended(cast, "half", count=100, fall=8, at=END - 10 * DAY)  # 10 a week, 8 ended
    ended(cast, "more than came", count=20, fall=5, at=END - 9 * DAY)  # 2 a week, 2 ended
    ended(cast, "long ago", count=100, fall=10, at=START - DAY)
    for n in range(3):
        cause(cast, f"goes on {n}", [99] * 14 + [1, 3] * 6)  # 2 a week each
    cause(cast, "only a candidate", [50] * 26, "candidate")
    found = part("eliminated", cast.mo, START, END)
    assert (found.n, found.words) == (5, "10.0 of 18.0 incidents a week, 5 causes")
    assert found.rate == pytest.approx(10 / 18)
    met = {row.title: row.met for row in read("eliminated", cast.mo, START, END)}
    assert [title for title, yes in sorted(met.items()) if yes] == ["half", "more than came"]


def whole_story(cast: Cast) -> None:
    """Five sprints, asks and releases with known shares: 3/5, 4/5, 2/5, 4/5, and 10 of 18."""
    made = sprints(cast, 6)[:5]
    Sprint.objects.filter(name="S5").update(started_at=None)
    for place, sprint in enumerate(made):
        ask = ask_in(cast, sprint, f"PAY-{place}")
        say(cast, ask, "accepted", -1 if place < 4 else 1)
        if place < 2:
            release = Release.objects.create(version=f"9.{place}")
            release.items.create(work_item=ask.work_item)
        if place < 3:
            assert sprint.started_at is not None
            InvolvementEvent.objects.create(
                sprint=sprint,
                stage="prioritization",
                kind="voted",
                actor_side="support",
                at=sprint.started_at - DAY,
            )
    for place in range(5):
        shipped = datetime(2030, 2, 20, tzinfo=UTC)
        release, _ = Release.objects.get_or_create(version=f"9.{place}")
        Release.objects.filter(pk=release.pk).update(
            state="hypercare",
            service=cast.payments,
            deployed_at=shipped,
            support_told_at=shipped - DAY if place < 4 else None,
        )
    ended(cast, "half", count=100, fall=8, at=END - 10 * DAY)
    ended(cast, "more than came", count=20, fall=5, at=END - 9 * DAY)
    for n in range(3):
        cause(cast, f"goes on {n}", [99] * 14 + [1, 3] * 6)


def test_the_index_is_the_geometric_mean_of_the_five(cast: Cast) -> None:
    whole_story(cast)
    found = influence(cast.mo, START, END)
    assert [one.words for one in found.parts] == [
        "3 of 5 sprints",
        "4 of 5 asks",
        "2 of 5 accepted asks",
        "4 of 5 releases",
        "10.0 of 18.0 incidents a week, 5 causes",
    ]
    expected = 100 * (0.6 * 0.8 * 0.4 * 0.8 * 10 / 18) ** 0.2
    assert found.index == pytest.approx(expected)
    assert found.index == pytest.approx(61.1, abs=0.05)
    assert found.weakest is not None
    assert found.weakest.key == "delivered"
    desk = influence(cast.mo, START, END, cast.desk)
    assert desk.index == pytest.approx(expected), "the only team is the whole desk"
    other = influence(cast.mo, START, END, make_team("Other support"))
    assert [one.n for one in other.parts] == [0] * 5


def test_one_zero_is_seen_and_one_unknown_hides_it(cast: Cast) -> None:
    whole_story(cast)
    InvolvementEvent.objects.all().delete()
    found = influence(cast.mo, START, END)
    assert found.index == 0
    Release.objects.filter(version="9.4").update(deployed_at=None)
    hidden = influence(cast.mo, START, END)
    assert hidden.index is None
    assert [one.key for one in hidden.hidden] == ["told-before"]


def test_no_parts_is_no_index() -> None:
    assert Influence(()).index is None


def test_the_page_shows_five_parts_and_says_why_it_is_hidden(cast: Cast, as_user: As) -> None:
    browser = as_user(cast.ann)
    page = browser.get("/influence/").content.decode()
    assert "The index is hidden" in page
    assert "“Asks answered in time” (0 asks)" in page
    for key, (label, *_) in DEFINITIONS.items():
        assert label in page
        records = browser.get(f"/influence/{key}/?met=no&days=90&team={cast.desk.pk}")
        assert records.status_code == 200
    assert browser.get("/influence/magic/").status_code == 404
    assert browser.get("/influence/?team=x&days=1e9").status_code == 200


def test_the_api_gives_index_parts_and_walls_to_staff(cast: Cast, api_as: Api) -> None:
    found = api_as(cast.dev).get("/api/v1/influence/", {"days": 90, "team": cast.desk.pk}).json()
    assert (found["index"], len(found["parts"]), len(found["walls"])) == (None, 5, 5)
    assert api_as(cast.dev).get("/api/v1/influence/", {"days": 7}).status_code == 400
    assert (
        api_as(cast.dev).get("/api/v1/influence/", {"person": cast.ann.pk}).json()["index"] is None
    )
    assert api_as(cast.rob).get("/api/v1/influence/").status_code == 403


def test_proactivity_leads_to_the_index(cast: Cast, as_user: As) -> None:
    page = as_user(cast.mo).get("/proactivity/").content.decode()
    assert 'href="/influence/"' in page
    assert "Influence Index" in page


def test_proactivity_fetches_the_card_after_itself(
    cast: Cast, as_user: Callable[..., Client]
) -> None:
    browser = as_user(cast.mo)
    page = browser.get("/proactivity/").content.decode()
    assert 'hx-get="/influence/card/"' in page
    assert '<a href="/influence/">Influence Index</a>' in page
    card = browser.get("/influence/card/").content.decode()
    assert "hidden" in card
    assert "asks answered in time" in card
    assert as_user(cast.rob).get("/influence/card/").status_code == 403
