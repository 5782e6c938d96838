"""A new ticket joins the cluster it looks like, and says why."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from analysis.vectors import default_embedder
from core.models import Event
from incidents import vectorspaces
from incidents.models import Ticket
from incidents.tasks import embed_missing_tickets
from problems import actions
from problems.clustering.joining import join_ticket
from problems.models import Cluster, ClusterMember
from tests.conftest import Cast
from tests.embedders import Turned
from tests.make.catalogue import make_team
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster_of
from tests.problems.causes import INVOICE, OTHER, PRINTER, VPN, tickets_of
from tests.problems.test_clustering_runs import run_now, together

AfterCommit = Callable[[], AbstractContextManager[None]]
NEW = "The printer on floor two jams, paper stuck in tray 2"


@pytest.fixture
def printers(cast: Cast) -> Cluster:
    """A desk after its first run; the cluster of the printer."""
    tickets = tickets_of(cast, PRINTER)
    tickets_of(cast, VPN + INVOICE + OTHER)
    run_now()
    return together(tickets)


def test_a_look_alike_joins_and_the_ticket_says_why(
    cast: Cast, printers: Cluster, after_commit: AfterCommit
) -> None:
    with after_commit():
        ticket = make_ticket(cast.rita, title=NEW, description="")
    member = ClusterMember.objects.get(ticket=ticket)
    printers.refresh_from_db()
    assert member.cluster == printers
    assert member.reason.startswith("close to the centre (0.")
    assert "shares the words" in member.reason
    assert printers.ticket_count == 7
    told = Event.objects.about(ticket).get(name="problems.ticket_joined_cluster")
    assert told.payload["cluster_id"] == printers.pk
    assert told.payload["reason"] == member.reason


def test_a_model_with_longer_vectors_takes_over_clusters_and_their_newcomers(
    cast: Cast, printers: Cluster, monkeypatch: pytest.MonkeyPatch, after_commit: AfterCommit
) -> None:
    monkeypatch.setattr(vectorspaces, "EMBEDDERS", [Turned, default_embedder])
    embed_missing_tickets()
    # The vectors of the clusters are of the old model until the next run.
    with after_commit():
        early = make_ticket(cast.rita, title=NEW, description="")
    assert not ClusterMember.objects.filter(ticket=early).exists()
    run = run_now()
    printers.refresh_from_db()
    assert printers.model.startswith("turned")
    assert printers.centroid is not None
    assert run.mean is not None
    assert (len(printers.centroid), len(run.mean)) == (384, 384)
    assert printers.members.count() == len(PRINTER) + 1
    with after_commit():
        late = make_ticket(cast.rita, title=f"{NEW} again", description="")
    assert ClusterMember.objects.get(ticket=late).cluster == printers


def test_something_else_waits_for_the_next_run(
    cast: Cast, printers: Cluster, after_commit: AfterCommit
) -> None:
    with after_commit():
        ticket = make_ticket(cast.rita, title="My chair is broken", description="")
    assert not ClusterMember.objects.filter(ticket=ticket).exists()


def test_before_the_first_run_everything_waits(cast: Cast, after_commit: AfterCommit) -> None:
    with after_commit():
        ticket = make_ticket(cast.rita, title=NEW, description="")
    assert not ClusterMember.objects.filter(ticket=ticket).exists()


def joined(ticket: Ticket) -> ClusterMember | None:
    tickets_embedded = Ticket.objects.get(pk=ticket.pk)
    return join_ticket(tickets_embedded)


def test_a_removed_ticket_does_not_join_again(cast: Cast, printers: Cluster) -> None:
    (ticket,) = tickets_of(cast, (NEW,))
    assert joined(ticket) is not None
    actions.remove_from_cluster(printers, actor=cast.ann, ticket=ticket)
    assert joined(ticket) is None


def test_a_locked_cluster_takes_nobody(cast: Cast, printers: Cluster) -> None:
    actions.lock_cluster(printers, actor=cast.pia)
    (ticket,) = tickets_of(cast, (NEW,))
    assert joined(ticket) is None


def test_a_dismissed_cluster_takes_nobody_before_the_next_run(
    cast: Cast, printers: Cluster
) -> None:
    actions.dismiss_cluster(printers, actor=cast.pia, reason="A fire drill")
    (ticket,) = tickets_of(cast, (NEW,))
    assert joined(ticket) is None
    assert run_now().new_count == 0
    assert ClusterMember.objects.get(ticket=ticket).cluster == printers


def test_a_look_alike_of_a_merged_cluster_joins_the_one_it_went_into(
    cast: Cast, printers: Cluster
) -> None:
    into = make_cluster_of(2, cast.rob, title="All of paper")
    Cluster.objects.filter(pk=into.pk).update(centroid=printers.centroid, model=printers.model)
    actions.merge_clusters(printers, actor=cast.pia, into=into)
    (ticket,) = tickets_of(cast, (NEW,))
    member = joined(ticket)
    assert member is not None
    assert member.cluster == into


def test_a_placed_ticket_stays_where_it_is(cast: Cast, printers: Cluster) -> None:
    (ticket,) = tickets_of(cast, (NEW,))
    vpn = Cluster.objects.exclude(pk=printers.pk).filter(title__icontains="VPN").first()
    actions.add_to_cluster(vpn, actor=cast.ann, ticket=ticket)
    assert joined(ticket) is None
    assert ClusterMember.objects.get(ticket=ticket).cluster == vpn


def test_requests_and_restricted_tickets_do_not_join(cast: Cast, printers: Cluster) -> None:
    (request,) = tickets_of(cast, (NEW,), kind="service_request")
    (secret,) = tickets_of(cast, (NEW,))
    Ticket.objects.filter(pk=secret.pk).update(team=make_team("Personnel", restricted=True))
    assert joined(request) is None
    assert joined(secret) is None


def test_an_exact_key_decides_alone(cast: Cast) -> None:
    jobs = tuple(
        f"job Job_{number} failed in job_scheduler at: 08/{day}/2026 04:0{day}:00"
        for number in (1394, 593)
        for day in range(1, 5)
    )
    tickets_of(cast, jobs + VPN + INVOICE)
    run_now()
    (ticket,) = tickets_of(cast, ("job Job_593 failed in job_scheduler at: 09/02/2026 11:00:00",))
    member = joined(ticket)
    assert member is not None
    assert member.reason.startswith("same failing job")
    assert "593" in member.cluster.title
