"""Items of a tracker become work items, whatever order they are told in."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import permutations

import pytest
from django.utils import timezone

from core.models import Event
from devlink.actions import (
    add_to_release,
    create_work_item,
    mirror_item,
    mirror_release,
    mirror_sprint,
    send_to_tracker,
)
from devlink.connectors.base import (
    ItemKind,
    ItemState,
    RemoteItem,
    RemoteRelease,
    RemoteSprint,
    SprintState,
)
from devlink.models import FixClaim, Release, Sprint, Tracker, WorkItem
from incidents.models import Ticket
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.devlink.trackers.memory import World, later

AfterCommit = Callable[[], AbstractContextManager[None]]


def take(tracker: Tracker, remote: RemoteItem) -> WorkItem:
    return mirror_item(tracker, remote, asked_at=timezone.now())


def facts(item: WorkItem) -> list[str]:
    names = Event.objects.about(item).order_by("id").values_list("name", flat=True)
    return [name.removeprefix("devlink.work_item_") for name in names]


def test_a_new_item_becomes_a_work_item_of_the_trackers_team(
    cast: Cast, tracker: Tracker, world: World
) -> None:
    remote = world.put(
        "7",
        title="Cards fail",
        body="Since Monday.",
        labels=("ui", "Area/Checkout"),
        assignee="dev",
        assignee_email="DEV@house.example",
    )
    item = take(tracker, remote)
    item.refresh_from_db()
    assert (item.key, item.title, item.description) == ("shop#7", "Cards fail", "Since Monday.")
    assert (item.tracker, item.external_id) == (tracker, "7")
    assert item.external_url == "https://tracker.example/7"
    assert (item.team, item.component) == (cast.payments_team, cast.checkout)
    assert (item.assignee, item.assignee_name) == (cast.dev, "")
    assert item.created_at == remote.created_at


def test_an_assignee_who_is_nobody_here_is_kept_by_name(
    cast: Cast, tracker: Tracker, world: World
) -> None:
    item = take(tracker, world.put("7", assignee="octo", assignee_email="octo@else.example"))
    assert (item.assignee, item.assignee_name) == (None, "octo")
    # A requester of that address is no developer.
    item = take(tracker, world.put("7", assignee="rob", assignee_email=cast.rob.email))
    item.refresh_from_db()
    assert (item.assignee, item.assignee_name) == (None, "rob")


@pytest.mark.parametrize(
    ("before", "after", "steps"),
    [
        ("to_do", "in_progress", ["started"]),
        ("to_do", "done", ["finished"]),
        ("to_do", "cancelled", ["cancelled"]),
        ("in_progress", "to_do", ["put_back"]),
        ("in_progress", "done", ["finished"]),
        ("done", "in_progress", ["reopened", "started"]),
        ("done", "cancelled", ["reopened", "cancelled"]),
        ("cancelled", "to_do", ["reopened"]),
        ("cancelled", "done", ["reopened", "finished"]),
        ("done", "done", []),
    ],
)
def test_states_go_by_the_steps_of_the_table(
    tracker: Tracker, world: World, before: str, after: str, steps: list[str]
) -> None:
    item = take(tracker, world.put("7", state=ItemState(before)))
    so_far = len(facts(item))
    item = take(tracker, world.put("7", state=ItemState(after), updated_at=later(5)))
    item.refresh_from_db()
    assert item.state == after
    assert facts(item)[so_far:] == steps


def test_what_is_discussed_here_stays_so_until_it_is_begun(tracker: Tracker, world: World) -> None:
    item = take(tracker, world.put("7", kind=ItemKind.STORY))
    assert item.state == "discovery"
    item = take(tracker, world.put("7", state=ItemState.DONE, updated_at=later(1)))
    item.refresh_from_db()
    assert item.state == "done"
    assert facts(item) == ["created", "committed", "finished"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_state_wins_in_every_order(
    tracker: Tracker, world: World, order: tuple[int, ...]
) -> None:
    answers = [
        world.put("7", title="first", state=ItemState.TO_DO),
        world.put("7", title="second", state=ItemState.IN_PROGRESS, updated_at=later(1)),
        world.put("7", title="third", state=ItemState.DONE, updated_at=later(2)),
    ]
    for place in order:
        take(tracker, answers[place])
    item = WorkItem.objects.get()
    assert (item.title, item.state) == ("third", "done")


def test_of_two_answers_of_one_second_the_later_question_wins(
    tracker: Tracker, world: World
) -> None:
    first_asked, then_asked = later(10), later(11)
    old, new = world.put("7", title="old"), world.put("7", title="new")
    mirror_item(tracker, new, asked_at=then_asked)
    mirror_item(tracker, old, asked_at=first_asked)
    assert WorkItem.objects.get().title == "new"


def test_telling_again_changes_and_records_nothing(tracker: Tracker, world: World) -> None:
    remote = world.put("7", state=ItemState.IN_PROGRESS, sprint="48", fix_versions=("4.18.0",))
    take(tracker, remote)
    before = Event.objects.count()
    take(tracker, remote)
    assert Event.objects.count() == before
    assert WorkItem.objects.count() == Sprint.objects.count() == Release.objects.count() == 1


def test_sprint_and_version_come_back_and_go(tracker: Tracker, world: World) -> None:
    item = take(tracker, world.put("7", sprint="Sprint 48", fix_versions=("4.18.0",)))
    item.refresh_from_db()
    assert item.sprint is not None
    assert item.sprint.name == "Sprint 48"
    assert [one.version for one in item.releases.all()] == ["4.18.0"]
    take(tracker, world.put("7", sprint="", fix_versions=("4.19.0",), updated_at=later(1)))
    item.refresh_from_db()
    assert item.sprint is None
    assert [one.version for one in item.releases.all()] == ["4.19.0"]


@pytest.mark.parametrize("named_by", ["Sprint 48", "s1"])
def test_an_item_told_before_its_sprint_is_in_the_same_sprint(
    tracker: Tracker, world: World, named_by: str
) -> None:
    item = take(tracker, world.put("7", sprint=named_by))
    remote = RemoteSprint("s1", "Sprint 48", SprintState.ACTIVE)
    sprint = mirror_sprint(tracker, remote, asked_at=timezone.now())
    item.refresh_from_db()
    assert item.sprint == sprint
    assert (sprint.external_id, sprint.name, sprint.state) == ("s1", "Sprint 48", "active")
    # The item keeps it under either name, and another told anew is in no second one.
    take(tracker, world.put("7", sprint="s1", updated_at=later(1)))
    take(tracker, world.put("8", sprint="s1"))
    assert Sprint.objects.count() == 1


def test_hostile_words_are_made_to_fit(tracker: Tracker, world: World) -> None:
    remote = world.put(
        "9" * 200,
        title="a\x00b" + "x" * 400 + "\ud800",
        body="\x00" * 10 + "\ud83d" + "y" * 200_000,
        url="javascript:alert(1)",
        assignee="z" * 500,
        assignee_email="\x00@house.example",
        sprint="s" * 300,
        fix_versions=("v" * 300, "\x00"),
        labels=("\x00",),
    )
    item = take(tracker, remote)
    item.refresh_from_db()
    assert item.external_url == ""
    assert len(item.title) == 200
    assert item.title.startswith("ab")
    take(tracker, remote)
    assert WorkItem.objects.count() == 1


def test_a_key_that_is_taken_here_gets_the_trackers_number(
    cast: Cast, tracker: Tracker, world: World
) -> None:
    create_work_item(actor=cast.dev, key="PAY-12", title="Ours", component=cast.checkout)
    item = take(tracker, world.put("PAY-12"))
    assert item.key == f"PAY-12~{tracker.pk}"


def test_an_item_made_there_for_one_of_ours_is_that_one(
    cast: Cast, tracker: Tracker, world: World
) -> None:
    ours = create_work_item(
        actor=cast.ann, title="Ours", description="Our words", component=cast.checkout
    )
    send_to_tracker(ours, actor=cast.ann, tracker=tracker)
    remote = world.put("7", title="Ours", body=f"Theirs <!-- upstream:item:{ours.pk} -->")
    assert take(tracker, remote) == ours
    ours.refresh_from_db()
    assert (ours.external_id, ours.description) == ("7", "Our words")
    # Whoever writes the same words into another item gets nothing by it.
    other = take(tracker, world.put("8", body=f"upstream:item:{ours.pk}"))
    assert other != ours


def test_a_marker_of_an_item_that_was_not_sent_takes_nothing_over(
    cast: Cast, tracker: Tracker, world: World
) -> None:
    ours = create_work_item(actor=cast.ann, title="Ours", component=cast.checkout)
    remote = world.put("7", body=f"upstream:item:{ours.pk} upstream:item:{10**17}")
    assert take(tracker, remote) != ours


def test_a_change_there_moves_the_tickets_here(
    cast: Cast, cause: Cause, tracker: Tracker, world: World, after_commit: AfterCommit
) -> None:
    with after_commit():
        item = create_work_item(actor=cast.dev, title="Fix it", problem=cause.problem)
        send_to_tracker(item, actor=cast.dev, tracker=tracker)
    item.refresh_from_db()
    key = item.external_id
    with after_commit():
        take(tracker, world.put(key, state=ItemState.IN_PROGRESS, updated_at=later(1)))
    states = set(Ticket.objects.values_list("state", flat=True))
    assert states == {"in_development"}
    with after_commit():
        take(tracker, world.put(key, fix_versions=("4.18.0",), updated_at=later(2)))
        remote = RemoteRelease("r1", "4.18.0", released_at=timezone.now())
        mirror_release(tracker, remote, asked_at=timezone.now())
    item.refresh_from_db()
    assert item.state == "done"
    assert set(Ticket.objects.values_list("state", flat=True)) == {"fix_available"}
    assert FixClaim.objects.get().work_item == item


def test_an_item_told_after_its_release_is_caught_up(
    cast: Cast, cause: Cause, tracker: Tracker, world: World, after_commit: AfterCommit
) -> None:
    """The version is out before the item says that it is in it: nothing is lost."""
    with after_commit():
        item = create_work_item(actor=cast.dev, title="Fix it", problem=cause.problem)
        send_to_tracker(item, actor=cast.dev, tracker=tracker)
        other = create_work_item(actor=cast.dev, title="Other", component=cast.checkout)
    item.refresh_from_db()
    with after_commit():
        remote = RemoteRelease("r1", "4.18.0", released_at=timezone.now())
        release = mirror_release(tracker, remote, asked_at=timezone.now())
    assert release.is_released
    with after_commit():
        take(tracker, world.put(item.external_id, fix_versions=("4.18.0",), updated_at=later(2)))
    assert set(Ticket.objects.values_list("state", flat=True)) == {"fix_available"}
    assert FixClaim.objects.get().release == release
    assert other.releases.count() == 0


def test_contents_decided_here_for_other_releases_stay(
    cast: Cast, tracker: Tracker, world: World, release: Release
) -> None:
    item = take(tracker, world.put("7"))
    add_to_release(release, actor=cast.rel, work_item=item)
    take(tracker, world.put("7", title="Again", updated_at=later(1)))
    assert list(item.releases.all()) == [release]
