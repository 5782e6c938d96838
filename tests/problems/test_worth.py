"""Age with inflow, cost so far, and what the workaround is worth."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from devlink.actions import build_evidence_pack
from devlink.models import Ask, Sprint, WorkItem
from incidents.models import Message, Ticket, TouchInterval
from problems import actions
from problems.effect import FEWEST, effect_of
from problems.inflow import ageing_of
from problems.models import Problem, Telling
from tests.conftest import Cast
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket, make_tickets
from tests.problems.builders import make_cluster

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]
QueriesOf = Callable[[Client, str], int]


def came(ticket: Ticket, days: float, **fields: object) -> Ticket:
    """The ticket as it would be had it come that many days ago."""
    Ticket.objects.filter(pk=ticket.pk).update(
        created_at=timezone.now() - timedelta(days=days), **fields
    )
    ticket.refresh_from_db()
    return ticket


class TestAgeing:
    """How old, and how many still come."""

    def test_age_counts_from_the_confirmation_to_the_end(self, cast: Cast) -> None:
        problem = make_problem(cast.ann)
        now = timezone.now()
        Problem.objects.filter(pk=problem.pk).update(
            created_at=now - timedelta(days=30), confirmed_at=now - timedelta(days=20)
        )
        problem.refresh_from_db()
        assert ageing_of([problem], weeks=4)[problem.pk].days == 20
        problem.resolved_at = now - timedelta(days=5)
        assert ageing_of([problem], weeks=4)[problem.pk].days == 15

    def test_inflow_is_counted_by_week(self, cast: Cast) -> None:
        tickets = [came(make_ticket(cast.rob), days) for days in (1, 2, 8, 30, 400)]
        problem = make_problem(cast.ann, tickets=tickets)
        found = ageing_of([problem], weeks=6)[problem.pk]
        assert found.weekly == (0, 1, 0, 0, 1, 2)
        assert found.per_week == 0.75

    def test_members_of_the_cluster_count_before_anybody_links_them(
        self, cast: Cast, as_user: AsUser, api_as: ApiAs, queries_of: QueriesOf
    ) -> None:
        """What costs count comes in: 8 new members of the cluster are 2 a week, not 0."""
        linked = came(make_ticket(cast.rob), 1)
        problem = make_problem(cast.ann, tickets=[linked])
        new = [came(make_ticket(cast.rob), 2) for _ in range(7)]
        came(gone := make_ticket(cast.rob), 2, state="cancelled")
        problem.cluster = make_cluster(linked, gone, *new)
        problem.save(update_fields=["cluster"])
        other = make_problem(cast.ann, tickets=[came(make_ticket(cast.rob), 1) for _ in range(2)])
        costs = api_as(cast.ann).get(f"/api/v1/problems/{problem.pk}/costs/").json()
        row = api_as(cast.ann).get(f"/api/v1/problems/{problem.pk}/").json()
        assert (costs[0]["tickets"], row["ticket_count"], row["tickets_linked"]) == (8, 8, 1)
        assert row["tickets_per_week"] == ageing_of([problem], weeks=4)[problem.pk].per_week == 2
        for order in ("tickets", "inflow"):
            listed = api_as(cast.ann).get("/api/v1/problems/", {"order": order}).json()["results"]
            assert [one["id"] for one in listed] == [problem.pk, other.pk]
        page = as_user(cast.ann).get(problem.get_absolute_url()).content.decode()
        assert "2 tickets a week come in." in page
        address = reverse("problems:problems")
        few = queries_of(as_user(cast.ann), address)
        for one in [*new[:4], linked]:
            more = make_problem(cast.ann, tickets=[one])
            Problem.objects.filter(pk=more.pk).update(cluster=problem.cluster)
        assert queries_of(as_user(cast.ann), address) == few

    def test_list_and_page_show_both_together(self, cast: Cast, as_user: AsUser) -> None:
        tickets = [came(make_ticket(cast.rob), 1) for _ in range(6)]
        problem = make_problem(cast.ann, tickets=tickets)
        Problem.objects.filter(pk=problem.pk).update(
            confirmed_at=timezone.now() - timedelta(days=20)
        )
        browser = as_user(cast.ann)
        assert "20 d · 1.5 a week" in browser.get(reverse("problems:problems")).content.decode()
        page = browser.get(problem.get_absolute_url()).content.decode()
        assert "Known for 20 d, not fixed. 1.5 tickets a week come in." in page

    def test_programs_read_both(self, cast: Cast, api_as: ApiAs) -> None:
        problem = make_problem(cast.ann, tickets=[came(make_ticket(cast.rob), 1)])
        for address in ("/api/v1/problems/", f"/api/v1/problems/{problem.pk}/"):
            body = api_as(cast.ann).get(address).json()
            row = body["results"][0] if "results" in body else body
            assert (row["age_days"], row["tickets_linked"], row["tickets_per_week"]) == (0, 1, 0.25)


class TestCosts:
    """Minutes, people, organisations and breaches since each moment."""

    def test_a_line_for_each_moment_both_sides_know(
        self, cast: Cast, api_as: ApiAs, as_user: AsUser
    ) -> None:
        now = timezone.now()
        late = {"resolution_due_at": now - timedelta(days=1), "resolved_at": now}
        tickets = [
            came(make_ticket(cast.rob), 20, **late),
            came(make_ticket(cast.rita), 9),
            came(make_ticket(cast.stan), 3),
        ]
        TouchInterval.objects.create(
            ticket=tickets[0], person=cast.ann,
            started_at=now - timedelta(days=19), ended_at=now - timedelta(days=19, minutes=-90),
        )  # fmt: skip
        problem = make_problem(cast.ann, tickets=tickets)
        Problem.objects.filter(pk=problem.pk).update(confirmed_at=now - timedelta(days=10))
        sprint = Sprint.objects.create(
            name="48", team=cast.payments_team, planning_at=now,
            starts_on=now.date(), ends_on=now.date(),
        )  # fmt: skip
        item = WorkItem.objects.create(
            key="PAY-1", title="Lock", team=cast.payments_team, problem=problem
        )
        ask = Ask.objects.create(
            problem=problem, work_item=item, sprint=sprint, created_by=cast.ann,
            pack=build_evidence_pack(problem, actor=cast.ann), state="declined",
            answered_at=now - timedelta(days=2),
        )  # fmt: skip
        Ask.objects.filter(pk=ask.pk).update(created_at=now - timedelta(days=5))
        lines = api_as(cast.ann).get(f"/api/v1/problems/{problem.pk}/costs/").json()
        found = [
            (one["label"], one["tickets"], one["people"], one["organisations"], one["breaches"])
            for one in lines
        ]
        assert found == [
            ("first seen", 3, 3, 2, 1),
            ("confirmed", 2, 2, 2, 0),
            ("asked for", 1, 1, 1, 0),
            ("declined", 0, 0, 0, 0),
        ]
        assert lines[0]["minutes"] >= 90
        assert lines[0]["estimated"]
        page = as_user(cast.ann).get(problem.get_absolute_url()).content.decode()
        for label in ("first seen", "confirmed", "asked for", "declined"):
            assert f'<th scope="row">{label}' in page


class TestEffect:
    """Median resolve times with and without the workaround."""

    @pytest.fixture
    def problem(self, cast: Cast) -> Problem:
        """Twenty tickets with the workaround in two hours, nineteen without in ten."""
        now = timezone.now()
        tickets = make_tickets(FEWEST * 2 - 1, cast.rob)
        problem = make_problem(cast.ann, workaround="Restart.", tickets=tickets)
        for place, ticket in enumerate(tickets):
            helped = place < FEWEST
            hours = 2 if helped else 10
            code = "workaround_applied" if helped and place % 2 else "fixed"
            came(
                ticket, 5, state="resolved", state_category="resolved", resolution_code=code,
                resolved_at=now - timedelta(days=5) + timedelta(hours=hours),
            )  # fmt: skip
            if helped and place % 2 == 0:
                self.told(problem, ticket, before=timedelta(hours=1))
        return problem

    def told(self, problem: Problem, ticket: Ticket, *, before: timedelta) -> None:
        """The ticket was told the workaround so long before its end."""
        message = Message.objects.create(ticket=ticket, body="Restart.", kind="public_reply")
        assert ticket.resolved_at is not None
        Telling.objects.create(
            problem=problem, ticket=ticket, kind="workaround", fingerprint=str(ticket.pk),
            message=message, sent_at=ticket.resolved_at - before,
        )  # fmt: skip

    def test_under_twenty_there_is_no_median(self, cast: Cast, problem: Problem) -> None:
        found = effect_of(problem)
        assert (found.helped.n, found.unhelped.n) == (20, 19)
        assert found.helped.hours == pytest.approx(2, abs=0.01)
        assert found.unhelped.hours is None
        assert found.unhelped.missing == 1
        assert found.saved_hours is None

    def test_with_twenty_each_the_difference_is_shown(
        self, cast: Cast, problem: Problem, as_user: AsUser
    ) -> None:
        more = make_ticket(cast.rita)
        actions.link_ticket_to_problem(problem, actor=cast.ann, ticket=more)
        came(more, 5, state="resolved", state_category="resolved", resolution_code="fixed",
             resolved_at=timezone.now() - timedelta(days=5) + timedelta(hours=10))  # fmt: skip
        # Told after the end: the workaround had no part in it.
        self.told(problem, more, before=timedelta(hours=-3))
        found = effect_of(problem)
        assert found.saved_hours == pytest.approx(8, abs=0.01)
        page = as_user(cast.ann).get(problem.get_absolute_url()).content.decode()
        assert "n = 20" in page
        assert "8.0 h" in page
        assert "A median of fewer than 20 tickets is not shown" in page

    def test_each_number_opens_its_tickets(
        self, cast: Cast, problem: Problem, as_user: AsUser
    ) -> None:
        browser = as_user(cast.ann)
        for group, n in (("with", 20), ("without", 19)):
            address = reverse(f"problems:effect_{group}", args=[problem.pk])
            assert address in browser.get(problem.get_absolute_url()).content.decode()
            assert len(browser.get(address).context["rows"]) == n

    def test_programs_read_it_with_its_definition(
        self, cast: Cast, problem: Problem, api_as: ApiAs
    ) -> None:
        body = api_as(cast.dev).get(f"/api/v1/problems/{problem.pk}/effect/").json()
        assert body["unhelped"] == {"n": 19, "hours": None}
        assert "fewer than 20" in body["definition"]
