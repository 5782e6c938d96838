"""Canned replies: whose they are, and variables that are only words."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.html import escape
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError, EditConflict, NotPermitted
from core.markdown import to_html
from incidents import actions
from incidents.composing import composer_choices
from incidents.models import CannedReply, Draft, Ticket
from incidents.variables import VARIABLES, fill
from knowledge.models import Article
from tests.conftest import Cast
from tests.incidents.conftest import Opener

AsUser = Callable[[Person], Client]


def labels(person: Person, ticket: Ticket) -> set[str]:
    return {choice.label for choice in composer_choices(person, ticket)}


def test_personal_team_and_global_texts_reach_their_people(ticket: Ticket, cast: Cast) -> None:
    actions.can_reply(actor=cast.ann, title="Mine", body="x")
    actions.can_reply(actor=cast.ann, title="Ours", body="x", scope="team", team=cast.desk)
    actions.can_reply(actor=cast.mo, title="Everybody's", body="x", scope="global")
    assert labels(cast.ann, ticket) == {"Mine", "Ours", "Everybody's"}
    assert labels(cast.pia, ticket) == {"Ours", "Everybody's"}
    assert labels(cast.mo, ticket) == {"Everybody's"}
    assert not CannedReply.objects.visible_to(cast.rob).exists()


def test_who_may_keep_what(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        actions.can_reply(actor=cast.ann, title="x", body="x", scope="global")
    with pytest.raises(NotPermitted):
        actions.can_reply(
            actor=cast.ann, title="x", body="x", scope="team", team=cast.payments_team
        )
    with pytest.raises(NotPermitted):
        actions.can_reply(actor=cast.rob, title="x", body="x")
    mine = actions.can_reply(actor=cast.ann, title="x", body="x")
    with pytest.raises(NotPermitted):
        actions.drop_canned_reply(mine, actor=cast.mo)


def test_variables_are_filled_in_for_the_ticket(opened: Opener, cast: Cast) -> None:
    ticket = opened(title="Card *declined*")
    actions.can_reply(
        actor=cast.ann,
        title="Hello",
        body="Hi {{requester.first_name}}, {{ ticket.reference }} {{ticket.title}} {{agent.name}}",
    )
    [choice] = composer_choices(cast.ann, ticket)
    assert choice.text == f"Hi Rob, INC-{ticket.pk} Card \\*declined\\* Ann"


@pytest.mark.parametrize(
    "name", ["requester.password", "ticket", "settings.SECRET_KEY", "a|safe", ""]
)
def test_an_unknown_variable_is_an_error_at_the_text(
    cast: Cast, as_user: AsUser, name: str
) -> None:
    body = "Hi {{" + name + "}}"
    with pytest.raises(DomainError) as refused:
        actions.can_reply(actor=cast.ann, title="x", body=body)
    assert refused.value.field == "body"
    answer = as_user(cast.ann).post(
        "/replies/new/", {"title": "x", "body": body, "scope": "personal"}
    )
    assert answer.status_code == 422
    assert "There is no variable" in answer.content.decode()
    assert not CannedReply.objects.exists()


@pytest.mark.parametrize(
    "value",
    ["<script>alert(1)</script>", "[x](https://evil.example)", "**x**", "{{agent.name}}",
     "{% now %}", "![](attachment:abcdefghijkl)", "# x", "a\n\n> b",
     "- x", "1. x", "12) x", "&lt;b&gt;"],
)  # fmt: skip
def test_a_value_is_shown_letter_by_letter(value: str) -> None:
    filled = fill("{{ticket.title}}", {"ticket.title": value, "agent.name": "SECRET"})
    html = to_html(filled, {"abcdefghijkl": "/x/"})
    assert "SECRET" not in html
    assert html.removeprefix("<p>").removesuffix("</p>\n") == escape(" ".join(value.split()))
    for tag in ("<script", "<a", "<strong", "<img", "<h", "<blockquote", "<li"):
        assert tag not in html


def test_every_variable_has_a_value(ticket: Ticket, cast: Cast) -> None:
    body = " ".join("{{" + name + "}}" for name in VARIABLES)
    actions.can_reply(actor=cast.ann, title="All", body=body)
    [choice] = composer_choices(cast.ann, ticket)
    assert "{" not in choice.text
    assert len(choice.text.split()) >= len(VARIABLES)


def test_two_editors_do_not_overwrite_each_other(cast: Cast) -> None:
    reply = actions.can_reply(actor=cast.ann, title="x", body="x", scope="team", team=cast.desk)
    words = {"title": "x", "scope": "team", "team": cast.desk}
    actions.change_canned_reply(reply, actor=cast.ann, version=1, body="Ann's", **words)
    with pytest.raises(EditConflict):
        actions.change_canned_reply(reply, actor=cast.pia, version=1, body="Pia's", **words)


def test_the_pages_write_change_and_delete(cast: Cast, as_user: AsUser) -> None:
    browser = as_user(cast.ann)
    assert "No canned reply fits" in browser.get("/replies/").content.decode()
    words = {"title": "Ask", "body": "Hi {{requester.first_name}}", "scope": "personal"}
    preview = browser.post("/replies/new/", words | {"preview": "1"})
    assert preview.status_code == 200
    assert "Hi Lena" in preview.content.decode()
    browser.post("/replies/new/", words)
    reply = CannedReply.objects.get()
    assert "Ask" in browser.get("/replies/?q=hi&scope=personal").content.decode()
    browser.post(f"/replies/{reply.pk}/", words | {"title": "Ask more", "version": 1})
    assert CannedReply.objects.get().title == "Ask more"
    assert as_user(cast.pia).get(f"/replies/{reply.pk}/").status_code == 404
    assert as_user(cast.rob).get("/replies/").status_code == 403
    browser.post(f"/replies/{reply.pk}/drop/")
    assert not CannedReply.objects.exists()


def test_the_api_does_the_same(cast: Cast, api_as: Callable[[Person], APIClient]) -> None:
    ann = api_as(cast.ann)
    made = ann.post("/api/v1/canned-replies/", {"title": "x", "body": "{{nope}}"})
    assert (made.status_code, set(made.data)) == (422, {"body"})
    made = ann.post("/api/v1/canned-replies/", {"title": "x", "body": "Hello"})
    address = f"/api/v1/canned-replies/{made.data['id']}/"
    changed = ann.put(address, {"title": "y", "body": "Hello", "version": 1})
    assert changed.data["title"] == "y"
    assert api_as(cast.pia).get(address).status_code == 404
    assert ann.delete(address).status_code == 204


def test_an_article_is_inserted_as_link_and_text(
    ticket: Ticket, cast: Cast, as_user: AsUser
) -> None:
    inside = Article.objects.create(
        title="Cards inside", issue="x", owner=cast.ann, confidence="validated"
    )
    article = Article.objects.create(
        title="Cards declined", issue="x", resolution="Call the bank.", audience="public",
        owner=cast.ann, confidence="validated",
    )  # fmt: skip
    rows = as_user(cast.ann).get(f"/tickets/{ticket.pk}/choices/").json()["choices"]
    by_key = {row["key"]: row for row in rows}
    assert by_key[f"article.{inside.pk}"]["internal"] is True
    assert by_key[f"article.{article.pk}"]["internal"] is False
    as_user(cast.ann).post(f"/tickets/{ticket.pk}/insert/", {"choice": f"article.{article.pk}"})
    body = Draft.objects.get().body
    assert f"({article.get_absolute_url()})" in body
    assert "Call the bank." in body
