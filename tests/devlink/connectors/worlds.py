"""A tracker of each kind with somebody at work in it, spoken to in the same words by tests."""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime

from devlink.connectors import registry, sample
from devlink.connectors.base import (
    Access,
    Connector,
    DeploymentStatus,
    ItemKind,
    ItemState,
    RemoteDeployment,
    RemoteRelease,
    RemoteSprint,
    SprintState,
)
from tests.devlink.connectors.board import STEP, TOKEN, Board, Deployment, Stretch, Version
from tests.devlink.connectors.fake_github import FakeGitHub
from tests.devlink.connectors.fake_gitlab import FakeGitLab
from tests.devlink.connectors.fake_jira import USER, FakeJira
from tests.devlink.connectors.server import FakeServer, serving

Webhook = tuple[Mapping[str, str], Mapping[str, object]]


@dataclass
class World:
    """A tracker behind a web server on loopback."""

    kind: str
    access: Access
    board: Board
    server: FakeServer | None
    signature: str
    webhook: Callable[[str], Webhook]
    prefix: str = ""

    @property
    def fake(self) -> FakeGitHub | FakeGitLab | FakeJira:
        """The vendor's side."""
        return self.server.answering

    def connector(self, **changes: str) -> Connector:
        """A connector to it, or one whose access differs."""
        access = replace(self.access, **changes)
        return registry.connector_for(self.kind, access, allow_private=True)

    def key_of(self, number: int) -> str:
        """By which an item is asked for."""
        return f"{self.prefix}{number}"

    def number_of(self, key: str) -> int:
        """By which the board knows the item."""
        return int(key.removeprefix(self.prefix))

    def add_item(self, title: str, kind: ItemKind = ItemKind.BUG, body: str = "") -> str:
        """Somebody makes an item."""
        return self.key_of(self.board.add_card(title, kind=kind.value, body=body).number)

    def change(self, key: str, **values: object) -> None:
        """Somebody changes or moves it."""
        self.board.change(self.number_of(key), **values)

    def remove(self, key: str) -> None:
        """Somebody deletes it."""
        del self.board.cards[self.number_of(key)]

    def add_sprint(self, name: str, state: str, starts: date | None, ends: date | None) -> None:
        """Somebody plans a sprint."""
        number = next(self.board.numbers)
        self.board.stretches[number] = Stretch(number, name, state, starts, ends)

    def put_in_sprint(self, key: str, name: str) -> None:
        """Somebody puts an item into a sprint."""
        numbers = {stretch.name: stretch.number for stretch in self.board.stretches.values()}
        self.board.change(self.number_of(key), sprint=numbers[name])

    def add_release(self, version: str, notes: str = "", at: datetime | None = None) -> None:
        """Somebody makes a release, or plans one when it has no date."""
        number = next(self.board.numbers)
        self.board.versions[number] = Version(number, version, notes, at)

    def deploy(self, ref: str, environment: str, *states: str) -> str:
        """A pipeline deploys, and says so once for each state."""
        row = Deployment(next(self.board.numbers), ref, environment, self.board.tick())
        row.statuses = [(state, self.board.tick()) for state in states]
        self.board.deployments[row.number] = row
        return str(row.number)

    def comments(self, key: str) -> list[str]:
        """What has been said on an item."""
        return [json.dumps(found.body) for found in self.board.comments_of(self.number_of(key))]

    def sign(self, secret: str, body: bytes) -> Mapping[str, str]:
        """The header by which this vendor proves a delivery."""
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        proofs = {"x-gitlab-token": secret}
        return {self.signature: proofs.get(self.signature, f"sha256={digest}")}


class SampleWorld(World):
    """The tracker in memory, which needs no server."""

    @property
    def there(self) -> sample.SampleProject:
        """The project."""
        return sample.project(self.access.project)

    def add_item(self, title: str, kind: ItemKind = ItemKind.BUG, body: str = "") -> str:
        return self.there.add_item(title, kind=kind, body=body, at=self.board.tick()).key

    def change(self, key: str, state: str = "", **values: object) -> None:
        at = self.board.tick()
        self.there.put_item(replace(self.there.items[key], updated_at=at, **values))
        if state:
            self.there.move_item(key, ItemState(state), at)

    def remove(self, key: str) -> None:
        del self.there.items[key]

    def add_sprint(self, name: str, state: str, starts: date | None, ends: date | None) -> None:
        key = str(next(self.there.numbers))
        self.there.sprints[key] = RemoteSprint(key, name, SprintState(state), starts, ends)

    def put_in_sprint(self, key: str, name: str) -> None:
        keys = {sprint.name: sprint.key for sprint in self.there.sprints.values()}
        self.change(key, sprint=keys[name])

    def add_release(self, version: str, notes: str = "", at: datetime | None = None) -> None:
        key = str(next(self.there.numbers))
        self.there.releases[key] = RemoteRelease(key, version, notes=notes, released_at=at)

    def deploy(self, ref: str, environment: str, *states: str) -> str:
        key = str(next(self.there.numbers))
        status = DeploymentStatus(states[-1] if states else "started")
        self.board.now += STEP * (len(states) + 1)
        at = self.board.now
        self.there.deployments[key] = RemoteDeployment(key, ref, environment, status, at)
        return key

    def comments(self, key: str) -> list[str]:
        return [body for (item, _), body in self.there.comments.items() if item == key]


def _github_webhook(key: str) -> Webhook:
    payload = {"action": "closed", "issue": {"number": int(key), "title": "…"}}
    return {"x-github-event": "issues", "x-github-delivery": "72d3162e-cc78"}, payload


def _gitlab_webhook(key: str) -> Webhook:
    payload = {"object_kind": "issue", "object_attributes": {"id": 5, "iid": int(key)}}
    return {"x-gitlab-event": "Issue Hook", "idempotency-key": "72d3162e-cc78"}, payload


def _jira_webhook(key: str) -> Webhook:
    payload = {"webhookEvent": "jira:issue_updated", "issue": {"id": "70005", "key": key}}
    return {"x-atlassian-webhook-identifier": "72d3162e-cc78"}, payload


def _sample_webhook(key: str) -> Webhook:
    return {"x-sample-event": "changed", "x-sample-delivery": "72d3162e-cc78"}, {"items": [key]}


@contextmanager
def github() -> Iterator[World]:
    """A repository."""
    board = Board("acme/shop")
    with serving(FakeGitHub(board)) as server:
        access = Access(server.address, "acme/shop", TOKEN)
        yield World("github", access, board, server, "x-hub-signature-256", webhook=_github_webhook)


@contextmanager
def gitlab() -> Iterator[World]:
    """A project in a group of a group."""
    board = Board("acme/web/shop")
    with serving(FakeGitLab(board)) as server:
        access = Access(server.address, "acme/web/shop", TOKEN)
        yield World("gitlab", access, board, server, "x-gitlab-token", webhook=_gitlab_webhook)


@contextmanager
def _jira(user: str) -> Iterator[World]:
    board = Board("SHOP")
    with serving(FakeJira(board, cloud=bool(user))) as server:
        yield World(
            "jira",
            Access(server.address, "SHOP", TOKEN, user),
            board,
            server,
            "x-hub-signature",
            webhook=_jira_webhook,
            prefix="SHOP-",
        )


def jira_cloud() -> Iterator[World]:
    """A project of Jira Cloud."""
    return _jira(USER)


def jira_server() -> Iterator[World]:
    """A project of Jira Data Center."""
    return _jira("")


@contextmanager
def in_memory() -> Iterator[World]:
    """A project of the sample tracker."""
    sample.reset()
    access = Access("", "shop", TOKEN)
    sample.project("shop").token = TOKEN
    yield SampleWorld(
        "sample", access, Board("shop"), None, "x-sample-signature", webhook=_sample_webhook
    )
    sample.reset()


REMOTE = {"github": github, "gitlab": gitlab, "jira": jira_server, "jira cloud": jira_cloud}
EVERY = REMOTE | {"sample": in_memory}
DEPLOYING = {name: make for name, make in EVERY.items() if not name.startswith("jira")}
