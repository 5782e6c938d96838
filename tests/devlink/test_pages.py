"""Pages of development work, as each side sees and uses them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Person
from devlink.actions import (
    ask_question,
    build_evidence_pack,
    defer_ask,
    hand_over_tickets,
    plan_work_item,
    start_sprint,
)
from devlink.models import Ask, EvidencePack, InvolvementEvent, PulseAnswer, Release, Sprint
from problems.models import Problem
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.problems import make_problem
from tests.make.tickets import make_tickets
from tests.make.work import make_work_item

AsUser = Callable[[Person], Client]
AfterCommit = Callable[[], AbstractContextManager[None]]


def text_of(browser: Client, address: str, status: int = 200) -> str:
    answer = browser.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_sprint_page_shows_the_ask_with_its_evidence(
    cast: Cast, sprint: Sprint, ask: Ask, as_user: AsUser
) -> None:
    page = text_of(as_user(cast.dev), f"/sprints/{sprint.pk}/")
    for words in (
        "support voted on 1 of 1 item",
        "Support is in planning",
        "support #1",
        "60 points",
        "It hurts daily.",
        "unanswered",
        f"Evidence pack · {ask.work_item.key}",
        "3 incidents, 2 orgs",
        "In the customers’ words",
    ):
        assert words in page


def test_support_sees_its_points_and_no_verdict_form(
    cast: Cast, sprint: Sprint, ask: Ask, as_user: AsUser
) -> None:
    page = text_of(as_user(cast.ann), f"/sprints/{sprint.pk}/")
    assert "Service desk has 40 points left" in page
    assert "Add evidence" in page
    assert "/decide/" not in page
    assert "Start the sprint" not in page


def test_a_developer_answers_on_the_page(
    cast: Cast, sprint: Sprint, ask: Ask, as_user: AsUser
) -> None:
    answer = as_user(cast.dev).post(
        f"/asks/{ask.pk}/decide/",
        {"verdict": "decline", "reason_code": "cost", "comment": "Two months."},
    )
    assert answer["Location"] == f"/sprints/{sprint.pk}/?ask={ask.pk}#ask-{ask.pk}"
    page = text_of(as_user(cast.ann), f"/sprints/{sprint.pk}/")
    assert "Two months." in page
    assert "Cost" in page


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"verdict": "decline", "comment": "No way."}, "Choose a reason."),
        ({"verdict": "defer", "comment": "No way."}, "A deferred ask needs a date."),
        ({"verdict": "defer", "until": "yesterday", "comment": "No way."}, "Enter a valid date."),
        ({"comment": "No way."}, "This field is required."),
    ],
)
def test_a_wrong_answer_is_explained_and_nothing_typed_is_lost(
    cast: Cast, ask: Ask, as_user: AsUser, typed: dict[str, str], sentence: str
) -> None:
    answer = as_user(cast.dev).post(f"/asks/{ask.pk}/decide/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "No way." in page


def test_support_may_not_answer(cast: Cast, ask: Ask, as_user: AsUser) -> None:
    browser = as_user(cast.ann)
    assert browser.get(f"/asks/{ask.pk}/decide/").status_code == 403
    assert browser.post(f"/asks/{ask.pk}/decide/", {"verdict": "accept"}).status_code == 403
    ask.refresh_from_db()
    assert ask.state == "open"


def test_question_and_answer_on_the_page(
    cast: Cast, sprint: Sprint, ask: Ask, as_user: AsUser
) -> None:
    as_user(cast.dev).post(f"/asks/{ask.pk}/question/", {"body": "Which cards?"})
    page = text_of(as_user(cast.ann), f"/sprints/{sprint.pk}/")
    assert "Which cards?" in page
    assert "Needs support input" in page
    question = ask.questions.get()
    as_user(cast.ann).post(f"/questions/{question.pk}/answer/", {"answer": "German ones."})
    page = text_of(as_user(cast.dev), f"/sprints/{sprint.pk}/")
    assert "German ones." in page


def test_the_sprint_does_not_start_over_an_open_ask(
    cast: Cast, sprint: Sprint, ask: Ask, as_user: AsUser
) -> None:
    browser = as_user(cast.dev)
    refused = browser.post(f"/sprints/{sprint.pk}/start/", {})
    assert refused.status_code == 422
    assert ask.work_item.key in refused.content.decode()
    assert "expire_unanswered" in refused.content.decode()
    browser.post(f"/sprints/{sprint.pk}/start/", {"expire_unanswered": "on"})
    sprint.refresh_from_db()
    assert sprint.state == "active"
    assert "Expired" in text_of(browser, f"/sprints/{sprint.pk}/")


def test_support_asks_from_the_sprint_and_from_the_problem(
    cast: Cast, cause: Cause, sprint: Sprint, as_user: AsUser
) -> None:
    browser = as_user(cast.ann)
    typed = {"problem": cause.problem.pk, "points": 30, "rationale": "Daily."}
    assert browser.post(f"/sprints/{sprint.pk}/ask/", typed).status_code == 302
    other = make_problem(cast.pia, component=cast.checkout)
    wrong = {"sprint": sprint.pk, "points": 71, "rationale": "Daily too."}
    refused = browser.post(f"/asks/new/{other.pk}/", wrong)
    assert refused.status_code == 422
    assert "70 of 100 points left" in refused.content.decode()
    assert "Daily too." in refused.content.decode()
    browser.post(f"/asks/new/{other.pk}/", {**wrong, "points": 70})
    assert Ask.objects.count() == 2


def test_a_pack_page_prints_everything_and_checks_its_seal(
    cast: Cast, ask: Ask, as_user: AsUser
) -> None:
    hand_over_tickets(ask.work_item)
    address = f"/packs/{ask.pack_id}/"
    page = text_of(as_user(cast.dev), address)
    for words in (
        "seal intact",
        "stakes 60 of 100 points",
        "What would prove it wrong",
        "Score ",
        ask.pack.sha256,
        "[name]",
    ):
        assert words in page
    EvidencePack.objects.update(sha256="0" * 64)
    assert "seal broken" in text_of(as_user(cast.dev), address)


def test_a_newer_pack_shows_what_changed(cast: Cast, ask: Ask, as_user: AsUser) -> None:
    make_tickets(1, cast.rob)
    Problem.objects.filter(pk=ask.problem_id).update(workaround="Pay by invoice.")
    second = build_evidence_pack(ask.problem, actor=cast.pia)
    page = text_of(as_user(cast.dev), f"/packs/{second.pk}/")
    assert "What changed since version 1" in page
    assert "Pay by invoice." in page
    assert "Newer version 2" in text_of(as_user(cast.dev), f"/packs/{ask.pack_id}/")


def test_building_a_pack_needs_a_post(cast: Cast, cause: Cause, as_user: AsUser) -> None:
    browser = as_user(cast.pia)
    browser.get(f"/packs/new/{cause.problem.pk}/")
    assert not EvidencePack.objects.exists()
    answer = browser.post(f"/packs/new/{cause.problem.pk}/")
    assert answer["Location"] == EvidencePack.objects.get().get_absolute_url()


def test_a_work_item_is_made_planned_worked_and_discussed(
    cast: Cast, sprint: Sprint, as_user: AsUser
) -> None:
    browser = as_user(cast.dev)
    made = browser.post(
        "/work-items/new/",
        {"title": "Retry the call", "kind": "story", "component": cast.checkout.pk},
    )
    address = made["Location"]
    for step, typed in (
        ("commit", {}),
        ("plan", {"sprint": sprint.pk}),
        ("start", {}),
        ("edit", {"title": "Retry it", "component": cast.checkout.pk, "assignee": cast.dev.pk}),
        ("finish", {}),
    ):
        assert browser.post(f"{address}{step}/", typed).status_code == 302
    as_user(cast.ann).post(f"{address}comment/", {"body": "Thank *you*."})
    page = text_of(browser, address)
    for words in ("Retry it", "Done", "<em>you</em>", "Sprint 48", "finished it"):
        assert words in page


def test_requirements_show_whether_support_took_part(cast: Cast, as_user: AsUser) -> None:
    item = make_work_item(cast.dev, kind="requirement", title="Export as CSV")
    assert "not yet" in text_of(as_user(cast.ann), "/requirements/")
    as_user(cast.ann).post(f"/work-items/{item.pk}/comment/", {"body": "Customers ask weekly."})
    page = text_of(as_user(cast.dev), "/requirements/")
    assert "took part" in page
    assert "1 comment" in page


def test_a_release_from_plan_to_live_on_its_page(
    cast: Cast, release: Release, as_user: AsUser, after_commit: AfterCommit
) -> None:
    address = f"/releases/{release.pk}/"
    boss, agent = as_user(cast.rel), as_user(cast.ann)
    with after_commit():
        boss.post(f"{address}check-readiness/")
    page = text_of(agent, address)
    assert "6 blocking items open" in page
    for item in release.readiness.holding():
        agent.post(f"/readiness/{item.pk}/meet/", {"evidence": "Shown in staging."})
    assert "Approve" in text_of(boss, address)
    boss.post(f"{address}approve/")
    release.refresh_from_db()
    assert release.state == "readiness"
    agent.post(f"{address}sign/", {"verdict": "ready"})
    assert "Nothing holds this release" in text_of(boss, address)
    boss.post(f"{address}approve/")
    boss.post(f"{address}deploy/")
    with after_commit():
        boss.post(f"{address}deployed/")
    page = text_of(agent, address)
    for words in ("Hypercare", "told before", "Succeeded", "Shown in staging.", "CHG-"):
        assert words in page


def test_a_refused_approval_says_why(cast: Cast, release: Release, as_user: AsUser) -> None:
    boss = as_user(cast.rel)
    boss.post(f"/releases/{release.pk}/check-readiness/")
    page = boss.post(f"/releases/{release.pk}/approve/", follow=True).content.decode()
    assert "6 blocking items are open" in page


def test_supports_look_at_a_release_is_noted(cast: Cast, release: Release, as_user: AsUser) -> None:
    for person in (cast.ann, cast.ann, cast.dev):
        text_of(as_user(person), f"/releases/{release.pk}/")
    seen = InvolvementEvent.objects.get(kind="viewed")
    assert (seen.release, seen.actor) == (release, cast.ann)


def test_the_developers_home_counts_the_week_and_what_waits(
    cast: Cast, ask: Ask, as_user: AsUser
) -> None:
    page = text_of(as_user(cast.dev), "/development/")
    assert "3 tickets in seven days" in page
    assert "Checkout" in page
    assert ask.work_item.title in page
    ask_question(ask, actor=cast.dev, body="Which cards?")
    assert "Support owes you an answer" in text_of(as_user(cast.dev), "/development/")
    assert "Which cards?" in text_of(as_user(cast.ann), "/development/")


def test_a_deferred_ask_comes_back_on_its_day(cast: Cast, ask: Ask, as_user: AsUser) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    defer_ask(ask, actor=cast.dev, until=tomorrow)
    assert "No ask waits" in text_of(as_user(cast.dev), "/development/")
    ask.decisions.update(until=timezone.localdate())
    assert ask.work_item.title in text_of(as_user(cast.dev), "/development/")


def test_the_pulse_is_one_question(cast: Cast, as_user: AsUser) -> None:
    browser = as_user(cast.ann)
    assert "your say" in text_of(browser, "/pulse/")
    assert browser.post("/pulse/", {"score": "9"}).status_code == 422
    assert browser.post("/pulse/", {"score": "4"}).status_code == 302
    again = browser.post("/pulse/", {"score": "4"})
    assert "answered this quarter" in again.content.decode()
    assert PulseAnswer.objects.count() == 1


def test_a_started_sprint_offers_no_asking(cast: Cast, sprint: Sprint, as_user: AsUser) -> None:
    plan_work_item(make_work_item(cast.dev), actor=cast.dev, sprint=sprint)
    start_sprint(sprint, actor=cast.dev)
    page = text_of(as_user(cast.ann), f"/sprints/{sprint.pk}/")
    assert "Add evidence" not in page
    assert "Support is not in planning" in page
