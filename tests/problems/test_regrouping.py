"""Splitting clusters, undoing merges, taking words back, and what runs moved."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from incidents.models import Ticket
from problems import actions
from problems.clustering.joining import join_ticket
from problems.models import Cluster, ClusterMember, ClusterMerge, ClusterMove, ClusterRun
from tests.conftest import Cast
from tests.make.catalogue import make_team
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster, make_cluster_of, member_ids
from tests.problems.causes import INVOICE, OTHER, PRINTER, VPN, tickets_of
from tests.problems.test_clustering_runs import cluster_of, run_now, together
from tests.problems.test_pages import queries_of

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]
AfterCommit = Callable[[], AbstractContextManager[None]]


class TestSplitting:
    """A cluster that holds two causes."""

    def test_the_chosen_become_a_cluster_that_every_run_keeps(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER)
        tickets_of(cast, VPN + INVOICE + OTHER)
        run_now()
        home = together(printers)
        new = actions.split_cluster(
            home, actor=cast.pia, tickets=printers[:2], title="The tray is bent"
        )
        assert member_ids(new) == {one.pk for one in printers[:2]}
        assert (new.ticket_count, new.title, new.state) == (2, "The tray is bent", "candidate")
        home.refresh_from_db()
        assert home.ticket_count == 4
        for _ in range(2):
            run_now()
            assert together(printers[:2]) == new
            assert cluster_of(printers[2]) != new
            assert Cluster.objects.get(pk=new.pk).title == "The tray is bent"
        reasons = set(new.members.values_list("reason", flat=True))
        assert reasons == {"split off by Pia"}

    def test_a_new_ticket_can_join_the_new_cluster_before_any_run(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER)
        tickets_of(cast, VPN + INVOICE + OTHER)
        run_now()
        new = actions.split_cluster(together(printers), actor=cast.pia, tickets=printers[:5])
        (late,) = tickets_of(cast, (PRINTER[0] + " again",))
        member = join_ticket(late)
        assert member is not None
        assert member.cluster == new

    def test_its_page_says_what_it_is_before_any_run(
        self, cast: Cast, as_user: AsUser, after_commit: AfterCommit
    ) -> None:
        printers, vpns = tickets_of(cast, PRINTER), tickets_of(cast, VPN)
        home = make_cluster(*printers, *vpns, terms=["stale"])
        with after_commit():
            new = actions.split_cluster(home, actor=cast.pia, tickets=vpns)
        for cluster, word, other in ((new, "vpn", "printer"), (home, "printer", "vpn")):
            cluster.refresh_from_db()
            said = " ".join(cluster.terms)
            assert word in said
            assert other not in said
            assert 0 < cluster.cohesion <= 1
            assert cluster.members.filter(is_representative=True).count() == 5
        page = as_user(cast.pia).get(new.get_absolute_url()).content.decode()
        assert "worked out yet" not in page
        assert "No change on this service within 14 days" in page

    def test_until_then_it_says_that_nothing_is_known_yet(
        self, cast: Cast, as_user: AsUser
    ) -> None:
        home = make_cluster_of(4, cast.rob)
        chosen = list(Ticket.objects.filter(pk__in=member_ids(home))[:2])
        new = actions.split_cluster(home, actor=cast.pia, tickets=chosen)
        page = as_user(cast.pia).get(new.get_absolute_url()).content.decode()
        assert page.count("ot worked out yet") == 3
        assert "Not looked for yet." in page

    def test_links_to_problems_stay(self, cast: Cast, as_user: AsUser) -> None:
        home = make_cluster_of(4, cast.rob)
        problem = actions.open_problem_from_cluster(home, actor=cast.pia)
        chosen = list(Ticket.objects.filter(pk__in=member_ids(home)).order_by("pk")[:2])
        new = actions.split_cluster(home, actor=cast.pia, tickets=chosen)
        home.refresh_from_db()
        assert home.state == "problem_open"
        assert list(home.problems.all()) == [problem]
        assert problem.ticket_links.count() == 4
        page = as_user(cast.pia).get(new.get_absolute_url()).content.decode()
        assert problem.reference in page

    def test_what_is_refused(self, cast: Cast) -> None:
        home = make_cluster_of(3, cast.rob)
        members = list(Ticket.objects.filter(pk__in=member_ids(home)))
        stranger = make_ticket(cast.rob)
        for tickets in ([], members, [stranger], [members[0], stranger]):
            with pytest.raises(DomainError) as refused:
                actions.split_cluster(home, actor=cast.pia, tickets=tickets)
            assert refused.value.field == "tickets"
        with pytest.raises(NotPermitted):
            actions.split_cluster(home, actor=cast.ann, tickets=members[:1])
        assert len(member_ids(home)) == 3

    def test_by_form(self, cast: Cast, as_user: AsUser) -> None:
        home = make_cluster_of(3, cast.rob)
        chosen = min(member_ids(home))
        address = reverse("problems:split_cluster", args=[home.pk])
        browser = as_user(cast.pia)
        assert browser.get(address).status_code == 200
        refused = browser.post(address, {"title": "Kept words"})
        assert refused.status_code == 422
        assert "Choose the tickets" in refused.content.decode()
        assert "Kept words" in refused.content.decode()
        answer = browser.post(address, {"tickets": [chosen], "title": "Another"}, follow=True)
        assert "Another" in answer.content.decode()
        assert member_ids(Cluster.objects.get(title="Another")) == {chosen}

    def test_over_the_api(self, cast: Cast, api_as: ApiAs) -> None:
        home = make_cluster_of(3, cast.rob)
        address = f"/api/v1/clusters/{home.pk}/split/"
        bad = api_as(cast.pia).post(address, {"tickets": []}, format="json")
        assert (bad.status_code, set(bad.json())) == (400, {"tickets"})
        every = api_as(cast.pia).post(address, {"tickets": sorted(member_ids(home))}, format="json")
        assert (every.status_code, set(every.json())) == (422, {"tickets"})
        made = api_as(cast.pia).post(address, {"tickets": [min(member_ids(home))]}, format="json")
        assert (made.status_code, made.json()["ticket_count"]) == (201, 1)


class TestUnmerging:
    """Undoing a merge, at any time."""

    @pytest.fixture
    def merged(self, cast: Cast) -> ClusterMerge:
        one = make_cluster_of(2, cast.rob, title="Small")
        into = make_cluster_of(3, cast.rob, title="Large")
        actions.merge_clusters(one, actor=cast.pia, into=into)
        return ClusterMerge.objects.get()

    def test_everything_goes_back(self, cast: Cast, merged: ClusterMerge) -> None:
        source = actions.undo_cluster_merge(merged.into, actor=cast.pia, merge=merged)
        assert (source.title, source.state, source.ticket_count) == ("Small", "candidate", 2)
        assert source.dismissed_reason == ""
        merged.into.refresh_from_db()
        assert merged.into.ticket_count == 3
        assert Event.objects.about(source).filter(name="problems.clusters_unmerged").exists()
        with pytest.raises(DomainError, match="undone already"):
            actions.undo_cluster_merge(merged.into, actor=cast.pia, merge=merged)

    def test_every_member_is_as_it_was_before(self, cast: Cast) -> None:
        one = make_cluster_of(2, cast.rob, title="Small")
        into = make_cluster_of(3, cast.rob, title="Large")
        other = make_cluster_of(1, cast.rob, title="Other")
        actions.confirm_cluster(one, actor=cast.pia)
        one.members.update(is_representative=True)
        columns = ("ticket", "cluster", "reason", "confidence", "confirmed", "is_representative")
        rows = ClusterMember.objects.order_by("ticket")
        before = list(rows.values_list(*columns))
        actions.merge_clusters(one, actor=cast.pia, into=into)
        moved_in = into.members.filter(ticket__in=ClusterMerge.objects.get().ticket_ids)
        assert set(moved_in.values_list("reason", flat=True)) == {"merged by Pia from “Small”"}
        first = ClusterMerge.objects.get()
        actions.merge_clusters(other, actor=cast.pia, into=into)
        source = actions.undo_cluster_merge(into, actor=cast.pia, merge=first)
        assert (source.state, source.confirmed_at is not None) == ("confirmed", True)
        # The other merge stands and still says that the large one is one cause.
        assert not into.members.filter(confirmed=False).exists()
        last = ClusterMerge.objects.get(undone_at=None)
        actions.undo_cluster_merge(into, actor=cast.pia, merge=last)
        assert list(rows.values_list(*columns)) == before

    def test_no_run_draws_the_two_together_again(self, cast: Cast) -> None:
        printers = tickets_of(cast, PRINTER)
        tickets_of(cast, VPN + INVOICE + OTHER)
        one, into = make_cluster(*printers[:3], title="A"), make_cluster(*printers[3:], title="B")
        actions.merge_clusters(one, actor=cast.pia, into=into)
        run_now()
        assert together(printers) == into
        actions.undo_cluster_merge(into, actor=cast.pia, merge=ClusterMerge.objects.get())
        for _ in range(2):
            run_now()
            assert together(printers[:3]) == one
            assert cluster_of(printers[3]) != one

    def test_what_went_elsewhere_since_stays_there(self, cast: Cast, merged: ClusterMerge) -> None:
        moved = Ticket.objects.get(pk=merged.ticket_ids[0])
        elsewhere = make_cluster_of(1, cast.rob, title="Elsewhere")
        actions.add_to_cluster(elsewhere, actor=cast.pia, ticket=moved)
        source = actions.undo_cluster_merge(merged.into, actor=cast.pia, merge=merged)
        assert member_ids(source) == {merged.ticket_ids[1]}
        assert moved.pk in member_ids(elsewhere)

    def test_a_merge_that_went_on_is_undone_from_where_the_tickets_are(
        self, cast: Cast, merged: ClusterMerge
    ) -> None:
        last = make_cluster_of(1, cast.rob, title="Last")
        actions.merge_clusters(merged.into, actor=cast.pia, into=last)
        source = actions.undo_cluster_merge(merged.into, actor=cast.pia, merge=merged)
        assert source.ticket_count == 2
        last.refresh_from_db()
        assert last.ticket_count == 4

    def test_a_merged_one_is_not_restored_past_its_merge(
        self, cast: Cast, merged: ClusterMerge
    ) -> None:
        with pytest.raises(DomainError, match="undo the merge there"):
            actions.restore_cluster(merged.source, actor=cast.pia)

    def test_from_the_page_and_over_the_api(
        self, cast: Cast, merged: ClusterMerge, as_user: AsUser, api_as: ApiAs
    ) -> None:
        into = merged.into
        page = as_user(cast.pia).get(into.get_absolute_url()).content.decode()
        assert "Merged into it" in page
        listed = api_as(cast.pia).get(f"/api/v1/clusters/{into.pk}/merges/").json()
        assert [one["title"] for one in listed] == ["Small"]
        address = reverse("problems:undo_merge", args=[into.pk])
        assert as_user(cast.ann).post(address, {"merge": merged.pk}).status_code == 403
        assert as_user(cast.pia).post(address, {"merge": "x"}).status_code == 422
        assert as_user(cast.pia).post(address, {"merge": merged.pk}).status_code == 302
        assert merged.source.members.count() == 2
        again = api_as(cast.pia).post(
            f"/api/v1/clusters/{into.pk}/undo-merge/", {"merge": merged.pk}, format="json"
        )
        assert (again.status_code, set(again.json())) == (400, {"merge"})


class TestWords:
    """What people said about a ticket and a cluster can be seen and taken back."""

    def test_a_removed_ticket_may_come_back_once_the_word_is_taken_back(
        self, cast: Cast, as_user: AsUser
    ) -> None:
        printers = tickets_of(cast, PRINTER)
        tickets_of(cast, VPN + INVOICE + OTHER)
        run_now()
        home = together(printers)
        actions.remove_from_cluster(home, actor=cast.ann, ticket=printers[0])
        page = as_user(cast.ann).get(home.get_absolute_url()).content.decode()
        assert "What people said" in page
        assert "does not belong here" in page
        run_now()
        assert cluster_of(printers[0]) != home
        address = reverse("problems:withdraw_word", args=[home.pk])
        answer = as_user(cast.ann).post(address, {"ticket": printers[0].reference})
        assert answer.status_code == 302
        run_now()
        assert cluster_of(printers[0]) == home

    def test_over_the_api(self, cast: Cast, api_as: ApiAs) -> None:
        home = make_cluster_of(2, cast.rob)
        ticket = Ticket.objects.get(pk=min(member_ids(home)))
        actions.remove_from_cluster(home, actor=cast.ann, ticket=ticket)
        client, base = api_as(cast.ann), f"/api/v1/clusters/{home.pk}"
        (said,) = client.get(f"{base}/words/").json()
        assert (said["ticket"], said["kind"]) == (ticket.pk, "cannot")
        done = client.post(f"{base}/withdraw-word/", {"ticket": ticket.pk}, format="json")
        assert done.status_code == 200
        assert client.get(f"{base}/words/").json() == []
        again = client.post(f"{base}/withdraw-word/", {"ticket": ticket.pk}, format="json")
        assert (again.status_code, set(again.json())) == (422, {"ticket"})


class TestMoves:
    """What moved since last time."""

    @pytest.fixture
    def move(self, cast: Cast) -> ClusterMove:
        """A run took a ticket from its old home to a new one."""
        return moved(cast)

    def test_approving_makes_it_a_persons_word(self, cast: Cast, move: ClusterMove) -> None:
        actions.approve_move(move, actor=cast.ann)
        move.refresh_from_db()
        assert (move.decision, move.person) == ("approved", cast.ann)
        assert ClusterMember.objects.get(ticket=move.ticket).confirmed
        assert move.after is not None
        assert move.after.constraints.get().kind == "must"
        with pytest.raises(TransitionNotAllowed):
            actions.put_back_move(move, actor=cast.ann)

    def test_putting_back(self, cast: Cast, move: ClusterMove) -> None:
        actions.put_back_move(move, actor=cast.ann)
        assert move.before is not None
        assert cluster_of(move.ticket) == move.before
        assert move.before.constraints.get().kind == "must"
        run_now()
        assert cluster_of(move.ticket) == move.before

    def test_approving_that_it_left_keeps_it_out(self, cast: Cast) -> None:
        left = moved(cast, stays=False)
        actions.approve_move(left, actor=cast.ann)
        assert left.before is not None
        assert left.before.constraints.get().kind == "cannot"

    def test_a_cluster_that_ended_comes_back_with_its_tickets(self, cast: Cast) -> None:
        one, other = moved(cast), moved(cast)
        ClusterMove.objects.update(run=one.run, before=None, before_number=999)
        for move in (one, other):
            actions.put_back_move(ClusterMove.objects.get(pk=move.pk), actor=cast.ann)
        home = together([one.ticket, other.ticket])
        assert home.title == "Old home"
        assert home.ticket_count == 2

    def test_a_ticket_that_went_on_is_not_approved(self, cast: Cast, move: ClusterMove) -> None:
        actions.add_to_cluster(make_cluster_of(1, cast.rob), actor=cast.pia, ticket=move.ticket)
        with pytest.raises(DomainError, match="gone elsewhere"):
            actions.approve_move(move, actor=cast.ann)

    def test_a_run_leaves_moves_to_look_at(self, cast: Cast, as_user: AsUser) -> None:
        printers = tickets_of(cast, PRINTER)
        tickets_of(cast, VPN + INVOICE + OTHER)
        odd = tickets_of(cast, ("My chair is broken",))
        home = make_cluster(*printers, *odd, title="Printers")
        run = run_now()
        (found,) = run.moves.filter(ticket=odd[0])
        assert (found.before, found.after, found.before_title) == (home, None, "Printers")
        assert run.stability is not None
        assert run.stability < 1
        page = as_user(cast.ann).get(reverse("problems:moved")).content.decode()
        assert odd[0].reference in page

    def test_older_members_that_follow_are_moves_like_any_other(self, cast: Cast) -> None:
        long_ago = timezone.now() - timedelta(days=400)
        old = tickets_of(cast, PRINTER[:3], at=long_ago)
        new = tickets_of(cast, PRINTER)
        tickets_of(cast, VPN + INVOICE + OTHER)
        small = make_cluster(*old, new[0], title="Small")
        large = make_cluster(*new[1:], title="Large")
        run = run_now()
        assert together([*old, *new]) == large
        moves = run.moves.values_list("ticket", "before_number", "after")
        assert set(moves) == {(one.pk, small.pk, large.pk) for one in [*old, new[0]]}
        assert run.parameters["moved"] == 4
        rows = ClusterMember.objects.filter(ticket__in=old)
        assert set(rows.values_list("reason", flat=True)) == {
            "went with the newer tickets of “Small”"
        }

    def test_the_page_decides_about_several(self, cast: Cast, as_user: AsUser) -> None:
        moves = [moved(cast) for _ in range(3)]
        browser, address = as_user(cast.ann), reverse("problems:moved")
        assert browser.post(address, {"decision": "approved"}).status_code == 422
        assert browser.post(address, {"moves": ["x"], "decision": "approved"}).status_code == 422
        chosen = [move.pk for move in moves[:2]]
        answer = browser.post(address, {"moves": chosen, "decision": "put_back"}, follow=True)
        page = answer.content.decode()
        assert "Put back: 2." in page
        assert moves[2].ticket.reference in page
        assert moves[0].ticket.reference not in page
        every = browser.get(address, {"decision": "any"}).content.decode()
        assert moves[0].ticket.reference in every
        again = browser.post(address, {"moves": chosen[:1], "decision": "approved"}, follow=True)
        assert "already" in again.content.decode()

    def test_moves_of_tickets_one_may_not_read_are_not_shown(
        self, cast: Cast, move: ClusterMove, as_user: AsUser, api_as: ApiAs
    ) -> None:
        secret = make_team("Personnel", restricted=True)
        Ticket.objects.filter(pk=move.ticket_id).update(team=secret)
        address = reverse("problems:moved")
        assert move.ticket.reference not in as_user(cast.ann).get(address).content.decode()
        refused = as_user(cast.ann).post(address, {"moves": [move.pk], "decision": "approved"})
        assert refused.status_code == 422
        assert api_as(cast.ann).get("/api/v1/cluster-moves/").json()["results"] == []
        assert move.ticket.reference in as_user(cast.mo).get(address).content.decode()
        assert as_user(cast.rob).get(address).content.decode().count("INC-") == 0

    def test_it_costs_the_same_at_three_and_at_thirty(self, cast: Cast, as_user: AsUser) -> None:
        browser, address = as_user(cast.ann), reverse("problems:moved")
        for _ in range(3):
            moved(cast)
        few = queries_of(browser, address)
        for _ in range(27):
            moved(cast)
        assert queries_of(browser, address) == few

    def test_over_the_api(self, cast: Cast, move: ClusterMove, api_as: ApiAs) -> None:
        client = api_as(cast.ann)
        (listed,) = client.get("/api/v1/cluster-moves/").json()["results"]
        assert (listed["id"], listed["decision"]) == (move.pk, "")
        done = client.post(f"/api/v1/cluster-moves/{move.pk}/put-back/")
        assert (done.status_code, done.json()["decision"]) == (200, "put_back")
        assert client.get("/api/v1/cluster-moves/").json()["results"] == []
        assert client.post(f"/api/v1/cluster-moves/{move.pk}/approve/").status_code == 409
        assert client.get("/api/v1/cluster-moves/?run=x").status_code == 400


def moved(cast: Cast, *, stays: bool = True) -> ClusterMove:
    """A ticket that a run took from its old home into a new one, or into none."""
    ticket = make_ticket(cast.rob)
    before = make_cluster_of(2, cast.rob, title="Old home")
    after = make_cluster(ticket, make_ticket(cast.rob), title="New home") if stays else None
    run = ClusterRun.objects.create(state="done")
    return ClusterMove.objects.create(
        run=run,
        ticket=ticket,
        before=before,
        before_number=before.pk,
        before_title="Old home",
        after=after,
        after_title="New home" if stays else "",
    )
