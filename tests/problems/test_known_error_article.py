"""The article of a known error: written from it, in step with it, or marked as differing."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from core.errors import DomainError
from knowledge.actions import revise_article, write_article
from knowledge.models import Article
from problems import actions
from problems.models import KnownError, Problem
from tests.conftest import Cast
from tests.make.problems import make_problem

AsUser = Callable[..., Client]
ApiAs = Callable[..., APIClient]


@pytest.fixture
def known(cast: Cast) -> KnownError:
    """A known error with a workaround."""
    problem = make_problem(cast.ann, component=cast.checkout)
    actions.analyse_problem(problem, actor=cast.pia)
    actions.record_known_error(
        problem, actor=cast.pia, symptom="It hangs", root_cause="A lock", workaround="Restart.",
        error_code="E42", affected_versions="4.1 to 4.3",
    )  # fmt: skip
    return KnownError.objects.select_related("problem").get()


def fresh(known: KnownError) -> KnownError:
    """As the database has it now."""
    return KnownError.objects.select_related("article", "problem").get(pk=known.pk)


def test_it_says_what_the_known_error_says(cast: Cast, known: KnownError) -> None:
    actions.write_known_error_article(known.problem, actor=cast.pia)
    article = Article.objects.get()
    assert (article.issue, article.cause) == ("It hangs", "A lock")
    assert "Restart." in article.resolution
    assert article.environment == "Error code: E42\nAffected versions: 4.1 to 4.3"
    assert list(article.components.all()) == [cast.checkout]
    assert fresh(known).article == article
    assert actions.differing_parts(fresh(known)) == []
    with pytest.raises(DomainError, match="already"):
        actions.write_known_error_article(known.problem, actor=cast.pia)


def test_it_is_marked_when_either_side_changes_and_brought_in_step(
    cast: Cast, known: KnownError
) -> None:
    actions.write_known_error_article(known.problem, actor=cast.pia)
    actions.edit_known_error(fresh(known), actor=cast.pia, workaround="Restart twice.")
    assert actions.differing_parts(fresh(known)) == ["resolution"]
    revise_article(Article.objects.get(), actor=cast.ann, issue="Screen is white")
    assert actions.differing_parts(fresh(known)) == ["issue", "resolution"]
    actions.update_known_error_article(known.problem, actor=cast.pia)
    assert actions.differing_parts(fresh(known)) == []
    article = Article.objects.get()
    assert "Restart twice." in article.resolution
    assert article.revisions.count() == 3


def test_a_changed_workaround_has_to_be_verified_anew_by_somebody(
    cast: Cast, known: KnownError
) -> None:
    actions.verify_workaround(known, actor=cast.pia)
    assert fresh(known).workaround_verified_by == cast.pia
    actions.edit_known_error(fresh(known), actor=cast.pia, workaround="Restart twice.")
    after = fresh(known)
    assert (after.workaround_verified_at, after.workaround_verified_by) == (None, None)


def test_recorded_again_it_keeps_its_article(cast: Cast, known: KnownError) -> None:
    actions.write_known_error_article(known.problem, actor=cast.pia)
    Problem.objects.update(state="assess")
    actions.record_known_error(
        known.problem, actor=cast.pia, symptom="It hangs", root_cause="Another lock"
    )
    assert fresh(known).article is not None


def test_articles_on_the_page(cast: Cast, known: KnownError, as_user: AsUser) -> None:
    browser, problem = as_user(cast.pia), known.problem
    other = write_article(actor=cast.ann, title="Baskets", issue="Empty")

    def post(name: str, **words: str) -> int:
        return browser.post(reverse(f"problems:{name}", args=[problem.pk]), words).status_code

    assert post("write_article") == 302
    page = browser.get(problem.get_absolute_url()).content.decode()
    assert "in step" in page
    assert post("link_article", article="KB-999999") == 422
    assert post("link_article", article=other.reference) == 302
    assert "Baskets" in browser.get(problem.get_absolute_url()).content.decode()
    assert post("edit_known_error", symptom="It hangs", root_cause="Two locks") == 302
    page = browser.get(problem.get_absolute_url()).content.decode()
    assert "differs" in page
    assert post("update_article") == 302
    assert "in step" in browser.get(problem.get_absolute_url()).content.decode()
    assert post("unlink_article", article=other.reference) == 302
    assert problem.article_links.count() == 1


def test_known_error_and_articles_over_http(cast: Cast, known: KnownError, api_as: ApiAs) -> None:
    program, base = api_as(cast.pia), f"/api/v1/problems/{known.problem_id}"
    assert program.post(f"{base}/write-article/").json()["known_error"]["article"]
    changed = program.patch(f"{base}/known-error/", {"root_cause": "Two locks"}).json()
    assert changed["known_error"]["article_differs"] == ["cause"]
    body = program.post(f"{base}/update-article/").json()
    assert body["known_error"]["article_differs"] == []
    verified = program.post(f"{base}/verify-workaround/").json()["known_error"]
    assert verified["workaround_verified_by"] == cast.pia.pk
    empty = program.patch(f"{base}/known-error/", {"symptom": " "})
    assert list(empty.json()) == ["symptom"]
    other = write_article(actor=cast.ann, title="Baskets", issue="Empty")
    assert program.post(f"{base}/link-article/", {"article": other.pk}).status_code == 200
    assert program.post(f"{base}/unlink-article/", {"article": other.pk}).status_code == 200
    assert program.post(f"{base}/unlink-article/", {"article": other.pk}).status_code == 422
