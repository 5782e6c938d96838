"""Problems and clusters when tickets are merged, and when that is undone."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from incidents.actions import merge_ticket, undo_merge
from incidents.models import Ticket
from problems.actions import link_ticket_to_problem, open_problem
from problems.models import Cluster, ClusterMember, Problem, ProblemTicket
from tests.conftest import Cast
from tests.make.tickets import make_ticket

AfterCommit = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def pair(cast: Cast) -> tuple[Ticket, Ticket]:
    """The ticket that is merged, and the one that handles both."""
    return make_ticket(cast.rob), make_ticket(cast.rita)


@pytest.fixture
def problem(cast: Cast, pair: tuple[Ticket, Ticket]) -> Problem:
    found = open_problem(actor=cast.pia, title="Checkout hangs")
    link_ticket_to_problem(found, actor=cast.ann, ticket=pair[0])
    return found


def links(problem: Problem) -> list[tuple[int, int | None, object]]:
    rows = ProblemTicket.objects.filter(problem=problem).order_by("ticket_id")
    return list(rows.values_list("ticket_id", "person_id", "created_at"))


def test_the_target_takes_the_place_at_the_problem_and_undoing_gives_it_back_exactly(
    problem: Problem, pair: tuple[Ticket, Ticket], cast: Cast, after_commit: AfterCommit
) -> None:
    source, target = pair
    before = links(problem)
    with after_commit():
        merge_ticket(source, actor=cast.ann, into=target)
    assert [row[0] for row in links(problem)] == [target.pk]
    with after_commit():
        undo_merge(source, actor=cast.ann)
    assert links(problem) == before


def test_a_target_that_was_linked_before_stays_linked_after_the_undoing(
    problem: Problem, pair: tuple[Ticket, Ticket], cast: Cast, after_commit: AfterCommit
) -> None:
    source, target = pair
    link_ticket_to_problem(problem, actor=cast.pia, ticket=target)
    before = links(problem)
    with after_commit():
        merge_ticket(source, actor=cast.ann, into=target)
    with after_commit():
        undo_merge(source, actor=cast.ann)
    assert links(problem) == before


def test_the_target_joins_the_cluster_and_the_source_stays_a_contact_of_it(
    pair: tuple[Ticket, Ticket], cast: Cast, after_commit: AfterCommit
) -> None:
    source, target = pair
    cluster = Cluster.objects.create(title="Hangs", service=cast.payments)
    ClusterMember.objects.create(cluster=cluster, ticket=source, reason="words", confidence=0.8)
    with after_commit():
        merge_ticket(source, actor=cast.ann, into=target)
    assert set(cluster.members.values_list("ticket", flat=True)) == {source.pk, target.pk}
    cluster.refresh_from_db()
    assert cluster.ticket_count == 2
    with after_commit():
        undo_merge(source, actor=cast.ann)
    assert list(cluster.members.values_list("ticket", flat=True)) == [source.pk]


def test_a_merge_that_is_undone_before_anything_followed_changes_no_problem(
    problem: Problem, pair: tuple[Ticket, Ticket], cast: Cast, after_commit: AfterCommit
) -> None:
    source, target = pair
    before = links(problem)
    with after_commit():
        merge_ticket(source, actor=cast.ann, into=target)
        undo_merge(source, actor=cast.ann)
    assert links(problem) == before
