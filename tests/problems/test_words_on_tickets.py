"""What people say about two tickets: the same matter or not. Runs and joining obey, both ways."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents import actions as tickets_actions
from incidents.models import Ticket
from incidents.similar import embed_tickets
from problems import actions
from problems.clustering.joining import join_ticket
from problems.models import ClusterMember
from tests.conftest import Cast
from tests.make.tickets import make_ticket
from tests.problems.causes import INVOICE, OTHER, PRINTER, VPN, tickets_of
from tests.problems.test_clustering_runs import cluster_of, run_now, together

AfterCommit = Callable[[], AbstractContextManager[None]]
NEW = "The printer on floor two jams, paper stuck in tray 2"


@pytest.fixture
def printers(cast: Cast) -> list[Ticket]:
    return tickets_of(cast, PRINTER)


@pytest.fixture
def others(cast: Cast) -> list[Ticket]:
    return tickets_of(cast, VPN + INVOICE + OTHER)


def say(cast: Cast, one: Ticket, kind: str, other: Ticket) -> None:
    tickets_actions.judge_likeness(one, actor=cast.ann, other=other, kind=kind)


class TestRuns:
    """Every later run."""

    def test_the_same_matter_is_one_cluster_whatever_the_words_say(
        self, cast: Cast, printers: list[Ticket], others: list[Ticket]
    ) -> None:
        parking = others[-3]
        run_now()
        assert cluster_of(parking) != together(printers)
        say(cast, parking, "same", printers[0])
        run_now()
        assert cluster_of(parking) == together(printers)
        member = ClusterMember.objects.get(ticket=parking)
        assert "linked by a person" in member.reason
        run_now()
        assert cluster_of(parking) == together(printers)

    def test_two_that_were_alone_make_a_cluster(
        self, cast: Cast, printers: list[Ticket], others: list[Ticket]
    ) -> None:
        parking, birthday = others[-3], others[-1]
        run_now()
        assert (cluster_of(parking), cluster_of(birthday)) == (None, None)
        say(cast, parking, "same", birthday)
        run_now()
        assert together([parking, birthday]).ticket_count == 2

    def test_different_matters_are_never_one_cluster(
        self, cast: Cast, printers: list[Ticket], others: list[Ticket]
    ) -> None:
        say(cast, printers[0], "different", printers[1])
        for _ in range(2):
            run_now()
            homes = {cluster_of(printers[0]), cluster_of(printers[1])}
            assert len(homes) == 2

    def test_a_word_taken_back_is_no_word(
        self, cast: Cast, printers: list[Ticket], others: list[Ticket]
    ) -> None:
        say(cast, printers[0], "different", printers[1])
        run_now()
        tickets_actions.withdraw_likeness(printers[0], actor=cast.ann, other=printers[1])
        run_now()
        together(printers)

    def test_an_older_ticket_outside_the_window_is_fetched(
        self, cast: Cast, printers: list[Ticket], others: list[Ticket]
    ) -> None:
        long_ago = make_ticket(cast.rob, title="Something about feeding paper", description="")
        embed_tickets([long_ago.pk])
        then = timezone.now() - timedelta(days=900)
        Ticket.objects.filter(pk=long_ago.pk).update(created_at=then)
        say(cast, printers[0], "same", long_ago)
        run_now()
        assert cluster_of(long_ago) == together(printers)

    def test_what_is_said_about_confirmed_members_holds_too(
        self,
        cast: Cast,
        printers: list[Ticket],
        others: list[Ticket],
        after_commit: AfterCommit,
    ) -> None:
        run_now()
        home = together(printers)
        actions.confirm_cluster(home, actor=cast.pia)
        with after_commit():
            say(cast, printers[0], "different", printers[1])
        assert cluster_of(printers[0]) is None
        run_now()
        assert cluster_of(printers[0]) != home
        assert together(printers[1:]) == home


class TestJoining:
    """Between two runs."""

    def test_a_ticket_said_to_be_the_same_joins_at_once(
        self,
        cast: Cast,
        printers: list[Ticket],
        others: list[Ticket],
        after_commit: AfterCommit,
    ) -> None:
        run_now()
        (chair,) = tickets_of(cast, ("My chair is broken",))
        assert join_ticket(chair) is None
        with after_commit():
            say(cast, chair, "same", printers[0])
        member = ClusterMember.objects.get(ticket=chair)
        assert member.cluster == together(printers)
        assert member.reason == f"Ann said that it is the same as {printers[0].reference}"

    def test_and_so_does_the_other_end_of_the_word(
        self,
        cast: Cast,
        printers: list[Ticket],
        others: list[Ticket],
        after_commit: AfterCommit,
    ) -> None:
        run_now()
        (chair,) = tickets_of(cast, ("My chair is broken",))
        with after_commit():
            say(cast, printers[0], "same", chair)
        assert cluster_of(chair) == together(printers)

    def test_a_ticket_said_to_be_different_does_not_join(
        self, cast: Cast, printers: list[Ticket], others: list[Ticket]
    ) -> None:
        run_now()
        (new,) = tickets_of(cast, (NEW,))
        say(cast, new, "different", printers[3])
        assert join_ticket(new) is None
        tickets_actions.withdraw_likeness(new, actor=cast.ann, other=printers[3])
        assert join_ticket(new) is not None

    def test_a_separation_overrules_a_link(
        self, cast: Cast, printers: list[Ticket], others: list[Ticket]
    ) -> None:
        run_now()
        (new,) = tickets_of(cast, (NEW,))
        say(cast, new, "same", printers[0])
        say(cast, new, "different", printers[1])
        assert join_ticket(new) is None

    def test_a_locked_cluster_neither_takes_nor_loses(
        self,
        cast: Cast,
        printers: list[Ticket],
        others: list[Ticket],
        after_commit: AfterCommit,
    ) -> None:
        run_now()
        home = together(printers)
        actions.lock_cluster(home, actor=cast.pia)
        (chair,) = tickets_of(cast, ("My chair is broken",))
        with after_commit():
            say(cast, chair, "same", printers[0])
            say(cast, printers[1], "different", printers[2])
        assert cluster_of(chair) is None
        assert together(printers) == home
