"""Parents, children, duplicates and other links, and resolving what follows a ticket."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from incidents import actions
from incidents.feed import read_feed
from incidents.jobs.operations import start_job, undo_job
from incidents.jobs.running import go_on
from incidents.models import Ticket, TicketJob, TicketJobItem, TicketRelation
from incidents.searching import search_tickets
from incidents.selecting import select_tickets
from notifications.models import Notification
from tests.conftest import Cast
from tests.incidents.conftest import Opener

AfterCommit = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def parent(opened: Opener) -> Ticket:
    return opened(title="Checkout is down")


@pytest.fixture
def children(opened: Opener, parent: Ticket, cast: Cast) -> list[Ticket]:
    """Three children of the parent."""
    found = [opened(title=f"Child {number}", requester=cast.rita) for number in range(3)]
    for child in found:
        actions.link_ticket(child, actor=cast.ann, kind="child_of", other=parent)
    return found


def linked(ticket: Ticket) -> set[tuple[str, int]]:
    return set(ticket.relations.values_list("kind", "to_ticket"))


class TestLinking:
    def test_a_link_never_replaces_another(
        self, ticket: Ticket, opened: Opener, cast: Cast
    ) -> None:
        others = [opened() for _ in range(3)]
        for kind in ("child_of", "duplicate_of", "caused_by"):
            for other in others:
                actions.link_ticket(ticket, actor=cast.ann, kind=kind, other=other)
        actions.link_ticket(ticket, actor=cast.ann, kind="child_of", other=others[0])
        assert len(linked(ticket)) == 9

    def test_both_tickets_say_so_once(self, ticket: Ticket, parent: Ticket, cast: Cast) -> None:
        for _ in range(2):
            actions.link_ticket(ticket, actor=cast.ann, kind="child_of", other=parent)
        said = [event.sentence for event in Event.objects.filter(name="incidents.tickets_linked")]
        assert said == [
            f"linked: child of {parent.reference}",
            f"linked: parent of {ticket.reference}",
        ]

    @pytest.mark.parametrize("kind", ["child_of", "duplicate_of"])
    def test_a_circle_is_refused_however_long_it_is(
        self, kind: str, opened: Opener, cast: Cast
    ) -> None:
        first, second, third = (opened() for _ in range(3))
        actions.link_ticket(first, actor=cast.ann, kind=kind, other=second)
        actions.link_ticket(second, actor=cast.ann, kind=kind, other=third)
        for end in (second, third):
            with pytest.raises(DomainError, match="A circle has no beginning"):
                actions.link_ticket(end, actor=cast.ann, kind=kind, other=first)
        with pytest.raises(DomainError, match="to itself"):
            actions.link_ticket(first, actor=cast.ann, kind=kind, other=first)

    def test_relating_has_no_direction(self, ticket: Ticket, parent: Ticket, cast: Cast) -> None:
        actions.link_ticket(ticket, actor=cast.ann, kind="relates_to", other=parent)
        actions.link_ticket(parent, actor=cast.ann, kind="relates_to", other=ticket)
        assert TicketRelation.objects.count() == 1

    def test_a_selection_is_linked_to_a_parent_all_or_none(
        self, parent: Ticket, opened: Opener, cast: Cast
    ) -> None:
        some = [opened() for _ in range(3)]
        actions.link_ticket(parent, actor=cast.ann, kind="child_of", other=some[2])
        with pytest.raises(DomainError):
            actions.link_tickets(parent, actor=cast.ann, kind="child_of", others=some, inverse=True)
        assert TicketRelation.objects.count() == 1
        actions.link_tickets(parent, actor=cast.ann, kind="child_of", others=some[:2], inverse=True)
        assert set(select_tickets(cast.ann, f"parent={parent.pk}")) == set(some[:2])

    def test_only_support_links_and_only_what_it_may_see(
        self, ticket: Ticket, parent: Ticket, cast: Cast, api_as: Callable[[Person], APIClient]
    ) -> None:
        for person in (cast.rob, cast.dev):
            with pytest.raises(NotPermitted):
                actions.link_ticket(ticket, actor=person, kind="child_of", other=parent)
        words = {"kind": "child_of", "others": [parent.pk]}
        assert (
            api_as(cast.stan).post(f"/api/v1/tickets/{ticket.pk}/links/", words).status_code == 404
        )

    def test_a_merged_ticket_is_not_linked_any_more(
        self, ticket: Ticket, parent: Ticket, opened: Opener, cast: Cast
    ) -> None:
        actions.merge_ticket(ticket, actor=cast.ann, into=parent)
        with pytest.raises(TransitionNotAllowed, match=f"merged into {parent.reference}"):
            actions.link_ticket(opened(), actor=cast.ann, kind="child_of", other=ticket)

    def test_taking_one_link_away_leaves_the_others(
        self, parent: Ticket, children: list[Ticket], cast: Cast
    ) -> None:
        relation = children[0].relations.get()
        actions.unlink_ticket(parent, actor=cast.ann, relation=relation)
        assert parent.relations_to.count() == 2


class TestParentAndChild:
    def test_closing_a_child_leaves_the_parent_alone(
        self, parent: Ticket, children: list[Ticket], cast: Cast
    ) -> None:
        for child in children:
            actions.resolve_ticket(child, actor=cast.ann, code="fixed", text="x")
            actions.close_ticket(child, actor=cast.ann)
        parent.refresh_from_db()
        assert parent.state == "new"

    def test_what_is_written_on_a_child_stays_there(
        self, parent: Ticket, children: list[Ticket], cast: Cast, after_commit: AfterCommit
    ) -> None:
        with after_commit():
            actions.reply_to_ticket(children[0], actor=cast.rita, body="Quagga on the child")
        assert [entry for entry in read_feed(cast.ann, parent).entries if entry.message] == []
        assert not parent.messages.exists()
        assert not Notification.objects.filter(person=cast.rob).exclude(kind="incidents.logged")
        found = search_tickets(Ticket.objects.visible_to(cast.ann), "quagga", cast.ann)
        assert list(found) == [children[0]]

    def test_the_parent_shows_its_children_with_states_and_counts(
        self,
        parent: Ticket,
        children: list[Ticket],
        cast: Cast,
        as_user: Callable[[Person], Client],
    ) -> None:
        actions.resolve_ticket(children[0], actor=cast.ann, code="fixed", text="x")
        page = as_user(cast.ann).get(f"/tickets/{parent.pk}/").content.decode()
        assert "3: 1 resolved, 2 open" in page
        assert f"/tickets/?state=any&amp;parent={parent.pk}" in page

    def test_the_page_costs_the_same_whatever_the_number_of_children(
        self, parent: Ticket, opened: Opener, cast: Cast, as_user: Callable[[Person], Client],
        django_assert_num_queries: Callable[..., AbstractContextManager[object]],
    ) -> None:  # fmt: skip
        browser = as_user(cast.ann)
        some = [opened() for _ in range(2)]
        actions.link_tickets(parent, actor=cast.ann, kind="child_of", others=some, inverse=True)
        browser.get(f"/tickets/{parent.pk}/")
        with CaptureQueriesContext(connection) as few:
            browser.get(f"/tickets/{parent.pk}/")
        more = [opened() for _ in range(15)]
        actions.link_tickets(parent, actor=cast.ann, kind="child_of", others=more, inverse=True)
        with django_assert_num_queries(len(few)):
            browser.get(f"/tickets/{parent.pk}/")

    def test_requesters_see_only_links_to_tickets_they_may_see(
        self, parent: Ticket, ticket: Ticket, opened: Opener, cast: Cast,
        as_user: Callable[[Person], Client], api_as: Callable[[Person], APIClient],
    ) -> None:  # fmt: skip
        foreign = opened(requester=cast.stan, title="Stan's")
        for other in (parent, foreign):
            actions.link_ticket(ticket, actor=cast.ann, kind="relates_to", other=other)
        page = as_user(cast.rob).get(f"/portal/{ticket.pk}/").content.decode()
        assert parent.reference in page
        assert foreign.reference not in page
        answer = api_as(cast.rob).get(f"/api/v1/tickets/{ticket.pk}/links/").json()
        ends = {end["id"] for row in answer for end in (row["from_ticket"], row["to_ticket"])}
        assert ends == {ticket.pk, parent.pk}


def run(job: TicketJob) -> TicketJob:
    assert go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
    job.refresh_from_db()
    return job


class TestResolvingWhatFollows:
    def test_every_child_and_duplicate_is_resolved_not_only_the_first(
        self, parent: Ticket, children: list[Ticket], opened: Opener, cast: Cast,
        as_user: Callable[[Person], Client],
    ) -> None:  # fmt: skip
        double = opened()
        actions.link_ticket(double, actor=cast.ann, kind="duplicate_of", other=parent)
        browser = as_user(cast.ann)
        words = {"code": "fixed", "text": "The cache was full."}
        answer = browser.post(f"/tickets/{parent.pk}/resolve/", words)
        assert answer["Location"] == f"/tickets/{parent.pk}/resolve-followers/"
        followers = [*children, double]
        take = {f"take_{one.pk}": "on" for one in followers}
        browser.post(f"/tickets/{parent.pk}/resolve-followers/", take)
        job = run(TicketJob.objects.get())
        assert (job.done, job.refused) == (4, 0)
        found = Ticket.objects.filter(pk__in=[one.pk for one in followers])
        assert set(found.values_list("state", "resolution_code", "resolution_text")) == {
            ("resolved", "fixed", "The cache was full.")
        }

    def test_one_may_be_left_out_and_one_may_have_its_own_text(
        self,
        parent: Ticket,
        children: list[Ticket],
        cast: Cast,
        as_user: Callable[[Person], Client],
    ) -> None:
        actions.resolve_ticket(parent, actor=cast.ann, code="fixed", text="Common")
        left, own, plain = children
        form = {f"take_{own.pk}": "on", f"text_{own.pk}": "Special", f"take_{plain.pk}": "on"}
        as_user(cast.ann).post(f"/tickets/{parent.pk}/resolve-followers/", form)
        run(TicketJob.objects.get())
        texts = {one.pk: one.resolution_text for one in Ticket.objects.all()}
        assert (texts[left.pk], texts[own.pk], texts[plain.pk]) == ("", "Special", "Common")

    def test_each_refusal_is_listed_and_stops_nobody_else(
        self, parent: Ticket, children: list[Ticket], cast: Cast
    ) -> None:
        actions.resolve_ticket(parent, actor=cast.ann, code="fixed", text="Common")
        actions.cancel_ticket(children[1], actor=cast.ann)
        job = run(
            start_job(
                actor=cast.ann,
                operation="resolve_like",
                params={"ticket": parent.reference, "own": {}},
                ticket_ids=[child.pk for child in children],
            )
        )
        assert (job.done, job.refused) == (2, 1)
        refused = TicketJobItem.objects.get(state="refused")
        assert refused.ticket == children[1]
        assert "not possible while the state is “Cancelled”" in refused.reason

    def test_a_job_that_was_cut_off_goes_on_with_the_rest(
        self, parent: Ticket, children: list[Ticket], cast: Cast
    ) -> None:
        actions.resolve_ticket(parent, actor=cast.ann, code="fixed", text="Common")
        job = start_job(
            actor=cast.ann,
            operation="resolve_like",
            params={"ticket": parent.reference, "own": {}},
            ticket_ids=[child.pk for child in children],
        )
        # No time at all: the worker stops before the first ticket, and the next one takes over.
        assert go_on(job.pk, until=timezone.now()) is False
        run(job)
        run(job)
        assert (job.done, job.refused) == (3, 0)

    def test_the_api_resolves_those_named(
        self, parent: Ticket, children: list[Ticket], cast: Cast,
        api_as: Callable[[Person], APIClient],
    ) -> None:  # fmt: skip
        actions.resolve_ticket(parent, actor=cast.ann, code="fixed", text="Common")
        words = {"tickets": [children[0].pk], "own": {str(children[0].pk): "Mine"}}
        address = f"/api/v1/tickets/{parent.pk}/resolve-followers/"
        answer = api_as(cast.ann).post(address, words, format="json")
        assert (answer.status_code, answer.json()["total"]) == (202, 1)
        run(TicketJob.objects.get())
        children[0].refresh_from_db()
        assert children[0].resolution_text == "Mine"


class TestManyAtOnce:
    def test_a_selection_is_merged_into_one_and_the_job_is_undone(
        self, parent: Ticket, opened: Opener, cast: Cast
    ) -> None:
        some = [opened() for _ in range(3)]
        job = run(
            start_job(
                actor=cast.ann,
                operation="merge",
                params={"ticket": parent.reference, "opened": False},
                ticket_ids=[*(one.pk for one in some), parent.pk],
            )
        )
        assert (job.done, job.refused) == (3, 1)
        assert set(parent.merged_from.all()) == set(some)
        assert "into itself" in TicketJobItem.objects.get(state="refused").reason
        run(undo_job(job, actor=cast.ann))
        assert not parent.merged_from.exists()

    def test_a_selection_is_linked_and_undoing_takes_only_new_links_away(
        self, parent: Ticket, children: list[Ticket], opened: Opener, cast: Cast
    ) -> None:
        new = opened()
        job = run(
            start_job(
                actor=cast.ann,
                operation="link",
                params={"ticket": parent.reference, "kind": "child_of"},
                ticket_ids=[children[0].pk, new.pk],
            )
        )
        assert (job.done, parent.relations_to.count()) == (2, 4)
        run(undo_job(job, actor=cast.ann))
        assert {row.from_ticket for row in parent.relations_to.all()} == set(children)
