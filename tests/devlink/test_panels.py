"""What development shows on the pages of problems and tickets."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from core.extensions import panels_for
from devlink.actions import (
    add_to_release,
)
from devlink.models import Ask, Release, WorkItem
from incidents.models import Ticket
from problems.costs import cost_lines
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.work import make_release, make_work_item

AsUser = Callable[[Person], Client]
AfterCommit = Callable[[], AbstractContextManager[None]]


def test_the_problem_offers_the_way_to_a_fix(cast: Cast, cause: Cause, ask: Ask, rf: Any) -> None:
    request = rf.get("/")
    for person, expected in ((cast.ann, True), (cast.dev, False)):
        request.user = person
        (panel,) = (
            one for one in panels_for(request, cause.problem, "main") if one.key == "towards-a-fix"
        )
        assert list(panel.context["asks"]) == [ask]
        assert (panel.context["form"] is not None) is expected
    request.user = cast.rob
    assert panels_for(request, cause.problem, "main") == []


def test_the_meter_runs_from_the_ask_and_from_the_refusal(
    cast: Cast, cause: Cause, ask: Ask, rf: Any
) -> None:
    now = timezone.now()
    Ask.objects.update(
        created_at=now - timedelta(days=9), answered_at=now - timedelta(days=2), state="declined"
    )
    ids = [ticket.pk for ticket in cause.tickets]
    for pk, days in zip(ids, (20, 5, 1), strict=True):
        Ticket.objects.filter(pk=pk).update(created_at=now - timedelta(days=days))
    request = rf.get("/")
    request.user = cast.ann
    (panel,) = panels_for(request, cause.problem, "moments")
    moments = panel.context["moments"]
    assert isinstance(moments, list)
    lines = {one.label: one.tickets for one in cost_lines(cause.problem, moments, now=now)}
    assert (lines["first seen"], lines["asked for"], lines["declined"]) == (3, 2, 1)


def test_without_an_ask_nothing_waits(cast: Cast, cause: Cause, rf: Any) -> None:
    request = rf.get("/")
    request.user = cast.ann
    (panel,) = panels_for(request, cause.problem, "moments")
    assert panel.context["moments"] == []


def test_a_work_item_is_added_for_a_problem_or_linked_by_its_key(
    cast: Cast, cause: Cause, as_user: Callable[..., Client]
) -> None:
    browser, problem = as_user(cast.ann), cause.problem
    page = browser.get(problem.get_absolute_url()).content.decode()
    address = f"{reverse('devlink:new_work_item')}?problem={problem.pk}"
    assert address in page
    words = {"title": "New lock", "kind": "bug", "component": cast.checkout.pk}
    assert browser.post(address, words).status_code == 302
    assert WorkItem.objects.get(title="New lock").problem == problem
    other = WorkItem.objects.create(key="PAY-99", title="Old lock", team=cast.payments_team)
    link = reverse("devlink:link_to_problem", args=[problem.pk])
    wrong = browser.post(link, {"key": "PAY-1000"})
    assert wrong.status_code == 422
    assert "There is no work item PAY-1000." in wrong.content.decode()
    assert 'value="PAY-1000"' in wrong.content.decode()
    assert "Old lock" in browser.post(link, {"key": "pay-99"}, follow=True).content.decode()
    other.refresh_from_db()
    assert (other.problem, other.cluster) == (problem, cause.cluster)
    unlink = reverse("devlink:unlink_work", args=[other.pk])
    assert unlink in browser.get(problem.get_absolute_url()).content.decode()
    assert browser.post(unlink)["Location"] == problem.get_absolute_url()
    other.refresh_from_db()
    assert (other.problem, other.cluster, other.linked_at) == (None, None, None)


def test_a_requester_reads_on_their_ticket_that_it_is_worked_on(
    cast: Cast, cause: Cause, ask: Ask, release: Release, rf: Any
) -> None:
    add_to_release(release, actor=cast.rel, work_item=ask.work_item)
    request = rf.get("/")
    request.user = cast.rob
    (panel,) = (
        one
        for one in panels_for(request, cause.tickets[0], "context")
        if one.key == "in-development"
    )
    assert panel.context["is_staff"] is False


def test_the_requester_reads_that_it_is_being_fixed_and_in_which_release(
    cast: Cast, cause: Cause, as_user: AsUser
) -> None:
    ticket = cause.tickets[0]
    item = make_work_item(cast.dev, problem=cause.problem, component=cause.tickets[0].component)
    rob = as_user(ticket.requester)
    address = f"/portal/{ticket.pk}/"
    page = rob.get(address).content.decode()
    assert "Planned by development" in page
    assert "We do not know yet which release" in page
    release = make_release(cast.rel, version="4.19", planned_for=timezone.now() + timedelta(days=9))
    add_to_release(release, actor=cast.rel, work_item=item)
    WorkItem.objects.filter(pk=item.pk).update(state="in_progress")
    page = rob.get(address).content.decode()
    assert "Being fixed by development, expected in release 4.19" in page
    assert item.key not in page
    assert item.title not in page
