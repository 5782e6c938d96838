"""Asks and the answers owed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from devlink.actions import (
    accept_ask,
    answer_question,
    ask_again,
    ask_for_fix,
    ask_question,
    create_sprint,
    decline_ask,
    defer_ask,
    start_sprint,
)
from devlink.models import Ask, Decision, EvidencePack, Sprint, WorkItem
from devlink.points import purse
from problems.actions import open_problem
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.catalogue import make_team
from tests.make.problems import make_problem
from tests.make.work import make_work_item


def tomorrow() -> date:
    return timezone.localdate() + timedelta(days=1)


def test_asking_freezes_the_evidence_and_makes_the_work_item(
    cast: Cast, cause: Cause, sprint: Sprint, ask: Ask
) -> None:
    item = ask.work_item
    assert (item.state, item.problem, item.sprint) == ("discovery", cause.problem, None)
    assert ask.pack.work_item == item
    assert ask.pack.content["ask"] == {
        "sprint": "Sprint 48",
        "team": "Service desk",
        "points": 60,
        "rationale": "It hurts daily.",
    }
    assert (ask.team, ask.state) == (cast.desk, "open")


def test_asking_again_elsewhere_uses_the_same_item(cast: Cast, cause: Cause, ask: Ask) -> None:
    later = create_sprint(actor=cast.dev, name="Sprint 49")
    second = ask_for_fix(cause.problem, actor=cast.ann, sprint=later, points=10, rationale="Still.")
    assert second.work_item == ask.work_item
    assert second.pack.supersedes == ask.pack


def test_a_hundred_points_a_sprint_and_team(cast: Cast, sprint: Sprint, ask: Ask) -> None:
    assert purse(cast.desk, sprint).left == 40
    problem = make_problem(cast.pia, component=cast.checkout)
    with pytest.raises(DomainError, match="40 of 100 points left") as refused:
        ask_for_fix(problem, actor=cast.ann, sprint=sprint, points=41, rationale="Also.")
    assert refused.value.field == "points"
    ask_for_fix(problem, actor=cast.ann, sprint=sprint, points=40, rationale="Also.")
    assert purse(cast.desk, sprint).left == 0
    assert purse(make_team("Second line"), sprint).left == 100


def test_a_refused_ask_leaves_nothing_behind(cast: Cast, sprint: Sprint, ask: Ask) -> None:
    problem = make_problem(cast.pia, component=cast.checkout)
    with pytest.raises(DomainError):
        ask_for_fix(problem, actor=cast.ann, sprint=sprint, points=50, rationale="Also.")
    assert not EvidencePack.objects.filter(problem=problem).exists()
    assert not WorkItem.objects.filter(problem=problem).exists()


@pytest.mark.parametrize("points", [0, 101, -5])
def test_points_are_one_to_a_hundred(cast: Cast, cause: Cause, sprint: Sprint, points: int) -> None:
    with pytest.raises(DomainError) as refused:
        ask_for_fix(cause.problem, actor=cast.ann, sprint=sprint, points=points, rationale="x")
    assert refused.value.field == "points"


@pytest.mark.django_db(transaction=True)
def test_two_asks_at_once_cannot_spend_the_same_points(cast: Cast) -> None:
    sprint = create_sprint(actor=cast.dev, name="Sprint 48")
    problems = [
        open_problem(actor=cast.pia, title=f"Problem {n}", component=cast.checkout)
        for n in range(4)
    ]

    def stake(problem: Any) -> str:
        try:
            ask_for_fix(problem, actor=cast.ann, sprint=sprint, points=60, rationale="Now.")
        except DomainError:
            return "refused"
        finally:
            connection.close()
        return "asked"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(stake, problems))
    assert sorted(answers) == ["asked", "refused", "refused", "refused"]


def test_an_item_is_asked_for_once_a_sprint(
    cast: Cast, cause: Cause, sprint: Sprint, ask: Ask
) -> None:
    with pytest.raises(DomainError, match="already asked for"):
        ask_for_fix(cause.problem, actor=cast.pia, sprint=sprint, points=5, rationale="Me too.")


def test_only_support_with_a_team_and_a_reason_asks(
    cast: Cast, cause: Cause, sprint: Sprint
) -> None:
    with pytest.raises(NotPermitted):
        ask_for_fix(cause.problem, actor=cast.dev, sprint=sprint, points=5, rationale="x")
    with pytest.raises(DomainError) as refused:
        ask_for_fix(cause.problem, actor=cast.ann, sprint=sprint, points=5, rationale=" ")
    assert refused.value.field == "rationale"
    with pytest.raises(DomainError) as refused:
        ask_for_fix(cause.problem, actor=cast.mo, sprint=sprint, points=5, rationale="x")
    assert refused.value.field == "team"


def test_a_started_sprint_takes_no_asks(cast: Cast, cause: Cause, sprint: Sprint) -> None:
    start_sprint(sprint, actor=cast.dev)
    with pytest.raises(TransitionNotAllowed):
        ask_for_fix(cause.problem, actor=cast.ann, sprint=sprint, points=5, rationale="x")


def test_the_item_must_be_about_the_problem(cast: Cast, cause: Cause, sprint: Sprint) -> None:
    with pytest.raises(DomainError) as refused:
        ask_for_fix(
            cause.problem,
            actor=cast.ann,
            sprint=sprint,
            points=5,
            rationale="x",
            work_item=make_work_item(cast.dev),
        )
    assert refused.value.field == "work_item"


def test_accepting_commits_and_plans(cast: Cast, sprint: Sprint, ask: Ask) -> None:
    ask = accept_ask(ask, actor=cast.dev)
    item = ask.work_item
    item.refresh_from_db()
    assert (ask.state, item.state, item.sprint) == ("accepted", "to_do", sprint)
    assert ask.answered_at is not None
    assert item.committed_at is not None


def test_a_deferral_has_a_date_in_the_future(cast: Cast, ask: Ask) -> None:
    for wrong in (None, timezone.localdate()):
        with pytest.raises(DomainError) as refused:
            defer_ask(ask, actor=cast.dev, until=wrong)
        assert refused.value.field == "until"
    ask.refresh_from_db()
    assert ask.state == "open"
    assert defer_ask(ask, actor=cast.dev, until=tomorrow()).state == "deferred"
    assert ask.decisions.get().until == tomorrow()


def test_a_refusal_has_a_reason_and_returns_the_points(
    cast: Cast, sprint: Sprint, ask: Ask
) -> None:
    with pytest.raises(DomainError) as refused:
        decline_ask(ask, actor=cast.dev, reason_code="mood")
    assert refused.value.field == "reason_code"
    ask = decline_ask(ask, actor=cast.dev, reason_code="cost", comment="Two months of work.")
    assert ask.state == "declined"
    assert purse(cast.desk, sprint).left == 100


def test_support_gives_no_verdicts(cast: Cast, ask: Ask) -> None:
    for answer in (
        lambda: accept_ask(ask, actor=cast.ann),
        lambda: defer_ask(ask, actor=cast.ann, until=tomorrow()),
        lambda: decline_ask(ask, actor=cast.ann, reason_code="cost"),
        lambda: ask_question(ask, actor=cast.ann, body="Why?"),
    ):
        with pytest.raises(NotPermitted):
            answer()


def test_an_answer_is_given_once_but_a_later_yes_is_possible(cast: Cast, ask: Ask) -> None:
    ask = defer_ask(ask, actor=cast.dev, until=tomorrow())
    with pytest.raises(TransitionNotAllowed):
        defer_ask(ask, actor=cast.dev, until=tomorrow())
    ask = accept_ask(ask, actor=cast.dev)
    with pytest.raises(TransitionNotAllowed):
        decline_ask(ask, actor=cast.dev, reason_code="cost")
    assert list(ask.decisions.values_list("verdict", flat=True)) == ["deferred", "accepted"]


def test_a_question_waits_for_support_and_the_answer_gives_the_turn_back(
    cast: Cast, ask: Ask
) -> None:
    first = ask_question(ask, actor=cast.dev, body="Which cards?")
    second = ask_question(ask, actor=cast.dev, body="Since when?")
    ask.refresh_from_db()
    assert ask.state == "needs_info"
    assert ask.decisions.get().verdict == Decision.Verdict.NEEDS_INFO
    answer_question(first, actor=cast.ann, answer="German ones.")
    ask.refresh_from_db()
    assert ask.state == "needs_info"
    answer_question(second, actor=cast.pia, answer="Monday.")
    ask.refresh_from_db()
    assert ask.state == "open"
    with pytest.raises(TransitionNotAllowed):
        answer_question(second, actor=cast.ann, answer="Tuesday.")


def test_a_question_after_the_verdict_does_not_undo_it(cast: Cast, ask: Ask) -> None:
    accept_ask(ask, actor=cast.dev)
    ask_question(ask, actor=cast.dev, body="May I call somebody?")
    ask.refresh_from_db()
    assert ask.state == "accepted"


def test_developers_do_not_answer_for_support(cast: Cast, ask: Ask) -> None:
    question = ask_question(ask, actor=cast.dev, body="Which cards?")
    with pytest.raises(NotPermitted):
        answer_question(question, actor=cast.dev, answer="All.")
    with pytest.raises(DomainError):
        answer_question(question, actor=cast.ann, answer="  ")


def test_support_may_ask_again_while_points_are_left(cast: Cast, sprint: Sprint, ask: Ask) -> None:
    decline_ask(ask, actor=cast.dev, reason_code="cost")
    other = make_problem(cast.pia, component=cast.checkout)
    ask_for_fix(other, actor=cast.ann, sprint=sprint, points=50, rationale="Then this.")
    with pytest.raises(DomainError, match="50 of 100"):
        ask_again(ask, actor=cast.ann)
    Ask.objects.filter(problem=other).update(points=40)
    again = ask_again(ask, actor=cast.ann, rationale="Now 20 more tickets.")
    assert (again.state, again.answered_at) == ("open", None)
    assert again.rationale == "Now 20 more tickets."


def test_the_sprint_does_not_start_over_unanswered_asks(
    cast: Cast, sprint: Sprint, ask: Ask
) -> None:
    with pytest.raises(DomainError, match=ask.work_item.key) as refused:
        start_sprint(sprint, actor=cast.dev)
    assert refused.value.field == "expire_unanswered"
    sprint.refresh_from_db()
    assert sprint.state == "planning"


@pytest.mark.parametrize("asked_back", [False, True])
def test_unanswered_asks_expire_only_on_purpose(
    cast: Cast,
    sprint: Sprint,
    ask: Ask,
    asked_back: bool,  # noqa: FBT001
) -> None:
    for _ in range(asked_back):
        ask_question(ask, actor=cast.dev, body="Which cards?")
    start_sprint(sprint, actor=cast.dev, expire_unanswered=True)
    ask.refresh_from_db()
    assert ask.state == "expired"
    assert ask.answered_at is None
    assert ask in Ask.objects.unanswered()


def test_an_answered_sprint_starts(cast: Cast, sprint: Sprint, ask: Ask) -> None:
    accept_ask(ask, actor=cast.dev)
    assert start_sprint(sprint, actor=cast.dev).started_at is not None


def test_asks_are_told_and_answered_to_the_right_people(
    cast: Cast,
    cause: Cause,
    sprint: Sprint,
    after_commit: Callable[[], Any],
) -> None:
    with after_commit():
        ask = ask_for_fix(
            cause.problem, actor=cast.ann, sprint=sprint, points=60, rationale="It hurts daily."
        )
    assert {n.title for n in cast.dev.notifications.all()} == {
        f"Service desk asks for {ask.work_item.key} in Sprint 48"
    }
    with after_commit():
        question = ask_question(ask, actor=cast.dev, body="Which cards?")
    with after_commit():
        answer_question(question, actor=cast.ann, answer="German ones.")
    assert cast.dev.notifications.latest("id").body == "German ones."
    with after_commit():
        decline_ask(ask, actor=cast.dev, reason_code="cost", comment="Too much.")
    for person in (cast.ann, cast.pia):
        assert "declined (Cost): Too much." in person.notifications.latest("id").title
