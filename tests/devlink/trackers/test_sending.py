"""Work items made in a tracker once, and their evidence in one comment that is edited."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from core.models import Event
from devlink.actions import (
    add_tracker,
    build_evidence_pack,
    cancel_work_item,
    create_in_tracker,
    create_work_item,
    mirror_item,
    send_to_tracker,
)
from devlink.connectors.base import ConnectorError
from devlink.models import OutboundCall, Tracker, WorkItem
from devlink.tasks import tend_trackers
from devlink.tracking import send_calls
from tests.conftest import Cast
from tests.devlink.conftest import Cause
from tests.devlink.trackers.memory import World

Soon = Callable[[], datetime]
AfterCommit = Callable[[], AbstractContextManager[None]]
AsUser = Callable[[Person], Client]


class Killed(BaseException):
    """The process ends here, as by `kill -9`: nobody gets to handle it."""


def pack_comments(world: World, item: WorkItem) -> list[str]:
    return [
        body for (_, marker), body in world.comments.items() if marker == f"upstream:pack:{item.pk}"
    ]


def test_a_problem_goes_there_with_its_evidence(
    cast: Cast, cause: Cause, tracker: Tracker, world: World, after_commit: AfterCommit
) -> None:
    with after_commit():
        item = create_in_tracker(cause.problem, actor=cast.pia, tracker=tracker)
    item.refresh_from_db()
    made = world.items[item.external_id]
    assert made.title == cause.problem.title
    assert item.external_url == made.url
    assert f"/work-items/{item.pk}/" in made.body
    (evidence,) = pack_comments(world, item)
    assert cause.problem.reference in evidence
    assert "| 7 days | 3 | 3 | 2 |" in evidence
    assert "1234567" not in evidence
    names = set(Event.objects.about(item).values_list("name", flat=True))
    assert {"devlink.work_item_sent", "devlink.work_item_made_there"} <= names


def test_new_evidence_edits_the_one_comment(
    cast: Cast, cause: Cause, tracker: Tracker, world: World, after_commit: AfterCommit
) -> None:
    with after_commit():
        item = create_in_tracker(cause.problem, actor=cast.pia, tracker=tracker)
    for _ in range(2):
        with after_commit():
            build_evidence_pack(cause.problem, actor=cast.pia)
    (evidence,) = pack_comments(world, item)
    assert "version 3" in evidence
    assert OutboundCall.objects.exclude(state="done").count() == 0


def test_evidence_of_an_item_that_is_nowhere_stays_here(
    cast: Cast, cause: Cause, world: World, tracker: Tracker, after_commit: AfterCommit
) -> None:
    with after_commit():
        create_work_item(actor=cast.dev, title="Ours", problem=cause.problem)
        build_evidence_pack(cause.problem, actor=cast.pia)
    assert OutboundCall.objects.count() == 0


@pytest.mark.parametrize("at", ["create_item", "put_comment"])
def test_a_worker_killed_after_the_trackers_yes_makes_nothing_twice(
    cast: Cast, cause: Cause, tracker: Tracker, world: World, soon: Soon, at: str
) -> None:
    item = create_in_tracker(cause.problem, actor=cast.pia, tracker=tracker)
    world.troubles[at] = [Killed(), Killed()]
    for _ in range(2):
        with pytest.raises(Killed):
            send_calls(tracker, until=soon())
    send_calls(tracker, until=soon())
    item.refresh_from_db()
    assert list(world.items) == [item.external_id]
    assert len(world.comments) == 1
    assert OutboundCall.objects.exclude(state="done").count() == 0


def test_a_webhook_that_overtakes_our_commit_makes_no_second_item(
    cast: Cast, tracker: Tracker, world: World, soon: Soon
) -> None:
    item = create_work_item(actor=cast.ann, title="Ours", component=cast.checkout)
    send_to_tracker(item, actor=cast.ann, tracker=tracker)
    world.troubles["create_item"] = [Killed()]
    with pytest.raises(Killed):
        send_calls(tracker, until=soon())
    (remote,) = world.items.values()
    mirror_item(tracker, remote, asked_at=timezone.now())
    send_calls(tracker, until=soon())
    assert WorkItem.objects.get().external_id == remote.key


def test_a_mirror_made_before_the_marker_was_seen_gives_way(
    cast: Cast, tracker: Tracker, world: World, soon: Soon
) -> None:
    item = create_work_item(actor=cast.ann, title="Ours", component=cast.checkout)
    send_to_tracker(item, actor=cast.ann, tracker=tracker)
    world.troubles["create_item"] = [Killed()]
    with pytest.raises(Killed):
        send_calls(tracker, until=soon())
    (key,) = world.items
    double = mirror_item(tracker, world.put(key, body="no marker"), asked_at=timezone.now())
    send_calls(tracker, until=soon())
    item.refresh_from_db()
    double.refresh_from_db()
    assert item.external_id == key
    assert (double.external_id, double.tracker, double.state) == ("", None, "cancelled")


def test_a_tracker_that_is_down_for_long_loses_nothing(
    cast: Cast, tracker: Tracker, world: World
) -> None:
    item = create_work_item(actor=cast.ann, title="Ours", component=cast.checkout)
    send_to_tracker(item, actor=cast.ann, tracker=tracker)
    world.troubles["create_item"] = [ConnectorError("Down.", permanent=False)] * 30
    for _ in range(31):
        Tracker.objects.update(not_before=None)
        tend_trackers()
    item.refresh_from_db()
    assert item.external_id


def test_a_call_that_cannot_be_done_is_given_up_with_its_reason(
    cast: Cast, tracker: Tracker, world: World
) -> None:
    item = create_work_item(actor=cast.ann, title="Ours", component=cast.checkout)
    send_to_tracker(item, actor=cast.ann, tracker=tracker)
    world.troubles["create_item"] = [RuntimeError("No such field")] * 12
    for _ in range(12):
        OutboundCall.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        tend_trackers()
    call = OutboundCall.objects.get()
    assert (call.state, call.error) == ("failed", "RuntimeError: No such field")
    assert Event.objects.about(item).filter(name="devlink.work_item_not_sent").count() == 1


def test_sending_twice_is_once(cast: Cast, tracker: Tracker, cause: Cause) -> None:
    first = create_in_tracker(cause.problem, actor=cast.pia, tracker=tracker)
    again = create_in_tracker(cause.problem, actor=cast.ann, tracker=tracker)
    assert send_to_tracker(first, actor=cast.ann, tracker=tracker) == again == first
    assert OutboundCall.objects.filter(kind="create").count() == 1


def test_an_item_is_in_one_tracker_at_most(cast: Cast, tracker: Tracker) -> None:
    other, _ = add_tracker(
        actor=cast.ada, kind="memory", name="B", team=cast.payments_team, project="house/b"
    )
    item = create_work_item(actor=cast.ann, title="Ours", component=cast.checkout)
    send_to_tracker(item, actor=cast.ann, tracker=tracker)
    with pytest.raises(DomainError, match="is in Forge already"):
        send_to_tracker(item, actor=cast.ann, tracker=other)


def test_what_is_over_or_goes_nowhere_is_refused(cast: Cast, tracker: Tracker) -> None:
    item = create_work_item(actor=cast.ann, title="Ours", component=cast.checkout)
    pipeline, _ = add_tracker(actor=cast.ada, kind="pipeline", name="CI", team=cast.payments_team)
    with pytest.raises(DomainError, match="Nothing can be made in CI"):
        send_to_tracker(item, actor=cast.ann, tracker=pipeline)
    with pytest.raises(NotPermitted):
        send_to_tracker(item, actor=cast.rob, tracker=tracker)
    cancel_work_item(item, actor=cast.dev, reason="No")
    with pytest.raises(DomainError, match="is cancelled"):
        send_to_tracker(item, actor=cast.ann, tracker=tracker)


def test_the_pages_offer_it_and_do_it(
    cast: Cast, cause: Cause, tracker: Tracker, world: World, as_user: AsUser
) -> None:
    browser = as_user(cast.pia)
    page = browser.get(cause.problem.get_absolute_url()).content.decode()
    assert "Create in Forge" in page
    address = f"/problems/{cause.problem.pk}/create-in-tracker/"
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"tracker": "x"}).status_code == 422
    answer = browser.post(address, {"tracker": tracker.pk}, follow=True)
    assert "on its way to Forge" in answer.content.decode()
    assert "Create in Forge" not in browser.get(cause.problem.get_absolute_url()).content.decode()

    item = create_work_item(actor=cast.dev, title="Ours", component=cast.checkout)
    assert "Create in Forge" in browser.get(item.get_absolute_url()).content.decode()
    browser.post(f"/work-items/{item.pk}/send-to-tracker/", {"tracker": tracker.pk})
    tend_trackers()
    item.refresh_from_db()
    page = browser.get(item.get_absolute_url()).content.decode()
    assert f'href="{item.external_url}"' in page


def test_the_api_does_it(
    cast: Cast, tracker: Tracker, world: World, api_as: Callable[[Person], APIClient]
) -> None:
    item = create_work_item(actor=cast.dev, title="Ours", component=cast.checkout)
    address = f"/api/v1/work-items/{item.pk}/send-to-tracker/"
    answer = api_as(cast.ann).post(address, {"tracker": tracker.pk}, format="json")
    assert (answer.status_code, answer.json()["tracker"]) == (200, tracker.pk)
    Tracker.objects.update(state="disabled", reason="Gone")
    other = create_work_item(actor=cast.dev, title="Ours", component=cast.checkout)
    address = f"/api/v1/work-items/{other.pk}/send-to-tracker/"
    answer = api_as(cast.ann).post(address, {"tracker": tracker.pk}, format="json")
    assert (answer.status_code, list(answer.json())) == (400, ["tracker"])
