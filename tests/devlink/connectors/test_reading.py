"""Hostile payloads, documents and words: read or passed over, never an error."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from devlink.connectors import adf, reading, registry
from devlink.connectors.base import ItemKind, Notice
from devlink.connectors.words import kind_of

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=20,
)
NAMES = some.sampled_from(
    [
        "issue", "number", "id", "iid", "milestone", "release", "tag", "deployment", "sprint",
        "deployment_id", "object_kind", "object_attributes", "webhookEvent", "version", "items",
    ]
)  # fmt: skip
EVENTS = some.sampled_from(
    ["issues", "issue", "release", "deployment", "jira:issue_updated", "sprint_started", "changed"]
)
LIKELY = some.dictionaries(NAMES, EVENTS | some.dictionaries(NAMES, JSON) | JSON)


@pytest.mark.parametrize("kind", list(registry.KINDS))
@given(payload=LIKELY, event=EVENTS | some.text())
def test_no_payload_breaks_the_reading_of_a_webhook(kind: str, payload, event: str) -> None:
    connector = registry.connector_class(kind)
    headers = {"x-github-event": event, "x-gitlab-event": event, "x-sample-event": event}
    notice = connector.read_webhook(headers, payload)
    assert isinstance(notice, Notice)
    keys = [*notice.items, *notice.sprints, *notice.releases, *notice.deployments]
    assert all(isinstance(key, str) and key for key in keys)


@pytest.mark.parametrize(
    "number", ["1e400", "-1", "0", "1.5", "true", '"../../user"', "[7]", "9" * 40, '"7?x=1"', "NaN"]
)
@pytest.mark.parametrize("kind", ["github", "gitlab", "jira"])
def test_what_is_no_number_is_not_asked_about(kind: str, number: str) -> None:
    payload = json.loads(
        f'{{"issue": {{"key": {number}, "number": {number}}}, "object_kind": "issue",'
        f' "object_attributes": {{"iid": {number}}}, "webhookEvent": "jira:issue_updated"}}'
    )
    headers = {"x-github-event": "issues"}
    assert not registry.connector_class(kind).read_webhook(headers, payload).items


def test_a_payload_nested_without_end_is_read() -> None:
    payload: dict[str, object] = {}
    for _ in range(100_000):
        payload = {"issue": payload}
    for kind in registry.KINDS:
        assert not registry.connector_class(kind).read_webhook({}, payload).items


def test_a_text_no_database_takes_is_mended() -> None:
    assert reading.text({"a": "x\x00y\ud800z"}, "a") == "xy?z"


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-03-01T10:00:00Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00.000+0200", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01T10:00:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_an_instant_is_read_in_any_zone(written: str, at: datetime | None) -> None:
    assert reading.instant(written) == at


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (["type::Bug"], ItemKind.BUG),
        (["kind/bug"], ItemKind.BUG),
        (["Type: Feature-Request"], ItemKind.STORY),
        (["enhancement", "bug"], ItemKind.BUG),
        (["debugging"], ItemKind.TASK),
        (["Requirement"], ItemKind.REQUIREMENT),
        ([], ItemKind.TASK),
    ],
)
def test_labels_say_the_kind(labels: list[str], kind: ItemKind) -> None:
    assert kind_of(labels) is kind


@given(
    some.text(some.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], include_characters="\n"))
)
def test_a_text_comes_back_from_a_document(body: str) -> None:
    blocks = [block.strip("\n") for block in body.split("\n\n") if block.strip()]
    assert adf.to_text(adf.from_text(body)).split() == "\n\n".join(blocks).split()


@given(some.text())
def test_a_document_has_no_empty_texts(body: str) -> None:
    document = adf.from_text(body)
    texts = [
        node["text"]
        for block in document["content"]
        for node in block["content"]
        if node["type"] == "text"
    ]
    assert all(texts)
    assert not any("\n" in text for text in texts)


def test_lists_mentions_and_links_of_a_document_are_read() -> None:
    def node(kind: str, *content: object, **attrs: str) -> dict[str, object]:
        return {"type": kind, "attrs": attrs, "content": list(content)}

    def words(text: str) -> dict[str, object]:
        return {"type": "text", "text": text}

    document = node(
        "doc",
        node("heading", words("Steps")),
        node(
            "bulletList",
            node("listItem", node("paragraph", words("Ask "), node("mention", text="@Kim"))),
            node("listItem", node("paragraph", node("inlineCard", url="https://a.example/1"))),
        ),
        node("codeBlock", words("a = 1\nb = 2")),
        node("somethingNew", node("paragraph", words("seen"))),
    )
    assert adf.to_text(document) == (
        "Steps\n\nAsk @Kim\n\nhttps://a.example/1\n\na = 1\nb = 2\n\nseen"
    )


@given(JSON)
def test_anything_in_place_of_a_document_is_read(document: object) -> None:
    assert isinstance(adf.to_text(document), str)


def test_a_document_nested_without_end_is_read() -> None:
    document: dict[str, object] = {"type": "text", "text": "deep"}
    for _ in range(100_000):
        document = {"type": "paragraph", "content": [document]}
    assert adf.to_text(document) == ""
