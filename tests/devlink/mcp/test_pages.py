"""How a person learns to connect an assistant, and what theirs did."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from devlink.mcp.calling import call_tool
from tests.conftest import Cast

AsUser = Callable[[Person], Client]
KEYS = "/profile/keys/"
CALLS = "/assistants/calls/"


@pytest.mark.parametrize("name", ["dev", "ann", "mo"])
def test_the_page_of_keys_says_how_to_connect(cast: Cast, as_user: AsUser, name: str) -> None:
    page = as_user(cast.everyone[name]).get(KEYS).content.decode()
    assert "/mcp/</code>" in page
    assert "python manage.py mcp" in page
    assert f'href="{CALLS}"' in page


def test_requesters_are_not_told(cast: Cast, as_user: AsUser) -> None:
    page = as_user(cast.rob).get(KEYS).content.decode()
    assert "manage.py mcp" not in page
    assert as_user(cast.rob).get(CALLS).status_code == 403


def test_one_reads_ones_own_calls_and_an_admin_everybodys(cast: Cast, as_user: AsUser) -> None:
    call_tool(cast.dev, "find_causes", {"words": "of dev"})
    call_tool(cast.ann, "find_causes", {"component": "<b>nowhere</b>"})
    seen = {
        name: as_user(cast.everyone[name]).get(CALLS).content.decode()
        for name in ("dev", "ann", "mo", "ada")
    }
    assert ["of dev" in seen[name] for name in seen] == [True, False, False, True]
    assert ["nowhere" in seen[name] for name in seen] == [False, True, False, True]
    assert "No calls yet" in seen["mo"]
    assert "is not there or not yours to see." in seen["ann"]
    assert "<b>nowhere" not in seen["ann"]
    assert ">Dev<" in seen["ada"]


def test_the_list_costs_the_same_at_3_and_at_30(cast: Cast, as_user: AsUser) -> None:
    browser = as_user(cast.ada)
    costs = []
    for more in (3, 27):
        for _ in range(more):
            call_tool(cast.dev, "no_such_tool", {})
        browser.get(CALLS)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert browser.get(CALLS).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_the_list_goes_on_on_the_next_page(cast: Cast, as_user: AsUser) -> None:
    for number in range(51):
        call_tool(cast.dev, f"tool_{number}", {})
    first = as_user(cast.dev).get(CALLS)
    assert len(first.context["page"].rows) == 50
    second = as_user(cast.dev).get(CALLS + first.context["links"]["next"])
    assert [one.payload["tool"] for one in second.context["page"].rows] == ["tool_0"]
