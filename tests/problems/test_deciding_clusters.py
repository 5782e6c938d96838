"""What people decide about clusters."""

import pytest

from core.errors import DomainError, NotPermitted, TransitionNotAllowed
from core.models import Event
from problems import actions
from problems.models import Cluster, ClusterConstraint, ClusterMember
from tests.conftest import Cast
from tests.make.tickets import make_ticket
from tests.problems.builders import make_cluster, make_cluster_of, member_ids


def facts(record: object) -> list[str]:
    return list(Event.objects.about(record).order_by("id").values_list("name", flat=True))


def test_confirming_keeps_who_and_when_and_confirms_every_member(cast: Cast) -> None:
    cluster = make_cluster_of(3, cast.rob)
    confirmed = actions.confirm_cluster(cluster, actor=cast.pia)
    assert confirmed.state == "confirmed"
    assert confirmed.confirmed_by == cast.pia
    assert confirmed.confirmed_at is not None
    assert set(cluster.members.values_list("confirmed", flat=True)) == {True}
    assert facts(cluster) == ["problems.cluster_confirmed"]


@pytest.mark.parametrize("name", ["ann", "dev", "rob", "max"])
def test_only_those_who_manage_problems_confirm(cast: Cast, name: str) -> None:
    cluster = make_cluster_of(2, cast.rob)
    with pytest.raises(NotPermitted):
        actions.confirm_cluster(cluster, actor=cast.everyone[name])
    cluster.refresh_from_db()
    assert cluster.state == "candidate"


def test_a_confirmed_cluster_is_not_confirmed_twice(cast: Cast) -> None:
    cluster = actions.confirm_cluster(make_cluster_of(2, cast.rob), actor=cast.pia)
    with pytest.raises(TransitionNotAllowed):
        actions.confirm_cluster(cluster, actor=cast.pia)


def test_a_persons_name_is_kept_as_such(cast: Cast) -> None:
    cluster = make_cluster_of(2, cast.rob)
    renamed = actions.rename_cluster(cluster, actor=cast.pia, title="  3-D  Secure fails ")
    assert (renamed.title, renamed.named_by_person) == ("3-D Secure fails", True)
    assert renamed.is_decided
    event = Event.objects.about(cluster).get()
    assert event.sentence == "renamed it from “Checkout is stuck”"


def test_a_name_may_not_be_blank(cast: Cast) -> None:
    with pytest.raises(DomainError) as refused:
        actions.rename_cluster(make_cluster_of(2, cast.rob), actor=cast.pia, title="   ")
    assert refused.value.field == "title"


def test_locking_twice_is_one_fact(cast: Cast) -> None:
    cluster = make_cluster_of(2, cast.rob)
    actions.lock_cluster(cluster, actor=cast.pia)
    actions.lock_cluster(cluster, actor=cast.pia)
    assert actions.unlock_cluster(cluster, actor=cast.pia).locked is False
    assert facts(cluster) == ["problems.cluster_locked", "problems.cluster_unlocked"]


def test_dismissing_needs_a_reason(cast: Cast) -> None:
    cluster = make_cluster_of(2, cast.rob)
    with pytest.raises(DomainError) as refused:
        actions.dismiss_cluster(cluster, actor=cast.pia, reason=" ")
    assert refused.value.field == "reason"
    cluster.refresh_from_db()
    assert cluster.state == "candidate"


def test_a_dismissed_cluster_can_be_restored(cast: Cast) -> None:
    cluster = make_cluster_of(2, cast.rob)
    dismissed = actions.dismiss_cluster(cluster, actor=cast.pia, reason="Training day")
    assert (dismissed.state, dismissed.dismissed_reason) == ("dismissed", "Training day")
    assert not Cluster.objects.visible_to(cast.dev).filter(pk=cluster.pk).exists()
    restored = actions.restore_cluster(cluster, actor=cast.pia)
    assert (restored.state, restored.dismissed_reason) == ("candidate", "")


def test_removing_a_member_is_kept_as_a_persons_word(cast: Cast) -> None:
    wrong, right = make_ticket(cast.rob), make_ticket(cast.rita)
    cluster = make_cluster(wrong, right, make_ticket(cast.stan))
    after = actions.remove_from_cluster(cluster, actor=cast.ann, ticket=wrong)
    assert wrong.pk not in member_ids(cluster)
    assert after.ticket_count == 2
    word = ClusterConstraint.objects.get(cluster=cluster, ticket=wrong)
    assert (word.kind, word.person) == ("cannot", cast.ann)
    assert "problems.ticket_left_cluster" in facts(wrong)


def test_a_ticket_that_is_not_in_the_cluster_cannot_be_removed(cast: Cast) -> None:
    cluster = make_cluster_of(2, cast.rob)
    with pytest.raises(DomainError) as refused:
        actions.remove_from_cluster(cluster, actor=cast.ann, ticket=make_ticket(cast.rob))
    assert refused.value.field == "ticket"
    assert not ClusterConstraint.objects.exists()


def test_adding_moves_the_ticket_and_counts_both_clusters_again(cast: Cast) -> None:
    moved = make_ticket(cast.rob)
    old = make_cluster(moved, make_ticket(cast.rob), title="Old")
    new = make_cluster(make_ticket(cast.stan), make_ticket(cast.stan), title="New")
    after = actions.add_to_cluster(new, actor=cast.ann, ticket=moved)
    old.refresh_from_db()
    assert (after.ticket_count, after.organisation_count, old.ticket_count) == (3, 2, 1)
    member = ClusterMember.objects.get(ticket=moved)
    assert (member.cluster, member.confirmed, member.confidence) == (new, True, 1.0)
    assert member.reason == "added by Ann"
    assert ClusterConstraint.objects.get(ticket=moved, cluster=new).kind == "must"


def test_adding_after_removing_turns_the_word_around(cast: Cast) -> None:
    ticket = make_ticket(cast.rob)
    cluster = make_cluster(ticket, make_ticket(cast.rob))
    actions.remove_from_cluster(cluster, actor=cast.ann, ticket=ticket)
    actions.add_to_cluster(cluster, actor=cast.ann, ticket=ticket)
    assert ClusterConstraint.objects.get(ticket=ticket).kind == "must"


def test_nothing_is_added_to_a_dismissed_cluster(cast: Cast) -> None:
    cluster = make_cluster_of(2, cast.rob)
    actions.dismiss_cluster(cluster, actor=cast.pia, reason="Noise")
    with pytest.raises(DomainError):
        actions.add_to_cluster(cluster, actor=cast.ann, ticket=make_ticket(cast.rob))


def test_a_requester_decides_nothing(cast: Cast) -> None:
    ticket = make_ticket(cast.rob)
    cluster = make_cluster(ticket, make_ticket(cast.rob))
    with pytest.raises(NotPermitted):
        actions.remove_from_cluster(cluster, actor=cast.rob, ticket=ticket)
    with pytest.raises(NotPermitted):
        actions.add_to_cluster(cluster, actor=cast.rob, ticket=make_ticket(cast.rob))


def test_the_way_of_a_fix_ends_in_a_verdict(cast: Cast) -> None:
    cluster = make_cluster_of(3, cast.rob)
    actions.open_problem_from_cluster(cluster, actor=cast.pia)
    actions.link_cluster_fix(cluster, actor=cast.dev)
    actions.ship_cluster(cluster, actor=None)
    actions.watch_cluster(cluster, actor=None)
    settled = actions.settle_cluster(cluster, actor=None, verdict="partial")
    assert settled.state == "partial"
    assert actions.settle_cluster(cluster, actor=None, verdict="verified").state == "verified"
    assert actions.settle_cluster(cluster, actor=None, verdict="regressed").state == "regressed"


def test_a_verdict_is_one_of_four(cast: Cast) -> None:
    cluster = make_cluster_of(2, cast.rob, state="watching")
    with pytest.raises(DomainError) as refused:
        actions.settle_cluster(cluster, actor=None, verdict="fine")
    assert refused.value.field == "verdict"


def test_a_candidate_cannot_ship(cast: Cast) -> None:
    with pytest.raises(TransitionNotAllowed):
        actions.ship_cluster(make_cluster_of(2, cast.rob), actor=None)


def test_an_agent_does_not_settle_by_hand(cast: Cast) -> None:
    cluster = make_cluster_of(2, cast.rob, state="watching")
    with pytest.raises(NotPermitted):
        actions.settle_cluster(cluster, actor=cast.ann, verdict="verified")


def test_joining_says_why_on_the_ticket(cast: Cast) -> None:
    cluster = make_cluster_of(2, cast.rob)
    ticket = make_ticket(cast.stan)
    actions.join_cluster(
        cluster, ticket=ticket, reason="close to the centre (0.71)", confidence=0.71
    )
    cluster.refresh_from_db()
    assert (cluster.ticket_count, cluster.organisation_count) == (3, 2)
    event = Event.objects.about(ticket).get(name="problems.ticket_joined_cluster")
    assert event.sentence == "looks like “Checkout is stuck”: close to the centre (0.71)"
    assert event.actor is None


def test_nothing_joins_a_locked_cluster_or_leaves_another_for_it(cast: Cast) -> None:
    shut = make_cluster_of(2, cast.rob, locked=True)
    ticket = make_ticket(cast.rob)
    assert actions.join_cluster(shut, ticket=ticket, reason="r", confidence=0.9) is None
    other = make_cluster(ticket, make_ticket(cast.rob))
    open_one = make_cluster_of(2, cast.rob)
    assert actions.join_cluster(open_one, ticket=ticket, reason="r", confidence=0.9) is None
    assert ticket.pk in member_ids(other)


def test_merging_moves_everybody_and_keeps_them(cast: Cast) -> None:
    small, large = make_cluster_of(2, cast.rob, title="Small"), make_cluster_of(3, cast.stan)
    merged = actions.merge_clusters(small, actor=cast.pia, into=large)
    small.refresh_from_db()
    assert (merged.ticket_count, small.ticket_count, small.state) == (5, 0, "dismissed")
    assert not merged.members.filter(confirmed=False).exists()
    said = Event.objects.about(merged).get().sentence
    assert said == "merged “Small” with its 2 tickets into it"


def test_a_cluster_is_not_merged_with_itself_or_into_a_dismissed_one(cast: Cast) -> None:
    one, other = make_cluster_of(2, cast.rob), make_cluster_of(2, cast.rob)
    with pytest.raises(DomainError):
        actions.merge_clusters(one, actor=cast.pia, into=one)
    actions.dismiss_cluster(other, actor=cast.pia, reason="Noise")
    with pytest.raises(DomainError):
        actions.merge_clusters(one, actor=cast.pia, into=other)
    assert member_ids(one)
