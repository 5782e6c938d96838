"""Changes of a problem: linked whatever their state, shown on its page."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from changes import actions
from changes.models import Change
from core.errors import DomainError
from tests.conftest import Cast
from tests.make.problems import make_problem

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]


def test_a_change_is_about_one_problem(cast: Cast) -> None:
    change = Change.objects.create(title="New lock", requester=cast.max, state="implementing")
    problem, other = make_problem(cast.ann), make_problem(cast.ann)
    actions.link_change(change, actor=cast.ann, problem=problem)
    actions.link_change(change, actor=cast.ann, problem=problem)
    with pytest.raises(DomainError, match=f"about {problem.reference} already"):
        actions.link_change(change, actor=cast.ann, problem=other)
    actions.unlink_change(change, actor=cast.ann)
    with pytest.raises(DomainError):
        actions.unlink_change(change, actor=cast.ann)


def test_linked_and_unlinked_on_the_page_of_the_problem(cast: Cast, as_user: AsUser) -> None:
    change = Change.objects.create(title="New lock", requester=cast.max, state="implementing")
    problem, browser = make_problem(cast.ann), as_user(cast.ann)
    address = reverse("changes:link_change", args=[problem.pk])
    wrong = browser.post(address, {"change": "CHG-99999"}, follow=True).content.decode()
    assert "There is no change CHG-99999." in wrong
    page = browser.post(address, {"change": change.reference}, follow=True).content.decode()
    assert "New lock" in page
    browser.post(reverse("changes:unlink_problem", args=[change.pk]))
    assert "New lock" not in browser.get(problem.get_absolute_url()).content.decode()


def test_linked_and_unlinked_by_programs(cast: Cast, api_as: ApiAs) -> None:
    change = Change.objects.create(title="New lock", requester=cast.max, state="implementing")
    problem, program = make_problem(cast.ann), api_as(cast.ann)
    base = f"/api/v1/changes/{change.pk}"
    linked = program.post(f"{base}/link-problem/", {"problem": problem.pk})
    assert linked.json()["problem"] == problem.pk
    assert program.post(f"{base}/unlink-problem/").json()["problem"] is None
    assert program.post(f"{base}/unlink-problem/").status_code == 422
