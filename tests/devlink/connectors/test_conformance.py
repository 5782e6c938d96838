"""What every connector keeps of the Protocol, whichever tracker it speaks to."""

import json
from datetime import UTC, date, datetime, timedelta
from itertools import islice

import pytest

from devlink.connectors.base import (
    ConnectorError,
    DeploymentStatus,
    ItemKind,
    ItemState,
    NewItem,
    SprintState,
)
from tests.devlink.connectors.worlds import World

TODAY = datetime.now(UTC).date()
NEW = NewItem(
    title="Card form rejects cards",
    body="Three customers saw this.\n\nFirst seen on Monday.",
    kind=ItemKind.BUG,
    marker="upstream-evidence-17",
    labels=["checkout"],
)


def test_a_well_set_up_tracker_misses_nothing(world: World) -> None:
    assert list(world.connector().check()) == []


def test_an_item_is_read_with_all_we_keep(world: World) -> None:
    key = world.add_item("Pay page is blank", ItemKind.BUG, "It stays\nwhite.")
    item = world.connector().fetch_item(key)
    assert (item.key, item.title, item.body) == (key, "Pay page is blank", "It stays\nwhite.")
    assert (item.kind, item.state) == (ItemKind.BUG, ItemState.TO_DO)
    assert item.url.startswith("http")
    assert key in item.url
    assert item.created_at == item.updated_at == world.board.now
    assert item.finished_at is None


@pytest.mark.parametrize("kind", [ItemKind.BUG, ItemKind.STORY, ItemKind.TASK])
def test_an_item_is_of_the_kind_its_tracker_says(world: World, kind: ItemKind) -> None:
    key = world.add_item("Anything", kind)
    assert world.connector().fetch_item(key).kind is kind


@pytest.mark.parametrize("state", list(ItemState))
def test_an_item_is_as_far_as_its_tracker_says(world: World, state: ItemState) -> None:
    key = world.add_item("Anything")
    world.change(key, state=state.value)
    assert world.connector().fetch_item(key).state is state


@pytest.mark.parametrize("state", [ItemState.DONE, ItemState.CANCELLED])
def test_an_ended_item_says_when_it_ended(world: World, state: ItemState) -> None:
    key = world.add_item("Anything")
    world.change(key, state=state.value)
    assert world.connector().fetch_item(key).finished_at == world.board.now


def test_a_removed_item_is_none(world: World) -> None:
    key = world.add_item("Anything")
    world.remove(key)
    assert world.connector().fetch_item(key) is None


@pytest.mark.parametrize(
    "key", ["", "0", "-1", "../../user", "1/comments", "1?x=1", "１", "x", "SHOP-0", "SHOP-1?x"]
)
def test_what_cannot_be_a_key_is_none(world: World, key: str) -> None:
    world.add_item("Anything")
    assert world.connector().fetch_item(key) is None


def test_an_item_names_its_sprint_by_the_key_of_the_sprint(world: World) -> None:
    world.add_sprint("Sprint 9", "active", TODAY, TODAY + timedelta(days=9))
    key = world.add_item("Anything")
    world.put_in_sprint(key, "Sprint 9")
    [sprint] = world.connector().list_sprints()
    assert world.connector().fetch_item(key).sprint == sprint.key


def test_every_item_is_listed_once_oldest_change_first(world: World) -> None:
    keys = [world.add_item(f"Item {number}") for number in range(75)]
    world.change(keys[3], title="Changed last")
    found = [item.key for item in world.connector().list_items()]
    assert found == [*keys[:3], *keys[4:], keys[3]]


def test_only_what_changed_since_is_listed(world: World) -> None:
    keys = [world.add_item(f"Item {number}") for number in range(5)]
    seen = world.connector().fetch_item(keys[2]).updated_at
    world.change(keys[0], title="Changed")
    found = [item.key for item in world.connector().list_items(seen)]
    assert found == [keys[2], keys[3], keys[4], keys[0]]


def test_what_changes_while_a_list_is_read_hides_nothing(world: World) -> None:
    keys = [world.add_item(f"Item {number}") for number in range(80)]
    reading = world.connector().list_items()
    found = [item.key for item in islice(reading, 5)]
    for key in keys[:5]:
        world.change(key, title="Changed meanwhile")
    found += [item.key for item in reading]
    assert set(found) == set(keys)


def test_whoever_stops_half_way_goes_on_from_the_last_change(world: World) -> None:
    keys = [world.add_item(f"Item {number}") for number in range(50)]
    half = list(islice(world.connector().list_items(), 40))
    rest = list(world.connector().list_items(half[-1].updated_at))
    assert [item.key for item in half] + [item.key for item in rest[1:]] == keys


def test_many_items_changed_in_one_instant_are_all_listed(world: World) -> None:
    keys = []
    for number in range(70):
        world.board.now -= timedelta(minutes=10)
        keys.append(world.add_item(f"Item {number}"))
    assert {item.key for item in world.connector().list_items(world.board.now)} == set(keys)


def test_sprints_are_listed_with_their_state_and_days(world: World) -> None:
    start, end = TODAY - timedelta(days=3), TODAY + timedelta(days=11)
    world.add_sprint("Past", "closed", start - timedelta(days=14), start)
    world.add_sprint("Now", "active", start, end)
    world.add_sprint("Next", "planning", end, end + timedelta(days=14))
    found = {sprint.name: sprint for sprint in world.connector().list_sprints()}
    assert {name: sprint.state for name, sprint in found.items()} == {
        "Past": SprintState.CLOSED,
        "Now": SprintState.ACTIVE,
        "Next": SprintState.PLANNING,
    }
    assert found["Now"].ends_on == end


def test_every_sprint_is_listed_however_many_pages_there_are(world: World) -> None:
    for number in range(70):
        world.add_sprint(f"Sprint {number}", "closed", date(2025, 1, 1), date(2025, 1, 14))
    found = [sprint.name for sprint in world.connector().list_sprints()]
    assert sorted(found) == sorted(f"Sprint {number}" for number in range(70))


def test_releases_are_listed_with_notes_and_when_they_came_out(world: World) -> None:
    world.add_release("4.18.0", "Fixes the form.", datetime(2026, 3, 1, tzinfo=UTC))
    [release] = world.connector().list_releases()
    assert (release.version, release.notes) == ("4.18.0", "Fixes the form.")
    assert release.released_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_every_release_is_listed_however_many_pages_there_are(world: World) -> None:
    for number in range(70):
        world.add_release(f"1.{number}")
    found = {release.version for release in world.connector().list_releases()}
    assert found == {f"1.{number}" for number in range(70)}


def test_a_release_that_is_not_out_has_no_instant(world: World) -> None:
    world.add_release("5.0.0")
    [release] = world.connector().list_releases()
    assert release.released_at is None


@pytest.mark.parametrize("status", list(DeploymentStatus))
def test_a_deployment_is_read_as_it_is_now(deploying: World, status: DeploymentStatus) -> None:
    key = deploying.deploy("v4.18.0", "production", "started", status.value)
    found = deploying.connector().fetch_deployment(key)
    assert (found.key, found.ref, found.environment) == (key, "v4.18.0", "production")
    assert (found.status, found.at) == (status, deploying.board.now)


def test_a_deployment_nobody_knows_is_none(world: World) -> None:
    assert world.connector().fetch_deployment("999") is None


def test_deployments_are_listed_oldest_first(deploying: World) -> None:
    keys = [deploying.deploy(f"v{number}", "staging", "succeeded") for number in range(40)]
    assert [row.key for row in deploying.connector().list_deployments()] == keys


def test_only_deployments_since_then_are_listed(deploying: World) -> None:
    deploying.deploy("v1", "production", "succeeded")
    at = deploying.board.now + timedelta(minutes=1)
    key = deploying.deploy("v2", "production", "succeeded")
    assert [row.key for row in deploying.connector().list_deployments(at)] == [key]


def test_a_tracker_without_deployments_lists_none(jira: World) -> None:
    assert list(jira.connector().list_deployments()) == []


def test_what_is_switched_off_is_none_and_said(github: World, gitlab: World) -> None:
    for world in (github, gitlab):
        world.add_release("4.18.0")
        world.deploy("v4.18.0", "production", "succeeded")
        world.fake.switched_off = {"/releases", "/deployments"}
        assert list(world.connector().list_releases()) == []
        assert list(world.connector().list_deployments()) == []
        assert len(world.connector().check()) == 2


def test_a_made_item_can_be_read_back(world: World) -> None:
    made = world.connector().create_item(NEW)
    found = world.connector().fetch_item(made.key)
    assert found == made
    assert (made.title, made.kind, made.state) == (NEW.title, NEW.kind, ItemState.TO_DO)
    assert made.body.startswith("Three customers saw this.\n\nFirst seen on Monday.")
    assert "checkout" in made.labels


def test_an_item_is_made_once_for_a_marker(world: World) -> None:
    first = world.connector().create_item(NEW)
    assert world.connector().create_item(NEW).key == first.key
    assert len(list(world.connector().list_items())) == 1


def test_a_marked_item_is_found_among_many(world: World) -> None:
    first = world.connector().create_item(NEW)
    for number in range(70):
        world.add_item(f"Item {number}")
    assert world.connector().create_item(NEW).key == first.key


def test_another_marker_makes_another_item(world: World) -> None:
    first = world.connector().create_item(NEW)
    other = world.connector().create_item(
        NewItem(NEW.title, NEW.body, NEW.kind, "upstream-evidence-171")
    )
    assert other.key != first.key


def test_a_comment_is_written_once_and_then_edited(world: World) -> None:
    key = world.add_item("Anything")
    first = world.connector().put_comment(key, "Nine customers.", "upstream-c-1")
    again = world.connector().put_comment(key, "Ten customers.", "upstream-c-1")
    assert first == again
    assert first.startswith("http")
    [said] = world.comments(key)
    assert "Ten customers." in said


def test_comments_of_different_markers_stand_beside_each_other(world: World) -> None:
    key = world.add_item("Anything")
    first = world.connector().put_comment(key, "Nine customers.", "upstream-c-1")
    other = world.connector().put_comment(key, "Released.", "upstream-c-2")
    assert first != other
    assert len(world.comments(key)) == 2


def test_the_comment_is_found_behind_many_others(remote: World) -> None:
    key = remote.add_item("Anything")
    remote.connector().put_comment(key, "Nine customers.", "upstream-c-1")
    for number in range(70):
        remote.board.comments[number] = remote.board.add_comment(
            remote.number_of(key), f"Me too {number}"
        )
    remote.board.comments = dict(reversed(remote.board.comments.items()))
    before = len(remote.comments(key))
    remote.connector().put_comment(key, "Ten customers.", "upstream-c-1")
    assert len(remote.comments(key)) == before


def test_a_comment_on_a_removed_item_does_not_disable_the_tracker(world: World) -> None:
    key = world.add_item("Anything")
    world.remove(key)
    with pytest.raises(ConnectorError, match=key) as raised:
        world.connector().put_comment(key, "Nine customers.", "upstream-c-1")
    assert not raised.value.permanent


@pytest.mark.parametrize("text", ["ä€🙂\n\ttab", "a" * 70_000, "<b>x</b> & \"q\" 'p'", ""])
def test_any_text_can_be_sent(world: World, text: str) -> None:
    item = world.connector().create_item(NewItem(text or "x", text, ItemKind.TASK, "m-1"))
    assert world.connector().put_comment(item.key, text or "x", "m-2").startswith("http")


def test_a_wrong_token_is_permanent_and_says_what_to_do(world: World) -> None:
    with pytest.raises(ConnectorError, match=r"does not accept the token.*nter") as raised:
        world.connector(token="tok-wrong").check()
    assert raised.value.permanent


def test_a_webhook_only_says_what_to_ask_about(world: World) -> None:
    headers, payload = world.webhook(world.key_of(17))
    notice = world.connector().read_webhook(headers, payload)
    assert notice.known
    assert list(notice.items) == [world.key_of(17)]
    assert not [*notice.sprints, *notice.releases, *notice.deployments]


def test_a_delivery_is_known_again_by_its_id(world: World) -> None:
    headers, payload = world.webhook(world.key_of(17))
    body = json.dumps(payload).encode()
    assert world.connector().delivery_id(headers, body) == "72d3162e-cc78"


@pytest.mark.parametrize("given", ["", " ", "x" * 101, "a\nb", "ä"])
def test_a_delivery_without_a_proper_id_is_known_by_its_body(world: World, given: str) -> None:
    headers = dict.fromkeys(world.webhook("17")[0], given)
    first, other = (world.connector().delivery_id(headers, body) for body in (b"{}", b"[]"))
    assert first == world.connector().delivery_id({}, b"{}")
    assert first != other
    assert len(first) <= 100


def test_a_delivery_signed_with_the_secret_is_genuine(world: World) -> None:
    headers = world.sign("s3cret", b'{"a": 1}')
    assert world.connector().is_genuine("s3cret", headers, b'{"a": 1}')


@pytest.mark.parametrize(
    "spoil",
    [
        lambda name, proof: {},
        lambda name, proof: {name: ""},
        lambda name, proof: {name: f"{proof},{proof}"},
        lambda name, proof: {name: f"{proof}, {proof}"},
        lambda name, proof: {name: proof + " "},
        lambda name, proof: {name: proof.upper()},
        lambda name, proof: {name: proof[:-1]},
        lambda name, proof: {name: "ä" + proof},
        lambda name, proof: {name: "\ud800"},
        lambda name, proof: {"x-hub-signature": "sha1=" + "0" * 40},
        lambda name, proof: {f"{name}-other": proof},
    ],
)
def test_a_spoiled_proof_is_not_genuine(world: World, spoil) -> None:
    headers = world.sign("s3cret", b"{}")
    assert not world.connector().is_genuine("s3cret", spoil(*headers.popitem()), b"{}")


def test_the_proof_of_another_secret_is_not_genuine(world: World) -> None:
    assert not world.connector().is_genuine("s3cret", world.sign("other", b"{}"), b"{}")


def test_nothing_is_genuine_without_a_secret(world: World) -> None:
    assert not world.connector().is_genuine("", world.sign("", b"{}"), b"{}")
    assert not world.connector().is_genuine("", {}, b"{}")
