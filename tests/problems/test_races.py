"""Two people at the same time, on two real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from core.errors import DomainError
from problems import actions
from problems.models import ClusterMember, ClusterRun
from tests.conftest import Cast
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster, make_cluster_of

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*doings: Callable[[], object]) -> list[str]:
    """Does all of them at the same moment; says of each whether it was done or refused."""
    start = Barrier(len(doings))

    def one(doing: Callable[[], object]) -> str:
        try:
            start.wait(timeout=10)
            doing()
        except DomainError:
            return "refused"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(doings)) as people:
        return sorted(people.map(one, doings))


def test_two_requests_at_once_make_one_run(cast: Cast) -> None:
    results = at_once(
        lambda: actions.request_cluster_run(actor=cast.pia),
        lambda: actions.request_cluster_run(actor=cast.mo),
        lambda: actions.request_cluster_run(actor=cast.ada, service=cast.payments),
    )
    assert results == ["done", "refused", "refused"]
    assert ClusterRun.objects.count() == 1


def test_a_ticket_put_into_two_clusters_at_once_ends_in_one(cast: Cast) -> None:
    ticket = make_ticket(cast.rob)
    one, other = make_cluster_of(2, cast.rob), make_cluster_of(2, cast.rob)
    results = at_once(
        lambda: actions.add_to_cluster(one, actor=cast.ann, ticket=ticket),
        lambda: actions.add_to_cluster(other, actor=cast.pia, ticket=ticket),
    )
    assert results == ["done", "done"]
    home = ClusterMember.objects.get(ticket=ticket).cluster
    for cluster in (one, other):
        cluster.refresh_from_db()
        assert cluster.ticket_count == (3 if cluster == home else 2)


def test_merging_crosswise_ends_with_one_cluster(cast: Cast) -> None:
    one = make_cluster(make_ticket(cast.rob), make_ticket(cast.rob))
    other = make_cluster(make_ticket(cast.rob), make_ticket(cast.rob))
    results = at_once(
        lambda: actions.merge_clusters(one, actor=cast.pia, into=other),
        lambda: actions.merge_clusters(other, actor=cast.mo, into=one),
    )
    assert results == ["done", "refused"]
    one.refresh_from_db()
    other.refresh_from_db()
    assert sorted([one.ticket_count, other.ticket_count]) == [0, 4]
