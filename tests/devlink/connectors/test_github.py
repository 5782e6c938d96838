"""What is peculiar to GitHub."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devlink.connectors.base import DeploymentStatus, ItemKind, ItemState, NewItem, SprintState
from devlink.connectors.github import GitHub
from tests.devlink.connectors.server import Reply
from tests.devlink.connectors.worlds import World

TODAY = datetime.now(UTC).date()


@pytest.mark.parametrize(
    ("entered", "asked"),
    [
        ("", "https://api.github.com"),
        ("https://github.com/", "https://api.github.com"),
        ("https://api.github.com", "https://api.github.com"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com"),
        ("https://git.acme.example", "https://git.acme.example/api/v3"),
        ("https://git.acme.example/api/v3/", "https://git.acme.example/api/v3"),
    ],
)
def test_the_api_is_where_the_site_has_it(github: World, entered: str, asked: str) -> None:
    assert repr(vars(github.connector(base_url=entered))["_client"]) == f"<Client of {asked}>"


def test_pull_requests_are_no_items(github: World) -> None:
    key = github.add_item("An issue")
    pull = github.board.add_card("A pull request", is_pull_request=True)
    assert [item.key for item in github.connector().list_items()] == [key]
    assert github.connector().fetch_item(str(pull.number)) is None


def test_an_issue_moved_to_another_repository_is_none(github: World) -> None:
    github.server.next = [Reply(200, {"number": 5, "title": "Elsewhere"})]
    assert github.connector().fetch_item("17") is None


def test_a_duplicate_is_cancelled(github: World) -> None:
    github.server.next = [Reply(200, {"number": 7, "state": "closed", "state_reason": "duplicate"})]
    assert github.connector().fetch_item("7").state is ItemState.CANCELLED


def test_the_type_of_an_issue_counts_before_its_labels(github: World) -> None:
    row = {"number": 7, "type": {"name": "Bug"}, "labels": [{"name": "chore"}]}
    github.server.next = [Reply(200, row)]
    assert github.connector().fetch_item("7").kind is ItemKind.BUG


def test_without_starts_the_milestone_due_next_is_active(github: World) -> None:
    github.add_sprint("Someday", "planning", None, None)
    github.add_sprint("Late", "planning", None, TODAY - timedelta(days=1))
    github.add_sprint("This", "planning", None, TODAY + timedelta(days=3))
    github.add_sprint("Next", "planning", None, TODAY + timedelta(days=17))
    found = {sprint.name: sprint.state for sprint in github.connector().list_sprints()}
    assert found == {
        "Someday": SprintState.PLANNING,
        "Late": SprintState.ACTIVE,
        "This": SprintState.ACTIVE,
        "Next": SprintState.PLANNING,
    }


def test_a_deployment_replaced_by_a_later_one_went_as_it_went(github: World) -> None:
    key = github.deploy("v1", "production", "started", "failed", "inactive")
    assert github.connector().fetch_deployment(key).status is DeploymentStatus.FAILED


def test_a_deployment_without_a_status_has_started(github: World) -> None:
    key = github.deploy("v1", "production")
    found = github.connector().fetch_deployment(key)
    assert (found.status, found.at) == (DeploymentStatus.STARTED, github.board.now)


def test_a_status_since_then_counts_and_not_when_its_deployment_began(github: World) -> None:
    key = github.deploy("v1", "production", "started")
    since = github.board.now + timedelta(minutes=1)
    github.board.deployments[int(key)].statuses.append(("succeeded", github.board.tick()))
    [found] = github.connector().list_deployments(since)
    assert (found.key, found.status) == (key, DeploymentStatus.SUCCEEDED)


def test_old_deployments_are_not_asked_about_one_by_one(github: World) -> None:
    for number in range(20):
        github.deploy(f"v{number}", "production", "succeeded")
    since = github.board.now + timedelta(days=3)
    assert list(github.connector().list_deployments(since)) == []
    assert len(github.server.asked) == 1


def test_only_what_the_account_made_is_read_for_a_marker(github: World) -> None:
    for number in range(140):
        github.add_item(f"Item {number}")
    github.connector().create_item(NewItem("Title", "Body", ItemKind.BUG, "marker-1"))
    assert [asked.path for asked in github.server.asked] == [
        "/api/v3/user",
        "/api/v3/repos/acme/shop/issues",
        "/api/v3/repos/acme/shop/issues",
    ]


def test_every_issue_is_read_for_a_marker_where_the_account_is_not_told(github: World) -> None:
    github.fake.tells_user = False
    new = NewItem("Title", "Body", ItemKind.BUG, "marker-1")
    first = github.connector().create_item(new)
    for number in range(140):
        github.add_item(f"Item {number}")
    assert github.connector().create_item(new).key == first.key


def test_the_marker_is_unseen_by_readers(github: World) -> None:
    made = github.connector().create_item(NewItem("Title", "Body", ItemKind.BUG, "marker-1"))
    assert made.body == "Body\n\n<!-- marker-1 -->"


def test_names_in_a_customer_s_words_call_nobody(github: World) -> None:
    body = "@all see @acme/web and mail rob@acme.example"
    made = github.connector().create_item(NewItem("Title", body, ItemKind.BUG, "marker-1"))
    assert "@all" not in made.body
    assert "@acme/web" not in made.body
    assert "rob@acme.example" in made.body


def test_what_is_missing_is_said_one_by_one(github: World) -> None:
    github.fake.has_issues = False
    github.fake.may_write = False
    github.fake.routes = [row for row in github.fake.routes if row[1] != r"/deployments"]
    found = github.connector().check()
    assert [next(word for word in WORDS if word in sentence) for sentence in found] == WORDS


WORDS = ["switched off", "not make them", "deployments"]


def events(shared_data: Path) -> list[tuple[str, Path]]:
    """Every payload GitHub documents, with the name of its event."""
    found = sorted((shared_data / "webhooks" / "github").glob("*/*.json"))
    assert len(found) > 200
    return [(path.parent.name, path) for path in found]


def test_every_documented_payload_is_read(shared_data: Path) -> None:
    known = {"ping", "issues", "milestone", "release", "deployment", "deployment_status"}
    for event, path in events(shared_data):
        notice = GitHub.read_webhook({"x-github-event": event}, json.loads(path.read_text()))
        assert notice.event == event
        assert notice.known == (event in known), path


ASKED_ABOUT = {
    "issues": ("items", "issue", "number"),
    "milestone": ("sprints", "milestone", "number"),
    "release": ("releases", "release", "id"),
    "deployment": ("deployments", "deployment", "id"),
    "deployment_status": ("deployments", "deployment", "id"),
}


@pytest.mark.parametrize("event", list(ASKED_ABOUT))
def test_a_documented_payload_names_what_it_is_about(shared_data: Path, event: str) -> None:
    field, name, key = ASKED_ABOUT[event]
    paths = sorted((shared_data / "webhooks" / "github" / event).glob("*.json"))
    assert paths
    for path in paths:
        payload = json.loads(path.read_text())
        notice = GitHub.read_webhook({"x-github-event": event}, payload)
        asked = {name: list(getattr(notice, name)) for name in FIELDS}
        assert asked == {name: [] for name in FIELDS} | {field: [str(payload[name][key])]}, path


FIELDS = ("items", "sprints", "releases", "deployments")


def test_a_documented_issue_is_read_like_one_of_the_api(github: World, shared_data: Path) -> None:
    paths = (shared_data / "webhooks" / "github" / "issues").glob("*.json")
    issues = [json.loads(path.read_text())["issue"] for path in sorted(paths)]
    issues = [issue for issue in issues if "pull_request" not in issue]
    assert len(issues) > 20
    for issue in issues:
        github.server.next = [Reply(200, issue)]
        item = github.connector().fetch_item(str(issue["number"]))
        assert item.title == issue["title"]
        assert item.labels == [label["name"] for label in issue.get("labels") or []]
        assert item.updated_at == datetime.fromisoformat(issue["updated_at"])
        assert item.sprint == str((issue.get("milestone") or {}).get("number", ""))
