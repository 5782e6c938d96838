"""Known errors are found: by their words, their code and their number, in a list of their own."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from dashboards.search import search
from problems import actions
from problems.models import KnownError
from tests.conftest import Cast
from tests.make.problems import make_problem

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]
QueriesOf = Callable[[Client, str], int]


def make_known(cast: Cast, **words: object) -> KnownError:
    """A known error of a problem of its own."""
    problem = make_problem(cast.ann)
    actions.assess_problem(problem, actor=cast.pia)
    said = {"symptom": "It hangs", "root_cause": "A lock"} | words
    return actions.record_known_error(problem, actor=cast.pia, **said).known_error  # type: ignore[arg-type]


@pytest.fixture
def known(cast: Cast) -> KnownError:
    """One that is over, among others."""
    make_known(cast)
    found = make_known(
        cast, symptom="The voucher is refused", error_code="ERR_412-B", workaround="Pay by invoice",
        component=cast.checkout,
    )  # fmt: skip
    actions.verify_workaround(found, actor=cast.pia)
    actions.close_problem(found.problem, actor=cast.pia, outcome="risk_accepted")
    return found


@pytest.mark.parametrize("text", ["voucher refused", "ERR_412-B", "err_412-b", "KE-{pk}"])
def test_every_search_finds_it(cast: Cast, api_as: ApiAs, known: KnownError, text: str) -> None:
    asked = text.format(pk=known.pk)
    (group,) = [one for one in search(cast.ann, asked).groups if one.kind == "known-errors"]
    assert [hit.url for hit in group.hits] == [known.get_absolute_url()]
    for address, expected in (("problems", known.problem_id), ("known-errors", known.pk)):
        body = api_as(cast.ann).get(f"/api/v1/{address}/", {"q": asked}).json()
        assert [row["id"] for row in body["results"]] == [expected]
    assert not search(cast.rob, asked).hits


def test_the_list_is_narrowed_alike_on_page_and_by_programs(
    cast: Cast, as_user: AsUser, api_as: ApiAs, known: KnownError, queries_of: QueriesOf
) -> None:
    other = KnownError.objects.exclude(pk=known.pk).get()
    address = reverse("problems:known_errors")
    for given, expected in (
        ({}, [known, other]),
        ({"component": cast.checkout.pk}, [known]),
        ({"service": cast.checkout.service_id}, [known]),
        ({"error_code": "412"}, [known]),
        ({"workaround": "true"}, [known]),
        ({"workaround": "false"}, [other]),
        ({"verified": "true"}, [known]),
        ({"verified": "false"}, [other]),
        ({"state": "open"}, [other]),
        ({"state": "closed"}, [known]),
    ):
        rows = as_user(cast.dev).get(address, given).context["page"].rows
        listed = api_as(cast.dev).get("/api/v1/known-errors/", given).json()["results"]
        assert (given, set(rows)) == (given, set(expected))
        assert {row["id"] for row in listed} == {one.pk for one in expected}
    few = queries_of(as_user(cast.ann), address)
    for _ in range(3):
        make_known(cast, component=cast.checkout)
    assert queries_of(as_user(cast.ann), address) == few
    one = f"/api/v1/known-errors/{known.pk}/"
    assert api_as(cast.ann).get(one).json()["problem_state"] == "closed"
    assert api_as(cast.rob).get(one).status_code == 404
    assert as_user(cast.rob).get(address).context["page"].rows == []
