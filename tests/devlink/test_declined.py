"""Declined causes that still hurt, and what becomes of asks in numbers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from devlink.actions import (
    accept_ask,
    add_to_release,
    ask_for_fix,
    create_sprint,
    decline_ask,
    start_sprint,
)
from devlink.ask_measures import BY_KEY, records_of, report
from devlink.declined import still_hurting
from devlink.models import Ask, Decision, Release, Sprint
from incidents.models import Ticket, TouchInterval
from problems.actions import link_ticket_to_problem
from problems.costs import cost_lines
from problems.models import Problem, ProblemTicket
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.catalogue import make_team
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket, make_tickets
from tests.make.work import make_release, make_work_item

AsUser = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]
DAY = timedelta(days=1)


def declined_cause(cast: Cast, sprint: Sprint, tickets: list[Ticket], *, days: int = 10) -> Ask:
    """A problem with these tickets, declined so many days ago."""
    problem = make_problem(cast.pia, component=cast.checkout)
    for ticket in tickets:
        link_ticket_to_problem(problem, actor=cast.pia, ticket=ticket)
    ask = ask_for_fix(problem, actor=cast.ann, sprint=sprint, points=1, rationale="x")
    decline_ask(ask, actor=cast.dev, reason_code="cost", comment="Too dear.")
    at = timezone.now() - days * DAY
    Ask.objects.filter(pk=ask.pk).update(created_at=at - DAY, answered_at=at)
    Decision.objects.filter(ask=ask).update(created_at=at)
    ask.refresh_from_db()
    return ask


def touched(cast: Cast, minutes: int, **fields: Any) -> Ticket:
    ticket = make_ticket(cast.rob, component=cast.checkout)
    Ticket.objects.filter(pk=ticket.pk).update(**fields)
    ticket.refresh_from_db()
    now = timezone.now()
    TouchInterval.objects.create(
        ticket=ticket, person=cast.ann, started_at=now - timedelta(minutes=minutes), ended_at=now
    )
    return ticket


def test_the_costliest_since_the_decision_comes_first(cast: Cast, sprint: Sprint) -> None:
    cheap = declined_cause(cast, sprint, [touched(cast, 5), touched(cast, 5)])
    dear = declined_cause(cast, sprint, [touched(cast, 40)])
    before = timezone.now() - 20 * DAY
    silent = declined_cause(cast, sprint, [touched(cast, 90, created_at=before)])
    rows = still_hurting(cast.dev, now=timezone.now())
    assert [row.ask for row in rows] == [dear, cheap]
    assert silent not in [row.ask for row in rows]
    assert [(row.since_declined.tickets, row.since_declined.minutes) for row in rows] == [
        (1, 40),
        (2, 10),
    ]


def test_it_counts_as_the_meter_on_the_problems_page(cast: Cast, cause: Cause, ask: Ask) -> None:
    """The list's SQL and the meter of one problem must never tell two stories."""
    now = timezone.now() + timedelta(minutes=1)
    decline_ask(ask, actor=cast.dev, reason_code="cost")
    asked, declined = now - 6 * DAY, now - 3 * DAY
    Ask.objects.update(created_at=asked, answered_at=declined)
    Problem.objects.update(confirmed_at=now - 9 * DAY)
    first, second, third = cause.tickets
    Ticket.objects.filter(pk=first.pk).update(created_at=now - 12 * DAY)
    Ticket.objects.filter(pk=second.pk).update(
        created_at=now - 5 * DAY, resolution_due_at=now - DAY
    )
    Ticket.objects.filter(pk=third.pk).update(created_at=now - 2 * DAY)
    for extra in (touched(cast, 25), touched(cast, 35, state="cancelled")):
        link_ticket_to_problem(cause.problem, actor=cast.pia, ticket=extra)
    hidden = touched(cast, 500, team=make_team("Legal", restricted=True))
    cause.problem.refresh_from_db()
    link_ticket_to_problem(cause.problem, actor=cast.mo, ticket=hidden)
    moments: list[tuple[str, datetime]] = [("asked for", asked), ("declined", declined)]
    meter = cost_lines(cause.problem, moments, now=now)
    (row,) = still_hurting(cast.ann, now=now)

    def plain(one: Any, since: datetime) -> tuple[object, ...]:
        return (
            one.label, since, one.tickets, round(one.minutes, 6), one.organisations, one.breaches,
            one.estimated,
        )  # fmt: skip

    listed = [plain(one, one.moment) for one in (*row.earlier, row.since_declined)]
    assert listed == [plain(one, one.since) for one in meter]
    assert row.since_declined.tickets == 2


def test_asked_again_fixed_or_accepted_it_leaves_the_list(cast: Cast, sprint: Sprint) -> None:
    asks = [declined_cause(cast, sprint, [touched(cast, 5)]) for _ in range(3)]
    later = create_sprint(actor=cast.dev, name="Later")
    ask_for_fix(asks[0].problem, actor=cast.ann, sprint=later, points=1, rationale="Again.")
    Problem.objects.filter(pk=asks[1].problem_id).update(state="resolved", outcome="fixed")
    accept_ask(asks[2], actor=cast.dev)
    assert still_hurting(cast.ann, now=timezone.now()) == []


def test_each_side_finds_its_way_on_from_the_list(
    cast: Cast, sprint: Sprint, as_user: AsUser, api_as: ApiAs
) -> None:
    ask = declined_cause(cast, sprint, [touched(cast, 65)])
    page = as_user(cast.ann).get("/asks/declined/").content.decode()
    for words in ("Too dear.", "1 h 5 min", "1 ticket", f"/asks/{ask.pk}/again/", "since asked"):
        assert words in page
    assert "Accept after all" not in page
    assert "Accept after all" in as_user(cast.dev).get("/asks/declined/").content.decode()
    start_sprint(sprint, actor=cast.dev)
    page = as_user(cast.ann).get("/asks/declined/").content.decode()
    assert f"/asks/new/{ask.problem_id}/" in page
    (row,) = api_as(cast.dev).get("/api/v1/asks/declined/").json()
    assert (row["reason_code"], row["since_declined"]["minutes"]) == ("cost", 65)


def test_a_hundred_rows_cost_the_queries_of_three(
    cast: Cast, sprint: Sprint, as_user: AsUser, django_assert_num_queries: Any
) -> None:
    first = declined_cause(cast, sprint, make_tickets(1, cast.rob, component=cast.checkout))
    still_hurting(cast.ann, now=timezone.now())
    with django_assert_num_queries(4):
        assert len(still_hurting(cast.ann, now=timezone.now())) == 1
    items = [make_work_item(cast.dev, component=cast.checkout) for _ in range(110)]
    problems = Problem.objects.bulk_create(
        Problem(title=f"Cause {n}", component=cast.checkout, created_by=cast.pia)
        for n in range(110)
    )
    copies = Ask.objects.bulk_create(
        Ask(
            problem=problem, work_item=item, sprint=sprint, team=cast.desk, pack=first.pack,
            points=1, state="declined", created_by=cast.ann, created_at=first.created_at,
            answered_at=first.answered_at,
        )
        for problem, item in zip(problems, items, strict=True)
    )  # fmt: skip
    ticket = touched(cast, 3)
    ProblemTicket.objects.bulk_create(
        ProblemTicket(problem=one.problem, ticket=ticket, person=cast.pia) for one in copies
    )
    with django_assert_num_queries(4):
        assert len(still_hurting(cast.ann, now=timezone.now())) == 100


@pytest.fixture
def history(cast: Cast, cause: Cause) -> list[Ask]:
    """Six asks of a sprint that is over: three accepted, two declined, one left unanswered."""
    sprint = create_sprint(actor=cast.dev, name="Sprint 40")
    asks = []
    for number in range(6):
        problem = make_problem(cast.pia, component=cast.checkout)
        ask = ask_for_fix(problem, actor=cast.ann, sprint=sprint, points=5, rationale="x")
        at = timezone.now() - timedelta(days=30)
        Ask.objects.filter(pk=ask.pk).update(created_at=at)
        if number < 3:
            ask = accept_ask(ask, actor=cast.dev, at=at + (number + 1) * DAY)
        elif number < 5:
            ask = decline_ask(ask, actor=cast.dev, reason_code="cost", at=at + DAY)
        asks.append(ask)
    make_work_item(cast.dev, sprint=sprint, component=cast.checkout)
    start_sprint(sprint, actor=cast.dev, expire_unanswered=True)
    Sprint.objects.filter(pk=sprint.pk).update(
        started_at=timezone.now() - timedelta(days=25),
        starts_on=timezone.localdate() - timedelta(days=25),
        ends_on=timezone.localdate() - timedelta(days=16),
    )
    return asks


def shipped(cast: Cast, ask: Ask, at: datetime) -> None:
    release = make_release(cast.rel)
    add_to_release(release, actor=cast.rel, work_item=ask.work_item)
    Release.objects.filter(pk=release.pk).update(deployed_at=at)


def test_what_becomes_of_asks_in_numbers(cast: Cast, history: list[Ask]) -> None:
    shipped(cast, history[0], timezone.now() - 20 * DAY)
    shipped(cast, history[1], timezone.now())
    accept_ask(history[3], actor=cast.dev)
    found = report(cast.mo, days=90, now=timezone.now())
    told = {one.key: (one.total.met, one.total.n, one.total.rate) for one in found.measures}
    assert told == {
        "influence": (4, 6, 4 / 6),
        # Three accepted ones, the one accepted after all is in the active sprint too.
        "capacity": (4, 5, 4 / 5),
        # One of four was live by the end of the sprint after the promised one.
        "delivered": (1, 4, None),
        "reversal": (1, 2, None),
    }
    assert (found.answer_time.n, found.answer_time.median) == (5, DAY)
    assert (found.declined.causes, found.declined.tickets) == (0, 0)


def test_each_team_has_its_part_and_nobody_else(
    cast: Cast, history: list[Ask], as_user: AsUser, api_as: ApiAs
) -> None:
    found = report(cast.ann, days=90, now=timezone.now())
    assert [line.team for line in found.teams] == [cast.payments_team, cast.desk]
    page = as_user(cast.mo).get("/asks/measures/").content.decode()
    assert "50 %" in page
    assert "3 of 6" in page
    assert "Service desk" in page
    assert f"/asks/measures/influence/?days=90&amp;team={cast.desk.pk}" in page
    names = {one.name for one in (cast.ann, cast.pia, cast.rel)}
    assert not {one for one in names if f">{one}" in page.partition("<main")[2]}
    told = api_as(cast.dev).get("/api/v1/asks/measures/", {"days": 90}).json()
    influence = next(one for one in told["measures"] if one["key"] == "influence")
    assert influence["teams"][str(cast.desk.pk)] == {"met": 3, "n": 6, "rate": 0.5}
    assert api_as(cast.dev).get("/api/v1/asks/measures/", {"days": 7}).status_code == 400


def test_every_number_opens_its_records(cast: Cast, history: list[Ask], as_user: AsUser) -> None:
    now = timezone.now()
    for one in report(cast.ann, days=90, now=now).measures:
        rows = records_of(one.key, cast.ann, now - 90 * DAY, now)
        assert (rows.filter(met=True).count(), rows.count()) == (one.total.met, one.total.n)
        page = as_user(cast.ann).get(f"/asks/measures/{one.key}/?met=yes").content.decode()
        assert page.count("data-row") == one.total.met, one.key
        assert BY_KEY[one.key].definition in page.replace("&#x27;", "'")
    page = as_user(cast.ann).get("/asks/measures/answer-time/").content.decode()
    assert page.count("data-row") == 5
    other = make_team("Second line")
    empty = as_user(cast.ann).get(f"/asks/measures/influence/?team={other.pk}").content.decode()
    assert "Nothing of this kind fell into the period." in empty
    assert as_user(cast.ann).get("/asks/measures/nonsense/").status_code == 404


def test_few_records_give_no_rate(cast: Cast, ask: Ask, as_user: AsUser) -> None:
    decline_ask(ask, actor=cast.dev, reason_code="cost")
    (influence, *_) = report(cast.ann, days=30, now=timezone.now()).measures
    assert (influence.total.n, influence.total.rate) == (1, None)
    assert "0 of 1" in as_user(cast.ann).get("/asks/measures/?days=30").content.decode()
