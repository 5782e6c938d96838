"""Knowledge in the browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Person
from knowledge.actions import give_feedback, revise_article, validate_article, write_article
from knowledge.models import Article, Feedback
from tests.conftest import Cast

SignIn = Callable[[Person], Client]
WORDS = {
    "title": "Card declined at checkout",
    "issue": "The bank **never** sees it.",
    "resolution": "1. Pay by invoice.",
    "audience": "internal",
}


def write(cast: Cast, **fields: Any) -> Article:
    """An article by ann unless said otherwise."""
    return write_article(**{"actor": cast.ann, **WORDS, **fields})


def page_of(browser: Client, article: Article) -> str:
    """The article's page."""
    return browser.get(article.get_absolute_url()).content.decode()


def test_an_article_is_written_read_and_improved(cast: Cast, as_user: SignIn) -> None:
    browser = as_user(cast.ann)
    answer = browser.post(
        reverse("knowledge:new"), {**WORDS, "components": [cast.checkout.pk], "note": "First"}
    )
    article = Article.objects.get()
    assert answer.headers["Location"] == article.get_absolute_url()
    page = page_of(browser, article)
    for text in ("Issue", "<strong>never</strong>", "Resolution", "Payments › Checkout", "KB-"):
        assert text in page
    form = browser.get(reverse("knowledge:edit", args=[article.pk])).content.decode()
    assert "1. Pay by invoice." in form
    browser.post(
        reverse("knowledge:edit", args=[article.pk]),
        {**WORDS, "cause": "A lock.", "version": article.version, "note": "Found"},
    )
    article.refresh_from_db()
    assert (article.cause, article.revision_number) == ("A lock.", 2)
    assert not article.components.exists()


def test_the_form_is_filled_from_a_ticket_and_knows_the_way_back(
    cast: Cast, as_user: SignIn
) -> None:
    browser = as_user(cast.ann)
    query = {
        "ticket": "INC-42",
        "title": "Checkout hangs",
        "issue": "It <b>hangs</b>.",
        "component": cast.checkout.pk,
        "back": "/tickets/42/",
    }
    page = browser.get(reverse("knowledge:new"), query).content.decode()
    assert 'value="Checkout hangs"' in page
    assert "It &lt;b&gt;hangs&lt;/b&gt;." in page
    assert "Written from INC-42" in page
    assert f'<option value="{cast.checkout.pk}" selected>' in page
    answer = browser.post(
        reverse("knowledge:new"), {**WORDS, "back": "/tickets/42/", "ticket": "INC-42"}
    )
    page = browser.get(answer.headers["Location"]).content.decode()
    assert 'href="/tickets/42/"' in page
    assert "Back to INC-42" in page


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_stays_inside(cast: Cast, as_user: SignIn, back: str) -> None:
    browser = as_user(cast.ann)
    answer = browser.post(reverse("knowledge:new"), {**WORDS, "back": back})
    assert "back=" not in answer.headers["Location"]
    article = Article.objects.get()
    page = browser.get(article.get_absolute_url(), {"back": back}).content.decode()
    assert back not in page


def test_what_is_missing_is_said_at_the_field_with_everything_kept(
    cast: Cast, as_user: SignIn
) -> None:
    answer = as_user(cast.ann).post(reverse("knowledge:new"), {**WORDS, "issue": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "field-error" in page
    assert "1. Pay by invoice." in page


def test_somebody_faster_is_said_and_nothing_typed_is_lost(cast: Cast, as_user: SignIn) -> None:
    article = write(cast)
    revise_article(article, actor=cast.dev, cause="Theirs.")
    answer = as_user(cast.ann).post(
        reverse("knowledge:edit", args=[article.pk]), {**WORDS, "cause": "Mine.", "version": 1}
    )
    assert answer.status_code == 422
    assert "while you were writing" in answer.content.decode()
    assert "Mine." in answer.content.decode()
    article.refresh_from_db()
    assert article.cause == "Theirs."


def test_the_preview_works_with_and_without_scripts(cast: Cast, as_user: SignIn) -> None:
    browser = as_user(cast.ann)
    given = {**WORDS, "issue": "**bold** <script>alert(1)</script>"}
    fragment = browser.post(reverse("knowledge:preview"), given).content.decode()
    whole = browser.post(reverse("knowledge:new"), {**given, "preview": "1"})
    for page in (fragment, whole.content.decode()):
        assert "<strong>bold</strong>" in page
        assert "<script>alert" not in page
    assert "<html" not in fragment
    assert whole.status_code == 200
    assert not Article.objects.exists()


def test_the_list_is_searched_and_narrowed(cast: Cast, as_user: SignIn) -> None:
    write(cast, components=[cast.checkout])
    write(cast, title="Invoice is blank", issue="White pages.", audience="development")
    browser = as_user(cast.ann)
    address = reverse("knowledge:articles")

    def titles(**query: object) -> set[str]:
        page = browser.get(address, query).content.decode()
        known = ("Card declined at checkout", "Invoice is blank")
        return {title for title in known if title in page}

    assert len(titles()) == 2
    assert titles(q="declining") == {"Card declined at checkout"}
    assert titles(q="\x00 blank") == set()
    assert titles(audience="development") == {"Invoice is blank"}
    assert titles(component=cast.checkout.pk) == {"Card declined at checkout"}
    assert titles(confidence="validated") == set()
    assert titles(confidence="nonsense") == set()


@pytest.mark.parametrize("query", [{}, {"q": "declined"}])
def test_the_list_costs_the_same_for_few_and_many(
    cast: Cast, as_user: SignIn, query: dict[str, str]
) -> None:
    browser = as_user(cast.ann)
    address = reverse("knowledge:articles")
    counts = []
    for many in (3, 27):
        for _ in range(many):
            write(cast, components=[cast.checkout, cast.invoices])
        browser.get(address, query)
        with CaptureQueriesContext(connection) as queries:
            browser.get(address, query)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_a_revision_changed_is_shown_word_by_word(cast: Cast, as_user: SignIn) -> None:
    article = write(cast)
    revise_article(article, actor=cast.dev, resolution="1. Pay by transfer.", note="Shorter")
    page = as_user(cast.ann).get(reverse("knowledge:history", args=[article.pk])).content.decode()
    assert "<del>invoice.</del><ins>transfer.</ins>" in page
    assert "Dev (development)" in page
    assert "Shorter" in page
    first = reverse("knowledge:revision", args=[article.pk, 1])
    assert "<ins>1. Pay by invoice.</ins>" in as_user(cast.ann).get(first).content.decode()
    missing = reverse("knowledge:revision", args=[article.pk, 9])
    assert as_user(cast.ann).get(missing).status_code == 404


def test_readers_say_whether_it_helped(cast: Cast, as_user: SignIn) -> None:
    article = validate_article(write(cast, audience="requesters"), actor=cast.pia)
    browser = as_user(cast.rob)
    address = reverse("knowledge:feedback", args=[article.pk])
    assert browser.post(address, {"helpful": "yes"}).status_code == 302
    assert "You said that it helped" in page_of(browser, article)
    refused = browser.post(address, {"helpful": "no", "comment": " "})
    assert refused.status_code == 422
    assert "Say what is wrong or missing." in refused.content.decode()
    assert browser.post(address, {"helpful": "perhaps"}).status_code == 422
    browser.post(address, {"helpful": "no", "comment": "Step 2 is gone"})
    assert Feedback.objects.get().comment == "Step 2 is gone"
    assert "Step 2 is gone" in page_of(as_user(cast.ann), article)


def test_requesters_see_neither_drafts_nor_history_nor_others_words(
    cast: Cast, as_user: SignIn
) -> None:
    draft = write(cast, title="Secret draft", audience="requesters")
    shown = validate_article(write(cast, audience="requesters"), actor=cast.pia)
    give_feedback(shown, actor=cast.stan, helpful=True)
    browser = as_user(cast.rob)
    listed = browser.get(reverse("knowledge:articles")).content.decode()
    assert "Secret draft" not in listed
    assert shown.title in listed
    page = page_of(browser, shown)
    assert "Owner" not in page
    assert "Stan" not in page
    for name in ("article", "edit", "history", "feedback", "submit", "archive"):
        address = reverse(f"knowledge:{name}", args=[draft.pk])
        assert {browser.get(address).status_code, browser.post(address).status_code} <= {404, 405}
    assert browser.get(reverse("knowledge:history", args=[shown.pk])).status_code == 404
    assert browser.get(reverse("knowledge:edit", args=[shown.pk])).status_code == 403
    assert browser.get(reverse("knowledge:new")).status_code == 403
    assert browser.post(reverse("knowledge:preview"), WORDS).status_code == 403


def test_steps_are_buttons_for_those_who_may(cast: Cast, as_user: SignIn) -> None:
    article = write(cast)
    assert "Submit for validation" in page_of(as_user(cast.ann), article)
    as_user(cast.ann).post(reverse("knowledge:submit", args=[article.pk]))
    assert "/validate/" not in page_of(as_user(cast.rel), article)
    refused = as_user(cast.rel).post(reverse("knowledge:validate", args=[article.pk]))
    assert refused.status_code == 403
    as_user(cast.pia).post(reverse("knowledge:validate", args=[article.pk]))
    article.refresh_from_db()
    assert article.confidence == "validated"
    address = reverse("knowledge:flag", args=[article.pk])
    assert as_user(cast.dev).post(address, {"reason": ""}).status_code == 422
    as_user(cast.dev).post(address, {"reason": "Outdated"})
    article.refresh_from_db()
    assert article.confidence == "not_validated"
