"""Pages of clusters, runs and problems: one happy path and one refusal each."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from incidents.models import Ticket
from knowledge.actions import write_article
from problems import actions, tasks
from problems.filters import ORDER_FIELDS
from problems.models import Cluster, ClusterMember, ClusterMove, ClusterRun, Problem
from tests.conftest import Cast
from tests.make.catalogue import make_team
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster, make_cluster_of, member_ids

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]
AfterCommit = Callable[[], AbstractContextManager[None]]


def queries_of(browser: Client, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert browser.get(address).status_code == 200
    return len(seen)


class TestClusters:
    """The page of cards."""

    def test_cards_show_what_there_is_to_decide(self, cast: Cast, as_user: AsUser) -> None:
        tickets = [make_ticket(cast.rob, title="Card declined", component=cast.checkout)]
        tickets += [make_ticket(cast.stan, title="Payment refused", component=cast.checkout)]
        cluster = make_cluster(*tickets, title="3-D Secure fails", terms=["callback 400"])
        ClusterMember.objects.filter(ticket=tickets[1]).update(is_representative=True)
        page = as_user(cast.pia).get(reverse("problems:clusters")).content.decode()
        assert cluster.get_absolute_url() in page
        assert "3-D Secure fails" in page
        assert "Checkout · 2 tickets · 2 organisations" in page
        assert "callback 400" in page
        assert "“Payment refused”" in page
        assert "no change within 14 days before" in page
        assert "Run again" in page

    def test_an_agent_may_not_run_or_dismiss(self, cast: Cast, as_user: AsUser) -> None:
        make_cluster_of(2, cast.rob)
        page = as_user(cast.ann).get(reverse("problems:clusters")).content.decode()
        assert "Run again" not in page
        assert "Dismiss<" not in page
        assert "Open a problem" in page

    def test_filters_narrow_by_state_burst_service_and_words(
        self, cast: Cast, as_user: AsUser
    ) -> None:
        make_cluster(make_ticket(cast.rob, service=cast.payments), title="Alpha")
        gone = make_cluster(make_ticket(cast.rob), title="Beta")
        actions.dismiss_cluster(gone, actor=cast.pia, reason="Noise")
        loud = make_cluster(make_ticket(cast.rob), title="Gamma")
        Cluster.objects.filter(pk=loud.pk).update(
            is_burst=True, burst_ratio=6.2, burst_weeks=12, weekly=[*[5] * 25, 31]
        )
        browser = as_user(cast.pia)

        def titles(**query: object) -> set[str]:
            page = browser.get(reverse("problems:clusters"), query).content.decode()
            return {name for name in ("Alpha", "Beta", "Gamma") if f">{name}</a>" in page}

        assert titles() == {"Alpha", "Gamma"}
        assert titles(state="dismissed") == {"Beta"}
        assert titles(state="undecided") == {"Alpha", "Gamma"}
        assert titles(burst="on") == {"Gamma"}
        assert titles(service=cast.payments.pk) == {"Alpha"}
        assert titles(q="alph") == {"Alpha"}
        assert titles(state="nonsense") == set()
        page = browser.get(reverse("problems:clusters")).content.decode()
        assert "accelerating ×6.2" in page
        assert "31 in the last seven days, 5.0 expected from the 12 weeks before" in page
        assert "What “accelerating” means" in page

    def test_it_costs_the_same_at_three_and_at_twenty(self, cast: Cast, as_user: AsUser) -> None:
        browser = as_user(cast.pia)
        for _ in range(3):
            make_cluster_of(1, cast.rob)
        few = queries_of(browser, reverse("problems:clusters"))
        for _ in range(17):
            actions.open_problem_from_cluster(make_cluster_of(1, cast.rob), actor=cast.pia)
        assert queries_of(browser, reverse("problems:clusters")) == few
        assert few <= 18

    def test_the_empty_page_offers_a_run(self, cast: Cast, as_user: AsUser) -> None:
        page = as_user(cast.pia).get(reverse("problems:clusters")).content.decode()
        assert "No clusters yet" in page

    def test_requesters_see_nothing(self, cast: Cast, as_user: AsUser) -> None:
        cluster = make_cluster_of(2, cast.rob, title="Secret cause")
        browser = as_user(cast.rob)
        assert "Secret cause" not in browser.get(reverse("problems:clusters")).content.decode()
        assert browser.get(cluster.get_absolute_url()).status_code == 404


class TestCluster:
    """The page of one cluster."""

    def test_it_shows_members_with_reason_and_trust(self, cast: Cast, as_user: AsUser) -> None:
        cluster = make_cluster_of(3, cast.rob)
        page = as_user(cast.pia).get(cluster.get_absolute_url()).content.decode()
        assert page.count("close to the centre (0.70)") == 3
        assert "70 %" in page
        assert "Acme" in page
        assert "What it has cost" in page

    def test_members_of_restricted_teams_are_counted_but_not_shown(
        self, cast: Cast, as_user: AsUser
    ) -> None:
        hidden = make_ticket(cast.rob, title="Salary of Rob")
        cluster = make_cluster(hidden, make_ticket(cast.rob))
        hidden.team = make_team("Personnel", restricted=True)
        hidden.save()
        page = as_user(cast.pia).get(cluster.get_absolute_url()).content.decode()
        assert "Salary of Rob" not in page
        assert "1 of them not for you to read" in page

    def test_members_come_in_pages_at_the_same_cost(self, cast: Cast, as_user: AsUser) -> None:
        browser = as_user(cast.pia)
        small, large = make_cluster_of(3, cast.rob), make_cluster_of(40, cast.rob)
        few = queries_of(browser, small.get_absolute_url())
        assert queries_of(browser, large.get_absolute_url()) == few
        assert "Next" in browser.get(large.get_absolute_url()).content.decode()

    def test_removing_a_member_from_the_page(self, cast: Cast, as_user: AsUser) -> None:
        ticket = make_ticket(cast.rob)
        cluster = make_cluster(ticket, make_ticket(cast.rob))
        address = reverse("problems:remove_member", args=[cluster.pk, ticket.pk])
        answer = as_user(cast.ann).post(address, {"back": "ticket"})
        assert answer["Location"] == ticket.get_absolute_url()
        assert ticket.pk not in member_ids(cluster)

    def test_adding_a_ticket_by_reference(self, cast: Cast, as_user: AsUser) -> None:
        cluster, ticket = make_cluster_of(2, cast.rob), make_ticket(cast.rob)
        address = reverse("problems:add_member", args=[cluster.pk])
        browser = as_user(cast.ann)
        assert browser.post(address, {"ticket": ticket.reference.lower()}).status_code == 302
        assert ticket.pk in member_ids(cluster)
        wrong = browser.post(address, {"ticket": "INC-999999"})
        assert wrong.status_code == 422
        assert "There is no INC-999999" in wrong.content.decode()
        assert "INC-999999" in wrong.content.decode()

    def test_dismissing_without_a_reason_is_refused_at_the_field(
        self, cast: Cast, as_user: AsUser
    ) -> None:
        cluster = make_cluster_of(2, cast.rob)
        address = reverse("problems:dismiss_cluster", args=[cluster.pk])
        assert as_user(cast.pia).post(address, {"reason": " "}).status_code == 422
        cluster.refresh_from_db()
        assert cluster.state == "candidate"

    @pytest.mark.parametrize(
        ("name", "words", "state"),
        [
            ("confirm_cluster", {}, "confirmed"),
            ("dismiss_cluster", {"reason": "Noise"}, "dismissed"),
        ],
    )
    def test_steps_by_form(
        self, cast: Cast, as_user: AsUser, name: str, words: dict[str, str], state: str
    ) -> None:
        cluster = make_cluster_of(2, cast.rob)
        as_user(cast.pia).post(reverse(f"problems:{name}", args=[cluster.pk]), words)
        cluster.refresh_from_db()
        assert cluster.state == state

    def test_names_and_locks_by_form(self, cast: Cast, as_user: AsUser) -> None:
        cluster, browser = make_cluster_of(2, cast.rob), as_user(cast.pia)
        browser.post(reverse("problems:rename_cluster", args=[cluster.pk]), {"title": "Tray 2"})
        browser.post(reverse("problems:lock_cluster", args=[cluster.pk]))
        cluster.refresh_from_db()
        assert (cluster.title, cluster.locked) == ("Tray 2", True)
        browser.post(reverse("problems:unlock_cluster", args=[cluster.pk]))
        cluster.refresh_from_db()
        assert cluster.locked is False

    def test_opening_a_problem_leads_to_it(self, cast: Cast, as_user: AsUser) -> None:
        cluster, browser = make_cluster_of(2, cast.rob), as_user(cast.pia)
        address = reverse("problems:open_problem_from_cluster", args=[cluster.pk])
        assert cluster.title in browser.get(address).content.decode()
        answer = browser.post(
            address, {"title": "Hanging checkout", "priority": 2, "impact": 1, "owner": cast.pia.pk}
        )
        problem = Problem.objects.get()
        assert answer["Location"] == problem.get_absolute_url()
        assert (problem.title, problem.priority, problem.cluster) == (
            "Hanging checkout",
            2,
            cluster,
        )

    def test_adding_to_an_open_problem(self, cast: Cast, as_user: AsUser) -> None:
        cluster, problem = make_cluster_of(2, cast.rob), make_problem(cast.ann)
        address = reverse("problems:add_cluster_to_problem", args=[cluster.pk])
        answer = as_user(cast.ann).post(address, {"problem": problem.reference})
        assert answer["Location"] == problem.get_absolute_url()
        assert problem.ticket_links.count() == 2

    def test_merging_leads_to_the_other_cluster(self, cast: Cast, as_user: AsUser) -> None:
        one, other = make_cluster_of(2, cast.rob), make_cluster_of(2, cast.rob, title="Other")
        address = reverse("problems:merge_cluster", args=[one.pk])
        browser = as_user(cast.pia)
        assert "Other (2)" in browser.get(address).content.decode()
        answer = browser.post(address, {"into": other.pk})
        assert answer["Location"] == other.get_absolute_url()


class TestRuns:
    """Asking for a run and watching it."""

    def test_the_button_asks_for_a_run_once(self, cast: Cast, as_user: AsUser) -> None:
        browser = as_user(cast.pia)
        browser.post(reverse("problems:run_again"))
        answer = browser.post(reverse("problems:run_again"), follow=True)
        assert ClusterRun.objects.count() == 1
        assert "not finished yet" in answer.content.decode()
        assert "waiting for a worker" in answer.content.decode()

    def test_progress_is_asked_for_until_the_end(self, cast: Cast, as_user: AsUser) -> None:
        run = actions.start_run(actions.request_cluster_run(actor=cast.pia).pk)
        ClusterRun.objects.filter(pk=run.pk).update(stage="embedding", done=8210, total=12480)
        browser = as_user(cast.pia)
        address = reverse("problems:run_progress", args=[run.pk])
        busy = browser.get(address).content.decode()
        assert "embedding 8,210 of 12,480" in busy
        assert f'hx-get="{address}"' in busy
        assert "Cancel the run" in busy
        actions.fail_run(run, reason="No more memory.")
        ended = browser.get(address).content.decode()
        assert "hx-get" not in ended
        assert "No more memory." in ended

    def test_the_form_chooses_service_and_window(self, cast: Cast, as_user: AsUser) -> None:
        browser = as_user(cast.pia)
        address = reverse("problems:runs")
        assert browser.post(address, {"window_days": "17"}).status_code == 422
        answer = browser.post(address, {"window_days": "90", "service": cast.payments.pk})
        run = ClusterRun.objects.get()
        assert answer["Location"] == run.get_absolute_url()
        assert (run.window_days, run.scope) == (90, cast.payments)
        again = browser.post(address, {"window_days": "90"})
        assert again.status_code == 409
        assert "not finished yet" in again.content.decode()

    def test_cancelling_from_the_page(self, cast: Cast, as_user: AsUser) -> None:
        run = actions.request_cluster_run(actor=cast.pia)
        as_user(cast.pia).post(reverse("problems:cancel_run", args=[run.pk]))
        run.refresh_from_db()
        assert run.state == "cancelled"

    def test_the_runs_page_says_what_moved(self, cast: Cast, as_user: AsUser) -> None:
        ticket, old = make_ticket(cast.rob), make_cluster_of(1, cast.rob, title="Old home")
        run = ClusterRun.objects.create(
            state="done",
            parameters={
                "moved": 1,
                "ended": [{"cluster": 999, "title": "Short-lived", "to": old.pk}],
                "split": [{"from": old.pk, "from_title": "Old home", "to": old.pk}],
                "seconds": {"causes": 1.5},
            },
        )
        ClusterMove.objects.create(
            run=run, ticket=ticket, before=old, before_number=old.pk, before_title="Old home"
        )
        page = as_user(cast.ann).get(run.get_absolute_url()).content.decode()
        assert ticket.title in page
        assert "Old home" in page
        assert "“Short-lived” went into" in page
        assert "1.5 s" in page

    def test_a_run_says_what_it_was_told_and_what_one_may_not_read(
        self, cast: Cast, as_user: AsUser, api_as: ApiAs
    ) -> None:
        began = timezone.now() - timedelta(minutes=2)
        run = ClusterRun.objects.create(
            state="done",
            started_at=began,
            finished_at=began + timedelta(seconds=90),
            parameters={"moved": 3, "settings": {"cause_cut": 0.57, "blend": {"words": 0.3}}},
        )
        hidden, shown = make_ticket(cast.rob, title="Very personal"), make_ticket(cast.rob)
        for ticket in (hidden, shown):
            ClusterMove.objects.create(run=run, ticket=ticket, before_number=999)
        personnel = make_team("Personnel", restricted=True)
        Ticket.objects.filter(pk=hidden.pk).update(team=personnel)
        page = as_user(cast.ann).get(run.get_absolute_url()).content.decode()
        assert '<dt>Cause cut</dt><dd class="number">0.57</dd>' in page
        assert '<dt>Blend words</dt><dd class="number">0.3</dd>' in page
        assert "1 moved ticket that you may not read." in page
        assert "1 more moved than are kept" in page
        assert ">And " not in page
        assert "Very personal" not in page
        Ticket.objects.filter(pk=shown.pk).update(team=personnel)
        page = as_user(cast.ann).get(run.get_absolute_url()).content.decode()
        assert "2 moved tickets that you may not read." in page
        assert "No ticket changed its cluster." not in page
        over_api = api_as(cast.ann).get(f"/api/v1/cluster-runs/{run.pk}/").json()
        assert over_api["seconds"] == 90

    def test_a_whole_run_by_button(
        self, cast: Cast, as_user: AsUser, after_commit: AfterCommit
    ) -> None:
        with after_commit():
            as_user(cast.pia).post(reverse("problems:run_again"))
        page = as_user(cast.pia).get(reverse("problems:clusters")).content.decode()
        assert ClusterRun.objects.get().state == "done"
        assert "0 tickets of the last 180 days" in page
        tasks.tend_runs()


class TestProblems:
    """The list of problems and a problem's page."""

    def test_the_list_shows_open_ones_and_finds_the_others(
        self, cast: Cast, as_user: AsUser
    ) -> None:
        make_problem(cast.ann, title="Open one", component=cast.checkout, owner=cast.pia)
        shut = make_problem(cast.ann, title="Shut one")
        actions.close_problem(shut, actor=cast.pia, outcome="cancelled")
        browser = as_user(cast.pia)

        def titles(**query: object) -> set[str]:
            page = browser.get(reverse("problems:problems"), query).content.decode()
            return {name for name in ("Open one", "Shut one") if name in page}

        assert titles() == {"Open one"}
        assert titles(state="any") == {"Open one", "Shut one"}
        assert titles(q="shut") == {"Shut one"}
        assert titles(q=shut.reference) == {"Shut one"}
        assert titles(owner="me") == {"Open one"}
        assert titles(component=cast.invoices.pk) == set()

    def test_the_list_costs_the_same_at_three_and_at_thirty(
        self, cast: Cast, as_user: AsUser
    ) -> None:
        browser = as_user(cast.pia)
        for _ in range(3):
            make_problem(cast.ann, tickets=[make_ticket(cast.rob)])
        few = queries_of(browser, reverse("problems:problems"))
        for _ in range(27):
            make_problem(cast.ann, component=cast.checkout, owner=cast.pia)
        assert queries_of(browser, reverse("problems:problems")) == few

    def test_the_list_comes_in_the_order_one_keeps(self, cast: Cast, as_user: AsUser) -> None:
        quiet = make_problem(cast.ann, title="Quiet one", priority=1)
        loud = make_problem(
            cast.ann, title="Loud one", tickets=[make_ticket(cast.rob), make_ticket(cast.rob)]
        )
        last = make_problem(cast.ann, title="Last one", priority=4)
        browser, address = as_user(cast.ann), reverse("problems:problems")

        def order(**query: str) -> list[int]:
            return [one.pk for one in browser.get(address, query).context["page"].rows]

        assert order() == [last.pk, loud.pk, quiet.pk]
        assert order(order="priority") == [quiet.pk, loud.pk, last.pk]
        assert order(order="tickets") == order(order="inflow") == [loud.pk, last.pk, quiet.pk]
        assert order(order="oldest") == [quiet.pk, loud.pk, last.pk]
        assert order(order="nonsense") == []
        assert browser.post(reverse("problems:keep_order"), {"order": "tickets"}).status_code == 302
        assert order() == [loud.pk, last.pk, quiet.pk]
        assert "Keep this order" not in browser.get(address).content.decode()
        assert "Keep this order" in browser.get(address, {"order": "newest"}).content.decode()
        other = as_user(cast.pia).get(address).context["page"].rows
        assert other[0] == last

    def test_pages_of_the_list_follow_each_other_in_every_order(
        self, cast: Cast, as_user: AsUser
    ) -> None:
        for place in range(55):
            make_problem(cast.ann, priority=1 + place % 4)
        browser, address = as_user(cast.ann), reverse("problems:problems")
        for order in ORDER_FIELDS:
            first = browser.get(address, {"order": order}).context
            second = browser.get(address + first["links"]["next"]).context
            seen = [one.pk for one in (*first["page"].rows, *second["page"].rows)]
            assert len(seen) == len(set(seen)) == 55

    def test_kind_outcome_and_team_narrow_the_list(self, cast: Cast, as_user: AsUser) -> None:
        proactive = make_problem(cast.ann, kind="proactive", component=cast.checkout)
        shut = make_problem(cast.ann)
        actions.close_problem(shut, actor=cast.pia, outcome="risk_accepted", note="Rare")
        browser = as_user(cast.ann)

        def found(**query: object) -> list[int]:
            page = browser.get(reverse("problems:problems"), query).context["page"]
            return [one.pk for one in page.rows]

        assert found(kind="proactive") == [proactive.pk]
        assert found(outcome="risk_accepted") == [shut.pk]
        assert found(team=cast.payments_team.pk) == [proactive.pk]

    def test_the_page_costs_the_same_whatever_belongs_to_it(
        self, cast: Cast, as_user: AsUser
    ) -> None:
        problem = make_problem(cast.ann, tickets=[make_ticket(cast.rob)], workaround="Restart.")
        browser = as_user(cast.pia)

        def grow(times: int) -> None:
            for _ in range(times):
                actions.link_ticket_to_problem(
                    problem, actor=cast.ann, ticket=make_ticket(cast.rita)
                )
                actions.add_problem_task(problem, actor=cast.ann, title="x", assignee=cast.dev)
                article = write_article(actor=cast.ann, title="Hang", issue="It hangs")
                actions.link_article(problem, actor=cast.ann, article=article)

        grow(1)
        few = queries_of(browser, problem.get_absolute_url())
        grow(10)
        assert queries_of(browser, problem.get_absolute_url()) == few

    def test_opening_one_by_form(self, cast: Cast, as_user: AsUser) -> None:
        ticket, browser = make_ticket(cast.rob), as_user(cast.ann)
        words = {"title": "", "kind": "reactive", "priority": 3, "impact": 2}
        refused = browser.post(reverse("problems:new"), {**words, "description": "Kept words"})
        assert refused.status_code == 422
        assert "Kept words" in refused.content.decode()
        answer = browser.post(
            reverse("problems:new"), {**words, "title": "Slow", "ticket": ticket.reference}
        )
        problem = Problem.objects.get()
        assert answer["Location"] == problem.get_absolute_url()
        assert problem.tickets.get() == ticket

    def test_a_developer_is_told_that_the_desk_opens_problems(
        self, cast: Cast, as_user: AsUser
    ) -> None:
        answer = as_user(cast.dev).get(reverse("problems:new"), follow=True)
        assert "opened by the service desk" in answer.content.decode()

    def test_the_page_shows_state_workaround_tickets_and_steps(
        self, cast: Cast, as_user: AsUser
    ) -> None:
        ticket = make_ticket(cast.rob, title="Basket is empty")
        problem = make_problem(cast.ann, workaround="Use **invoice**.", tickets=[ticket])
        page = as_user(cast.pia).get(problem.get_absolute_url()).content.decode()
        assert "Basket is empty" in page
        assert "<strong>invoice</strong>" in page
        assert 'aria-current="step"' in page
        assert reverse("problems:assess", args=[problem.pk]) in page
        looking_on = as_user(cast.ann).get(problem.get_absolute_url()).content.decode()
        assert reverse("problems:assess", args=[problem.pk]) not in looking_on

    def test_the_whole_way_by_forms(self, cast: Cast, as_user: AsUser) -> None:
        problem, browser = make_problem(cast.ann), as_user(cast.pia)

        def step(name: str, **words: str) -> int:
            address = reverse(f"problems:{name}", args=[problem.pk])
            return browser.post(address, words).status_code

        assert step("assess") == 302
        assert step("analyse", root_cause="A race") == 302
        assert step("record_known_error", symptom="", root_cause="x") == 422
        assert step("record_known_error", symptom="Hangs", root_cause="x", workaround="w") == 302
        assert step("verify_workaround") == 302
        assert step("edit_known_error", symptom="Hangs long", root_cause="x") == 302
        assert step("start_fix") == 302
        assert step("resolve", note="In 4.2") == 302
        assert step("close", outcome="") == 422
        assert step("close", outcome="fixed") == 302
        assert step("resolve") == 409
        assert step("reopen") == 302
        problem.refresh_from_db()
        assert problem.state == "assess"

    def test_tickets_are_linked_and_unlinked_on_the_page(self, cast: Cast, as_user: AsUser) -> None:
        problem, ticket, browser = make_problem(cast.ann), make_ticket(cast.rob), as_user(cast.ann)
        address = reverse("problems:link_ticket", args=[problem.pk])
        answer = browser.post(address, {"ticket": ticket.reference, "back": "ticket"})
        assert answer["Location"] == ticket.get_absolute_url()
        assert problem.tickets.get() == ticket
        browser.post(reverse("problems:unlink_ticket", args=[problem.pk, ticket.pk]))
        assert not problem.ticket_links.exists()

    def test_what_joined_later_is_offered_to_be_linked(self, cast: Cast, as_user: AsUser) -> None:
        cluster = make_cluster_of(2, cast.rob)
        problem = actions.open_problem_from_cluster(cluster, actor=cast.pia)
        actions.join_cluster(cluster, ticket=make_ticket(cast.rob), reason="r", confidence=0.9)
        browser = as_user(cast.ann)
        assert (
            "1 ticket joined its cluster"
            in browser.get(problem.get_absolute_url()).content.decode()
        )
        browser.post(reverse("problems:link_cluster_tickets", args=[problem.pk]))
        assert problem.ticket_links.count() == 3

    def test_the_workaround_is_read_before_it_is_sent(self, cast: Cast, as_user: AsUser) -> None:
        problem = make_problem(cast.ann, workaround="Empty the basket.")
        ticket, browser = make_ticket(cast.rob), as_user(cast.ann)
        address = reverse("problems:send_workaround", args=[problem.pk, ticket.pk])
        assert "Empty the basket." in browser.get(address).content.decode()
        assert browser.post(address, {"body": ""}).status_code == 422
        answer = browser.post(address, {"body": "Please empty the basket."})
        assert answer["Location"] == ticket.get_absolute_url()
        assert ticket.messages.get().body == "Please empty the basket."

    def test_editing_keeps_what_was_typed_when_refused(self, cast: Cast, as_user: AsUser) -> None:
        problem, browser = make_problem(cast.ann), as_user(cast.pia)
        address = reverse("problems:edit", args=[problem.pk])
        words = {"title": "", "description": "Long words", "priority": 3, "impact": 2}
        refused = browser.post(address, words)
        assert refused.status_code == 422
        assert "Long words" in refused.content.decode()
        assert browser.post(address, {**words, "title": "New"}).status_code == 302
