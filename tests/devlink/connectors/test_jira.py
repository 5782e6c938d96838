"""What is peculiar to Jira."""

from datetime import timedelta

import pytest

from devlink.connectors.base import ItemKind, ItemState, NewItem
from devlink.connectors.jira import Jira
from tests.devlink.connectors.fake_jira import SPRINT_FIELD
from tests.devlink.connectors.server import Reply
from tests.devlink.connectors.worlds import World


def test_an_item_names_its_versions_and_whose_it_is(jira: World) -> None:
    card = jira.board.add_card("Anything", versions=["4.18.0", "5.0"], assignee="dev")
    item = jira.connector().fetch_item(jira.key_of(card.number))
    assert list(item.fix_versions) == ["4.18.0", "5.0"]
    assert (item.assignee, item.assignee_email) == ("dev", "dev@house.example")


def test_an_issue_moved_to_another_project_is_none_here(jira: World) -> None:
    key = jira.add_item("Anything")
    jira.fake.moved[jira.number_of(key)] = "OTHER"
    assert jira.connector().fetch_item(key) is None


def test_a_bulk_change_within_minutes_is_read_page_after_page(jira: World) -> None:
    keys = [jira.add_item(f"Item {number}") for number in range(320)]
    for second, card in enumerate(jira.board.cards.values()):
        card.updated = jira.board.now + timedelta(seconds=second / 4)
    connector = jira.connector()
    assert [item.key for item in connector.list_items(jira.board.now)] == keys
    assert len(jira.server.asked) < 15


def test_the_address_of_an_item_is_the_one_people_know(jira: World) -> None:
    key = jira.add_item("Anything")
    assert jira.connector().fetch_item(key).url == f"{jira.server.address}/browse/{key}"


def test_a_sprint_on_two_boards_is_listed_once(jira: World) -> None:
    jira.add_sprint("Sprint 9", "active", None, None)
    assert [sprint.name for sprint in jira.connector().list_sprints()] == ["Sprint 9"]


def test_an_issue_that_answers_to_a_former_key_is_none_under_it(jira: World) -> None:
    key = jira.add_item("Anything")
    connector = jira.connector()
    connector.fetch_item(key)
    shown = jira.fake.shown(jira.board.cards[jira.number_of(key)])
    jira.server.next = [Reply(200, shown)]
    assert connector.fetch_item("SHOP-5") is None


def test_what_changed_a_moment_before_is_not_listed(jira: World) -> None:
    first, other = jira.add_item("First"), jira.add_item("Other")
    cards = jira.board.cards
    cards[jira.number_of(first)].updated = jira.board.now - timedelta(seconds=1)
    assert [item.key for item in jira.connector().list_items(jira.board.now)] == [other]


@pytest.mark.parametrize(
    ("states", "found"),
    [(["ACTIVE", "CLOSED"], "1"), (["CLOSED", "FUTURE"], "2"), (["CLOSED", "CLOSED"], "2")],
)
def test_an_item_is_in_its_open_sprint_or_in_its_last(
    jira: World, states: list[str], found: str
) -> None:
    key = jira.add_item("Anything")
    connector = jira.connector()
    connector.fetch_item(key)
    shown = jira.fake.shown(jira.board.cards[jira.number_of(key)])
    shown["fields"][SPRINT_FIELD] = [
        f"Sprint@6f[id={number},rapidViewId=2,state={state},name=Sprint,goal=]"
        for number, state in enumerate(states, 1)
    ]
    jira.server.next = [Reply(200, shown)]
    assert connector.fetch_item(key).sprint == found


def test_an_item_is_in_the_sprint_that_is_not_closed(jira: World) -> None:
    card = jira.board.add_card("Anything", sprint=77)
    assert jira.connector().fetch_item(jira.key_of(card.number)).sprint == "77"


@pytest.mark.parametrize("resolution", ["Won't Do", "Duplicate", "Cannot Reproduce", "Declined"])
def test_done_without_doing_it_is_cancelled(jira: World, resolution: str) -> None:
    key = jira.add_item("Anything")
    shown = jira.fake.shown(jira.board.cards[jira.number_of(key)])
    shown["fields"]["status"]["statusCategory"]["key"] = "done"
    shown["fields"]["resolution"] = {"name": resolution}
    connector = jira.connector()
    connector.fetch_item(key)
    jira.server.next = [Reply(200, shown)]
    assert connector.fetch_item(key).state is ItemState.CANCELLED


def test_a_kind_the_project_has_no_type_for_becomes_the_nearest(jira: World) -> None:
    new = NewItem("Title", "Body", ItemKind.REQUIREMENT, "marker-1")
    assert jira.connector().create_item(new).kind is ItemKind.STORY


def test_a_title_is_one_line_jira_takes(jira: World) -> None:
    new = NewItem("Two\nlines " + "x" * 300, "Body", ItemKind.BUG, "marker-1")
    made = jira.connector().create_item(new)
    assert made.title.startswith("Two lines xxx")
    assert len(made.title) == 255


def test_labels_are_words_jira_takes(jira: World) -> None:
    new = NewItem("Title", "Body", ItemKind.BUG, "marker 1", labels=["pay page"])
    assert list(jira.connector().create_item(new).labels) == ["pay_page", "marker_1"]


def test_the_marker_of_a_comment_is_unseen_by_readers(jira: World) -> None:
    key = jira.add_item("Anything")
    jira.connector().put_comment(key, "Nine customers.", "upstream-c-1")
    [said] = jira.comments(key)
    assert "upstream-c-1" not in said


def test_a_project_without_boards_has_no_sprints_and_says_so(jira: World) -> None:
    jira.fake.has_boards = False
    assert list(jira.connector().list_sprints()) == []
    [sentence] = jira.connector().check()
    assert "sprints" in sentence


def test_what_the_account_may_not_do_is_said(jira: World) -> None:
    jira.fake.rights = {"BROWSE_PROJECTS", "EDIT_OWN_COMMENTS"}
    found = " ".join(jira.connector().check())
    assert "create issues" in found
    assert "add comments" in found
    assert "see its issues" not in found


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ({"webhookEvent": "jira:version_released", "version": {"id": "3"}}, ("releases", "3")),
        ({"webhookEvent": "sprint_started", "sprint": {"id": 12}}, ("sprints", "12")),
        ({"webhookEvent": "jira:issue_deleted", "issue": {"key": "SHOP-9"}}, ("items", "SHOP-9")),
    ],
)
def test_a_webhook_names_what_it_is_about(payload, found: tuple[str, str]) -> None:
    notice = Jira.read_webhook({}, payload)
    assert notice.known
    assert list(getattr(notice, found[0])) == [found[1]]


@pytest.mark.parametrize("event", ["comment_created", "issuelink_created", "user_updated", ""])
def test_other_events_are_named_and_not_known(event: str) -> None:
    notice = Jira.read_webhook({}, {"webhookEvent": event, "issue": {"key": "SHOP-9"}})
    assert (notice.event, notice.known, list(notice.items)) == (event, False, [])


@pytest.mark.parametrize("key", ["OTHER-5", "shop-5", "SHOP5", "SHOP-5/comment", "SHOP-05"])
def test_what_is_no_key_of_the_project_is_none(jira: World, key: str) -> None:
    jira.board.add_card("Anything").number = 5
    assert jira.connector().fetch_item(key) is None


def test_more_fields_than_can_be_read_only_cost_the_sprint(jira: World) -> None:
    key = jira.add_item("Anything")
    answering = jira.server.answering
    huge = Reply(200, [{"id": "x" * 1_100_000}])
    jira.server.answering = lambda asked: huge if "/field" in asked.path else answering(asked)
    assert jira.connector().fetch_item(key).sprint == ""
    [sentence] = jira.connector().check()
    assert "sprint" in sentence
