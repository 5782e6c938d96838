"""What deliveries hint at is looked up in the tracker; trouble costs nothing but time."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from devlink.actions import enable_tracker, receive_delivery
from devlink.connectors.base import (
    ConnectorError,
    DeploymentStatus,
    ItemState,
    RemoteDeployment,
    RemoteRelease,
    RemoteSprint,
    SprintState,
)
from devlink.models import Release, Sprint, Tracker, TrackerDelivery, WorkItem
from devlink.tasks import tend_trackers
from devlink.tracking import read_deliveries
from devlink.tracking.reaching import sole
from notifications.models import Notification
from tests.conftest import Cast
from tests.devlink.trackers.memory import World, later

Soon = Callable[[], datetime]
AfterCommit = Callable[[], AbstractContextManager[None]]


def hear(tracker: Tracker, delivery_id: str, body: str) -> None:
    receive_delivery(tracker, delivery_id=delivery_id, event="changed", headers={}, body=body)


def states() -> dict[str, str]:
    return dict(TrackerDelivery.objects.values_list("delivery_id", "state"))


def make_due() -> None:
    Tracker.objects.update(not_before=None)
    TrackerDelivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))


def test_the_truth_is_asked_for_and_taken_over(tracker: Tracker, world: World, soon: Soon) -> None:
    world.put("7", title="As it is now", state=ItemState.DONE)
    hear(tracker, "d-1", '{"item": "7", "title": "As it was", "state": "open"}')
    assert read_deliveries(tracker, until=soon()) == 1
    item = WorkItem.objects.get()
    assert (item.title, item.state) == ("As it is now", "done")
    assert states() == {"d-1": "done"}


def test_many_hints_at_one_item_are_one_question(
    tracker: Tracker, world: World, soon: Soon
) -> None:
    world.put("7")
    for number in range(30):
        hear(tracker, f"d-{number}", '{"item": "7"}')
    read_deliveries(tracker, until=soon())
    assert world.calls == ["fetch_item 7"]
    assert set(states().values()) == {"done"}


def test_what_says_nothing_or_hints_at_what_is_gone_is_settled(
    tracker: Tracker, world: World, soon: Soon
) -> None:
    hear(tracker, "idle", '{"zen": "Design for failure."}')
    hear(tracker, "gone", '{"item": "404"}')
    read_deliveries(tracker, until=soon())
    assert states() == {"idle": "ignored", "gone": "done"}
    assert WorkItem.objects.count() == 0


def test_sprints_releases_and_deployments_are_asked_for_too(
    tracker: Tracker, world: World, soon: Soon
) -> None:
    world.sprints = [RemoteSprint("s1", "48", SprintState.ACTIVE)]
    world.releases = [RemoteRelease("r1", "4.18.0")]
    world.deployments["p1"] = RemoteDeployment(
        "p1", "4.18.0", "production", DeploymentStatus.SUCCEEDED, later(1)
    )
    hear(tracker, "d-1", '{"deployment": "p1"}')
    hear(tracker, "d-2", '{"release": "r1"}')
    hear(tracker, "d-3", '{"sprint": "s1"}')
    read_deliveries(tracker, until=soon())
    assert Sprint.objects.get().state == "active"
    assert Release.objects.get().state == "hypercare"
    assert set(states().values()) == {"done"}


def test_temporary_trouble_backs_off_twice_as_long_each_time(
    tracker: Tracker, world: World, soon: Soon
) -> None:
    world.put("7")
    world.troubles["fetch_item"] = [ConnectorError("Too busy.", permanent=False)] * 3
    hear(tracker, "d-1", '{"item": "7"}')
    waits = []
    for _ in range(3):
        make_due()
        began = timezone.now()
        read_deliveries(tracker, until=soon())
        tracker.refresh_from_db()
        waits.append(round((tracker.not_before - began).total_seconds()))
    assert waits == [30, 60, 120]
    assert (tracker.state, tracker.error) == ("active", "Too busy.")
    assert states() == {"d-1": "waiting"}
    tend_trackers()
    assert WorkItem.objects.count() == 0
    make_due()
    tend_trackers()
    assert WorkItem.objects.count() == 1


def test_a_tracker_that_names_its_time_is_left_alone_until_then(
    tracker: Tracker, world: World, soon: Soon
) -> None:
    trouble = ConnectorError("Rate limit.", permanent=False, retry_after=600)
    world.troubles["fetch_item"] = [trouble]
    hear(tracker, "d-1", '{"item": "7"}')
    read_deliveries(tracker, until=soon())
    tracker.refresh_from_db()
    assert tracker.not_before > timezone.now() + timedelta(seconds=590)


def test_permanent_trouble_disables_it_and_tells_admins(
    cast: Cast, tracker: Tracker, world: World, soon: Soon, after_commit: AfterCommit
) -> None:
    world.put("7")
    world.troubles["fetch_item"] = [ConnectorError("The token was revoked.", permanent=True)]
    hear(tracker, "d-1", '{"item": "7"}')
    with after_commit():
        read_deliveries(tracker, until=soon())
    tracker.refresh_from_db()
    assert (tracker.state, tracker.reason) == ("disabled", "The token was revoked.")
    told = Notification.objects.values_list("person__name", "title", "body")
    assert list(told) == [("Ada", "Forge was disabled", "The token was revoked.")]
    tend_trackers()
    assert WorkItem.objects.count() == 0
    # Once it is mended, nothing of what came meanwhile is lost.
    enable_tracker(tracker, actor=cast.ada)
    tend_trackers()
    assert WorkItem.objects.count() == 1


def test_one_bad_record_holds_up_nobody_and_is_given_up_with_its_reason(
    tracker: Tracker, world: World, soon: Soon
) -> None:
    world.put("8")
    world.troubles["fetch_item"] = [RuntimeError("It makes no sense")] * 8
    hear(tracker, "d-bad", '{"item": "7"}')
    for _ in range(8):
        make_due()
        read_deliveries(tracker, until=soon())
    bad = TrackerDelivery.objects.get()
    assert (bad.state, bad.attempts) == ("failed", 8)
    assert "It makes no sense" in bad.error
    hear(tracker, "d-good", '{"item": "8"}')
    read_deliveries(tracker, until=soon())
    assert states() == {"d-bad": "failed", "d-good": "done"}


def test_a_secret_of_another_installation_disables_the_tracker(
    tracker: Tracker, world: World, soon: Soon
) -> None:
    Tracker.objects.update(sealed_token="v1." + "A" * 80)
    tracker.refresh_from_db()
    hear(tracker, "d-1", '{"item": "7"}')
    read_deliveries(tracker, until=soon())
    tracker.refresh_from_db()
    assert tracker.state == "disabled"
    assert "Enter it again" in tracker.reason


def test_only_one_process_reads_a_tracker(tracker: Tracker, world: World, soon: Soon) -> None:
    world.put("7")
    hear(tracker, "d-1", '{"item": "7"}')
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_lock(hashtext('devlink.tracker.read'), %s)", [tracker.pk]
            )
        assert read_deliveries(tracker, until=soon()) == 0
        assert world.calls == []
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()
    with sole(tracker.pk, "compare") as mine:
        assert mine
        assert read_deliveries(tracker, until=soon()) == 1


@pytest.mark.parametrize("moment", [-1, 0])
def test_without_time_nothing_is_begun(tracker: Tracker, world: World, moment: int) -> None:
    hear(tracker, "d-1", '{"item": "7"}')
    until = timezone.now() + timedelta(seconds=moment)
    assert read_deliveries(tracker, until=until) == 0
    assert states() == {"d-1": "waiting"}
