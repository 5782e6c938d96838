"""What is peculiar to GitLab."""

import base64
import hashlib
import hmac

import pytest

from devlink.connectors.base import ItemKind, ItemState, NewItem, SprintState
from devlink.connectors.gitlab import GitLab
from tests.devlink.connectors.server import Reply
from tests.devlink.connectors.worlds import World

KEY = base64.b64encode(b"k" * 32).decode()


def signed(body: bytes, *, key: bytes = b"k" * 32, stamp: str = "1700000000") -> dict[str, str]:
    """The headers of a delivery signed after the Standard Webhooks way."""
    digest = hmac.new(key, f"msg_1.{stamp}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


@pytest.mark.parametrize(
    ("entered", "asked"),
    [
        ("", "https://gitlab.com/api/v4"),
        ("https://gitlab.com/", "https://gitlab.com/api/v4"),
        ("https://git.acme.example/gitlab", "https://git.acme.example/gitlab/api/v4"),
        ("https://git.acme.example/api/v4", "https://git.acme.example/api/v4"),
    ],
)
def test_the_api_is_where_the_site_has_it(gitlab: World, entered: str, asked: str) -> None:
    assert repr(vars(gitlab.connector(base_url=entered))["_client"]) == f"<Client of {asked}>"


def test_iterations_are_sprints_beside_milestones(gitlab: World) -> None:
    gitlab.add_sprint("17.4", "closed", None, None)
    gitlab.fake.has_iterations = True
    span = {"start_date": "2026-05-04", "due_date": "2026-05-17"}
    gitlab.fake.iterations = [
        {"id": 5, "title": None, "state": 2, **span},
        {"id": 6, "title": "Next", "state": 1, **span},
        {"id": 4, "title": "Past", "state": 3, **span},
    ]
    found = {
        sprint.key: (sprint.name, sprint.state) for sprint in gitlab.connector().list_sprints()
    }
    assert found["iteration:5"] == ("2026-05-04 – 2026-05-17", SprintState.ACTIVE)
    assert found["iteration:6"] == ("Next", SprintState.PLANNING)
    assert found["iteration:4"] == ("Past", SprintState.CLOSED)
    assert next(name for name, _ in found.values()) == "17.4"


def test_an_item_is_in_its_iteration_rather_than_in_its_milestone(gitlab: World) -> None:
    row = {"iid": 7, "milestone": {"id": 3}, "iteration": {"id": 5}}
    gitlab.server.next = [Reply(200, row)]
    assert gitlab.connector().fetch_item("7").sprint == "iteration:5"


def test_an_incident_is_a_bug(gitlab: World) -> None:
    gitlab.server.next = [Reply(200, {"iid": 7, "issue_type": "incident"})]
    assert gitlab.connector().fetch_item("7").kind is ItemKind.BUG


def test_an_issue_moved_away_is_cancelled_here(gitlab: World) -> None:
    gitlab.server.next = [Reply(200, {"iid": 7, "state": "closed", "moved_to_id": 99})]
    assert gitlab.connector().fetch_item("7").state is ItemState.CANCELLED


@pytest.mark.parametrize("order", ["/close", "  /assign @root", "\t/label ~x", "a\n/delete"])
def test_a_customer_s_words_are_no_orders(gitlab: World, order: str) -> None:
    made = gitlab.connector().create_item(NewItem("Title", order, ItemKind.BUG, "marker-1"))
    lines = [line.strip() for line in made.body.splitlines()]
    assert not [line for line in lines if line.startswith("/")]
    gitlab.connector().put_comment(made.key, order, "marker-2")
    [said] = gitlab.board.comments_of(int(made.key))
    assert not [line for line in said.body.splitlines() if line.strip().startswith("/")]


def test_a_path_in_a_sentence_stays_as_it_is(gitlab: World) -> None:
    body = "see /var/log\n// and 1/2"
    made = gitlab.connector().create_item(NewItem("Title", body, ItemKind.BUG, "marker-1"))
    assert made.body.startswith(body)


def test_a_label_with_a_comma_stays_one(gitlab: World) -> None:
    new = NewItem("Title", "", ItemKind.BUG, "marker-1", labels=["pay, checkout"])
    assert list(gitlab.connector().create_item(new).labels) == ["pay  checkout", "bug"]


def test_what_is_missing_is_said(gitlab: World) -> None:
    gitlab.fake.level = 10
    gitlab.fake.scopes = ["read_api"]
    gitlab.fake.switched_off = {"/releases", "/deployments"}
    role, releases, deployments, scope = gitlab.connector().check()
    assert "Reporter" in role
    assert releases.startswith("Releases cannot be read")
    assert deployments.startswith("Deployments cannot be read")
    assert "scope “api”" in scope


def test_a_signed_delivery_is_genuine() -> None:
    assert GitLab.is_genuine(f"whsec_{KEY}", signed(b"{}"), b"{}")


def test_one_good_signature_among_several_is_enough() -> None:
    headers = signed(b"{}")
    headers["webhook-signature"] = f"v1,{'A' * 43}= {headers['webhook-signature']}"
    assert GitLab.is_genuine(f"whsec_{KEY}", headers, b"{}")


@pytest.mark.parametrize(
    ("secret", "headers", "body"),
    [
        (f"whsec_{KEY}", signed(b"{}"), b"[]"),
        (f"whsec_{KEY}", signed(b"{}", key=b"other"), b"{}"),
        (f"whsec_{KEY}", signed(b"{}", stamp="1700000001"), b"{}"),
        (f"whsec_{KEY}", signed(b"{}") | {"webhook-id": "msg_2"}, b"{}"),
        (f"whsec_{KEY}", {"x-gitlab-token": f"whsec_{KEY}"}, b"{}"),
        ("whsec_", signed(b"{}", key=b""), b"{}"),
        ("whsec_not base64", signed(b"{}"), b"{}"),
        (KEY, signed(b"{}"), b"{}"),
    ],
)
def test_anything_else_is_not_genuine(secret: str, headers: dict[str, str], body: bytes) -> None:
    assert not GitLab.is_genuine(secret, headers, body)


def test_two_signatures_joined_by_a_proxy_are_not_genuine() -> None:
    headers = signed(b"{}")
    headers["webhook-signature"] = ",".join([headers["webhook-signature"]] * 2)
    assert not GitLab.is_genuine(f"whsec_{KEY}", headers, b"{}")


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        ({"object_kind": "milestone", "object_attributes": {"id": 3}}, ("sprints", "milestone:3")),
        ({"object_kind": "release", "tag": "v4.18.0", "id": 1}, ("releases", "v4.18.0")),
        ({"object_kind": "deployment", "deployment_id": 15}, ("deployments", "15")),
        ({"object_kind": "work_item", "object_attributes": {"iid": 9}}, ("items", "9")),
    ],
)
def test_a_webhook_names_what_it_is_about(payload, found: tuple[str, str]) -> None:
    notice = GitLab.read_webhook({}, payload)
    assert notice.known
    assert list(getattr(notice, found[0])) == [found[1]]


def test_a_note_is_nothing_to_us(gitlab: World) -> None:
    notice = GitLab.read_webhook({"x-gitlab-event": "Note Hook"}, {"object_kind": "note"})
    assert (notice.event, notice.known) == ("note", False)
