"""Work items: made, planned, worked on, commented."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Person
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from devlink.actions import (
    cancel_work_item,
    close_sprint,
    comment_on_work_item,
    commit_work_item,
    create_work_item,
    edit_work_item,
    finish_work_item,
    plan_work_item,
    put_back_work_item,
    reopen_work_item,
    start_sprint,
    start_work_item,
    unplan_work_item,
)
from devlink.models import Sprint, WorkItem
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.make.catalogue import make_team
from tests.make.work import make_sprint, make_work_item

AsUser = Callable[[Person], Client]


def test_a_work_item_takes_its_team_and_key_from_the_component(cast: Cast) -> None:
    item = create_work_item(actor=cast.ann, title=" Fix it ", component=cast.checkout)
    assert (item.title, item.team, item.state) == ("Fix it", cast.payments_team, "to_do")
    assert item.key == f"PAY-{item.pk}"
    assert item.committed_at == item.created_at


def test_component_and_cluster_follow_from_the_problem(cast: Cast, cause: Cause) -> None:
    item = make_work_item(cast.dev, problem=cause.problem)
    assert (item.component, item.cluster) == (cast.checkout, cause.cluster)


@pytest.mark.parametrize("kind", ["story", "requirement"])
def test_new_wishes_begin_in_discovery(cast: Cast, kind: str) -> None:
    item = make_work_item(cast.dev, kind=kind)
    assert (item.state, item.committed_at) == ("discovery", None)
    item = commit_work_item(item, actor=cast.dev)
    assert item.state == "to_do"
    assert item.committed_at is not None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"kind": "wish"}, "kind"),
    ],
)
def test_bad_input_is_refused_at_its_field(cast: Cast, fields: dict[str, str], field: str) -> None:
    with pytest.raises(DomainError) as refused:
        make_work_item(cast.dev, **fields)
    assert refused.value.field == field


def test_without_component_or_own_team_a_team_must_be_chosen(cast: Cast) -> None:
    with pytest.raises(DomainError) as refused:
        make_work_item(cast.ann)
    assert refused.value.field == "team"
    with pytest.raises(DomainError, match="not on the development side"):
        make_work_item(cast.ann, team=cast.desk)


def test_only_developers_are_assigned(cast: Cast) -> None:
    with pytest.raises(DomainError) as refused:
        make_work_item(cast.dev, assignee=cast.ann)
    assert refused.value.field == "assignee"


def test_a_requester_makes_no_work(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        create_work_item(actor=cast.rob, title="Do it", component=cast.checkout)


def test_from_start_to_end(cast: Cast) -> None:
    item = start_work_item(make_work_item(cast.dev), actor=cast.dev)
    assert (item.state, item.assignee) == ("in_progress", cast.dev)
    item = finish_work_item(item, actor=cast.dev)
    assert item.finished_at is not None
    item = reopen_work_item(item, actor=cast.dev)
    assert (item.state, item.finished_at) == ("to_do", None)
    names = Event.objects.about(item).order_by("id").values_list("name", flat=True)
    assert list(names) == [
        "devlink.work_item_created",
        "devlink.work_item_started",
        "devlink.work_item_finished",
        "devlink.work_item_reopened",
    ]


def test_starting_a_wish_commits_to_it(cast: Cast) -> None:
    item = start_work_item(make_work_item(cast.dev, kind="story"), actor=cast.dev)
    assert item.committed_at is not None


def test_what_is_done_is_not_started(cast: Cast) -> None:
    item = finish_work_item(make_work_item(cast.dev), actor=cast.dev)
    with pytest.raises(TransitionNotAllowed):
        start_work_item(item, actor=cast.dev)


def test_what_is_begun_is_put_back(cast: Cast, as_user: AsUser) -> None:
    item = start_work_item(make_work_item(cast.dev), actor=cast.dev)
    browser = as_user(cast.dev)
    assert "Put back" in browser.get(item.get_absolute_url()).content.decode()
    browser.post(f"/work-items/{item.pk}/put-back/")
    item.refresh_from_db()
    assert item.state == "to_do"
    assert Event.objects.about(item).latest("id").name == "devlink.work_item_put_back"
    with pytest.raises(TransitionNotAllowed):
        put_back_work_item(item, actor=cast.dev)
    with pytest.raises(NotPermitted):
        put_back_work_item(item, actor=cast.ann)


def test_support_does_not_move_development_work(cast: Cast) -> None:
    item = make_work_item(cast.dev)
    for act in (start_work_item, finish_work_item, commit_work_item):
        with pytest.raises(NotPermitted):
            act(item, actor=cast.ann)


def test_cancelling_needs_a_reason(cast: Cast) -> None:
    item = make_work_item(cast.dev)
    with pytest.raises(DomainError) as refused:
        cancel_work_item(item, actor=cast.dev, reason=" ")
    assert refused.value.field == "reason"
    assert cancel_work_item(item, actor=cast.dev, reason="Obsolete").state == "cancelled"
    assert "Obsolete" in Event.objects.about(item).latest("id").sentence


def test_editing_says_what_changed_and_only_that(cast: Cast) -> None:
    item = make_work_item(cast.dev, title="One")
    edit_work_item(item, actor=cast.dev, title="One")
    item = edit_work_item(item, actor=cast.dev, title="Two", description="How")
    event = Event.objects.about(item).latest("id")
    assert event.sentence == "changed title, description"
    assert Event.objects.about(item).count() == 2


def test_planning_is_for_sprints_of_the_same_team(cast: Cast, sprint: Sprint) -> None:
    item = plan_work_item(make_work_item(cast.dev), actor=cast.dev, sprint=sprint)
    assert item.sprint == sprint
    other = make_sprint(cast.dev, team=make_team("Identity", side="development"))
    with pytest.raises(DomainError) as refused:
        plan_work_item(item, actor=cast.dev, sprint=other)
    assert refused.value.field == "sprint"
    assert unplan_work_item(item, actor=cast.dev).sprint is None


def test_a_closed_sprint_keeps_what_was_in_it(cast: Cast, sprint: Sprint) -> None:
    item = plan_work_item(make_work_item(cast.dev), actor=cast.dev, sprint=sprint)
    start_sprint(sprint, actor=cast.dev)
    close_sprint(sprint, actor=cast.dev)
    with pytest.raises(TransitionNotAllowed):
        unplan_work_item(item, actor=cast.dev)
    with pytest.raises(DomainError):
        plan_work_item(make_work_item(cast.dev), actor=cast.dev, sprint=sprint)


def test_a_comment_keeps_the_side_it_was_made_for(cast: Cast) -> None:
    item = make_work_item(cast.dev)
    comment_on_work_item(item, actor=cast.ann, body="It hurts.")
    comment_on_work_item(item, actor=cast.dev, body="Looking.")
    sides = list(item.comments.values_list("author_side", flat=True))
    assert sides == ["support", "development"]
    with pytest.raises(DomainError):
        comment_on_work_item(item, actor=cast.ann, body=" \n")


def test_strangers_see_no_work(cast: Cast) -> None:
    make_work_item(cast.dev)
    assert not WorkItem.objects.visible_to(cast.rob)
    assert WorkItem.objects.visible_to(cast.ann)
