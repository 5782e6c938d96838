"""Questions of development about work items, and the backlog they are planned from."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from devlink.actions import (
    answer_question,
    ask_about_item,
    ask_question,
    attach_evidence,
    build_evidence_pack,
    note_answer_on_tickets,
)
from devlink.models import Ask, InvolvementEvent, Question, Sprint, WorkItem
from incidents.models import Message, Ticket
from notifications.models import Notification
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.catalogue import make_team
from tests.make.tickets import make_ticket
from tests.make.work import make_sprint, make_work_item

AsUser = Callable[[Person], Client]
ApiAs = Callable[[Person], APIClient]
AfterCommit = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def item(cast: Cast, cause: Cause) -> WorkItem:
    """A story in discovery about the cause; nobody asked for anything."""
    return make_work_item(
        cast.dev, kind="story", problem=cause.problem, component=cast.checkout, title="Say why"
    )


def notes(ticket: Ticket) -> list[str]:
    found = Message.objects.filter(ticket=ticket, kind=Message.Kind.NOTE, author=None)
    return [one.body for one in found]


def test_support_hears_the_question_and_the_developer_the_answer(
    cast: Cast, item: WorkItem, after_commit: AfterCommit, as_user: AsUser
) -> None:
    with after_commit():
        question = ask_about_item(item, actor=cast.dev, body="Which cards?")
    heard = Notification.objects.filter(kind="devlink.question_asked")
    assert set(heard.values_list("person__name", flat=True)) == {"Ann", "Pia"}
    assert "Which cards?" in as_user(cast.ann).get("/notifications/").content.decode()
    with after_commit():
        answer_question(question, actor=cast.ann, answer="German ones.")
    told = Notification.objects.get(kind="devlink.question_answered")
    assert (told.person, told.body) == (cast.dev, "German ones.")


def test_the_answer_lands_on_the_open_tickets_once(
    cast: Cast, cause: Cause, item: WorkItem, after_commit: AfterCommit
) -> None:
    first, second, third = cause.tickets
    attached = make_ticket(cast.rita)
    attach_evidence(item, actor=cast.ann, source=attached)
    Ticket.objects.filter(pk=second.pk).update(team=make_team("Legal", restricted=True))
    Ticket.objects.filter(pk=third.pk).update(state="closed", state_category="closed")
    with after_commit():
        question = ask_about_item(item, actor=cast.dev, body="Which cards, @ann?")
        answer_question(question, actor=cast.pia, answer="German ones.")
    for ticket in (first, attached):
        (body,) = notes(ticket)
        assert "Pia answered" in body
        assert "> German ones." in body
        assert "@ann" not in body
    assert notes(second) == notes(third) == []
    question.refresh_from_db()
    assert note_answer_on_tickets(question) == 0
    assert len(notes(first)) == 1


def test_an_answer_about_an_ask_is_noted_too(
    cast: Cast, cause: Cause, ask: Ask, after_commit: AfterCommit
) -> None:
    question = ask_question(ask, actor=cast.dev, body="Which cards?")
    with after_commit():
        answer_question(question, actor=cast.ann, answer="German ones.")
    assert question.work_item == ask.work_item
    assert len(notes(cause.tickets[0])) == 1


def test_answering_in_discovery_is_taking_part(cast: Cast, item: WorkItem) -> None:
    question = ask_about_item(item, actor=cast.dev, body="Which cards?")
    answer_question(question, actor=cast.ann, answer="German ones.")
    act = InvolvementEvent.objects.involving_support().get(work_item=item, kind="commented")
    assert (act.stage, act.actor) == ("requirements", cast.ann)


def test_who_may_ask_and_answer(cast: Cast, item: WorkItem) -> None:
    with pytest.raises(NotPermitted):
        ask_about_item(item, actor=cast.ann, body="Why?")
    with pytest.raises(DomainError) as refused:
        ask_about_item(item, actor=cast.dev, body=" ")
    assert refused.value.field == "body"
    question = ask_about_item(item, actor=cast.dev, body="Why?")
    with pytest.raises(NotPermitted):
        answer_question(question, actor=cast.dev, answer="So.")
    answer_question(question, actor=cast.ann, answer="So.")
    with pytest.raises(TransitionNotAllowed):
        answer_question(question, actor=cast.pia, answer="No.")


def test_question_and_answer_on_the_pages_of_both_sides(
    cast: Cast, item: WorkItem, as_user: AsUser, api_as: ApiAs
) -> None:
    address = f"/work-items/{item.pk}/"
    as_user(cast.dev).post(f"{address}question/", {"body": "Which cards?"})
    question = Question.objects.get()
    for person, inbox in (
        (cast.ann, "/desk/"),
        (cast.ann, "/questions/"),
        (cast.dev, "/development/"),
        (cast.dev, "/questions/"),
    ):
        assert "Which cards?" in as_user(person).get(inbox).content.decode(), inbox
    assert "Which cards?" not in as_user(cast.max).get("/desk/").content.decode()
    answer = as_user(cast.ann).post(f"/questions/{question.pk}/answer/", {"answer": "German."})
    assert answer["Location"] == f"{address}#question-{question.pk}"
    assert "German." in as_user(cast.dev).get(address).content.decode()
    made = api_as(cast.dev).post(f"/api/v1/work-items/{item.pk}/question/", {"body": "And?"})
    assert (made.status_code, made.json()["work_item"]) == (201, item.pk)
    open_ones = api_as(cast.ann).get("/api/v1/questions/", {"answered_at__isnull": "true"})
    assert [one["body"] for one in open_ones.json()["results"]] == ["And?"]


def test_lists_of_questions_and_work_cost_the_same_at_3_and_at_30(
    cast: Cast, cause: Cause, item: WorkItem, as_user: AsUser, django_assert_max_num_queries: Any
) -> None:
    def make(how_many: int) -> None:
        for _ in range(how_many):
            one = make_work_item(cast.dev, component=cast.checkout)
            ask_about_item(one, actor=cast.dev, body="Which?")

    browser = as_user(cast.dev)
    build_evidence_pack(cause.problem, actor=cast.pia, work_item=item)
    make(3)
    for address in ("/backlog/", "/questions/", "/asks/", "/asks/measures/", "/asks/declined/"):
        browser.get(address)
    make(27)
    for address, most in (("/backlog/", 12), ("/questions/", 8), ("/asks/", 8)):
        with django_assert_max_num_queries(most):
            assert browser.get(address).status_code == 200


def test_one_filter_narrows_page_and_api(
    cast: Cast, cause: Cause, as_user: AsUser, api_as: ApiAs
) -> None:
    sprint = make_sprint(cast.dev)
    bug = make_work_item(cast.dev, title="Alpha", component=cast.checkout, sprint=sprint)
    story = make_work_item(cast.dev, title="Beta", kind="story", component=cast.invoices)
    known = make_work_item(cast.dev, title="Gamma", problem=cause.problem)
    build_evidence_pack(cause.problem, actor=cast.pia, work_item=known)
    gone = make_work_item(cast.dev, title="Delta")
    WorkItem.objects.filter(pk=gone.pk).update(state="done")
    items = [bug, story, known, gone]
    for query, expected in (
        ({"state": "open"}, {bug, story, known}),
        ({"state": "done"}, {gone}),
        ({"kind": "story", "state": ""}, {story}),
        ({"component": cast.checkout.pk}, {bug, known}),
        ({"sprint": sprint.pk}, {bug}),
        ({"unplanned": "true", "state": "open"}, {story, known}),
        ({"evidence": "true"}, {known}),
        ({"q": "alp"}, {bug}),
        ({"team": cast.payments_team.pk, "q": bug.key}, {bug}),
    ):
        page = as_user(cast.ann).get("/backlog/", query).content.decode()
        found = api_as(cast.ann).get("/api/v1/work-items/", query).json()["results"]
        wanted = {one.title for one in expected}
        assert {one["title"] for one in found} == wanted, query
        shown = {one.title for one in items if one.title in page}
        assert shown == wanted, query


def test_items_are_planned_from_the_backlog(cast: Cast, sprint: Sprint, as_user: AsUser) -> None:
    mine = make_work_item(cast.dev, component=cast.checkout)
    team = make_team("Mobile development", side="development")
    theirs = make_work_item(cast.dev, team=team)
    words = {"items": [mine.pk, theirs.pk], "sprint": sprint.pk, "back": "/backlog/?kind=bug"}
    answer = as_user(cast.dev).post("/backlog/plan/", words, follow=True)
    assert answer.redirect_chain[0][0] == "/backlog/?kind=bug"
    page = answer.content.decode()
    assert f"1 item is in {sprint.name}." in page
    assert f"{theirs.key}: {sprint.name} belongs to another team." in page
    mine.refresh_from_db()
    assert mine.sprint == sprint
    nothing = as_user(cast.dev).post("/backlog/plan/", {"back": "//evil.example/"}, follow=True)
    assert nothing.redirect_chain[0][0] == "/backlog/"
    assert "Choose at least one work item." in nothing.content.decode()
    assert as_user(cast.ann).post("/backlog/plan/", words).status_code == 403
    assert "Plan them" not in as_user(cast.ann).get("/backlog/").content.decode()


@pytest.mark.parametrize("kind", ["bug", "story", "task", "requirement"])
def test_developers_add_every_kind(cast: Cast, as_user: AsUser, kind: str) -> None:
    words = {"title": "Say why", "kind": kind, "component": cast.checkout.pk}
    assert as_user(cast.dev).post("/work-items/new/", words).status_code == 302
    assert WorkItem.objects.get().kind == kind
