"""Comparing repairs what no webhook told, and goes on where it stopped."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from devlink.actions import add_tracker, edit_tracker, mirror_item
from devlink.connectors.base import (
    ConnectorError,
    DeploymentStatus,
    ItemState,
    RemoteDeployment,
    RemoteRelease,
    RemoteSprint,
    SprintState,
)
from devlink.models import Deployment, Release, Sprint, Tracker, WorkItem
from devlink.tasks import compare_trackers
from devlink.tracking import compare
from tests.conftest import Cast
from tests.devlink.trackers.memory import WORLDS, World, later

Soon = Callable[[], datetime]
AfterCommit = Callable[[], AbstractContextManager[None]]


def fill(world: World, how_many: int) -> None:
    for number in range(how_many):
        world.put(str(number), updated_at=later(number * 10))


def listed(world: World) -> list[str]:
    return [one.removeprefix("list_items ") for one in world.calls if "list_items" in one]


def test_everything_is_taken_over_and_next_time_only_what_changed(
    tracker: Tracker, world: World, soon: Soon
) -> None:
    fill(world, 30)
    world.sprints = [RemoteSprint("s1", "48", SprintState.ACTIVE)]
    world.releases = [RemoteRelease("r1", "4.18.0")]
    world.deployments["p1"] = RemoteDeployment(
        "p1", "4.18.0", "staging", DeploymentStatus.SUCCEEDED, later(1)
    )
    assert compare(tracker, until=soon())
    counts = [model.objects.count() for model in (WorkItem, Sprint, Release, Deployment)]
    assert counts == [30, 1, 1, 1]
    tracker.refresh_from_db()
    assert tracker.items_until == later(290)
    assert tracker.last_sync_at is not None
    world.calls.clear()
    world.put("3", state=ItemState.DONE, updated_at=later(500))
    assert compare(tracker, until=soon())
    assert listed(world) == ["29", "3"]
    assert WorkItem.objects.get(external_id="3").state == "done"


def test_a_run_that_broke_off_goes_on_where_it_was(
    tracker: Tracker, world: World, soon: Soon
) -> None:
    fill(world, 60)
    crash = ConnectorError("Connection reset.", permanent=False)
    original = world.called

    def break_at_45(name: str, key: str = "") -> None:
        original(name, key)
        if (name, key) == ("list_items", "45"):
            raise crash

    world.called = break_at_45  # type: ignore[method-assign]
    assert not compare(tracker, until=soon())
    tracker.refresh_from_db()
    assert (tracker.error, tracker.items_until) == ("Connection reset.", later(390))
    assert WorkItem.objects.count() == 45
    world.called = original  # type: ignore[method-assign]
    world.calls.clear()
    Tracker.objects.update(not_before=None)
    assert compare(tracker, until=soon())
    assert listed(world)[0] == "39"
    assert WorkItem.objects.count() == 60
    tracker.refresh_from_db()
    assert (tracker.error, tracker.failures) == ("", 0)


def test_a_run_without_time_left_keeps_how_far_it_came(tracker: Tracker, world: World) -> None:
    fill(world, 3)
    assert not compare(tracker, until=timezone.now() - timedelta(seconds=1))
    tracker.refresh_from_db()
    assert tracker.last_sync_at is None
    assert (tracker.failures, tracker.state) == (0, "active")


def test_one_bad_record_is_named_and_the_others_are_taken_over(
    tracker: Tracker, world: World, soon: Soon
) -> None:
    fill(world, 3)
    mirror_item(tracker, world.items["1"], asked_at=timezone.now())
    WorkItem.objects.filter(external_id="1").update(state="to_do", asked_at=None)
    world.put("1", kind="nonsense", updated_at=later(15))
    assert compare(tracker, until=soon())
    tracker.refresh_from_db()
    assert tracker.error.startswith("1 could not be taken over:")
    assert set(WorkItem.objects.values_list("external_id", flat=True)) == {"0", "1", "2"}


def test_only_one_process_compares_a_tracker(tracker: Tracker, world: World, soon: Soon) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_lock(hashtext('devlink.tracker.compare'), %s)", [tracker.pk]
            )
        assert not compare(tracker, until=soon())
        assert world.calls == []
    finally:
        other.close()


def test_another_project_is_read_from_its_beginning(
    cast: Cast, tracker: Tracker, world: World, soon: Soon
) -> None:
    fill(world, 3)
    compare(tracker, until=soon())
    WORLDS["house/new"] = World()
    edit_tracker(tracker, actor=cast.ada, project="house/new")
    tracker.refresh_from_db()
    assert tracker.items_until is None


def test_the_schedule_compares_all_but_the_disabled_and_the_waiting(
    cast: Cast, world: World, after_commit: AfterCommit
) -> None:
    for name in ("Ready", "Disabled", "Waiting"):
        WORLDS[name] = World()
        add_tracker(actor=cast.ada, kind="memory", name=name, team=cast.payments_team, project=name)
    add_tracker(actor=cast.ada, kind="pipeline", name="CI", team=cast.payments_team)
    Tracker.objects.filter(name="Disabled").update(state="disabled", reason="Gone")
    Tracker.objects.filter(name="Waiting").update(not_before=timezone.now() + timedelta(hours=1))
    compare_trackers()
    assert {name for name, one in WORLDS.items() if one.calls} == {"Ready"}


def test_adding_one_takes_over_what_it_has(
    cast: Cast, world: World, after_commit: AfterCommit
) -> None:
    fill(world, 2)
    with after_commit():
        add_tracker(
            actor=cast.ada,
            kind="memory",
            name="Forge",
            team=cast.payments_team,
            project="house/shop",
        )
    assert WorkItem.objects.count() == 2
