"""The review of a problem, its follow-ups, and who is reminded of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from notifications.models import Notification
from problems import actions, tasks
from problems.models import Problem, ProblemAction
from tests.conftest import Cast
from tests.make.problems import make_problem

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]
AfterCommit = Callable[[], AbstractContextManager[None]]
TEXTS = {"summary": "It hung", "causes": "A lock", "lessons": "Test it"}


@pytest.fixture
def problem(cast: Cast) -> Problem:
    """A resolved problem."""
    found = make_problem(cast.ann, owner=cast.pia)
    actions.analyse_problem(found, actor=cast.pia)
    return actions.resolve_problem(found, actor=cast.pia)


def overdue(problem: Problem, cast: Cast, **fields: object) -> ProblemAction:
    """A follow-up of yesterday."""
    yesterday = timezone.localdate() - timedelta(days=1)
    return actions.add_problem_action(
        problem, actor=cast.pia, title="Set a timeout", due_on=yesterday, **fields
    )


def test_it_is_written_once_the_problem_is_over(cast: Cast, problem: Problem) -> None:
    with pytest.raises(TransitionNotAllowed, match="once it is resolved"):
        actions.write_problem_review(make_problem(cast.ann), actor=cast.ann, **TEXTS)
    with pytest.raises(NotPermitted):
        actions.write_problem_review(problem, actor=cast.rob, **TEXTS)
    actions.write_problem_review(problem, actor=cast.dev, summary="It hung")
    with pytest.raises(DomainError) as refused:
        actions.publish_problem_review(problem, actor=cast.pia)
    assert refused.value.field == "causes"
    actions.write_problem_review(problem, actor=cast.dev, causes="A lock", lessons="Test it")
    with pytest.raises(NotPermitted):
        actions.publish_problem_review(problem, actor=cast.ann)
    actions.publish_problem_review(problem, actor=cast.pia)
    with pytest.raises(TransitionNotAllowed, match="published already"):
        actions.publish_problem_review(problem, actor=cast.pia)
    problem.review.refresh_from_db()
    assert (problem.review.summary, problem.review.published_by) == ("It hung", cast.pia)


def test_an_overdue_follow_up_reminds_once_for_each_date(
    cast: Cast, problem: Problem, after_commit: AfterCommit
) -> None:
    row = overdue(problem, cast, assignee=cast.dev)
    for _ in range(2):
        with after_commit():
            tasks.remind_of_follow_ups()
    notice = Notification.objects.get(kind="problems.follow_up_overdue")
    assert (notice.person, notice.title) == (cast.dev, "Overdue: Set a timeout")
    before = timezone.localdate() - timedelta(days=2)
    actions.edit_problem_action(row, actor=cast.pia, due_on=before)
    with after_commit():
        tasks.remind_of_follow_ups()
    assert Notification.objects.filter(kind="problems.follow_up_overdue").count() == 2


def test_without_anybody_to_do_it_the_owner_is_reminded(
    cast: Cast, problem: Problem, after_commit: AfterCommit
) -> None:
    overdue(problem, cast)
    with after_commit():
        tasks.remind_of_follow_ups()
    assert Notification.objects.get(kind="problems.follow_up_overdue").person == cast.pia


def test_what_is_done_or_not_due_reminds_nobody(cast: Cast, problem: Problem) -> None:
    actions.complete_problem_action(overdue(problem, cast), actor=cast.pia)
    actions.add_problem_action(problem, actor=cast.pia, title="Later", due_on=timezone.localdate())
    tasks.remind_of_follow_ups()
    assert not ProblemAction.objects.filter(reminded_of__isnull=False).exists()


def test_review_and_follow_ups_by_forms(cast: Cast, problem: Problem, as_user: AsUser) -> None:
    browser = as_user(cast.pia)

    def post(name: str, pk: int, **words: object) -> int:
        return browser.post(reverse(f"problems:{name}", args=[pk]), words).status_code

    assert post("write_review", problem.pk, **TEXTS) == 302
    assert post("publish_review", problem.pk) == 302
    assert post("add_action", problem.pk, title="", priority=2) == 422
    late = timezone.localdate() - timedelta(days=3)
    words = {"title": "Set a timeout", "priority": 2, "due_on": late, "assignee": cast.dev.pk}
    assert post("add_action", problem.pk, **words) == 302
    row = ProblemAction.objects.get()
    page = browser.get(reverse("problems:review", args=[problem.pk])).content.decode()
    for shown in ("It hung", "A lock", "Test it", "Set a timeout", "overdue", cast.dev.name):
        assert shown in page
    everything = browser.get(reverse("problems:actions")).content.decode()
    assert "Set a timeout" in everything
    mine = browser.get(reverse("problems:actions"), {"assignee": "me"}).content.decode()
    assert "Set a timeout" not in mine
    assert post("action_drop", row.pk, note="") == 422
    assert post("action_complete", row.pk, note="In 4.2") == 302
    assert post("action_complete", row.pk, note="again") == 409
    assert post("action_take_up", row.pk) == 302
    assert post("action_delete", row.pk) == 302
    assert "Set a timeout" not in browser.get(
        reverse("problems:review", args=[problem.pk])
    ).content.decode().replace("added a follow-up: Set a timeout", "")


def test_reviews_over_http(cast: Cast, problem: Problem, api_as: ApiAs) -> None:
    program, base = api_as(cast.pia), f"/api/v1/problems/{problem.pk}"
    assert program.get(f"{base}/review/").status_code == 404
    assert program.patch(f"{base}/review/", TEXTS).json()["lessons"] == "Test it"
    assert program.post(f"{base}/publish-review/").status_code == 200
    made = program.post(f"{base}/follow-ups/", {"title": "Set a timeout", "due_on": "2020-01-01"})
    assert made.status_code == 201
    row = f"/api/v1/problem-actions/{made.json()['id']}"
    assert len(program.get("/api/v1/problem-actions/?overdue=true").json()["results"]) == 1
    assert program.patch(f"{row}/", {"title": "Set two"}).json()["title"] == "Set two"
    assert program.post(f"{row}/drop/", {}).json() == {"note": ["This field is required."]}
    assert program.post(f"{row}/complete/", {}).json()["state"] == "completed"
    still_open = make_problem(cast.ann)
    early = program.patch(f"/api/v1/problems/{still_open.pk}/review/", TEXTS)
    assert early.status_code == 409
    assert api_as(cast.rob).get(f"{row}/").status_code == 404


def test_the_list_costs_the_same_at_three_and_at_thirty(
    cast: Cast, problem: Problem, as_user: AsUser, queries_of: Callable[..., int]
) -> None:
    browser, address = as_user(cast.pia), reverse("problems:actions")
    for _ in range(3):
        overdue(problem, cast, assignee=cast.dev)
    few = queries_of(browser, address)
    for _ in range(27):
        overdue(make_problem(cast.ann), cast, assignee=cast.ann)
    assert queries_of(browser, address) == few


def test_a_published_review_that_is_changed_says_so(
    cast: Cast, problem: Problem, as_user: AsUser, api_as: ApiAs
) -> None:
    """The page and programs say that and when; writing the same words again is no change."""
    actions.write_problem_review(problem, actor=cast.pia, **TEXTS)
    actions.publish_problem_review(problem, actor=cast.pia)
    actions.write_problem_review(problem, actor=cast.pia, **TEXTS)
    browser, address = as_user(cast.pia), reverse("problems:review", args=[problem.pk])
    assert "changed since" not in browser.get(address).content.decode()
    actions.write_problem_review(problem, actor=cast.pia, lessons="Test it twice")
    assert "changed since" in browser.get(address).content.decode()
    shown = api_as(cast.pia).get(f"/api/v1/problems/{problem.pk}/review/").json()
    assert shown["changed_at"] == shown["written_at"] > shown["published_at"]
