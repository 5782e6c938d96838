"""Boxes beside a ticket and beside the form that logs one."""

from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import Person
from core.boxes import Box, draw_boxes
from incidents.actions import resolve_ticket
from incidents.models import TicketDraft
from problems import actions
from problems.models import Cluster, Problem
from tests.conftest import Cast
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster
from tests.problems.causes import INVOICE, OTHER, PRINTER, VPN, tickets_of
from tests.problems.test_clustering_runs import run_now, together

Boxes = Callable[..., dict[str, Box]]


def make_known_error(cast: Cast, code: str, workaround: str) -> Problem:
    """A known error found by its code alone: title and symptom speak of something else."""
    problem = make_problem(cast.pia, title="Gateway rejects a token")
    actions.assess_problem(problem, actor=cast.pia)
    return actions.record_known_error(
        problem,
        actor=cast.pia,
        symptom="Token refused",
        root_cause="Clock skew",
        workaround=workaround,
        error_code=code,
    )


@pytest.fixture
def boxes(rf: RequestFactory) -> Boxes:
    """The boxes of this app that a person gets for a record, by key; none may fail."""

    def draw(person: Person, record: object, slot: str = "context") -> dict[str, Box]:
        request = rf.get("/")
        request.user = person
        drawn = draw_boxes(request, record, slot)
        assert not [box for box in drawn if box.failed and box.key.startswith("problems.")]
        return {box.key: box for box in drawn}

    return draw


def test_a_ticket_names_its_cluster_and_why(cast: Cast, boxes: Boxes) -> None:
    ticket = make_ticket(cast.rob)
    cluster = make_cluster(ticket, make_ticket(cast.stan), title="Tray is worn out")
    box = boxes(cast.ann, ticket)["probable-cause"]
    assert box.title == "Candidate cause"
    assert "Tray is worn out" in box.html
    assert "2 tickets · 2 organisations" in box.html
    assert "close to the centre (0.70)" in box.html
    assert reverse("problems:remove_member", args=[cluster.pk, ticket.pk]) in box.html
    actions.confirm_cluster(cluster, actor=cast.pia)
    assert boxes(cast.ann, ticket)["probable-cause"].title == "Probable cause"


def test_the_problem_of_its_cluster_is_offered_until_linked(cast: Cast, boxes: Boxes) -> None:
    ticket = make_ticket(cast.rob)
    cluster = make_cluster(make_ticket(cast.rob))
    problem = actions.open_problem_from_cluster(cluster, actor=cast.pia)
    actions.join_cluster(cluster, ticket=ticket, reason="r", confidence=0.8)
    assert f"Add to {problem.reference}" in boxes(cast.ann, ticket)["probable-cause"].html
    actions.link_ticket_to_problem(problem, actor=cast.ann, ticket=ticket)
    assert f"Add to {problem.reference}" not in boxes(cast.ann, ticket)["probable-cause"].html


def test_the_workaround_can_be_sent_from_the_ticket(cast: Cast, boxes: Boxes) -> None:
    ticket = make_ticket(cast.rob)
    problem = make_problem(cast.ann, workaround="Empty the basket.", tickets=[ticket])
    box = boxes(cast.ann, ticket)["known-error"]
    assert box.title == "Known error · workaround"
    assert "Empty the basket." in box.html
    assert reverse("problems:send_workaround", args=[problem.pk, ticket.pk]) in box.html


def test_a_ticket_shows_the_known_error_whose_code_it_names_while_it_is_open(
    cast: Cast, boxes: Boxes
) -> None:
    problem = make_known_error(cast, "ERR-4711", "Retry with 3-D Secure off.")
    ticket = make_ticket(cast.rob, title="Cannot pay", description="The page says ERR-4711.")
    html = boxes(cast.ann, ticket)["known-error"].html
    assert "Retry with 3-D Secure off." in html
    assert reverse("problems:send_workaround", args=[problem.pk, ticket.pk]) in html
    actions.link_ticket_to_problem(problem, actor=cast.ann, ticket=ticket)
    assert boxes(cast.ann, ticket)["known-error"].html.count(problem.reference) == 1
    other = make_ticket(cast.rob, title="Cannot pay", description="The page says ERR-4711.")
    resolve_ticket(other, actor=cast.ann, code="fixed", text="Done.")
    other.refresh_from_db()
    assert "known-error" not in boxes(cast.ann, other)


def test_a_requester_sees_none_of_it(cast: Cast, boxes: Boxes) -> None:
    ticket = make_ticket(cast.rob)
    make_cluster(ticket)
    make_problem(cast.ann, workaround="w", tickets=[ticket])
    assert not {"probable-cause", "known-error"} & boxes(cast.rob, ticket).keys()


def test_a_ticket_alone_has_no_box(cast: Cast, boxes: Boxes) -> None:
    assert not {"probable-cause", "known-error"} & boxes(cast.ann, make_ticket(cast.rob)).keys()


class TestDrafts:
    """While a title is typed."""

    @pytest.fixture
    def printers(self, cast: Cast) -> Cluster:
        """A desk after its first run; the cluster of the printer."""
        tickets = tickets_of(cast, PRINTER)
        tickets_of(cast, VPN + INVOICE + OTHER)
        run_now()
        return together(tickets)

    def test_the_known_error_with_its_workaround_comes_up(
        self, cast: Cast, boxes: Boxes, printers: Cluster
    ) -> None:
        problem = actions.open_problem_from_cluster(printers, actor=cast.pia)
        actions.edit_problem(problem, actor=cast.pia, workaround="Use the printer on floor 3.")
        draft = TicketDraft(title="printer floor 2 paper jam")
        box = boxes(cast.ann, draft, "suggestions")["known-error"]
        assert box.title == "Known error"
        assert "Use the printer on floor 3." in box.html
        assert printers.title in box.html

    def test_without_a_problem_the_cluster_is_named(
        self, cast: Cast, boxes: Boxes, printers: Cluster
    ) -> None:
        draft = TicketDraft(title="printer floor 2 paper jam")
        box = boxes(cast.ann, draft, "suggestions")["known-error"]
        assert box.title == "Candidate cause"
        assert printers.title in box.html

    def test_a_known_error_is_found_by_its_words_before_any_run(
        self, cast: Cast, boxes: Boxes
    ) -> None:
        make_problem(cast.ann, title="Basket empties itself", workaround="Stay signed in.")
        draft = TicketDraft(title="my basket empties every time")
        assert "Stay signed in." in boxes(cast.ann, draft, "suggestions")["known-error"].html

    def test_a_known_error_is_found_by_its_error_code_in_other_words(
        self, cast: Cast, boxes: Boxes
    ) -> None:
        make_known_error(cast, "ERR-4711", "Retry with 3-D Secure off.")
        make_known_error(cast, "ERR-47", "Nothing to do with it.")
        draft = TicketDraft(title="Cannot pay", description="It shows err-4711.")
        html = boxes(cast.ann, draft, "suggestions")["known-error"].html
        assert "Retry with 3-D Secure off." in html
        assert "Nothing to do with it." not in html

    def test_other_words_bring_nothing(self, cast: Cast, boxes: Boxes, printers: Cluster) -> None:
        make_problem(cast.ann, title="Basket empties itself", workaround="Stay signed in.")
        draft = TicketDraft(title="please order a chair")
        assert "known-error" not in boxes(cast.ann, draft, "suggestions")

    def test_a_dismissed_cluster_is_no_hint(
        self, cast: Cast, boxes: Boxes, printers: Cluster
    ) -> None:
        actions.dismiss_cluster(printers, actor=cast.pia, reason="Noise")
        draft = TicketDraft(title="printer floor 2 paper jam")
        assert "known-error" not in boxes(cast.ann, draft, "suggestions")


def test_a_requester_reads_a_workaround_once_it_was_sent_to_requesters(
    cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    problem = make_problem(cast.pia, title="Card declined at checkout")
    actions.assess_problem(problem, actor=cast.pia)
    problem = actions.record_known_error(
        problem, actor=cast.pia, symptom="Card declined", root_cause="x", workaround="Use the app."
    )
    rob = as_user(cast.rob)
    typed = {"title": "card declined at checkout"}
    assert "Use the app." not in rob.post("/portal/suggestions/", typed).content.decode()
    ticket = make_ticket(cast.rita, title="Card declined")
    actions.send_workaround(problem, actor=cast.ann, ticket=ticket, body="Hello! Use the app.")
    page = rob.post("/portal/suggestions/", typed).content.decode()
    assert "Use the app." in page
    assert problem.reference not in page
    actions.edit_known_error(problem.known_error, actor=cast.pia, workaround="Restart node 7.")
    assert "node 7" not in rob.post("/portal/suggestions/", typed).content.decode()
