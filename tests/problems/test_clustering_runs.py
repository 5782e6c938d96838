"""Clustering runs: what they find, what they obey, how they stop and go on."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.roles import Role
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from incidents.actions import judge_likeness
from incidents.models import Ticket
from problems import actions, tasks
from problems.clustering import running, saving
from problems.clustering.joining import follow_word
from problems.clustering.progress import CancelledError, Reporter, TakenOverError
from problems.models import Cluster, ClusterMember, ClusterRun
from tests.conftest import Cast
from tests.make.catalogue import make_team
from tests.make.tickets import make_ticket
from tests.problems.builders import member_ids
from tests.problems.causes import INVOICE, OTHER, PRINTER, VPN, tickets_of

AfterCommit = Callable[[], AbstractContextManager[None]]


def run_now() -> ClusterRun:
    """A whole run by the system, with its task called as a worker would."""
    run = actions.request_cluster_run(actor=None)
    tasks.run_clustering(run.pk)
    run.refresh_from_db()
    assert run.error == ""
    return run


def cluster_of(ticket: Ticket) -> Cluster | None:
    member = ClusterMember.objects.select_related("cluster").filter(ticket=ticket).first()
    return member.cluster if member else None


def together(tickets: list[Ticket]) -> Cluster:
    """The one cluster of all these tickets."""
    found = {cluster_of(ticket) for ticket in tickets}
    assert len(found) == 1
    assert None not in found
    return found.pop()


@pytest.fixture
def others(cast: Cast) -> list[Ticket]:
    """A desk has more than one cause: what is usual there is told from what is special by them."""
    return tickets_of(cast, VPN + INVOICE + OTHER)


class TestFinding:
    """What a run makes of tickets."""

    def test_each_cause_becomes_a_cluster_with_reasons(self, cast: Cast) -> None:
        printers, vpns = tickets_of(cast, PRINTER), tickets_of(cast, VPN)
        alone = tickets_of(cast, OTHER)
        run = run_now()
        assert (run.state, run.ticket_count, run.new_count) == ("done", 15, 2)
        printer, vpn = together(printers), together(vpns)
        assert printer != vpn
        assert [cluster_of(ticket) for ticket in alone] == [None] * 3
        assert printer.ticket_count == 6
        assert printer.organisation_count == 2
        assert printer.title in PRINTER
        assert {"printer", "jam"} & set(" ".join(printer.terms).split())
        member = ClusterMember.objects.get(ticket=printers[0])
        assert "close to the centre" in member.reason
        assert 0 < member.confidence <= 1
        assert printer.members.filter(is_representative=True).count() == 5
        assert printer.weekly[-1] == 6
        assert len(printer.weekly) == 26
        assert printer.last_run == run

    def test_the_run_tells_what_it_did(self, cast: Cast) -> None:
        tickets_of(cast, PRINTER)
        run = run_now()
        assert run.algorithm
        assert run.input_hash
        assert run.parameters["settings"]["cause_cut"] > 0
        assert set(run.parameters["seconds"]) >= {"choosing", "reading", "causes"}
        assert run.seconds is not None
        finished = Event.objects.get(name="problems.cluster_run_finished")
        assert finished.sentence == "grouped 6 tickets into 1 clusters"

    def test_a_second_run_over_the_same_tickets_moves_nothing(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER)
        tickets_of(cast, VPN)
        first = run_now()
        before = dict(ClusterMember.objects.values_list("ticket_id", "cluster_id"))
        second = run_now()
        assert dict(ClusterMember.objects.values_list("ticket_id", "cluster_id")) == before
        assert (second.new_count, second.moves.count()) == (0, 0)
        assert (second.stability, second.stability_tickets > 0) == (1.0, True)
        assert second.input_hash == first.input_hash
        assert together(printers).last_run == second

    @pytest.mark.usefixtures("others")
    def test_an_identity_survives_new_tickets(self, cast: Cast) -> None:
        early = tickets_of(cast, PRINTER[:4])
        run_now()
        cluster = together(early)
        late = tickets_of(cast, PRINTER[4:])
        run_now()
        assert together(early + late) == cluster

    def test_nothing_to_group_is_a_finished_run(self, cast: Cast) -> None:
        run = run_now()
        assert (run.state, run.ticket_count, run.cluster_count) == ("done", 0, 0)

    def test_requests_cancelled_and_restricted_tickets_take_no_part(self, cast: Cast) -> None:
        secret = make_team("Personnel", restricted=True)
        hidden = tickets_of(cast, PRINTER)
        Ticket.objects.filter(pk__in=[ticket.pk for ticket in hidden]).update(team=secret)
        asked = tickets_of(cast, VPN, kind="service_request")
        run = run_now()
        assert run.ticket_count == 0
        assert not ClusterMember.objects.filter(ticket__in=hidden + asked).exists()

    @pytest.mark.usefixtures("others")
    def test_a_ticket_that_became_restricted_leaves_its_cluster(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER)
        run_now()
        Ticket.objects.filter(pk=printers[0].pk).update(
            team=make_team("Personnel", restricted=True)
        )
        run_now()
        assert cluster_of(printers[0]) is None
        assert together(printers[1:]).ticket_count == 5

    def test_the_window_ends_at_the_newest_ticket(self, cast: Cast) -> None:
        now = timezone.now()
        old = tickets_of(cast, PRINTER, at=now - timedelta(days=700))
        tickets_of(cast, VPN, at=now - timedelta(days=400))
        run_now()
        assert {cluster_of(ticket) for ticket in old} == {None}
        run = actions.request_cluster_run(actor=None, window_days=0)
        tasks.run_clustering(run.pk)
        assert together(old).ticket_count == 6

    def test_a_run_of_one_service_looks_at_that_service_only(self, cast: Cast) -> None:
        inside = tickets_of(cast, PRINTER, service=cast.payments)
        tickets_of(cast, INVOICE + OTHER, service=cast.payments)
        outside = tickets_of(cast, VPN)
        run = actions.request_cluster_run(actor=cast.pia, service=cast.payments)
        tasks.run_clustering(run.pk)
        assert together(inside).service == cast.payments
        assert {cluster_of(ticket) for ticket in outside} == {None}

    @pytest.mark.usefixtures("others")
    def test_missing_vectors_are_computed_first(self, cast: Cast) -> None:
        tickets = [make_ticket(cast.rob, title=title, description="") for title in PRINTER]
        run_now()
        together(tickets)


class TestObeying:
    """Later runs obey what people decided."""

    @pytest.mark.usefixtures("others")
    def test_a_removed_ticket_stays_away(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER)
        run_now()
        cluster = together(printers)
        actions.remove_from_cluster(cluster, actor=cast.ann, ticket=printers[0])
        run_now()
        assert cluster_of(printers[0]) != cluster
        assert together(printers[1:]) == cluster

    @pytest.mark.usefixtures("others")
    def test_an_added_ticket_stays_although_nothing_in_its_words_says_so(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER)
        (odd,) = tickets_of(cast, OTHER[:1])
        run_now()
        cluster = together(printers)
        actions.add_to_cluster(cluster, actor=cast.ann, ticket=odd)
        run_now()
        assert cluster_of(odd) == cluster
        assert ClusterMember.objects.get(ticket=odd).reason == "added by Ann"

    @pytest.mark.usefixtures("others")
    def test_names_confirmations_and_members_of_a_confirmed_cluster_stay(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER[:3])
        run_now()
        cluster = together(printers)
        actions.rename_cluster(cluster, actor=cast.pia, title="Tray 2 is worn out")
        actions.confirm_cluster(cluster, actor=cast.pia)
        tickets_of(cast, PRINTER[3:])
        run_now()
        cluster.refresh_from_db()
        assert (cluster.title, cluster.state) == ("Tray 2 is worn out", "confirmed")
        assert together(printers) == cluster
        assert cluster.ticket_count == 6

    @pytest.mark.usefixtures("others")
    def test_two_confirmed_clusters_are_never_merged(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER)
        run_now()
        whole = together(printers)
        half = Cluster.objects.create(title="The other printer")
        for ticket in printers[:3]:
            actions.add_to_cluster(half, actor=cast.pia, ticket=ticket)
        actions.confirm_cluster(whole, actor=cast.pia)
        actions.confirm_cluster(half, actor=cast.pia)
        run_now()
        assert together(printers[:3]) == half
        assert together(printers[3:]) == whole

    @pytest.mark.usefixtures("others")
    def test_a_dismissed_cluster_does_not_come_back_under_another_number(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER)
        run_now()
        cluster = together(printers)
        actions.dismiss_cluster(cluster, actor=cast.pia, reason="Fire drill")
        run = run_now()
        cluster.refresh_from_db()
        assert run.new_count == 0
        assert (cluster.state, cluster.dismissed_reason) == ("dismissed", "Fire drill")
        assert together(printers) == cluster

    @pytest.mark.usefixtures("others")
    def test_a_locked_cluster_keeps_exactly_its_members(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER[:3])
        run_now()
        cluster = together(printers)
        actions.lock_cluster(cluster, actor=cast.pia)
        tickets_of(cast, PRINTER[3:])
        run_now()
        assert member_ids(cluster) == {ticket.pk for ticket in printers}

    @pytest.mark.usefixtures("others")
    def test_a_candidate_nobody_decided_about_goes_with_its_last_ticket(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER[:2])
        run_now()
        cluster = together(printers)
        Ticket.objects.filter(pk=printers[0].pk).update(state="cancelled", state_category="closed")
        run = run_now()
        assert not Cluster.objects.filter(pk=cluster.pk).exists()
        assert run.parameters["ended"] == [
            {"cluster": cluster.pk, "title": cluster.title, "to": None}
        ]
        moves = run.moves.values_list("ticket", "before_number", "before", "after")
        assert set(moves) == {(ticket.pk, cluster.pk, None, None) for ticket in printers}

    @pytest.mark.usefixtures("others")
    def test_what_is_decided_while_a_run_computes_holds(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        printers = tickets_of(cast, PRINTER)
        run_now()
        cluster = together(printers)
        grouping = running.cluster

        def decide_in_between(*args: object, **named: object) -> object:
            result = grouping(*args, **named)
            actions.remove_from_cluster(cluster, actor=cast.ann, ticket=printers[0])
            actions.rename_cluster(cluster, actor=cast.pia, title="Tray 2")
            return result

        monkeypatch.setattr(running, "cluster", decide_in_between)
        run_now()
        cluster.refresh_from_db()
        assert cluster_of(printers[0]) is None
        assert (cluster.title, cluster.ticket_count) == ("Tray 2", 5)


@pytest.mark.parametrize("sitting", [True, False])
def test_not_this_said_while_a_run_computes_holds(
    cast: Cast, others: list[Ticket], monkeypatch: pytest.MonkeyPatch, *, sitting: bool
) -> None:
    printers = tickets_of(cast, PRINTER)
    if sitting:
        run_now()
    grouping = running.cluster

    def say_in_between(*args: object, **named: object) -> object:
        result = grouping(*args, **named)
        judge_likeness(printers[0], actor=cast.ann, other=printers[1], kind="different")
        if sitting:
            follow_word(printers[0], printers[1], "different", cast.ann)
        return result

    monkeypatch.setattr(running, "cluster", say_in_between)
    run_now()
    homes = [cluster_of(ticket) for ticket in printers[:2]]
    assert None in homes
    assert together(printers[2:]) in homes
    if sitting:
        assert homes[0] is None


class TestAsking:
    """Who may ask for a run, and when."""

    @pytest.mark.usefixtures("others")
    def test_the_button_leads_to_a_finished_run(
        self, cast: Cast, after_commit: AfterCommit
    ) -> None:
        printers = tickets_of(cast, PRINTER)
        with after_commit():
            run = actions.request_cluster_run(actor=cast.pia)
        run.refresh_from_db()
        assert (run.state, run.requested_by) == ("done", cast.pia)
        together(printers)

    @pytest.mark.parametrize("name", ["ann", "dev", "rob"])
    def test_not_everybody_starts_runs(self, cast: Cast, name: str) -> None:
        with pytest.raises(NotPermitted):
            actions.request_cluster_run(actor=cast.everyone[name])

    def test_two_runs_at_once_are_refused(self, cast: Cast) -> None:
        actions.request_cluster_run(actor=cast.pia)
        with pytest.raises(TransitionNotAllowed):
            actions.request_cluster_run(actor=cast.pia)
        with pytest.raises(TransitionNotAllowed):
            actions.request_cluster_run(actor=cast.pia, service=cast.payments)
        assert ClusterRun.objects.count() == 1

    def test_a_run_over_everything_waits_for_that_of_a_service(self, cast: Cast) -> None:
        actions.request_cluster_run(actor=cast.pia, service=cast.payments)
        with pytest.raises(TransitionNotAllowed):
            actions.request_cluster_run(actor=cast.pia)

    def test_the_database_has_the_last_word(self, cast: Cast) -> None:
        ClusterRun.objects.create()
        with pytest.raises(IntegrityError), transaction.atomic():
            ClusterRun.objects.create()

    @pytest.mark.parametrize("days", [-1, 4000])
    def test_a_window_has_limits(self, cast: Cast, days: int) -> None:
        with pytest.raises(DomainError) as refused:
            actions.request_cluster_run(actor=cast.pia, window_days=days)
        assert refused.value.field == "window_days"


class TestStopping:
    """Cancelling, failing, dying and going on."""

    def test_a_waiting_run_is_cancelled_at_once(self, cast: Cast) -> None:
        run = actions.request_cluster_run(actor=cast.pia)
        assert actions.cancel_cluster_run(run, actor=cast.pia).state == "cancelled"
        tasks.run_clustering(run.pk)
        run.refresh_from_db()
        assert run.state == "cancelled"

    def test_a_running_one_stops_at_its_next_sign_of_life(self, cast: Cast) -> None:
        tickets_of(cast, PRINTER)
        run = actions.start_run(actions.request_cluster_run(actor=cast.pia).pk)
        actions.cancel_cluster_run(run, actor=cast.pia)
        with pytest.raises(CancelledError):
            running.cluster_tickets(run)
        assert not Cluster.objects.exists()

    def test_a_cancelled_task_ends_as_cancelled(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tickets_of(cast, PRINTER)
        run = actions.request_cluster_run(actor=cast.pia)
        choosing = running.choose_tickets

        def cancel_then_choose(one: ClusterRun) -> list[int]:
            actions.cancel_cluster_run(one, actor=cast.pia)
            return choosing(one)

        monkeypatch.setattr(running, "choose_tickets", cancel_then_choose)
        tasks.run_clustering(run.pk)
        run.refresh_from_db()
        assert run.state == "cancelled"
        assert run.finished_at is not None
        assert not Cluster.objects.exists()

    def test_a_team_lead_starts_and_cancels(self, cast: Cast) -> None:
        cast.ann.roles = [Role.TEAM_LEAD]
        cast.ann.save()
        run = actions.request_cluster_run(actor=cast.ann)
        assert actions.cancel_cluster_run(run, actor=cast.ann).state == "cancelled"

    def test_an_agent_does_not_cancel(self, cast: Cast) -> None:
        with pytest.raises(NotPermitted):
            actions.cancel_cluster_run(actions.request_cluster_run(actor=cast.pia), actor=cast.ann)

    def test_a_finished_run_is_not_cancelled(self, cast: Cast) -> None:
        with pytest.raises(TransitionNotAllowed):
            actions.cancel_cluster_run(run_now(), actor=cast.pia)

    def test_an_error_ends_the_run_with_a_reason(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def break_down(*args: object, **named: object) -> object:
            raise ValueError("no such thing")

        monkeypatch.setattr(running, "cluster", break_down)
        run = actions.request_cluster_run(actor=cast.pia)
        tasks.run_clustering(run.pk)
        run.refresh_from_db()
        assert (run.state, run.error) == (
            "failed",
            "Stopped by an error: ValueError: no such thing",
        )
        actions.request_cluster_run(actor=cast.pia)

    @pytest.mark.usefixtures("others")
    def test_a_run_that_lost_its_worker_starts_again_and_finishes(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER)
        run = actions.start_run(actions.request_cluster_run(actor=cast.pia).pk)
        ClusterRun.objects.filter(pk=run.pk).update(
            heartbeat_at=timezone.now() - tasks.SILENCE - timedelta(seconds=1)
        )
        tasks.tend_runs()
        run.refresh_from_db()
        assert (run.state, run.attempts) == ("done", 2)
        together(printers)

    def test_a_worker_taken_for_dead_writes_nothing_any_more(self, cast: Cast) -> None:
        tickets_of(cast, PRINTER)
        slow = actions.start_run(actions.request_cluster_run(actor=cast.pia).pk)
        actions.requeue_run(slow)
        actions.start_run(slow.pk)
        with pytest.raises(TakenOverError):
            running.cluster_tickets(slow)
        with pytest.raises(TakenOverError):
            Reporter(slow)("saving", 0, 1)

    def test_after_three_deaths_the_run_fails_visibly(self, cast: Cast) -> None:
        run = actions.request_cluster_run(actor=cast.pia)
        ClusterRun.objects.filter(pk=run.pk).update(
            state="running",
            attempts=tasks.MOST_ATTEMPTS,
            stage="causes",
            heartbeat_at=timezone.now() - timedelta(hours=1),
        )
        tasks.tend_runs()
        run.refresh_from_db()
        assert run.state == "failed"
        assert run.error == "Its worker died 3 times, the last time while causes."

    def test_a_living_run_is_left_alone(self, cast: Cast) -> None:
        run = actions.start_run(actions.request_cluster_run(actor=cast.pia).pk)
        tasks.tend_runs()
        run.refresh_from_db()
        assert (run.state, run.attempts) == ("running", 1)

    def test_a_lost_wake_up_is_sent_again(self, cast: Cast) -> None:
        run = actions.request_cluster_run(
            actor=cast.pia, at=timezone.now() - tasks.UNHEARD - timedelta(seconds=1)
        )
        tasks.tend_runs()
        run.refresh_from_db()
        assert run.state == "done"

    def test_limits_are_in_order(self) -> None:
        assert tasks.SOFT_LIMIT < tasks.HARD_LIMIT


class TestDue:
    """Runs nobody asked for."""

    def test_the_night_brings_a_run_unless_one_is_unfinished(self, cast: Cast) -> None:
        tasks.request_nightly_run()
        tasks.request_nightly_run()
        assert ClusterRun.objects.get().requested_by is None

    def test_enough_waiting_tickets_bring_a_run(self, cast: Cast) -> None:
        tickets_of(cast, INVOICE * 4)
        tasks.tend_runs()
        assert not ClusterRun.objects.exists()
        tickets_of(cast, VPN)
        tasks.tend_runs()
        assert ClusterRun.objects.get().state == "queued"


def test_cancelled_while_saving_nothing_is_kept(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets_of(cast, PRINTER + VPN)
    run = actions.request_cluster_run(actor=cast.pia)
    counting = saving.refresh_counts

    def cancel_then_count(*args: object) -> None:
        actions.cancel_cluster_run(run, actor=cast.pia)
        counting(*args)

    monkeypatch.setattr(saving, "refresh_counts", cancel_then_count)
    tasks.run_clustering(run.pk)
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not Cluster.objects.exists()


def test_figures_that_barely_drift_are_not_written_again(cast: Cast) -> None:
    printers = tickets_of(cast, PRINTER)
    tickets_of(cast, VPN)
    run_now()
    member = ClusterMember.objects.get(ticket=printers[0])
    sure = member.confidence
    ClusterMember.objects.filter(pk=member.pk).update(confidence=sure - 0.02)
    run_now()
    member.refresh_from_db()
    assert member.confidence == pytest.approx(sure - 0.02)
    ClusterMember.objects.filter(pk=member.pk).update(confidence=sure - 0.2)
    run_now()
    member.refresh_from_db()
    assert member.confidence == pytest.approx(sure, abs=0.01)
