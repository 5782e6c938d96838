"""A cause with its tickets, ready to be asked for."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from devlink.actions import (
    add_to_release,
    advance_release,
    ask_for_fix,
    create_sprint,
    deploy_release,
    finish_deployment,
    meet_criterion,
    sign_readiness,
)
from devlink.models import Ask, Release, Sprint, WorkItem
from incidents.models import Ticket
from problems.actions import open_problem_from_cluster
from problems.models import Cluster, ClusterMember, Problem
from tests.conftest import Cast
from tests.make.tickets import make_ticket
from tests.make.work import make_release, make_work_item

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Cause:
    """A cluster, the problem opened from it, and its three tickets."""

    cluster: Cluster
    problem: Problem
    tickets: list[Ticket]


def make_cluster(
    cast: Cast, tickets: list[Ticket], title: str = "Card form rejects cards"
) -> Cluster:
    """A cluster of these tickets, as a run would have left it."""
    cluster = Cluster.objects.create(
        title=title,
        component=cast.checkout,
        service=cast.payments,
        cohesion=0.8,
        ticket_count=len(tickets),
        organisation_count=2,
        weekly=[0] * 22 + [1, 2, 3, 4],
    )
    ClusterMember.objects.bulk_create(
        [
            ClusterMember(
                cluster=cluster,
                ticket=ticket,
                reason="alike",
                confidence=0.9,
                is_representative=place < 2,
            )
            for place, ticket in enumerate(tickets)
        ]
    )
    return cluster


@pytest.fixture
def tickets(cast: Cast) -> list[Ticket]:
    """Rob, Rita and Stan each met the same thing."""
    return [
        make_ticket(
            person,
            title=f"Card form rejects my card, says {person.name}",
            description=f"Hello Ann,\nthe form says 400. Call {person.name} at +49 30 1234567.",
            component=cast.checkout,
            service=cast.payments,
        )
        for person in (cast.rob, cast.rita, cast.stan)
    ]


@pytest.fixture
def cause(cast: Cast, tickets: list[Ticket]) -> Cause:
    """The problem Pia opened from the cluster."""
    cluster = make_cluster(cast, tickets)
    problem = open_problem_from_cluster(cluster, actor=cast.pia, owner=cast.pia)
    cluster.refresh_from_db()
    return Cause(cluster, problem, tickets)


@pytest.fixture
def item(
    cast: Cast, cause: Cause, after_commit: Callable[[], AbstractContextManager[None]]
) -> WorkItem:
    """The work item against the cause, and what followed from making it."""
    with after_commit():
        return make_work_item(cast.dev, problem=cause.problem, assignee=cast.dev)


@pytest.fixture
def sprint(cast: Cast) -> Sprint:
    """A sprint of the payments team in planning."""
    return create_sprint(actor=cast.dev, name="Sprint 48")


@pytest.fixture
def ask(cast: Cast, cause: Cause, sprint: Sprint) -> Ask:
    """Ann asks for a fix of the cause in that sprint with 60 of 100 points."""
    return ask_for_fix(
        cause.problem, actor=cast.ann, sprint=sprint, points=60, rationale="It hurts daily."
    )


@pytest.fixture
def release(cast: Cast) -> Release:
    """Release 4.18.0 with one item on Checkout in it, still being planned."""
    release = make_release(cast.rel, version="4.18.0")
    item = make_work_item(cast.dev, component=cast.checkout)
    add_to_release(release, actor=cast.rel, work_item=item)
    return release


def make_ready(release: Release, cast: Cast) -> Release:
    """Takes a filled release to where it may be approved."""
    release = advance_release(release, actor=cast.rel, step="check_readiness")
    for item in release.readiness.holding():
        meet_criterion(item, actor=cast.ann, evidence="Seen in staging.")
    sign_readiness(release, actor=cast.ann, verdict="ready")
    return release


@pytest.fixture
def ship(cast: Cast) -> Callable[..., Release]:
    """Takes a release with an item all the way to its deployment."""

    def all_the_way(release: Release, item: WorkItem, at: datetime | None = None) -> Release:
        add_to_release(release, actor=cast.rel, work_item=item)
        make_ready(release, cast)
        advance_release(release, actor=cast.rel, step="approve")
        deploy_release(release, actor=cast.rel, at=at)
        return finish_deployment(release, actor=cast.rel, at=at or timezone.now())

    return all_the_way
