"""Who may read the pages of development work, and what they cost."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from devlink.actions import (
    add_to_release,
    advance_release,
    ask_for_fix,
    ask_question,
    create_sprint,
)
from devlink.models import Ask, Release
from problems.models import Problem
from tests.conftest import Cast
from tests.devlink.conftest import make_cluster
from tests.make.problems import make_problem
from tests.make.tickets import make_tickets
from tests.make.work import make_release, make_sprint, make_work_item

AsUser = Callable[[Person], Client]
AfterCommit = Callable[[], AbstractContextManager[None]]


LISTS = ("/development/", "/sprints/", "/requirements/", "/releases/", "/pulse/")


@pytest.mark.parametrize("address", [*LISTS, "/sprints/new/", "/work-items/new/", "/releases/new/"])
def test_requesters_have_no_business_here(cast: Cast, as_user: AsUser, address: str) -> None:
    assert as_user(cast.rob).get(address).status_code == 403


def test_records_do_not_exist_for_requesters(
    cast: Cast, ask: Ask, release: Release, as_user: AsUser
) -> None:
    browser = as_user(cast.rob)
    question = ask_question(ask, actor=cast.dev, body="Which cards?")
    addresses = [
        f"/sprints/{ask.sprint_id}/",
        f"/sprints/{ask.sprint_id}/ask/",
        f"/asks/{ask.pk}/decide/",
        f"/asks/new/{ask.problem_id}/",
        f"/packs/{ask.pack_id}/",
        f"/packs/new/{ask.problem_id}/",
        f"/questions/{question.pk}/answer/",
        f"/work-items/{ask.work_item_id}/",
        f"/work-items/{ask.work_item_id}/comment/",
        f"/releases/{release.pk}/",
        f"/releases/{release.pk}/sign/",
        f"/readiness/{release.readiness.first().pk}/meet/",
    ]
    assert [browser.post(one).status_code for one in addresses[1:4]] == [404] * 3
    assert {one: browser.get(one).status_code for one in addresses} == dict.fromkeys(addresses, 404)


def queries(browser: Client, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_lists_cost_the_same_at_3_and_at_30(cast: Cast, as_user: AsUser) -> None:
    def make(how_many: int) -> None:
        for _ in range(how_many):
            make_sprint(cast.dev)
            make_release(cast.rel)
            make_work_item(cast.dev, kind="story", component=cast.checkout)

    browser = as_user(cast.ann)
    make(3)
    few = {one: queries(browser, one) for one in LISTS}
    make(27)
    assert {one: queries(browser, one) for one in LISTS} == few


def test_a_sprint_costs_the_same_at_3_and_at_30_items(cast: Cast, as_user: AsUser) -> None:
    sprint = create_sprint(actor=cast.dev, name="Full")

    def fill(how_many: int) -> None:
        for _ in range(how_many):
            cluster = make_cluster(cast, make_tickets(2, cast.rob, component=cast.checkout))
            problem = make_problem(cast.pia, component=cast.checkout)
            Problem.objects.filter(pk=problem.pk).update(cluster=cluster)
            problem.refresh_from_db()
            ask = ask_for_fix(problem, actor=cast.ann, sprint=sprint, points=3, rationale="x")
            ask_question(ask, actor=cast.dev, body="Which?")

    browser = as_user(cast.dev)
    fill(3)
    few = queries(browser, f"/sprints/{sprint.pk}/")
    fill(27)
    assert queries(browser, f"/sprints/{sprint.pk}/") == few
    assert few < 30
    # Fifteen asks a page; a link to one that is further down puts it on top.
    page = browser.get(f"/sprints/{sprint.pk}/").content.decode()
    shown = re.findall(r'<tr id="ask-(\d+)"', page)
    last = Ask.objects.order_by("-points", "pk").last()
    assert last is not None
    assert (len(shown), str(last.pk) in shown) == (15, False)
    following = re.search(r'rel="next" href="([^"]*asks=[^"]*)#asked"', page)
    assert following is not None
    address = f"/sprints/{sprint.pk}/{following[1].replace('&amp;', '&')}"
    rest = re.findall(r'<tr id="ask-(\d+)"', browser.get(address).content.decode())
    assert (len(rest), set(rest) & set(shown)) == (15, set())
    opened = browser.get(last.get_absolute_url().partition("#")[0]).content.decode()
    assert re.findall(r'<tr id="ask-(\d+)"', opened)[0] == str(last.pk)


def test_a_full_release_page_costs_the_same_with_more_items(
    cast: Cast, release: Release, as_user: AsUser
) -> None:
    advance_release(release, actor=cast.rel, step="build")
    browser = as_user(cast.dev)

    def fill(how_many: int) -> None:
        for _ in range(how_many):
            item = make_work_item(cast.dev, component=cast.checkout)
            add_to_release(release, actor=cast.rel, work_item=item)

    fill(2)
    few = queries(browser, f"/releases/{release.pk}/")
    fill(27)
    assert queries(browser, f"/releases/{release.pk}/") == few
