"""The tracker in memory, and the list of all kinds."""

import json

import pytest

from devlink.connectors import registry, sample
from devlink.connectors.base import Access, ConnectorError, ItemState

ACCESS = Access("", "shop", "tok")


@pytest.fixture(autouse=True)
def _empty():
    sample.reset()
    yield
    sample.reset()


def test_what_is_written_through_one_connector_is_read_through_another() -> None:
    item = sample.project("shop").add_item("Pay page is blank")
    first, other = (registry.connector_for("sample", ACCESS) for _ in range(2))
    assert first.fetch_item(item.key) == other.fetch_item(item.key) == item


def test_projects_know_nothing_of_each_other() -> None:
    item = sample.project("shop").add_item("Pay page is blank")
    other = registry.connector_for("sample", Access("", "elsewhere", "tok"))
    assert other.fetch_item(item.key) is None


def test_reset_forgets_everything() -> None:
    item = sample.project("shop").add_item("Pay page is blank")
    sample.reset()
    assert registry.connector_for("sample", ACCESS).fetch_item(item.key) is None


def test_an_item_moved_on_the_board_is_finished_and_opened_again() -> None:
    there = sample.project("shop")
    item = there.add_item("Pay page is blank")
    assert there.move_item(item.key, ItemState.DONE).finished_at is not None
    assert there.move_item(item.key, ItemState.IN_PROGRESS).finished_at is None


def test_a_failure_that_was_set_answers_every_question() -> None:
    sample.project("shop").failure = ConnectorError("Out of order.", permanent=False)
    with pytest.raises(ConnectorError, match="Out of order"):
        registry.connector_for("sample", ACCESS).fetch_item("1")


def test_a_delivery_it_sends_is_genuine_and_read() -> None:
    headers, body = sample.delivery("s3cret", "changed", items=["1"], delivery_id="d-1")
    connector = registry.connector_class("sample")
    assert connector.is_genuine("s3cret", headers, body)
    assert connector.delivery_id(headers, body) == "d-1"
    assert list(connector.read_webhook(headers, json.loads(body)).items) == ["1"]


def test_a_delivery_of_another_kind_is_named_and_not_known() -> None:
    headers, body = sample.delivery("s3cret", "moon_landing")
    notice = registry.connector_class("sample").read_webhook(headers, json.loads(body))
    assert (notice.event, notice.known) == ("moon_landing", False)


@pytest.mark.parametrize("kind", list(registry.KINDS))
def test_every_kind_has_a_connector_of_that_kind(kind: str) -> None:
    assert registry.connector_class(kind).kind == kind


def test_an_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        registry.connector_class("bugzilla")
