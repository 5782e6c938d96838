"""A tracker in memory, shared by all connectors of a process: for the demonstration and tests."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count

from devlink.connectors.base import (
    Access,
    ConnectorError,
    ItemKind,
    ItemState,
    NewItem,
    Notice,
    RemoteDeployment,
    RemoteItem,
    RemoteRelease,
    RemoteSprint,
)
from devlink.connectors.reading import text, texts
from devlink.connectors.signatures import is_signed, known_id

SITE = "https://tracker.example"
_LONGEST_KEY = 80
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass
class SampleProject:
    """One project with everything in it by key. `token` is the only one accepted, if there is one.

    `failure` is what every question is answered with while it is set.
    """

    name: str
    token: str = ""
    failure: ConnectorError | None = None
    items: dict[str, RemoteItem] = field(default_factory=dict)
    sprints: dict[str, RemoteSprint] = field(default_factory=dict)
    releases: dict[str, RemoteRelease] = field(default_factory=dict)
    deployments: dict[str, RemoteDeployment] = field(default_factory=dict)
    markers: dict[str, str] = field(default_factory=dict)
    comments: dict[tuple[str, str], str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def add_item(
        self,
        title: str,
        *,
        body: str = "",
        kind: ItemKind = ItemKind.TASK,
        state: ItemState = ItemState.TO_DO,
        labels: Sequence[str] = (),
        at: datetime | None = None,
    ) -> RemoteItem:
        """Puts a new item on the board, as somebody in the tracker would."""
        key = str(next(self.numbers))
        at = at or datetime.now(UTC)
        item = RemoteItem(
            key=key,
            title=title,
            url=f"{SITE}/{self.name}/items/{key}",
            kind=kind,
            state=state,
            body=body,
            labels=tuple(labels),
            created_at=at,
            updated_at=at,
        )
        return self.put_item(item)

    def move_item(self, key: str, state: ItemState, at: datetime | None = None) -> RemoteItem:
        """Moves an item on the board, as somebody in the tracker would."""
        at = at or datetime.now(UTC)
        ended = at if state in {ItemState.DONE, ItemState.CANCELLED} else None
        item = replace(self.items[key], state=state, updated_at=at, finished_at=ended)
        return self.put_item(item)

    def put_item(self, item: RemoteItem) -> RemoteItem:
        """Writes the item as given, over one with its key."""
        self.items[item.key] = item
        return item


_projects: dict[str, SampleProject] = {}


def project(name: str) -> SampleProject:
    """The project of that name, made on first use."""
    return _projects.setdefault(name, SampleProject(name))


def reset() -> None:
    """Forgets every project."""
    _projects.clear()


def delivery(
    secret: str,
    event: str,
    *,
    items: Sequence[str] = (),
    sprints: Sequence[str] = (),
    releases: Sequence[str] = (),
    deployments: Sequence[str] = (),
    delivery_id: str = "",
) -> tuple[Mapping[str, str], bytes]:
    """The headers and the body of a webhook this tracker would send."""
    keys = {"items": items, "sprints": sprints, "releases": releases, "deployments": deployments}
    body = json.dumps({name: list(found) for name, found in keys.items()}).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"x-sample-event": event, "x-sample-signature": f"sha256={digest}"}
    return headers | ({"x-sample-delivery": delivery_id} if delivery_id else {}), body


class Sample:
    """One project in memory. The address is not looked at, as nothing leaves the process."""

    kind = "sample"

    def __init__(self, access: Access, *, allow_private: bool = False) -> None:
        self._access = access

    def check(self) -> Sequence[str]:
        self._project()
        return []

    def fetch_item(self, key: str) -> RemoteItem | None:
        return self._project().items.get(key)

    def list_items(self, since: datetime | None = None) -> Iterator[RemoteItem]:
        found = [(item.updated_at or _EARLIEST, item) for item in self._project().items.values()]
        yield from (
            item
            for at, item in sorted(found, key=lambda pair: pair[0])
            if since is None or at >= since
        )

    def list_sprints(self) -> Iterator[RemoteSprint]:
        yield from list(self._project().sprints.values())

    def list_releases(self) -> Iterator[RemoteRelease]:
        yield from list(self._project().releases.values())

    def list_deployments(self, since: datetime | None = None) -> Iterator[RemoteDeployment]:
        found = sorted(self._project().deployments.values(), key=lambda row: row.at)
        yield from (row for row in found if since is None or row.at >= since)

    def fetch_deployment(self, key: str) -> RemoteDeployment | None:
        return self._project().deployments.get(key)

    def create_item(self, new: NewItem) -> RemoteItem:
        there = self._project()
        if new.marker in there.markers:
            return there.items[there.markers[new.marker]]
        labels = list(dict.fromkeys([*new.labels, new.kind.value]))
        item = there.add_item(new.title, body=new.body, kind=new.kind, labels=labels)
        there.markers[new.marker] = item.key
        return item

    def put_comment(self, key: str, body: str, marker: str) -> str:
        there = self._project()
        if key not in there.items:
            raise ConnectorError(f"Item {key} is no longer in {there.name}.", permanent=False)
        there.comments[key, marker] = body
        place = [sign for item, sign in there.comments if item == key].index(marker)
        return f"{there.items[key].url}#comment-{place + 1}"

    @staticmethod
    def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
        return known_id(headers.get("x-sample-delivery", ""), body)

    @staticmethod
    def is_genuine(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
        return is_signed(secret, headers.get("x-sample-signature", ""), body)

    @staticmethod
    def read_webhook(headers: Mapping[str, str], payload: Mapping[str, object]) -> Notice:
        event = text(headers.get("x-sample-event", ""))

        def named(name: str) -> Sequence[str]:
            return [key for key in texts(payload, name) if 0 < len(key) <= _LONGEST_KEY]

        return Notice(
            event=event,
            known=event in {"ping", "changed", "deployed"},
            items=named("items"),
            sprints=named("sprints"),
            releases=named("releases"),
            deployments=named("deployments"),
        )

    def _project(self) -> SampleProject:
        there = project(self._access.project)
        if there.failure is not None:
            raise there.failure
        if there.token and there.token != self._access.token:
            raise ConnectorError(
                "The sample tracker does not accept the token. Enter the right one.",
                permanent=True,
            )
        return there
