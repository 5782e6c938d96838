"""Sprints, releases and deployments of a tracker, in whatever order they are told."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from itertools import permutations

import pytest
from django.utils import timezone

from core.models import Event
from devlink import events
from devlink.actions import (
    add_tracker,
    create_release,
    create_sprint,
    mirror_deployment,
    mirror_item,
    mirror_release,
    mirror_sprint,
)
from devlink.connectors.base import (
    DeploymentStatus,
    RemoteDeployment,
    RemoteRelease,
    RemoteSprint,
    SprintState,
)
from devlink.models import Ask, Deployment, Release, Sprint, Tracker
from tests.conftest import Cast
from tests.devlink.trackers.memory import WORLDS, World, later

AfterCommit = Callable[[], AbstractContextManager[None]]
STARTED, SUCCEEDED, FAILED = DeploymentStatus


def deployment(
    key: str, status: DeploymentStatus, minutes: int, environment: str = "production"
) -> RemoteDeployment:
    return RemoteDeployment(key, "v4.18.0", environment, status, later(minutes))


def tell(tracker: Tracker, remote: RemoteDeployment) -> Deployment | None:
    return mirror_deployment(tracker, remote, asked_at=timezone.now())


def told(kind_name: str) -> int:
    return Event.objects.filter(name=kind_name).count()


def test_a_sprint_goes_from_planning_to_closed(cast: Cast, tracker: Tracker) -> None:
    days = {"starts_on": date(2026, 3, 2), "ends_on": date(2026, 3, 13)}
    for state in (SprintState.PLANNING, SprintState.ACTIVE, SprintState.CLOSED):
        remote = RemoteSprint("s1", "Sprint 48", state, **days)
        sprint = mirror_sprint(tracker, remote, asked_at=timezone.now())
        assert sprint.state == state.value
    sprint.refresh_from_db()
    assert (sprint.team, sprint.name) == (cast.payments_team, "Sprint 48")
    assert (sprint.starts_on, sprint.ends_on) == (days["starts_on"], days["ends_on"])


def test_a_sprint_that_is_over_when_first_told_of_is_closed_here(tracker: Tracker) -> None:
    remote = RemoteSprint("s1", "Old", SprintState.CLOSED, date(2012, 3, 2), date(2012, 3, 1))
    sprint = mirror_sprint(tracker, remote, asked_at=timezone.now())
    assert sprint.state == "closed"
    assert sprint.ends_on >= sprint.starts_on


def test_an_older_answer_about_a_sprint_changes_nothing(tracker: Tracker) -> None:
    first, then = later(1), later(2)
    mirror_sprint(
        tracker, RemoteSprint("s1", "48", SprintState.PLANNING, ends_on=None), asked_at=then
    )
    old = RemoteSprint("s1", "48", SprintState.ACTIVE, date(2020, 1, 1), date(2020, 1, 2))
    assert mirror_sprint(tracker, old, asked_at=first).state == "planning"


def test_a_sprint_planned_here_is_the_one_of_the_tracker(cast: Cast, tracker: Tracker) -> None:
    ours = create_sprint(actor=cast.dev, name="Sprint 48")
    remote = RemoteSprint("s1", "Sprint 48", SprintState.PLANNING)
    assert mirror_sprint(tracker, remote, asked_at=timezone.now()) == ours


def test_asks_without_an_answer_expire_when_the_sprint_starts_there(
    tracker: Tracker, ask: Ask
) -> None:
    remote = RemoteSprint("s1", ask.sprint.name, SprintState.ACTIVE)
    mirror_sprint(tracker, remote, asked_at=timezone.now())
    ask.refresh_from_db()
    assert ask.state == "expired"


def test_two_trackers_may_have_the_same_names(cast: Cast, tracker: Tracker) -> None:
    WORLDS["house/app"] = World()
    other, _ = add_tracker(
        actor=cast.ada, kind="memory", name="App", team=cast.payments_team, project="house/app"
    )
    for one in (tracker, other):
        remote = RemoteSprint("1", "Sprint 1", SprintState.PLANNING)
        mirror_sprint(one, remote, asked_at=timezone.now())
        mirror_release(one, RemoteRelease("1", "1.0"), asked_at=timezone.now())
        mirror_item(one, World().put("1", fix_versions=("1.0",)), asked_at=timezone.now())
    assert sorted(Sprint.objects.values_list("name", flat=True)) == ["Sprint 1", "Sprint 1 (App)"]
    assert sorted(Release.objects.values_list("version", flat=True)) == ["1.0", "1.0 App"]
    assert Release.objects.get(version="1.0 App").work_items.get().tracker == other


def test_a_version_that_came_out_is_live_with_what_follows(
    tracker: Tracker, release: Release, after_commit: AfterCommit
) -> None:
    out = timezone.now() - timedelta(hours=1)
    with after_commit():
        remote = RemoteRelease("r1", "4.18.0", notes="All new", released_at=out)
        assert mirror_release(tracker, remote, asked_at=timezone.now()) == release
        mirror_release(tracker, remote, asked_at=timezone.now())
    release.refresh_from_db()
    assert (release.state, release.deployed_at) == ("closed", out)
    assert told(events.RELEASE_DEPLOYED.name) == 0
    assert told(events.RELEASE_RECALLED.name) == 1


def test_what_came_out_after_the_tracker_was_known_is_announced(
    tracker: Tracker, release: Release, after_commit: AfterCommit
) -> None:
    with after_commit():
        remote = RemoteRelease("r1", "4.18.0", notes="All new", released_at=timezone.now())
        mirror_release(tracker, remote, asked_at=timezone.now())
        mirror_release(tracker, remote, asked_at=timezone.now())
    release.refresh_from_db()
    assert release.state == "hypercare"
    assert release.notes.startswith("All new")
    assert release.work_items.get().state == "done"
    assert release.deployments.get().status == "succeeded"
    assert told(events.RELEASE_DEPLOYED.name) == 1


def test_lines_added_to_the_notes_here_stay(tracker: Tracker) -> None:
    for notes in ("First", "Second"):
        release = mirror_release(
            tracker, RemoteRelease("r1", "4.18.0", notes=notes), asked_at=timezone.now()
        )
    assert release.notes == "First"


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_deployments_end_the_same_in_every_order(tracker: Tracker, order: list[int]) -> None:
    """The first try failed, the second one worked."""
    words = [
        deployment("d1", STARTED, 1),
        deployment("d1", FAILED, 2),
        deployment("d2", STARTED, 3),
        deployment("d2", SUCCEEDED, 4),
    ]
    for place in order:
        tell(tracker, words[place])
    release = Release.objects.get()
    assert (release.state, release.deployed_at) == ("hypercare", later(4))
    found = Deployment.objects.order_by("external_id").values_list("external_id", "status")
    assert list(found) == [("d1", "failed"), ("d2", "succeeded")]
    assert told(events.RELEASE_DEPLOYED.name) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_second_try_that_runs_is_not_ended_by_the_first(
    tracker: Tracker, order: list[int]
) -> None:
    words = [
        deployment("d1", STARTED, 1),
        deployment("d1", FAILED, 2),
        deployment("d2", STARTED, 3),
    ]
    for place in order:
        tell(tracker, words[place])
    assert Release.objects.get().state == "deploying"


def test_only_production_makes_a_release_live(tracker: Tracker) -> None:
    tell(tracker, deployment("d1", SUCCEEDED, 1, environment="staging"))
    assert Release.objects.get().state == "planning"
    tell(tracker, deployment("d2", SUCCEEDED, 2, environment="Prod"))
    assert Release.objects.get().state == "hypercare"


@pytest.mark.parametrize("ref", ["main", "3f786850e387550fdab836ed7e6dc881de23001b", "", "fix/4"])
def test_a_branch_or_commit_is_no_release(tracker: Tracker, ref: str) -> None:
    remote = RemoteDeployment("d1", ref, "production", SUCCEEDED, later(1))
    assert tell(tracker, remote) is None
    assert Release.objects.count() == 0


def test_a_tag_finds_the_release_planned_here(cast: Cast, tracker: Tracker) -> None:
    ours = create_release(actor=cast.rel, version="4.18.0")
    remote = RemoteDeployment("d1", "refs/tags/v4.18.0", "production", SUCCEEDED, later(1))
    made = tell(tracker, remote)
    assert made is not None
    assert made.release == ours


def test_a_deployment_before_its_version_is_told_is_of_that_version(tracker: Tracker) -> None:
    tell(tracker, deployment("d1", SUCCEEDED, 1))
    remote = RemoteRelease("r1", "v4.18.0", released_at=later(0))
    release = mirror_release(tracker, remote, asked_at=timezone.now())
    assert release.deployed_at == later(1)
    assert Release.objects.count() == 1
