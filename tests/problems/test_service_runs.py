"""Runs over one service: what people decided about clusters of several services holds."""

from collections.abc import Callable

import pytest

from catalogue.models import Service
from incidents.models import Likeness, Ticket
from problems import actions, tasks
from problems.clustering import running
from problems.models import Cluster, ClusterMember, ClusterRun
from tests.conftest import Cast
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster, member_ids
from tests.problems.causes import INVOICE, OTHER, PRINTER, VPN, tickets_of
from tests.problems.test_clustering_runs import cluster_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def printers(cast: Cast) -> list[Ticket]:
    """Two tickets each of three services: no service has half of them."""
    others = [Service.objects.create(name=name, key=name.lower()) for name in ("Print", "Net")]
    made = [
        ticket
        for at, service in enumerate([cast.payments, *others])
        for ticket in tickets_of(cast, PRINTER[2 * at : 2 * at + 2], service=service)
    ]
    tickets_of(cast, VPN + INVOICE + OTHER, service=cast.payments)
    return made


def run_over(cast: Cast) -> ClusterRun:
    run = actions.request_cluster_run(actor=cast.pia, service=cast.payments)
    tasks.run_clustering(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == ("done", "")
    return run


Decide = Callable[[Cluster, Cast], object]
DECISIONS: dict[str, Decide] = {
    "confirmed": lambda home, cast: actions.confirm_cluster(home, actor=cast.pia),
    "dismissed": lambda home, cast: actions.dismiss_cluster(home, actor=cast.pia, reason="No"),
    "named": lambda home, cast: actions.rename_cluster(home, actor=cast.pia, title="Tray 2"),
}


@pytest.mark.parametrize("said", DECISIONS)
def test_a_cluster_of_several_services_keeps_what_people_decided(
    cast: Cast, printers: list[Ticket], said: str
) -> None:
    home = make_cluster(*printers, title="Printers")
    assert home.service is None
    DECISIONS[said](home, cast)
    run_over(cast)
    assert member_ids(home) == {ticket.pk for ticket in printers}
    # The causes of the service itself are found as ever, and nothing of the mixed one is new.
    assert set(Cluster.objects.exclude(pk=home.pk).values_list("service", flat=True)) == {
        cast.payments.pk
    }


def test_a_removed_ticket_does_not_come_back(cast: Cast, printers: list[Ticket]) -> None:
    home = make_cluster(*printers, title="Printers")
    actions.remove_from_cluster(home, actor=cast.ann, ticket=printers[0])
    run_over(cast)
    assert cluster_of(printers[0]) is None
    assert member_ids(home) == {ticket.pk for ticket in printers[1:]}


def test_a_word_on_two_tickets_draws_in_none_of_another_service(
    cast: Cast, printers: list[Ticket]
) -> None:
    inside, outside = printers[0], printers[2]
    Likeness.objects.create(first=inside, second=outside, kind="same", person=cast.pia)
    run = run_over(cast)
    assert run.ticket_count == 2 + len(VPN + INVOICE + OTHER)
    assert cluster_of(outside) is None


def test_a_cluster_that_went_to_another_service_meanwhile_keeps_its_tickets(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    printers = tickets_of(cast, PRINTER, service=cast.payments)
    tickets_of(cast, VPN + INVOICE + OTHER, service=cast.payments)
    home = make_cluster(*printers, make_ticket(cast.rob), title="Printers")
    grouping = running.cluster

    def goes_elsewhere(*args: object, **named: object) -> object:
        found = grouping(*args, **named)  # type: ignore[arg-type]
        Cluster.objects.filter(pk=home.pk).update(service=None)
        return found

    before = member_ids(home)
    monkeypatch.setattr(running, "cluster", goes_elsewhere)
    run_over(cast)
    assert member_ids(home) == before
    assert not ClusterMember.objects.filter(ticket__in=printers).exclude(cluster=home).exists()
