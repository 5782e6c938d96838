"""Writing to every requester of a problem: a workaround, or that it is over."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError
from core.models import Event
from incidents.actions import cancel_ticket, merge_ticket
from incidents.jobs.operations import start_job, undo_job
from incidents.jobs.running import go_on
from incidents.models import Message, Ticket, TicketJob
from notifications.models import Notification
from problems import actions
from problems.models import Problem
from problems.operations import start_telling
from tests.conftest import Cast
from tests.make.problems import make_problem
from tests.make.tickets import make_ticket

WORDS = "Dear {{requester.first_name}}, empty the basket for {{ticket.reference}}."


@pytest.fixture
def problem(cast: Cast) -> Problem:
    """Two tickets of Rob and one that is over."""
    tickets = [make_ticket(cast.ann, requester=cast.rob) for _ in range(2)]
    over = make_ticket(cast.ann, requester=cast.rita)
    cancel_ticket(over, actor=cast.ann)
    return make_problem(cast.ann, workaround="Empty the basket.", tickets=[*tickets, over])


def finish(job: TicketJob) -> TicketJob:
    """Works on a job to its end."""
    assert go_on(job.pk, until=timezone.now() + timedelta(minutes=1))
    job.refresh_from_db()
    return job


def read_by(person: Person) -> list[str]:
    """The public words a person may read."""
    rows = Message.objects.visible_to(person).filter(kind="public_reply").order_by("id")
    return list(rows.values_list("body", flat=True))


def test_every_open_ticket_of_a_problem_is_written_to_in_its_own_words(
    problem: Problem, cast: Cast
) -> None:
    job = finish(start_telling(problem, actor=cast.ann, body=WORDS))
    assert (job.total, job.done) == (2, 2)
    expected = {
        one.pk: f"Dear Rob, empty the basket for {one.reference}." for one in Ticket.objects.open()
    }
    assert dict(Message.objects.values_list("ticket_id", "body")) == expected
    said = [event.sentence for event in Event.objects.about(problem)]
    assert "wrote to the requesters of its 2 open tickets" in said


def test_a_requester_merged_away_and_kept_apart_reads_it_at_their_own_ticket_once(
    problem: Problem, cast: Cast, after_commit: Callable[..., object]
) -> None:
    target = Ticket.objects.open().earliest("pk")
    theirs = [make_ticket(cast.ann, requester=cast.stan, title="Stan alone") for _ in range(2)]
    for one in theirs:
        merge_ticket(one, actor=cast.ann, into=target)
    Notification.objects.all().delete()
    with after_commit():
        start_telling(problem, actor=cast.ann, body=WORDS)
    assert read_by(cast.stan) == [f"Dear Stan, empty the basket for {theirs[0].reference}."]
    assert all("Stan" not in words for words in read_by(cast.rob))
    told = Notification.objects.filter(person=cast.stan)
    assert [one.url for one in told] == [theirs[0].get_absolute_url()]


def test_a_requester_whose_merge_was_opened_hears_once_and_nothing_stands_twice(
    problem: Problem, cast: Cast, after_commit: Callable[..., object]
) -> None:
    target = Ticket.objects.open().earliest("pk")
    theirs = make_ticket(cast.ann, requester=cast.stan)
    merge_ticket(theirs, actor=cast.ann, into=target, opened=True)
    Notification.objects.all().delete()
    with after_commit():
        start_telling(problem, actor=cast.ann, body="Empty the basket.")
    assert read_by(cast.stan) == ["Empty the basket."]
    assert Notification.objects.filter(person=cast.stan).count() == 1


def test_who_has_an_open_ticket_of_the_problem_is_not_told_a_second_time_at_a_merged_one(
    problem: Problem, cast: Cast
) -> None:
    target = Ticket.objects.open().earliest("pk")
    own, merged = (make_ticket(cast.ann, requester=cast.stan) for _ in range(2))
    actions.link_ticket_to_problem(problem, actor=cast.ann, ticket=own)
    merge_ticket(merged, actor=cast.ann, into=target)
    finish(start_telling(problem, actor=cast.ann, body="Empty the basket."))
    assert Message.objects.visible_to(cast.stan).count() == 1


def test_a_workaround_sent_from_one_ticket_reaches_whoever_was_merged_into_it(
    problem: Problem, cast: Cast
) -> None:
    target = Ticket.objects.open().earliest("pk")
    theirs = make_ticket(cast.ann, requester=cast.stan)
    merge_ticket(theirs, actor=cast.ann, into=target)
    message = actions.send_workaround(problem, actor=cast.ann, ticket=target, body="Empty it.")
    assert message.ticket == target
    assert read_by(cast.stan) == ["Empty it."]


def test_an_unknown_variable_is_refused_at_its_field_before_anybody_is_told(
    problem: Problem, cast: Cast
) -> None:
    with pytest.raises(DomainError, match="no variable") as refused:
        start_telling(problem, actor=cast.ann, body="Dear {{requester.password}}")
    assert refused.value.field == "body"
    assert not Message.objects.exists()


def test_people_tell_from_the_page_of_the_problem_and_programs_over_the_api(
    problem: Problem,
    cast: Cast,
    as_user: Callable[[Person], Client],
    api_as: Callable[[Person], APIClient],
) -> None:
    browser, address = as_user(cast.ann), reverse("problems:tell", args=[problem.pk])
    assert address in browser.get(problem.get_absolute_url()).content.decode()
    page = browser.get(address).content.decode()
    assert "Empty the basket." in page
    assert "2 open tickets" in page
    refused = browser.post(address, {"body": "Dear {{x}}"})
    assert refused.status_code == 422
    assert "Dear {{x}}" in refused.content.decode()
    started = browser.post(address, {"body": WORDS})
    assert started["Location"] == TicketJob.objects.get().get_absolute_url()
    said = f"/api/v1/problems/{problem.pk}/tell/"
    assert api_as(cast.ann).post(said, {"body": WORDS}).json()["total"] == 2
    assert "body" in api_as(cast.ann).post(said, {"body": "{{x}}"}).json()
    assert api_as(cast.rob).post(said, {"body": WORDS}).status_code == 404
    assert api_as(cast.dev).post(said, {"body": WORDS}).status_code == 403


def test_a_selection_is_linked_with_a_problem_which_adds_and_never_replaces(
    problem: Problem, cast: Cast
) -> None:
    first = Ticket.objects.open().earliest("pk")
    fresh = make_ticket(cast.ann)
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
