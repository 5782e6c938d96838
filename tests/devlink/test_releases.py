"""Releases: filled, made ready, approved, deployed."""

import pytest

from changes.models import Change
from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from devlink.actions import (
    add_to_release,
    advance_release,
    cancel_work_item,
    deploy_release,
    edit_release,
    fail_deployment,
    finish_deployment,
    meet_criterion,
    remove_from_release,
    reopen_criterion,
    sign_readiness,
    tell_support,
    waive_criterion,
)
from devlink.models import InvolvementEvent, Release, ReleaseItem
from devlink.readiness import CRITERIA, objections, support_audience
from tests.conftest import Cast
from tests.devlink.conftest import make_ready
from tests.make.catalogue import make_team
from tests.make.work import make_release, make_work_item


def test_a_release_begins_with_every_criterion_open(cast: Cast, release: Release) -> None:
    assert release.readiness.count() == len(CRITERIA)
    assert release.readiness.holding().count() == sum(one.blocking for one in CRITERIA)
    assert (release.manager, release.support_told_at) == (cast.rel, None)


def test_a_version_exists_once(cast: Cast, release: Release) -> None:
    with pytest.raises(DomainError) as refused:
        make_release(cast.rel, version="4.18.0")
    assert refused.value.field == "version"


def test_only_those_who_release_do(cast: Cast, release: Release) -> None:
    with pytest.raises(NotPermitted):
        make_release(cast.ann)
    with pytest.raises(NotPermitted):
        advance_release(release, actor=cast.ann, step="build")
    with pytest.raises(NotPermitted):
        add_to_release(release, actor=cast.pia, work_item=make_work_item(cast.dev))


def test_adding_twice_adds_once_and_a_cancelled_item_never(cast: Cast, release: Release) -> None:
    item = release.work_items.get()
    add_to_release(release, actor=cast.rel, work_item=item)
    assert ReleaseItem.objects.count() == 1
    gone = cancel_work_item(make_work_item(cast.dev), actor=cast.dev, reason="No.")
    with pytest.raises(TransitionNotAllowed):
        add_to_release(release, actor=cast.rel, work_item=gone)
    remove_from_release(release, actor=cast.rel, work_item=item)
    assert not ReleaseItem.objects.exists()


def test_an_empty_release_is_not_checked(cast: Cast) -> None:
    with pytest.raises(DomainError, match="Add what is in the release"):
        advance_release(make_release(cast.rel), actor=cast.rel, step="check_readiness")


def test_approval_is_refused_while_blocking_items_are_open(cast: Cast, release: Release) -> None:
    release = advance_release(release, actor=cast.rel, step="check_readiness")
    sign_readiness(release, actor=cast.ann, verdict="ready")
    with pytest.raises(TransitionNotAllowed, match="6 blocking items are open"):
        advance_release(release, actor=cast.rel, step="approve")
    *most, last = release.readiness.holding()
    for item in most:
        meet_criterion(item, actor=cast.ann, evidence="Shown.")
    with pytest.raises(TransitionNotAllowed, match="1 blocking item is open: Tried by support"):
        advance_release(release, actor=cast.rel, step="approve")
    meet_criterion(last, actor=cast.ann, evidence="Shown.")
    assert advance_release(release, actor=cast.rel, step="approve").state == "approved"


def test_open_items_that_do_not_block_do_not_hold(cast: Cast, release: Release) -> None:
    release = make_ready(release, cast)
    assert release.readiness.filter(status="open").exists()
    assert objections(release) == []


def test_approval_needs_supports_signature(cast: Cast, release: Release) -> None:
    release = make_ready(release, cast)
    release.sign_offs.all().delete()
    with pytest.raises(TransitionNotAllowed, match="Support has not signed"):
        advance_release(release, actor=cast.rel, step="approve")


def test_one_teams_no_holds_it_until_that_team_says_yes(cast: Cast, release: Release) -> None:
    release = make_ready(release, cast)
    second = make_team("Second line")
    sign_readiness(
        release, actor=cast.pia, team=second, verdict="not_ready", conditions="Nobody is briefed."
    )
    with pytest.raises(TransitionNotAllowed, match="not ready: Second line"):
        advance_release(release, actor=cast.rel, step="approve")
    sign_readiness(release, actor=cast.pia, team=second, verdict="ready")
    assert advance_release(release, actor=cast.rel, step="approve").state == "approved"


def test_support_may_stop_an_approved_release(cast: Cast, release: Release) -> None:
    release = advance_release(make_ready(release, cast), actor=cast.rel, step="approve")
    sign_readiness(release, actor=cast.ann, verdict="not_ready", conditions="The desk is down.")
    with pytest.raises(TransitionNotAllowed, match="not ready"):
        deploy_release(release, actor=cast.rel)


@pytest.mark.parametrize("verdict", ["ready_with_conditions", "not_ready"])
def test_anything_but_ready_names_what_is_missing(
    cast: Cast, release: Release, verdict: str
) -> None:
    release = advance_release(release, actor=cast.rel, step="check_readiness")
    with pytest.raises(DomainError) as refused:
        sign_readiness(release, actor=cast.ann, verdict=verdict)
    assert refused.value.field == "conditions"


def test_only_support_signs_and_not_too_early(cast: Cast, release: Release) -> None:
    with pytest.raises(TransitionNotAllowed):
        sign_readiness(release, actor=cast.ann, verdict="ready")
    release = advance_release(release, actor=cast.rel, step="check_readiness")
    with pytest.raises(NotPermitted):
        sign_readiness(release, actor=cast.dev, verdict="ready")


def test_a_tick_without_evidence_does_not_count(cast: Cast, release: Release) -> None:
    item = release.readiness.holding()[0]
    with pytest.raises(DomainError) as refused:
        meet_criterion(item, actor=cast.ann, evidence=" ")
    assert refused.value.field == "evidence"


def test_a_manager_waives_with_a_reason_and_nobody_else(cast: Cast, release: Release) -> None:
    item = release.readiness.holding()[0]
    with pytest.raises(NotPermitted):
        waive_criterion(item, actor=cast.rel, reason="In a hurry.")
    with pytest.raises(DomainError):
        waive_criterion(item, actor=cast.mo, reason="")
    item = waive_criterion(item, actor=cast.mo, reason="Only one customer.")
    assert (item.status, item.evidence) == ("waived", "Only one customer.")
    item = reopen_criterion(item, actor=cast.ann, reason="Two, in fact.")
    assert item.status == "open"


def test_what_support_does_is_in_the_ledger(cast: Cast, release: Release) -> None:
    make_ready(release, cast)
    kinds = set(
        InvolvementEvent.objects.filter(release=release, actor_side="support").values_list(
            "stage", "kind"
        )
    )
    assert kinds == {
        ("operationalizing", "contributed_evidence"),
        ("operationalizing", "trained"),
        ("testing", "tested"),
        ("releasing", "signed_off"),
    }


def test_a_developers_tick_is_not_supports_involvement(cast: Cast, release: Release) -> None:
    meet_criterion(release.readiness.holding()[0], actor=cast.dev, evidence="Seen.")
    assert not InvolvementEvent.objects.involving_support().exists()


def test_contents_are_fixed_after_approval(cast: Cast, release: Release) -> None:
    release = advance_release(make_ready(release, cast), actor=cast.rel, step="approve")
    with pytest.raises(TransitionNotAllowed):
        add_to_release(release, actor=cast.rel, work_item=make_work_item(cast.dev))


def test_deploying_records_deployment_and_time(cast: Cast, release: Release) -> None:
    with pytest.raises(TransitionNotAllowed):
        deploy_release(release, actor=cast.rel)
    advance_release(make_ready(release, cast), actor=cast.rel, step="approve")
    deployment = deploy_release(release, actor=cast.rel)
    release = finish_deployment(release, actor=cast.rel)
    deployment.refresh_from_db()
    assert (release.state, deployment.status) == ("hypercare", "succeeded")
    assert release.deployed_at == deployment.finished_at
    with pytest.raises(TransitionNotAllowed):
        finish_deployment(release, actor=cast.rel)
    assert advance_release(release, actor=cast.rel, step="close").state == "closed"


def test_a_failed_deployment_withdraws_the_release(cast: Cast, release: Release) -> None:
    with pytest.raises(TransitionNotAllowed):
        fail_deployment(release, actor=cast.rel, reason="It burns.")
    advance_release(make_ready(release, cast), actor=cast.rel, step="approve")
    deployment = deploy_release(release, actor=cast.rel)
    release = fail_deployment(release, actor=cast.rel, reason="It burns.")
    deployment.refresh_from_db()
    assert (release.state, deployment.status) == ("withdrawn", "failed")
    assert release.deployed_at is None


def test_the_deployment_is_a_change_the_desk_can_find(
    cast: Cast, release: Release, after_commit: object
) -> None:
    advance_release(make_ready(release, cast), actor=cast.rel, step="approve")
    with after_commit():  # type: ignore[operator]
        deploy_release(release, actor=cast.rel)
    change = Change.objects.get()
    assert (change.state, list(change.components.all())) == ("implementing", [cast.checkout])
    with after_commit():  # type: ignore[operator]
        finish_deployment(release, actor=cast.rel)
    change.refresh_from_db()
    release.refresh_from_db()
    assert (change.state, release.change) == ("review", change)


def test_a_failed_deployment_is_a_failed_change(
    cast: Cast, release: Release, after_commit: object
) -> None:
    advance_release(make_ready(release, cast), actor=cast.rel, step="approve")
    with after_commit():  # type: ignore[operator]
        deploy_release(release, actor=cast.rel)
    with after_commit():  # type: ignore[operator]
        fail_deployment(release, actor=cast.rel, reason="It burns.")
    change = Change.objects.get()
    assert (change.state, change.outcome, change.review) == ("closed", "failed", "It burns.")


def test_supports_owners_and_teams_are_the_audience(cast: Cast, release: Release) -> None:
    assert support_audience(release) == [cast.ann, cast.pia]


def test_telling_support_is_noted_once_and_early(
    cast: Cast, release: Release, after_commit: object
) -> None:
    with pytest.raises(DomainError):
        tell_support(release, actor=cast.rel, note="")
    for _ in range(2):
        with after_commit():  # type: ignore[operator]
            tell_support(release, actor=cast.rel, note="New card form on Monday.")
    release.refresh_from_db()
    first = release.support_told_at
    assert first is not None
    with after_commit():  # type: ignore[operator]
        advance_release(release, actor=cast.rel, step="check_readiness")
    release.refresh_from_db()
    assert release.support_told_at == first
    assert cast.ann.notifications.count() == 3
    assert InvolvementEvent.objects.filter(release=release, kind="notified").count() == 1
    assert not InvolvementEvent.objects.involving_support().exists()


def test_with_nobody_to_tell_support_was_not_told(cast: Cast, after_commit: object) -> None:
    release = make_release(cast.rel)
    with after_commit():  # type: ignore[operator]
        tell_support(release, actor=cast.rel, note="Something.")
    release.refresh_from_db()
    assert release.support_told_at is None


def test_notes_and_dates_may_change(cast: Cast, release: Release) -> None:
    release = edit_release(release, actor=cast.rel, notes="Better cards.")
    assert release.notes == "Better cards."
    with pytest.raises(NotPermitted):
        edit_release(release, actor=cast.ann, notes="Worse cards.")
