"""Placing what waits between two full runs: cheap, and nothing else moves."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from core.errors import DomainError
from incidents.models import Likeness
from problems import actions, tasks
from problems.clustering import waiting
from problems.clustering.due import due_run
from problems.models import Cluster, ClusterConstraint, ClusterMember, ClusterRun
from tests.conftest import Cast
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster, member_ids
from tests.problems.causes import INVOICE, OTHER, PRINTER, VPN, tickets_of
from tests.problems.test_clustering_runs import cluster_of, run_now, together

ApiAs = Callable[..., APIClient]
AsUser = Callable[..., Client]

pytestmark = pytest.mark.django_db


def place_now() -> ClusterRun:
    """A run over what waits, with its task called as a worker would."""
    run = actions.request_cluster_run(actor=None, kind=ClusterRun.Kind.WAITING)
    tasks.run_clustering(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error) == ("done", "")
    return run


def test_what_waits_joins_or_is_grouped_and_nothing_else_moves(cast: Cast) -> None:
    tickets_of(cast, PRINTER + VPN + OTHER)
    run_now()
    before = dict(ClusterMember.objects.values_list("ticket_id", "cluster_id"))
    invoices = tickets_of(cast, INVOICE)
    late = tickets_of(cast, ("The printer on floor two has a paper jam in tray two",))
    run = place_now()
    invoice = together(invoices)
    assert invoice.pk not in before.values()
    assert (invoice.last_run, invoice.ticket_count) == (run, len(INVOICE))
    printer = cluster_of(late[0])
    assert printer is not None
    assert printer.pk in before.values()
    assert "close to the centre" in ClusterMember.objects.get(ticket=late[0]).reason
    assert printer.ticket_count == len(PRINTER) + 1
    after = dict(ClusterMember.objects.values_list("ticket_id", "cluster_id"))
    assert {ticket: after[ticket] for ticket in before} == before
    # Those that resemble nothing wait on.
    assert (run.ticket_count, run.new_count) == (len(INVOICE) + 1 + len(OTHER), 1)
    assert run.parameters["moved"] == 0
    assert place_now().parameters["joined"] == 0


def test_what_people_said_holds(cast: Cast) -> None:
    tickets_of(cast, PRINTER + VPN + OTHER)
    run_now()
    printer = Cluster.objects.get(members__ticket__title=PRINTER[0])
    out, unlike = tickets_of(cast, (PRINTER[1], PRINTER[2]))
    ClusterConstraint.objects.create(
        cluster=printer, ticket=out, kind=ClusterConstraint.Kind.CANNOT, person=cast.pia
    )
    known = printer.members.first()
    assert known is not None
    Likeness.objects.create(
        first_id=min(known.ticket_id, unlike.pk),
        second_id=max(known.ticket_id, unlike.pk),
        kind=Likeness.Kind.DIFFERENT,
        person=cast.pia,
    )
    one, other = tickets_of(cast, INVOICE[:2])
    Likeness.objects.create(first=one, second=other, kind=Likeness.Kind.DIFFERENT, person=cast.pia)
    place_now()
    assert printer.pk not in {getattr(cluster_of(ticket), "pk", None) for ticket in (out, unlike)}
    homes = [cluster_of(ticket) for ticket in (one, other)]
    assert homes[0] is None or homes[0] != homes[1]


def test_a_place_given_meanwhile_stays_and_a_locked_cluster_takes_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets_of(cast, PRINTER + VPN + OTHER)
    run_now()
    printer = Cluster.objects.get(members__ticket__title=PRINTER[0])
    late = tickets_of(cast, ("The printer on floor two has a paper jam in tray two",))[0]
    invoices = tickets_of(cast, INVOICE)
    elsewhere = make_cluster(make_ticket(cast.rob), title="By hand")
    grouping = waiting.extend

    def group_while_people_work(*args: object, **more: object) -> object:
        found = grouping(*args, **more)  # type: ignore[arg-type]
        actions.add_to_cluster(elsewhere, actor=cast.pia, ticket=invoices[0])
        actions.lock_cluster(printer, actor=cast.pia)
        return found

    monkeypatch.setattr(waiting, "extend", group_while_people_work)
    place_now()
    assert cluster_of(invoices[0]) == elsewhere
    assert together(invoices[1:]) != elsewhere
    assert cluster_of(late) is None
    assert late.pk not in member_ids(printer)


def test_by_day_what_waits_is_placed_and_the_night_groups_the_window(cast: Cast) -> None:
    tickets_of(cast, PRINTER + VPN + OTHER)
    first = run_now()
    assert first.kind == ClusterRun.Kind.WINDOW
    long_ago = timezone.now() - timedelta(hours=2)
    ClusterRun.objects.filter(pk=first.pk).update(created_at=long_ago)
    # With the three that resemble nothing these are 24: one too few.
    tickets_of(cast, INVOICE * 3 + INVOICE[:3])
    tasks.tend_runs()
    assert ClusterRun.objects.count() == 1
    tickets_of(cast, INVOICE[:1])
    tasks.tend_runs()
    due = ClusterRun.objects.first()
    assert due is not None
    assert (due.kind, due.requested_by) == (ClusterRun.Kind.WAITING, None)
    tasks.run_clustering(due.pk)
    tasks.request_nightly_run()
    assert ClusterRun.objects.latest("pk").kind == ClusterRun.Kind.WINDOW


def test_placing_what_waits_does_not_stand_for_the_first_grouping(cast: Cast) -> None:
    tickets_of(cast, PRINTER)
    first = place_now()
    assert first.mean is None
    long_ago = timezone.now() - timedelta(hours=2)
    ClusterRun.objects.filter(pk=first.pk).update(created_at=long_ago)
    tickets_of(cast, INVOICE * 4 + OTHER)
    due = due_run(timezone.now())
    assert due is not None
    assert due.kind == ClusterRun.Kind.WINDOW


def test_people_and_programs_ask_for_it(cast: Cast, as_user: AsUser, api_as: ApiAs) -> None:
    tickets_of(cast, PRINTER)
    made = api_as(cast.pia).post("/api/v1/cluster-runs/", {"kind": "waiting"})
    assert made.status_code == 201
    assert made.json()["kind"] == "waiting"
    tasks.run_clustering(made.json()["id"])
    refused = api_as(cast.pia).post(
        "/api/v1/cluster-runs/", {"kind": "waiting", "service": cast.payments.pk}
    )
    assert (refused.status_code, list(refused.json())) == (422, ["service"])
    browser = as_user(cast.pia)
    page = browser.post("/clusters/runs/", {"kind": "waiting", "window_days": "180"}, follow=True)
    assert "Only tickets without a cluster" in page.content.decode()
    with pytest.raises(DomainError, match="all services"):
        actions.request_cluster_run(
            actor=cast.pia, service=cast.payments, kind=ClusterRun.Kind.WAITING
        )
