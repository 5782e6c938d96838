"""Telling requesters of a problem: previewed, a result a ticket, never twice, where they read."""

import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from core import timeline
from core.errors import DomainError, NotPermitted
from incidents.actions import merge_ticket, resolve_ticket
from incidents.jobs.operations import start_job, undo_job
from incidents.jobs.running import go_on
from incidents.models import Message, Ticket, TicketJob, TicketJobItem
from notifications.models import Notification
from problems import actions
from problems.models import Problem, Telling
from problems.telling import audience_of, tell_open_tickets
from tests.conftest import Cast
from tests.make.catalogue import make_team
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket, make_tickets
from tests.problems.workers import start_worker

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]
BODY = "Please empty the basket."
WORDS = "Dear {{requester.first_name}}, empty the basket for {{ticket.reference}}."


@pytest.fixture
def no_worker() -> Iterator[None]:
    """Nobody works in the background: what is queued stays queued."""
    publishers = timeline.publishers.copy()
    timeline.publishers.clear()
    yield
    timeline.publishers.extend(publishers)


def finish(job: TicketJob) -> TicketJob:
    """Works on a job to its end."""
    assert go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
    job.refresh_from_db()
    return job


def tell(problem: Problem, actor: Person, body: str = BODY) -> TicketJob:
    """Tells the workaround to all open tickets, to the end."""
    return finish(tell_open_tickets(problem, actor=actor, kind="workaround", body=body))


def read_by(person: Person) -> list[str]:
    """The public words a person may read."""
    rows = Message.objects.visible_to(person).filter(kind="public_reply").order_by("id")
    return list(rows.values_list("body", flat=True))


@pytest.fixture
def problem(cast: Cast) -> Problem:
    """A problem with a workaround and three open tickets."""
    return make_problem(
        cast.ann, workaround=BODY, tickets=[*make_tickets(2, cast.rob), make_ticket(cast.rita)]
    )


def test_every_open_ticket_is_told_once_with_one_result_each(cast: Cast, problem: Problem) -> None:
    over, late = problem.tickets.order_by("pk")[0], problem.tickets.order_by("pk")[1]
    resolve_ticket(over, actor=cast.ann, code="fixed", text="Gone.")
    job = tell_open_tickets(problem, actor=cast.ann, kind="workaround", body=BODY)
    assert job.total == 2
    resolve_ticket(late, actor=cast.ann, code="fixed", text="Gone.")
    finish(job)
    assert (job.state, job.done, job.refused) == ("done", 1, 1)
    refused = job.items.get(state=TicketJobItem.State.REFUSED)
    assert (refused.ticket, refused.reason) == (late, f"{late.reference} is resolved.")
    told = Telling.objects.get()
    assert (told.message.body, told.message.kind, told.person) == (BODY, "public_reply", cast.ann)


def test_the_same_text_never_reaches_a_ticket_twice(cast: Cast, problem: Problem) -> None:
    first = tell_open_tickets(problem, actor=cast.ann, kind="workaround", body=BODY)
    both = tell_open_tickets(problem, actor=cast.pia, kind="workaround", body=f" {BODY}\n")
    finish(first)
    finish(both)
    assert (first.done, both.done, both.refused) == (3, 0, 3)
    assert Message.objects.filter(kind="public_reply").count() == 3
    with pytest.raises(DomainError, match="No open ticket is left"):
        tell_open_tickets(problem, actor=cast.ann, kind="workaround", body=BODY)
    later = make_ticket(cast.stan)
    actions.link_ticket_to_problem(problem, actor=cast.ann, ticket=later)
    more = tell_open_tickets(problem, actor=cast.ann, kind="workaround", body=BODY)
    assert list(more.items.values_list("ticket_id", flat=True)) == [later.pk]
    again = tell_open_tickets(problem, actor=cast.ann, kind="workaround", body="Other words.")
    assert again.total == 4


def test_a_fix_is_told_once_there_is_one(cast: Cast, problem: Problem) -> None:
    with pytest.raises(DomainError, match="has no fix yet"):
        tell_open_tickets(problem, actor=cast.ann, kind="fix", body="Fixed in 4.2.")
    actions.analyse_problem(problem, actor=cast.pia)
    actions.resolve_problem(problem, actor=cast.pia)
    problem.refresh_from_db()
    job = tell_open_tickets(problem, actor=cast.ann, kind="fix", body="Fixed in 4.2.")
    assert finish(job).done == 3
    assert set(Telling.objects.values_list("kind", flat=True)) == {"fix"}


def test_developers_do_not_write_to_requesters(cast: Cast, problem: Problem) -> None:
    with pytest.raises(NotPermitted):
        tell_open_tickets(problem, actor=cast.dev, kind="workaround", body=BODY)


def test_tickets_one_may_not_see_are_counted_and_left_out(cast: Cast, problem: Problem) -> None:
    hidden = problem.tickets.order_by("pk")[0]
    Ticket.objects.filter(pk=hidden.pk).update(team=make_team("Personnel", restricted=True))
    found = audience_of(problem, person=cast.ann, kind="workaround", body=BODY)
    assert (found.count, found.people, found.told, found.hidden) == (2, 2, 0, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_worker")
def test_a_worker_killed_at_work_tells_everybody_once(cast: Cast) -> None:
    tickets = make_tickets(8, cast.rob)
    problem = make_problem(cast.ann, workaround=BODY, tickets=tickets)
    job = tell_open_tickets(problem, actor=cast.ann, kind="workaround", body=BODY)
    with transaction.atomic():
        # The worker stands still in the middle of the fourth ticket.
        Ticket.objects.select_for_update().get(pk=tickets[3].pk)
        worker = start_worker(job.pk)
        until = time.monotonic() + 60
        while not TicketJob.objects.filter(pk=job.pk, done=3).exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert Telling.objects.count() == Message.objects.count() == 3
    finish(job)
    assert (job.state, job.done, job.refused) == ("done", 8, 0)
    assert Message.objects.count() == Telling.objects.count() == 8
    assert set(Telling.objects.values_list("ticket_id", flat=True)) == {one.pk for one in tickets}


def test_text_and_readers_are_seen_before_anything_is_sent(
    cast: Cast, problem: Problem, as_user: AsUser
) -> None:
    browser = as_user(cast.ann)
    address = reverse("problems:tell_workaround", args=[problem.pk])
    page = browser.get(address).content.decode()
    assert BODY in page
    assert "<strong>2 people</strong>" in page
    assert "<strong>3 open tickets</strong>" in page
    looked = browser.post(address, {"body": "**Restart** it.", "preview": "1"}).content.decode()
    assert "<strong>Restart</strong> it." in looked
    refused = browser.post(address, {"body": "", "send": "1"})
    assert refused.status_code == 422
    assert not TicketJob.objects.exists()
    sent = browser.post(address, {"body": BODY, "send": "1"})
    job = TicketJob.objects.get()
    assert sent["Location"] == job.get_absolute_url()
    assert "Tell of the workaround" in browser.get(sent["Location"]).content.decode()
    finish(job)
    after = browser.get(address).content.decode()
    assert "Told so far" in after
    assert "Nobody is left to tell" in after
    assert "3 of 3 sent" in after


def test_the_page_refuses_whom_it_is_not_for(cast: Cast, problem: Problem, as_user: AsUser) -> None:
    address = reverse("problems:tell_workaround", args=[problem.pk])
    assert as_user(cast.dev).get(address).status_code == 403
    fix = reverse("problems:tell_fix", args=[problem.pk])
    answer = as_user(cast.ann).get(fix, follow=True).content.decode()
    assert "has no fix yet" in answer


def test_programs_preview_and_tell(cast: Cast, problem: Problem, api_as: ApiAs) -> None:
    program = api_as(cast.ann)
    base = f"/api/v1/problems/{problem.pk}"
    seen = program.post(f"{base}/preview/", {"kind": "workaround"}).json()
    assert (seen["body"], len(seen["tickets"]), seen["people"]) == (BODY, 3, 2)
    assert not TicketJob.objects.exists()
    job = program.post(f"{base}/communicate/", {"kind": "workaround"})
    assert job.status_code == 202
    finish(TicketJob.objects.get(pk=job.json()["id"]))
    items = program.get(f"/api/v1/ticket-jobs/{job.json()['id']}/items/").json()["results"]
    assert [one["state"] for one in items] == ["done"] * 3
    twice = program.post(f"{base}/communicate/", {"kind": "workaround"})
    assert (twice.status_code, list(twice.json())) == (422, ["body"])
    wrong = program.post(f"{base}/communicate/", {"kind": "gossip"})
    assert (wrong.status_code, list(wrong.json())) == (400, ["kind"])
    assert program.post(f"{base}/communicate/", {"kind": "fix"}).status_code == 422


def test_a_selection_of_the_list_can_be_told_too(
    cast: Cast, problem: Problem, as_user: AsUser
) -> None:
    other = make_ticket(cast.stan)
    words = {"problem": problem.pk, "kind": "workaround", "body": BODY, "ticket": other.pk}
    as_user(cast.ann).post(reverse("incidents:many"), {**words, "operation": "tell_of_problem"})
    finish(TicketJob.objects.get())
    assert problem.tickets.filter(pk=other.pk).exists()
    assert Telling.objects.get().ticket == other


def test_each_ticket_reads_it_in_its_own_words(cast: Cast, problem: Problem) -> None:
    assert tell(problem, cast.ann, WORDS).done == 3
    expected = {
        one.pk: f"Dear {one.requester.name.split()[0]}, empty the basket for {one.reference}."
        for one in problem.tickets.select_related("requester")
    }
    assert dict(Message.objects.values_list("ticket_id", "body")) == expected
    with pytest.raises(DomainError, match="No open ticket is left"):
        tell_open_tickets(problem, actor=cast.ann, kind="workaround", body=WORDS)


def test_an_unknown_variable_is_refused_at_its_field_before_anybody_is_told(
    cast: Cast, problem: Problem, as_user: AsUser, api_as: ApiAs
) -> None:
    wrong = "Dear {{requester.password}}"
    with pytest.raises(DomainError, match="no variable") as refused:
        tell_open_tickets(problem, actor=cast.ann, kind="workaround", body=wrong)
    assert refused.value.field == "body"
    ticket = problem.tickets.earliest("pk")
    with pytest.raises(DomainError, match="no variable"):
        actions.send_workaround(problem, actor=cast.ann, ticket=ticket, body=wrong)
    browser = as_user(cast.ann)
    for button in ("preview", "send"):
        page = browser.post(
            reverse("problems:tell_workaround", args=[problem.pk]), {"body": wrong, button: "1"}
        )
        assert page.status_code == 422
        assert wrong in page.content.decode()
    words = {"kind": "workaround", "body": wrong}
    for name in ("preview", "communicate"):
        answer = api_as(cast.ann).post(f"/api/v1/problems/{problem.pk}/{name}/", words)
        assert (answer.status_code, list(answer.json())) == (422, ["body"])
    assert not Message.objects.exists()
    assert not TicketJob.objects.exists()


class TestMergedTickets:
    """Requesters of merged tickets hear once, at the ticket they know."""

    def test_kept_apart_they_read_it_at_their_own(
        self,
        cast: Cast,
        problem: Problem,
        as_user: AsUser,
        api_as: ApiAs,
        after_commit: Callable[..., object],
    ) -> None:
        target = problem.tickets.earliest("pk")
        theirs = [make_ticket(cast.ann, requester=cast.stan, title="Stan alone") for _ in range(2)]
        for one in theirs:
            merge_ticket(one, actor=cast.ann, into=target)
        found = audience_of(problem, person=cast.ann, kind="workaround", body=WORDS)
        assert (found.count, found.people, found.apart) == (3, 3, [theirs[0]])
        address = reverse("problems:tell_workaround", args=[problem.pk])
        page = as_user(cast.ann).get(address).content.decode()
        assert f"{theirs[0].reference}, merged into {target.reference}" in page
        seen = api_as(cast.ann).post(
            f"/api/v1/problems/{problem.pk}/preview/", {"kind": "workaround"}
        )
        assert seen.json()["apart"] == [theirs[0].pk]
        Notification.objects.all().delete()
        with after_commit():
            tell_open_tickets(problem, actor=cast.ann, kind="workaround", body=WORDS)
        assert read_by(cast.stan) == [f"Dear Stan, empty the basket for {theirs[0].reference}."]
        assert all("Stan" not in words for words in read_by(cast.rob))
        told = Notification.objects.filter(person=cast.stan)
        assert [one.url for one in told] == [theirs[0].get_absolute_url()]

    def test_opened_they_read_it_where_it_is_handled(
        self, cast: Cast, problem: Problem, after_commit: Callable[..., object]
    ) -> None:
        target = problem.tickets.earliest("pk")
        theirs = make_ticket(cast.ann, requester=cast.stan)
        merge_ticket(theirs, actor=cast.ann, into=target, opened=True)
        Notification.objects.all().delete()
        with after_commit():
            tell_open_tickets(problem, actor=cast.ann, kind="workaround", body=BODY)
        assert read_by(cast.stan) == [BODY]
        assert Notification.objects.filter(person=cast.stan).count() == 1

    def test_who_has_an_open_ticket_of_the_problem_is_not_told_a_second_time(
        self, cast: Cast, problem: Problem
    ) -> None:
        own, merged = (make_ticket(cast.ann, requester=cast.stan) for _ in range(2))
        actions.link_ticket_to_problem(problem, actor=cast.ann, ticket=own)
        merge_ticket(merged, actor=cast.ann, into=problem.tickets.earliest("pk"))
        tell(problem, cast.ann)
        assert read_by(cast.stan) == [BODY]

    def test_who_was_told_before_the_merge_is_not_told_after_it(
        self, cast: Cast, problem: Problem
    ) -> None:
        own = make_ticket(cast.ann, requester=cast.stan)
        actions.link_ticket_to_problem(problem, actor=cast.ann, ticket=own)
        tell(problem, cast.ann)
        merge_ticket(own, actor=cast.ann, into=problem.tickets.earliest("pk"))
        with pytest.raises(DomainError, match="No open ticket is left"):
            tell(problem, cast.ann)
        assert read_by(cast.stan) == [BODY]

    def test_one_merged_into_a_ticket_that_was_told_is_told_alone(
        self, cast: Cast, problem: Problem
    ) -> None:
        tell(problem, cast.ann)
        target, late = problem.tickets.earliest("pk"), make_ticket(cast.ann, requester=cast.stan)
        merge_ticket(late, actor=cast.ann, into=target)
        found = audience_of(problem, person=cast.ann, kind="workaround", body=BODY)
        assert (list(found.tickets), found.people, found.told) == ([target], 1, 2)
        assert tell(problem, cast.ann).done == 1
        assert read_by(cast.stan) == [BODY]
        assert read_by(cast.rob) == [BODY, BODY]
        assert Telling.objects.filter(ticket=target).count() == 1

    def test_the_workaround_sent_from_one_ticket_reaches_them_too(
        self, cast: Cast, problem: Problem
    ) -> None:
        target = problem.tickets.earliest("pk")
        theirs = make_ticket(cast.ann, requester=cast.stan)
        merge_ticket(theirs, actor=cast.ann, into=target)
        message = actions.send_workaround(problem, actor=cast.ann, ticket=target, body="Empty it.")
        assert message.ticket == target
        assert read_by(cast.stan) == ["Empty it."]


def test_a_selection_is_linked_with_a_problem_which_adds_and_never_replaces(
    cast: Cast, problem: Problem
) -> None:
    first, fresh = problem.tickets.earliest("pk"), make_ticket(cast.ann)
    other = make_problem(cast.ann, tickets=[fresh])
    job = start_job(
        actor=cast.ann,
        operation="link_problem",
        params={"problem": problem.reference},
        ticket_ids=[first.pk, fresh.pk],
    )
    finish(job)
    assert problem.ticket_links.count() == 4
    assert other.ticket_links.filter(ticket=fresh).exists()
    finish(undo_job(job, actor=cast.ann))
    assert problem.ticket_links.count() == 3
    assert problem.ticket_links.filter(ticket=first).exists()
