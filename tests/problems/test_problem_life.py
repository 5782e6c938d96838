"""Opening, stepping through and closing problems."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from incidents.actions import reply_to_ticket
from problems import actions
from problems.models import KnownError, Problem
from tests.conftest import Cast
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster, make_cluster_of


def test_an_agent_opens_a_problem_with_tickets(cast: Cast) -> None:
    tickets = [make_ticket(cast.rob), make_ticket(cast.stan)]
    problem = actions.open_problem(
        actor=cast.ann, title=" Checkout  hangs ", component=cast.checkout, tickets=tickets
    )
    assert (problem.title, problem.state) == ("Checkout hangs", "new")
    assert problem.team == cast.payments_team
    assert set(problem.tickets.all()) == set(tickets)
    assert Event.objects.about(problem).get().sentence == "opened the problem with 2 tickets"


@pytest.mark.parametrize("name", ["rob", "dev"])
def test_requesters_and_developers_open_none(cast: Cast, name: str) -> None:
    with pytest.raises(NotPermitted):
        actions.open_problem(actor=cast.everyone[name], title="x")


def test_a_problem_needs_a_title(cast: Cast) -> None:
    with pytest.raises(DomainError) as refused:
        actions.open_problem(actor=cast.ann, title=" ")
    assert refused.value.field == "title"


def test_a_problem_from_a_cluster_takes_its_tickets_and_confirms_it(cast: Cast) -> None:
    tickets = [make_ticket(cast.rob, component=cast.checkout) for _ in range(3)]
    cluster = make_cluster(*tickets)
    problem = actions.open_problem_from_cluster(cluster, actor=cast.pia)
    cluster.refresh_from_db()
    assert cluster.state == "problem_open"
    assert cluster.confirmed_by == cast.pia
    assert (problem.title, problem.component) == (cluster.title, cast.checkout)
    assert problem.owner == cast.pia
    assert problem.tickets.count() == 3
    assert not cluster.members.filter(confirmed=False).exists()
    event = Event.objects.about(cluster).get(name="problems.cluster_problem_opened")
    assert event.sentence == f"opened {problem.reference} from it"


def test_a_dismissed_cluster_opens_no_problem(cast: Cast) -> None:
    cluster = make_cluster_of(2, cast.rob)
    actions.dismiss_cluster(cluster, actor=cast.pia, reason="Noise")
    with pytest.raises(TransitionNotAllowed):
        actions.open_problem_from_cluster(cluster, actor=cast.pia)
    assert not Problem.objects.exists()


def test_the_straight_way_to_fixed(cast: Cast) -> None:
    problem = make_problem(cast.ann)
    assert actions.assess_problem(problem, actor=cast.pia).owner == cast.pia
    analysed = actions.analyse_problem(problem, actor=cast.pia, root_cause="A race.")
    assert (analysed.state, analysed.root_cause) == ("root_cause_analysis", "A race.")
    assert actions.start_problem_fix(problem, actor=cast.dev).state == "fix_in_progress"
    assert actions.resolve_problem(problem, actor=cast.pia, note="In 4.2.").resolved_at is not None
    closed = actions.close_problem(problem, actor=cast.pia, outcome="fixed")
    assert (closed.state, closed.outcome) == ("closed", "fixed")
    said = [event.sentence for event in Event.objects.about(problem).order_by("id")]
    assert "resolved it. In 4.2." in said
    assert "closed it as Fixed. " in said


def test_the_owner_may_do_what_a_problem_manager_may(cast: Cast) -> None:
    problem = make_problem(cast.ann, owner=cast.ann)
    assert actions.assess_problem(problem, actor=cast.ann).state == "assess"


def test_an_agent_may_not_step_someone_elses_problem(cast: Cast) -> None:
    problem = make_problem(cast.ann, owner=cast.pia)
    with pytest.raises(NotPermitted):
        actions.assess_problem(problem, actor=cast.ann)


def test_closing_needs_a_known_outcome(cast: Cast) -> None:
    problem = make_problem(cast.ann)
    with pytest.raises(DomainError) as refused:
        actions.close_problem(problem, actor=cast.pia, outcome="")
    assert refused.value.field == "outcome"


def test_what_was_never_resolved_is_not_closed_as_fixed(cast: Cast) -> None:
    problem = make_problem(cast.ann)
    with pytest.raises(DomainError) as refused:
        actions.close_problem(problem, actor=cast.pia, outcome="fixed")
    assert refused.value.field == "outcome"
    problem.refresh_from_db()
    assert problem.state == "new"


def test_closing_without_a_fix_frees_the_cluster(cast: Cast) -> None:
    cluster = make_cluster_of(2, cast.rob)
    problem = actions.open_problem_from_cluster(cluster, actor=cast.pia)
    same = make_problem(cast.ann)
    actions.close_problem(problem, actor=cast.pia, outcome="duplicate", duplicate_of=same)
    cluster.refresh_from_db()
    assert cluster.state == "confirmed"
    assert actions.open_problem_from_cluster(cluster, actor=cast.pia).cluster == cluster


class TestFixInProgress:
    """It is no dead end: what helps is written down, it goes back, and it ends without a fix."""

    @pytest.fixture
    def problem(self, cast: Cast) -> Problem:
        problem = actions.open_problem_from_cluster(make_cluster_of(2, cast.rob), actor=cast.pia)
        actions.assess_problem(problem, actor=cast.pia)
        return actions.start_problem_fix(problem, actor=cast.dev)

    def test_the_known_error_is_recorded_in_it_and_gone_back_to(
        self, cast: Cast, problem: Problem, api_as: Callable[..., APIClient]
    ) -> None:
        program, address = api_as(cast.dev), f"/api/v1/problems/{problem.pk}"
        assert {"analyse", "note_known_error", "return_to_known_error"} <= set(
            program.get(f"{address}/").json()["allowed_steps"]
        )
        assert program.post(f"{address}/return-to-known-error/").status_code == 422
        words = {"symptom": "It hangs", "root_cause": "A lock", "workaround": "Reload."}
        noted = program.post(f"{address}/note-known-error/", words).json()
        assert (noted["state"], noted["known_error"]["symptom"]) == ("fix_in_progress", "It hangs")
        assert program.post(f"{address}/return-to-known-error/").json()["state"] == "known_error"
        assert program.post(f"{address}/analyse/").json()["state"] == "root_cause_analysis"

    def test_the_page_offers_what_the_table_allows(
        self, cast: Cast, problem: Problem, as_user: Callable[..., Client]
    ) -> None:
        browser, base = as_user(cast.pia), problem.get_absolute_url()
        page = browser.get(base).content.decode()
        assert all(f"{base}{to}/" in page for to in ("analyse", "close", "note-known-error"))
        words = {"symptom": "It hangs", "root_cause": "A lock"}
        assert browser.post(f"{base}note-known-error/", words).status_code == 302
        page = browser.get(base).content.decode()
        assert f"{base}return-to-known-error/" in page
        assert f"{base}note-known-error/" not in page
        browser.post(f"{base}return-to-known-error/")
        problem.refresh_from_db()
        assert problem.state == "known_error"

    @pytest.mark.parametrize("outcome", ["risk_accepted", "cancelled", "cannot_reproduce"])
    def test_it_is_closed_without_a_fix(self, cast: Cast, problem: Problem, outcome: str) -> None:
        assert problem.cluster is not None
        actions.link_cluster_fix(problem.cluster, actor=cast.pia)
        closed = actions.close_problem(problem, actor=cast.pia, outcome=outcome)
        problem.cluster.refresh_from_db()
        assert (closed.state, problem.cluster.state) == ("closed", "confirmed")
        with pytest.raises(TransitionNotAllowed):
            actions.return_to_known_error(problem, actor=cast.pia)


def test_reopening_forgets_the_outcome(cast: Cast) -> None:
    problem = make_problem(cast.ann)
    actions.close_problem(problem, actor=cast.pia, outcome="cannot_reproduce")
    reopened = actions.reopen_problem(problem, actor=cast.pia, note="Seen again.")
    assert (reopened.state, reopened.outcome, reopened.closed_at) == ("assess", "", None)


def test_a_duplicate_names_the_problem_it_is_the_same_as(
    cast: Cast, as_user: Callable[..., Client], api_as: Callable[..., APIClient]
) -> None:
    first, second, third = (make_problem(cast.ann) for _ in range(3))
    browser, address = as_user(cast.pia), f"{second.get_absolute_url()}close/"
    refused = browser.post(address, {"outcome": "duplicate"})
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["duplicate_of"])
    sent = {"outcome": "duplicate", "duplicate_of": first.reference}
    assert browser.post(address, sent).status_code == 302
    page = browser.get(second.get_absolute_url()).content.decode()
    assert f'of <a href="{first.get_absolute_url()}">{first.reference}</a>' in page
    assert f"closed it as Duplicate of {first.reference}. " in page
    assert second.reference in browser.get(first.get_absolute_url()).content.decode()
    program, base = api_as(cast.pia), f"/api/v1/problems/{third.pk}"
    for wrong in (third, second, None):
        given = {"outcome": "duplicate", "duplicate_of": wrong and wrong.pk}
        assert list(program.post(f"{base}/close/", given).json()) == ["duplicate_of"]
    given = {"outcome": "duplicate", "duplicate_of": first.pk}
    assert program.post(f"{base}/close/", given).json()["duplicate_of"] == first.pk
    assert program.post(f"{base}/reopen/", {}).json()["duplicate_of"] is None
    other = {"outcome": "cancelled", "duplicate_of": first.pk}
    assert program.post(f"{base}/close/", other).status_code == 422


def test_only_states_it_went_through_are_ticked(cast: Cast, as_user: Callable[..., Client]) -> None:
    def ticked(problem: Problem) -> list[str]:
        strip = as_user(cast.ann).get(problem.get_absolute_url()).context["strip"]
        return [one["label"] for one in strip if one["place"] == "behind"]

    cancelled, fixed = make_problem(cast.ann), make_problem(cast.ann)
    actions.close_problem(cancelled, actor=cast.pia, outcome="cancelled")
    assert ticked(cancelled) == ["New"]
    actions.assess_problem(fixed, actor=cast.pia)
    actions.start_problem_fix(fixed, actor=cast.dev)
    actions.resolve_problem(fixed, actor=cast.pia)
    assert ticked(fixed) == ["New", "Assess", "Fix in progress"]
    actions.reopen_problem(fixed, actor=cast.pia)
    actions.analyse_problem(fixed, actor=cast.pia)
    assert ticked(fixed) == ["New", "Assess"]


def test_the_form_names_the_team(cast: Cast, as_user: Callable[..., Client]) -> None:
    browser = as_user(cast.pia)
    words = {"title": "Stuck", "kind": "reactive", "priority": 3, "impact": 2}
    browser.post("/problems/new/", {**words, "component": cast.checkout.pk})
    problem = Problem.objects.get()
    assert problem.team == cast.payments_team
    browser.post(f"{problem.get_absolute_url()}edit/", {**words, "team": cast.desk.pk})
    problem.refresh_from_db()
    assert problem.team == cast.desk


def test_whoever_does_the_analysis_writes_the_root_cause(cast: Cast) -> None:
    problem = make_problem(cast.ann, owner=cast.pia)
    actions.edit_problem(problem, actor=cast.dev, root_cause="A lock", falsifier="It is free")
    problem.refresh_from_db()
    assert (problem.root_cause, problem.falsifier) == ("A lock", "It is free")
    with pytest.raises(NotPermitted):
        actions.edit_problem(problem, actor=cast.dev, root_cause="A race", title="Other")
    with pytest.raises(NotPermitted):
        actions.edit_problem(problem, actor=cast.ann, root_cause="A race")


def test_a_closed_problem_cannot_be_resolved(cast: Cast) -> None:
    problem = make_problem(cast.ann)
    actions.close_problem(problem, actor=cast.pia, outcome="cancelled")
    with pytest.raises(TransitionNotAllowed):
        actions.resolve_problem(problem, actor=cast.pia)


def test_editing_says_what_changed_and_nothing_when_nothing_did(cast: Cast) -> None:
    problem = make_problem(cast.ann, title="Slow")
    actions.edit_problem(problem, actor=cast.pia, title="Slow", priority=3)
    assert Event.objects.about(problem).count() == 1
    edited = actions.edit_problem(problem, actor=cast.pia, priority=1, workaround="Reload.")
    assert (edited.priority, edited.workaround) == (1, "Reload.")
    assert Event.objects.about(problem).last().sentence == "changed priority, workaround"


def test_a_state_is_no_field_to_edit(cast: Cast) -> None:
    with pytest.raises(TypeError):
        actions.edit_problem(make_problem(cast.ann), actor=cast.pia, state="closed")


def test_times_may_be_given(cast: Cast) -> None:
    then = timezone.now() - timedelta(days=40)
    problem = make_problem(cast.ann, at=then)
    analysed = actions.analyse_problem(problem, actor=cast.pia, at=then + timedelta(days=1))
    assert problem.created_at == then
    assert analysed.confirmed_at == then + timedelta(days=1)


class TestTickets:
    """Links between problems and tickets."""

    def test_a_link_is_said_on_both(self, cast: Cast) -> None:
        problem, ticket = make_problem(cast.ann), make_ticket(cast.rob)
        actions.link_ticket_to_problem(problem, actor=cast.ann, ticket=ticket)
        actions.link_ticket_to_problem(problem, actor=cast.ann, ticket=ticket)
        assert problem.ticket_links.count() == 1
        told = Event.objects.about(ticket).get(name="problems.ticket_given_problem")
        assert told.sentence == f"is caused by {problem.reference}"
        assert (
            Event.objects.about(problem).filter(name="problems.problem_ticket_linked").count() == 1
        )

    def test_a_link_can_be_taken_back_once(self, cast: Cast) -> None:
        problem, ticket = make_problem(cast.ann), make_ticket(cast.rob)
        actions.link_ticket_to_problem(problem, actor=cast.ann, ticket=ticket)
        actions.unlink_ticket_from_problem(problem, actor=cast.ann, ticket=ticket)
        assert problem.ticket_links.count() == 0
        with pytest.raises(DomainError) as refused:
            actions.unlink_ticket_from_problem(problem, actor=cast.ann, ticket=ticket)
        assert refused.value.field == "ticket"

    def test_a_closed_problem_takes_no_tickets(self, cast: Cast) -> None:
        problem = make_problem(cast.ann)
        actions.close_problem(problem, actor=cast.pia, outcome="cancelled")
        with pytest.raises(DomainError):
            actions.link_ticket_to_problem(problem, actor=cast.ann, ticket=make_ticket(cast.rob))

    def test_a_requester_links_nothing(self, cast: Cast) -> None:
        with pytest.raises(NotPermitted):
            actions.link_ticket_to_problem(
                make_problem(cast.ann), actor=cast.rob, ticket=make_ticket(cast.rob)
            )

    def test_what_joined_the_cluster_later_is_linked_in_one_go(self, cast: Cast) -> None:
        cluster = make_cluster_of(2, cast.rob)
        problem = actions.open_problem_from_cluster(cluster, actor=cast.pia)
        late = make_ticket(cast.stan)
        actions.join_cluster(cluster, ticket=late, reason="r", confidence=0.8)
        actions.link_cluster_tickets(problem, actor=cast.ann)
        assert problem.ticket_links.count() == 3
        event = Event.objects.about(problem).get(name="problems.problem_tickets_linked")
        assert event.payload["ticket_ids"] == [late.pk]

    def test_a_problem_without_a_cluster_has_none_to_link(self, cast: Cast) -> None:
        with pytest.raises(DomainError):
            actions.link_cluster_tickets(make_problem(cast.ann), actor=cast.ann)


class TestKnownErrors:
    """Known errors of problems."""

    def test_a_known_error_fills_the_problem(self, cast: Cast) -> None:
        problem = make_problem(cast.ann, component=cast.checkout)
        actions.analyse_problem(problem, actor=cast.pia)
        known = actions.record_known_error(
            problem,
            actor=cast.dev,
            symptom="The page turns for ever.",
            root_cause="A lock is never freed.",
            workaround="Empty the basket.",
        )
        assert known.state == "known_error"
        assert (known.root_cause, known.workaround) == (
            "A lock is never freed.",
            "Empty the basket.",
        )
        assert known.known_error.component == cast.checkout
        assert known.known_error.reference.startswith("KE-")

    @pytest.mark.parametrize("field", ["symptom", "root_cause"])
    def test_it_needs_symptom_and_cause(self, cast: Cast, field: str) -> None:
        problem = make_problem(cast.ann)
        actions.assess_problem(problem, actor=cast.pia)
        texts = {"symptom": "s", "root_cause": "c", field: "  "}
        with pytest.raises(DomainError) as refused:
            actions.record_known_error(problem, actor=cast.pia, **texts)
        assert refused.value.field == field

    def test_a_new_problem_is_assessed_first(self, cast: Cast) -> None:
        with pytest.raises(TransitionNotAllowed):
            actions.record_known_error(
                make_problem(cast.ann), actor=cast.pia, symptom="s", root_cause="c"
            )

    def test_a_changed_workaround_has_to_be_verified_anew(self, cast: Cast) -> None:
        problem = make_problem(cast.ann)
        actions.assess_problem(problem, actor=cast.pia)
        actions.record_known_error(
            problem, actor=cast.pia, symptom="s", root_cause="c", workaround="Reload."
        )
        known = actions.verify_workaround(problem.known_error, actor=cast.pia)
        assert known.workaround_verified_at is not None
        edited = actions.edit_known_error(known, actor=cast.pia, workaround="Reload twice.")
        problem.refresh_from_db()
        assert edited.workaround_verified_at is None
        assert problem.workaround == "Reload twice."

    def test_problem_and_known_error_say_one_thing(
        self, cast: Cast, as_user: Callable[..., Client], api_as: Callable[..., APIClient]
    ) -> None:
        """Whoever changes the problem changes the known error, by every door."""
        problem = make_problem(cast.ann)
        actions.assess_problem(problem, actor=cast.pia)
        actions.record_known_error(
            problem, actor=cast.pia, symptom="s", root_cause="c", workaround="Reload."
        )
        actions.verify_workaround(problem.known_error, actor=cast.pia)
        address = f"/api/v1/problems/{problem.pk}/"
        said = api_as(cast.pia).patch(address, {"workaround": "Reload twice."}).json()
        assert said["known_error"]["workaround"] == said["workaround"] == "Reload twice."
        assert said["known_error"]["workaround_verified_at"] is None
        actions.verify_workaround(problem.known_error, actor=cast.pia)
        as_user(cast.pia).post(f"{problem.get_absolute_url()}analysis/root-cause/", {
            "root_cause": "A lock", "falsifier": "",
        })  # fmt: skip
        known = KnownError.objects.get(problem=problem)
        assert (known.root_cause, known.workaround) == ("A lock", "Reload twice.")
        # Another root cause says nothing against a workaround that was tried.
        assert known.workaround_verified_at is not None
        refused = api_as(cast.pia).patch(address, {"root_cause": ""})
        assert (refused.status_code, list(refused.json())) == (422, ["root_cause"])
        problem.refresh_from_db()
        assert problem.root_cause == "A lock"

    def test_nothing_cannot_be_verified(self, cast: Cast) -> None:
        problem = make_problem(cast.ann)
        actions.assess_problem(problem, actor=cast.pia)
        actions.record_known_error(problem, actor=cast.pia, symptom="s", root_cause="c")
        with pytest.raises(DomainError):
            actions.verify_workaround(problem.known_error, actor=cast.pia)

    def test_after_a_reopening_it_is_brought_up_to_date(self, cast: Cast) -> None:
        problem = make_problem(cast.ann)
        actions.assess_problem(problem, actor=cast.pia)
        actions.record_known_error(problem, actor=cast.pia, symptom="s", root_cause="c")
        actions.close_problem(problem, actor=cast.pia, outcome="risk_accepted")
        actions.reopen_problem(problem, actor=cast.pia)
        again = actions.record_known_error(problem, actor=cast.pia, symptom="s2", root_cause="c2")
        assert again.known_error.symptom == "s2"

    def test_the_workaround_goes_out_as_a_reply_and_links_the_ticket(self, cast: Cast) -> None:
        problem = make_problem(cast.ann, workaround="Empty the basket.")
        ticket = make_ticket(cast.rob)
        message = actions.send_workaround(
            problem, actor=cast.ann, ticket=ticket, body="Please empty the basket."
        )
        assert (message.kind, message.ticket) == ("public_reply", ticket)
        assert problem.tickets.get() == ticket
        said = [event.sentence for event in Event.objects.about(problem)]
        assert f"sent the workaround to {ticket.reference}" in said

    def test_the_workaround_of_a_closed_problem_is_not_sent(
        self, cast: Cast, as_user: Callable[..., Client], api_as: Callable[..., APIClient]
    ) -> None:
        ticket = make_ticket(cast.rob)
        problem = make_problem(cast.ann, workaround="Empty the basket.", tickets=[ticket])
        actions.close_problem(problem, actor=cast.pia, outcome="risk_accepted")
        with pytest.raises(DomainError, match="is closed"):
            actions.send_workaround(problem, actor=cast.ann, ticket=ticket, body="Hello")
        told = api_as(cast.ann).post(
            f"/api/v1/problems/{problem.pk}/communicate/", {"kind": "workaround"}
        )
        assert told.status_code == 422
        page = as_user(cast.ann).get(f"{problem.get_absolute_url()}tell-workaround/", follow=True)
        assert "is closed: its workaround is not sent any more." in page.content.decode()
        assert not ticket.messages.exists()

    def test_without_a_workaround_nothing_is_sent(self, cast: Cast) -> None:
        ticket = make_ticket(cast.rob)
        with pytest.raises(DomainError):
            actions.send_workaround(
                make_problem(cast.ann), actor=cast.ann, ticket=ticket, body="Hello"
            )
        assert not ticket.messages.exists()


class TestAddingClusters:
    """A cluster for a problem that is already open."""

    def test_a_problem_without_one_takes_the_cluster(self, cast: Cast) -> None:
        problem, cluster = make_problem(cast.ann), make_cluster_of(3, cast.rob)
        actions.add_cluster_to_problem(cluster, actor=cast.ann, problem=problem)
        problem.refresh_from_db()
        cluster.refresh_from_db()
        assert (problem.cluster, cluster.state) == (cluster, "problem_open")
        assert problem.ticket_links.count() == 3

    def test_a_problem_with_one_absorbs_it(self, cast: Cast) -> None:
        problem = actions.open_problem_from_cluster(make_cluster_of(2, cast.rob), actor=cast.pia)
        more = make_cluster_of(3, cast.stan)
        actions.add_cluster_to_problem(more, actor=cast.pia, problem=problem)
        assert problem.ticket_links.count() == 5
        more.refresh_from_db()
        assert (more.state, more.ticket_count) == ("dismissed", 0)

    def test_a_closed_problem_takes_none(self, cast: Cast) -> None:
        problem, cluster = make_problem(cast.ann), make_cluster_of(2, cast.rob)
        actions.close_problem(problem, actor=cast.pia, outcome="cancelled")
        with pytest.raises(DomainError):
            actions.add_cluster_to_problem(cluster, actor=cast.ann, problem=problem)


def test_a_problem_opened_from_a_ticket_keeps_the_conversation_one_click_away(
    cast: Cast, as_user: Callable[[Person], Client]
) -> None:
    ticket = make_ticket(cast.rob, title="Checkout is stuck")
    reply_to_ticket(ticket, actor=cast.ann, body="We look at it.")
    browser = as_user(cast.ann)
    words = {"title": "Stuck", "kind": "reactive", "priority": 3, "impact": 2}
    browser.post("/problems/new/", {**words, "ticket": ticket.reference})
    problem = Problem.objects.get()
    assert ticket.get_absolute_url() in browser.get(problem.get_absolute_url()).content.decode()
    page = browser.get(f"{ticket.get_absolute_url()}?boxes=drawn").content.decode()
    assert problem.get_absolute_url() in page
    assert "We look at it." in page


def test_linking_tickets_to_a_problem_adds_and_never_replaces(cast: Cast) -> None:
    first, second = make_ticket(cast.rob), make_ticket(cast.rob)
    problem, other = make_problem(cast.ann, tickets=[first]), make_problem(cast.ann)
    actions.link_ticket_to_problem(problem, actor=cast.ann, ticket=second)
    actions.link_ticket_to_problem(other, actor=cast.ann, ticket=first)
    actions.edit_problem(problem, actor=cast.pia, title="Renamed")
    assert set(problem.ticket_links.values_list("ticket_id", flat=True)) == {first.pk, second.pk}
