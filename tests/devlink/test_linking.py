"""Work that is there already is linked with what it is to end, and a second attempt counts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Person
from core.errors import DomainError, NotPermitted
from devlink.actions import (
    ask_for_fix,
    cancel_work_item,
    claim_fixes,
    link_work_item,
    reopen_work_item,
    unlink_work_item,
)
from devlink.charts import fix_card
from devlink.models import FixClaim, Release, Sprint, WorkItem
from incidents.models import TicketShare
from problems.actions import close_problem, settle_cluster
from problems.models import Cluster, Problem
from tests.conftest import Cast
from tests.devlink.conftest import WEEK, Cause
from tests.make.work import make_release, make_work_item

AfterCommit = Callable[[], AbstractContextManager[None]]
Api = Callable[[Person], APIClient]


def shipped(cast: Cast, item: WorkItem, version: str, weeks_ago: float = 0) -> Release:
    """A release with just this item in it, deployed and claimed."""
    release = make_release(cast.rel, version=version)
    release.items.create(work_item=item)
    out = timezone.now() - timedelta(weeks=weeks_ago)
    Release.objects.filter(pk=release.pk).update(deployed_at=out, state="hypercare")
    claim_fixes(release, actor=None)
    return release


def test_an_item_linked_later_is_a_fix_like_one_made_for_the_problem(
    cast: Cast, cause: Cause, sprint: Sprint, after_commit: AfterCommit
) -> None:
    item = make_work_item(cast.dev)
    with after_commit():
        link_work_item(item, actor=cast.ann, problem=cause.problem)
    item.refresh_from_db()
    cause.cluster.refresh_from_db()
    assert (item.problem, item.cluster) == (cause.problem, cause.cluster)
    assert cause.cluster.state == "fix_linked"
    assert TicketShare.objects.filter(team=item.team).count() == len(cause.tickets)
    ask = ask_for_fix(
        cause.problem,
        actor=cast.ann,
        sprint=sprint,
        points=10,
        rationale="It hurts.",
        work_item=item,
    )
    assert ask.work_item == item
    shipped(cast, item, "4.18.0")
    assert FixClaim.objects.get().cluster == cause.cluster
    cause.cluster.refresh_from_db()
    assert cause.cluster.state == "watching"


def test_linking_again_changes_nothing(cast: Cast, cause: Cause) -> None:
    item = link_work_item(make_work_item(cast.dev), actor=cast.ann, problem=cause.problem)
    assert link_work_item(item, actor=cast.dev, problem=cause.problem).linked_at == item.linked_at


def test_what_is_linked_elsewhere_is_refused(cast: Cast, cause: Cause, api_as: Api) -> None:
    elsewhere = Problem.objects.create(title="Slow", component=cast.checkout)
    item = make_work_item(cast.dev, problem=elsewhere)
    answer = api_as(cast.ann).post(
        f"/api/v1/work-items/{item.pk}/link/", {"problem": cause.problem.pk}
    )
    assert answer.status_code == 422
    assert f"linked with {elsewhere.reference} already" in answer.json()["problem"][0]
    other = make_work_item(cast.dev, cluster=Cluster.objects.create(title="Else"))
    with pytest.raises(DomainError, match="another cause, “Else”"):
        link_work_item(other, actor=cast.ann, problem=cause.problem)
    gone = cancel_work_item(make_work_item(cast.dev), actor=cast.dev, reason="No.")
    with pytest.raises(DomainError, match="is cancelled"):
        link_work_item(gone, actor=cast.ann, problem=cause.problem)
    with pytest.raises(NotPermitted):
        link_work_item(make_work_item(cast.dev), actor=cast.rob, problem=cause.problem)
    closed = close_problem(cause.problem, actor=cast.pia, outcome="risk_accepted", note="Fine.")
    with pytest.raises(DomainError, match="is closed"):
        link_work_item(make_work_item(cast.dev), actor=cast.ann, problem=closed)


def test_unlinking_gives_tickets_and_cluster_back(
    cast: Cast, cause: Cause, item: WorkItem, api_as: Api, after_commit: AfterCommit
) -> None:
    cause.tickets[0].refresh_from_db()
    assert cause.tickets[0].state == "awaiting_development"
    with after_commit():
        answer = api_as(cast.ann).post(f"/api/v1/work-items/{item.pk}/unlink/")
    assert (answer.status_code, answer.json()["problem"]) == (200, None)
    cause.tickets[0].refresh_from_db()
    cause.cluster.refresh_from_db()
    assert cause.tickets[0].state != "awaiting_development"
    assert cause.cluster.state == "problem_open"
    assert not TicketShare.objects.filter(team=item.team).exists()


def test_what_is_asked_for_is_not_unlinked(cast: Cast, cause: Cause, sprint: Sprint) -> None:
    ask = ask_for_fix(
        cause.problem, actor=cast.ann, sprint=sprint, points=10, rationale="It hurts."
    )
    with pytest.raises(DomainError, match="is asked for in Sprint 48"):
        unlink_work_item(ask.work_item, actor=cast.ann)


def test_an_old_item_is_compared_with_the_weeks_before_it_was_linked(
    cast: Cast, cause: Cause
) -> None:
    two_years_ago = timezone.now() - timedelta(days=730)
    Cluster.objects.update(confirmed_at=two_years_ago)
    Problem.objects.update(created_at=two_years_ago)
    item = make_work_item(cast.dev, at=two_years_ago)
    item = link_work_item(item, actor=cast.ann, problem=cause.problem)
    shipped(cast, item, "4.18.0")
    claim = FixClaim.objects.get()
    assert item.linked_at is not None
    assert abs(claim.baseline_to - (item.linked_at - 4 * WEEK)) < timedelta(minutes=1)


def test_a_fix_linked_late_is_watched_unless_its_result_could_be_known(
    cast: Cast, cause: Cause, after_commit: AfterCommit
) -> None:
    item, known = make_work_item(cast.dev), make_work_item(cast.dev)
    shipped(cast, item, "4.18.0", weeks_ago=2)
    shipped(cast, known, "4.17.0", weeks_ago=5)
    for one in (item, known):
        with after_commit():
            link_work_item(one, actor=cast.ann, problem=cause.problem)
    claim = FixClaim.objects.get()
    assert (claim.work_item, claim.state) == (item, "watching")
    assert claim.baseline_to <= claim.deployed_at - 4 * WEEK


@pytest.mark.parametrize("verdict", ["not_effective", "regressed"])
def test_a_second_attempt_moves_the_cluster_again(
    cast: Cast, cause: Cause, item: WorkItem, after_commit: AfterCommit, verdict: str
) -> None:
    shipped(cast, item, "4.18.0")
    settle_cluster(cause.cluster, actor=None, verdict=verdict)
    WorkItem.objects.update(state="done")
    with after_commit():
        reopen_work_item(item, actor=cast.dev)
    cause.cluster.refresh_from_db()
    assert cause.cluster.state == "fix_linked"
    shipped(cast, item, "4.19.0")
    cause.cluster.refresh_from_db()
    assert cause.cluster.state == "watching"
    assert FixClaim.objects.count() == 2


def test_another_item_that_ships_is_a_second_attempt_too(
    cast: Cast, cause: Cause, item: WorkItem
) -> None:
    second = make_work_item(cast.dev, problem=cause.problem)
    shipped(cast, item, "4.18.0")
    settle_cluster(cause.cluster, actor=None, verdict="not_effective")
    shipped(cast, second, "4.19.0")
    cause.cluster.refresh_from_db()
    assert cause.cluster.state == "watching"
    first = FixClaim.objects.get(work_item=item)
    (told,) = fix_card(first, now=timezone.now()).does_not_show
    assert f"{second.key} shipped against the same cause" in told


def test_the_api_names_only_steps_of_a_cluster_that_can_be_taken(
    cast: Cast, cause: Cause, api_as: Api
) -> None:
    client = api_as(cast.pia)
    for state in ("confirmed", "problem_open", "fix_linked", "shipped", "not_effective"):
        Cluster.objects.update(state=state)
        address = f"/api/v1/clusters/{cause.cluster.pk}/"
        for step in client.get(address).json()["allowed_steps"]:
            taken = client.post(f"{address}{step.replace('_', '-')}/", {})
            assert taken.status_code not in {404, 405}, (state, step)
