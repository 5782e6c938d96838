"""Tasks of a problem: the same list tickets have."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from notifications.models import Notification
from problems import actions
from problems.models import Problem, ProblemTask
from tests.conftest import Cast
from tests.make.problems import make_problem

AfterCommit = Callable[[], AbstractContextManager[None]]
AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]


@pytest.fixture
def problem(cast: Cast) -> Problem:
    """An open problem."""
    return make_problem(cast.ann)


def titles(problem: Problem) -> list[str]:
    """The tasks in order."""
    return list(problem.tasks.values_list("title", flat=True))


def test_tasks_are_added_moved_done_and_removed(cast: Cast, problem: Problem) -> None:
    first = actions.add_problem_task(problem, actor=cast.dev, title="Ask", kind="analysis")
    second = actions.add_problem_task(problem, actor=cast.ann, title="Try", assignee=cast.dev)
    actions.move_problem_task(second, actor=cast.ann, up=True)
    assert titles(problem) == ["Try", "Ask"]
    actions.do_problem_task(first, actor=cast.dev)
    actions.do_problem_task(first, actor=cast.ann)
    first.refresh_from_db()
    assert first.done_by == cast.dev
    actions.undo_problem_task(first, actor=cast.ann)
    actions.remove_problem_task(first, actor=cast.ann)
    assert titles(problem) == ["Try"]
    with pytest.raises(TransitionNotAllowed):
        actions.do_problem_task(first, actor=cast.ann)
    told = [one.sentence for one in Event.objects.about(problem).order_by("id")]
    assert told[1:] == [
        "added the task “Ask”",
        "added the task “Try”",
        "did the task “Ask”",
        "took up the task “Ask” again",
        "removed the task “Ask”",
    ]


def test_what_is_wrong_is_refused_at_its_field(cast: Cast, problem: Problem) -> None:
    for words, field in (
        ({"title": " "}, "title"),
        ({"title": "x", "kind": "nap"}, "kind"),
        ({"title": "x", "assignee": cast.rob}, "assignee"),
    ):
        with pytest.raises(DomainError) as refused:
            actions.add_problem_task(problem, actor=cast.ann, **words)
        assert refused.value.field == field
    with pytest.raises(NotPermitted):
        actions.add_problem_task(problem, actor=cast.rob, title="x")


def test_tasks_on_the_page(cast: Cast, problem: Problem, as_user: AsUser) -> None:
    browser = as_user(cast.ann)

    def post(name: str, **words: object) -> int:
        return browser.post(reverse(f"problems:{name}", args=[problem.pk]), words).status_code

    assert post("add-task", title="") == 422
    assert post("add-task", title="Compare logs", kind="analysis") == 302
    assert post("add-task", title="Try it") == 302
    task = ProblemTask.objects.get(title="Compare logs")
    assert post("do-task", task=task.pk) == 302
    page = browser.get(problem.get_absolute_url()).content.decode()
    assert "1 of 2 done" in page
    assert "root cause analysis · " in page
    assert post("change-task", task=task.pk, title="Compare both logs", kind="general") == 302
    assert post("task-down", task=task.pk) == 302
    assert titles(problem) == ["Try it", "Compare both logs"]
    assert post("remove-task", task=task.pk) == 302
    assert post("remove-task", task=task.pk) == 422
    other = actions.add_problem_task(make_problem(cast.ann), actor=cast.ann, title="Elsewhere")
    assert post("do-task", task=other.pk) == 422


def test_tasks_over_http(cast: Cast, problem: Problem, api_as: ApiAs) -> None:
    program, base = api_as(cast.dev), f"/api/v1/problems/{problem.pk}/tasks/"
    made = program.post(base, {"title": "Ask", "kind": "analysis", "assignee": cast.dev.pk})
    assert (made.status_code, made.json()["assignee"]["name"]) == (201, cast.dev.name)
    program.post(base, {"title": "Try"})
    one = f"{base}{made.json()['id']}/"
    assert program.patch(one, {"done": True}).json()["done_at"]
    assert program.patch(one, {"move": "down"}).json()["position"] == 1
    assert [row["title"] for row in program.get(base).json()] == ["Try", "Ask"]
    assert program.patch(one, {"title": "Ask twice"}).json()["kind"] == "analysis"
    bad = program.post(base, {"title": "x", "assignee": cast.rob.pk})
    assert bad.status_code in {400, 422}
    assert list(bad.json()) == ["assignee"]
    assert program.delete(one).status_code == 204
    assert api_as(cast.rob).get(base).status_code == 404


def test_who_is_given_a_task_or_follow_up_is_told_and_finds_it_on_their_desk(
    cast: Cast, problem: Problem, after_commit: AfterCommit, as_user: AsUser
) -> None:
    with after_commit():
        mine = actions.add_problem_task(problem, actor=cast.pia, title="Read it", assignee=cast.ann)
        actions.add_problem_task(problem, actor=cast.ann, title="Own idea", assignee=cast.ann)
        row = actions.add_problem_action(problem, actor=cast.pia, title="Alarm", assignee=cast.dev)
    with after_commit():
        actions.edit_problem_action(row, actor=cast.pia, title="An alarm")
    told = [(one.person, one.kind, one.title) for one in Notification.objects.order_by("pk")]
    assert told == [
        (cast.ann, "problems.task", f"A task of {problem.reference} is yours: Read it"),
        (cast.dev, "problems.follow_up", f"A follow-up of {problem.reference} is yours: Alarm"),
    ]
    with after_commit():
        actions.edit_problem_action(row, actor=cast.pia, assignee=cast.ann)
        actions.change_problem_task(
            mine, actor=cast.pia, title="Read it", kind="general", assignee=cast.dev, due_at=None
        )
    told = [(one.person, one.kind) for one in Notification.objects.order_by("pk")][2:]
    assert told == [(cast.ann, "problems.follow_up"), (cast.dev, "problems.task")]
    desk = as_user(cast.ann).get(reverse("incidents:desk")).content.decode()
    assert all(one in desk for one in ("Own idea", "An alarm"))
    development = as_user(cast.dev).get(reverse("devlink:home")).content.decode()
    assert "Read it" in development
    actions.do_problem_task(mine, actor=cast.dev)
    assert "Read it" not in as_user(cast.dev).get(reverse("devlink:home")).content.decode()
