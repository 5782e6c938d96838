"""What a cluster says in numbers, on its page and over the API."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from incidents.models import Ticket
from problems import actions, tasks
from problems.clustering.refreshing import refresh_every_cluster
from problems.models import Cluster
from tests.conftest import Cast
from tests.make.catalogue import make_team
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster, make_cluster_of, member_ids

ApiAs = Callable[..., APIClient]

pytestmark = pytest.mark.django_db


def test_every_night_the_weeks_of_a_locked_cluster_go_on(cast: Cast) -> None:
    home = make_cluster_of(6, cast.rob)
    actions.lock_cluster(home, actor=cast.pia)
    old = timezone.now() - timedelta(days=60)
    Ticket.objects.filter(pk__in=member_ids(home)).update(created_at=old)
    Cluster.objects.filter(pk=home.pk).update(is_burst=True)
    tasks.refresh_clusters()
    home.refresh_from_db()
    assert (home.weekly[-1], home.weekly[-9], home.is_burst) == (0, 6, False)
    assert home.last_seen_at == old


def test_counting_all_costs_the_same_with_more(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            refresh_every_cluster()
        return len(seen)

    make_cluster_of(2, cast.rob)
    few = queries()
    for _ in range(10):
        make_cluster_of(2, cast.rob)
    assert queries() == few


def test_places_of_the_tickets_one_may_read(cast: Cast, api_as: ApiAs) -> None:
    shown = [make_ticket(cast.rob, component=cast.checkout) for _ in range(2)]
    other = make_ticket(cast.stan, component=cast.invoices)
    secret = make_ticket(cast.rob, component=cast.checkout)
    home = make_cluster(*shown, other, secret)
    Ticket.objects.filter(pk=secret.pk).update(team=make_team("Personnel", restricted=True))
    found = api_as(cast.ann).get(f"/api/v1/clusters/{home.pk}/places/").json()
    assert [(one["name"], one["tickets"]) for one in found["components"]] == [
        ("Checkout", 2),
        ("Invoices", 1),
    ]
    assert [one["tickets"] for one in found["organisations"]] == [2, 1]
    assert api_as(cast.rob).get(f"/api/v1/clusters/{home.pk}/places/").status_code == 404
