"""Telling all open tickets of a problem: previewed, one result a ticket, never twice."""

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

from core import timeline
from core.errors import DomainError, NotPermitted
from incidents.actions import resolve_ticket
from incidents.jobs.running import go_on
from incidents.models import Message, Ticket, TicketJob, TicketJobItem
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
