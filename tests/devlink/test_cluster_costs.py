"""What a cause has cost since it was seen, confirmed, asked for and declined."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from devlink.actions import ask_for_fix
from devlink.models import Ask, Sprint
from devlink.story import moments_of
from incidents.models import Ticket
from problems import actions
from problems.costs import cost_lines
from problems.models import Cluster
from tests.conftest import Cast
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster, make_cluster_of

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]


@pytest.fixture
def cluster(cast: Cast, sprint: Sprint) -> Cluster:
    """A cause of four weeks: a ticket a week, confirmed after one, asked for after two."""
    now = timezone.now()
    tickets = [make_ticket(cast.rob if n % 2 else cast.rita) for n in range(4)]
    for ago, ticket in zip((28, 20, 12, 4), tickets, strict=True):
        Ticket.objects.filter(pk=ticket.pk).update(created_at=now - timedelta(days=ago))
    found = make_cluster(*tickets)
    problem = actions.open_problem_from_cluster(found, actor=cast.pia)
    Cluster.objects.filter(pk=found.pk).update(confirmed_at=now - timedelta(days=21))
    ask = ask_for_fix(
        problem, actor=cast.ann, sprint=sprint, points=60, rationale="It hurts daily."
    )
    Ask.objects.filter(pk=ask.pk).update(
        created_at=now - timedelta(days=14), answered_at=now - timedelta(days=5), state="declined"
    )
    found.refresh_from_db()
    return found


def test_a_line_for_each_moment(cluster: Cluster) -> None:
    lines = cost_lines(cluster, moments_of(cluster), now=timezone.now())
    assert [(one.label, one.tickets, one.people) for one in lines] == [
        ("first seen", 4, 2),
        ("confirmed", 3, 2),
        ("asked for", 2, 2),
        ("declined", 1, 1),
    ]


def test_a_candidate_has_one_and_an_empty_one_none(cast: Cast) -> None:
    candidate, now = make_cluster_of(2, cast.rob), timezone.now()
    lines = cost_lines(candidate, moments_of(candidate), now=now)
    assert [one.label for one in lines] == ["first seen"]
    assert cost_lines(Cluster.objects.create(title="Empty"), [], now=now) == []


def test_on_the_page_and_over_the_api(
    cluster: Cluster, cast: Cast, as_user: AsUser, api_as: ApiAs
) -> None:
    page = as_user(cast.ann).get(cluster.get_absolute_url()).content.decode()
    assert "What it has cost" in page
    assert "Declined" in page
    address = f"/api/v1/clusters/{cluster.pk}/costs/"
    found = api_as(cast.ann).get(address).json()
    assert [one["tickets"] for one in found] == [4, 3, 2, 1]
    assert api_as(cast.rob).get(address).status_code == 404
