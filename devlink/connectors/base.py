"""What a tracker is to us: one Protocol, frozen rows for everything remote, one error.

No Django in this package: a connector gets what it needs and gives back plain rows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class ConnectorError(Exception):
    """The only error that leaves a connector; the message is a sentence for an administrator.

    A permanent one (wrong key, project gone) disables the tracker until somebody mends it. A
    temporary one is tried again, not before `retry_after` seconds when the tracker said so.
    """

    def __init__(self, message: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.permanent = permanent
        self.retry_after = retry_after


class ItemKind(StrEnum):
    """What a piece of work is, in our words."""

    BUG = "bug"
    STORY = "story"
    TASK = "task"
    REQUIREMENT = "requirement"


class ItemState(StrEnum):
    """How far it is, in our words: what development answers by moving it."""

    TO_DO = "to_do"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"


class SprintState(StrEnum):
    """Where in its life a sprint is."""

    PLANNING = "planning"
    ACTIVE = "active"
    CLOSED = "closed"


class DeploymentStatus(StrEnum):
    """How a deployment went."""

    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True)
class Access:
    """How a tracker is reached. `project` is owner/name, group/path or a project key.

    `user` is the account's name or address where the tracker signs in with both (Jira).
    """

    base_url: str
    project: str
    token: str = field(repr=False)
    user: str = ""


@dataclass(frozen=True)
class RemoteItem:
    """A piece of work as the tracker has it. `key` never changes and finds it again."""

    key: str
    title: str
    url: str
    kind: ItemKind
    state: ItemState
    body: str = ""
    assignee: str = ""
    assignee_email: str = ""
    sprint: str = ""
    fix_versions: Sequence[str] = ()
    labels: Sequence[str] = ()
    created_at: datetime | None = None
    updated_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True)
class RemoteSprint:
    """A sprint, milestone or iteration."""

    key: str
    name: str
    state: SprintState
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True)
class RemoteRelease:
    """A version, with notes and the instant it came out when it did."""

    key: str
    version: str
    name: str = ""
    notes: str = ""
    url: str = ""
    released_at: datetime | None = None


@dataclass(frozen=True)
class RemoteDeployment:
    """A version moved into an environment; `ref` is the tag, branch or commit."""

    key: str
    ref: str
    environment: str
    status: DeploymentStatus
    at: datetime
    url: str = ""


@dataclass(frozen=True)
class NewItem:
    """A piece of work to be made. `marker` is a text of ours by which it is found again."""

    title: str
    body: str
    kind: ItemKind
    marker: str
    labels: Sequence[str] = ()


@dataclass(frozen=True)
class Notice:
    """What a webhook says may have changed: only what to ask the tracker about.

    `event` is the vendor's name of it; `known` is False for one we do nothing about.
    """

    event: str
    known: bool = True
    items: Sequence[str] = ()
    sprints: Sequence[str] = ()
    releases: Sequence[str] = ()
    deployments: Sequence[str] = ()


class Connector(Protocol):
    """A tracker. Every call may raise ConnectorError and nothing else.

    Lists come page by page, oldest change first, so that whoever stops half way goes on later.
    """

    kind: str

    def __init__(self, access: Access) -> None: ...

    def check(self) -> Sequence[str]:
        """What is missing for everything to work, a sentence each; empty when all is well."""

    def fetch_item(self, key: str) -> RemoteItem | None:
        """The item as it is now; None when it is gone or out of reach."""

    def list_items(self, since: datetime | None = None) -> Iterator[RemoteItem]:
        """Items changed since then, or all."""

    def list_sprints(self) -> Iterator[RemoteSprint]:
        """Every sprint of the project."""

    def list_releases(self) -> Iterator[RemoteRelease]:
        """Every version of the project."""

    def list_deployments(self, since: datetime | None = None) -> Iterator[RemoteDeployment]:
        """Deployments since then; nothing where the tracker knows of none."""

    def fetch_deployment(self, key: str) -> RemoteDeployment | None:
        """The deployment as it is now."""

    def create_item(self, new: NewItem) -> RemoteItem:
        """Makes the item; the one that carries the marker already when there is one."""

    def put_comment(self, key: str, body: str, marker: str) -> str:
        """Writes the one comment with this marker on the item, or edits it; its web address.

        The marker stands in the comment unseen by readers where the tracker allows it.
        """

    @staticmethod
    def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
        """By which the same delivery is known again; header names are lower case."""

    @staticmethod
    def is_genuine(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether whoever sent this knows the secret, in constant time; False without a secret."""

    @staticmethod
    def read_webhook(headers: Mapping[str, str], payload: Mapping[str, object]) -> Notice:
        """What it says; never an error, whatever the payload is."""
