"""A tracker that lives in memory: what a test puts there is what it answers."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from devlink.connectors.base import (
    Access,
    ItemKind,
    ItemState,
    NewItem,
    Notice,
    RemoteDeployment,
    RemoteItem,
    RemoteRelease,
    RemoteSprint,
)

EPOCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class World:
    """One project as its tracker has it, and every call it was sent."""

    items: dict[str, RemoteItem] = field(default_factory=dict)
    sprints: list[RemoteSprint] = field(default_factory=list)
    releases: list[RemoteRelease] = field(default_factory=list)
    deployments: dict[str, RemoteDeployment] = field(default_factory=dict)
    comments: dict[tuple[str, str], str] = field(default_factory=dict)
    markers: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    # Raised once each, in order, by the calls of that name.
    troubles: dict[str, list[BaseException]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    endless: bool = False
    allow_private: bool | None = None

    def called(self, name: str, key: str = "") -> None:
        self.calls.append(f"{name} {key}".strip())
        waiting = self.troubles.get(name)
        if waiting:
            raise waiting.pop(0)

    def put(self, key: str, **words: Any) -> RemoteItem:
        """Makes or changes an item."""
        fresh = RemoteItem(
            key=key,
            title=f"Item {key}",
            url=f"https://tracker.example/{key}",
            kind=ItemKind.BUG,
            state=ItemState.TO_DO,
            created_at=EPOCH,
            updated_at=EPOCH,
        )
        self.items[key] = replace(self.items.get(key, fresh), **words)
        return self.items[key]


WORLDS: dict[str, World] = {}


class MemoryConnector:
    """Reaches the world of its project."""

    kind = "memory"

    def __init__(self, access: Access, *, allow_private: bool = False) -> None:
        self.access = access
        self.world = WORLDS[access.project]
        self.world.allow_private = allow_private

    def check(self) -> Sequence[str]:
        self.world.called("check")
        return self.world.missing

    def fetch_item(self, key: str) -> RemoteItem | None:
        self.world.called("fetch_item", key)
        if self.world.endless and key not in self.world.items:
            return replace(World().put(key), state=ItemState.IN_PROGRESS)
        return self.world.items.get(key)

    def list_items(self, since: datetime | None = None) -> Iterator[RemoteItem]:
        for item in sorted(self.world.items.values(), key=lambda one: one.updated_at):
            if since is None or item.updated_at >= since:
                self.world.called("list_items", item.key)
                yield item

    def list_sprints(self) -> Iterator[RemoteSprint]:
        self.world.called("list_sprints")
        yield from self.world.sprints

    def list_releases(self) -> Iterator[RemoteRelease]:
        self.world.called("list_releases")
        yield from self.world.releases

    def list_deployments(self, since: datetime | None = None) -> Iterator[RemoteDeployment]:
        self.world.called("list_deployments")
        yield from self.world.deployments.values()

    def fetch_deployment(self, key: str) -> RemoteDeployment | None:
        self.world.called("fetch_deployment", key)
        return self.world.deployments.get(key)

    def create_item(self, new: NewItem) -> RemoteItem:
        key = self.world.markers.get(new.marker)
        if key is None:
            key = str(100 + len(self.world.items))
            self.world.markers[new.marker] = key
            body = f"{new.body}\n<!-- {new.marker} -->"
            self.world.put(key, title=new.title, body=body, kind=new.kind)
        self.world.called("create_item", new.marker)
        return self.world.items[key]

    def put_comment(self, key: str, body: str, marker: str) -> str:
        self.world.comments[(key, marker)] = body
        self.world.called("put_comment", key)
        return f"https://tracker.example/{key}#comment"

    @staticmethod
    def delivery_id(headers: Mapping[str, str], body: bytes) -> str:
        return headers.get("x-memory-delivery", "") or hashlib.sha256(body).hexdigest()

    @staticmethod
    def is_genuine(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
        wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        given = headers.get("x-memory-signature", "")
        return bool(secret) and hmac.compare_digest(given, wanted)

    @staticmethod
    def read_webhook(headers: Mapping[str, str], payload: Mapping[str, object]) -> Notice:
        keys = {name: [str(payload[name])] for name in ("item", "release") if name in payload}
        keys |= {name: [str(payload[name])] for name in ("sprint", "deployment") if name in payload}
        return Notice(
            event=headers.get("x-memory-event", "changed"),
            known=bool(keys),
            items=keys.get("item", ()),
            sprints=keys.get("sprint", ()),
            releases=keys.get("release", ()),
            deployments=keys.get("deployment", ()),
        )


def signed(secret: str, payload: object, delivery: str = "", **headers: str) -> dict[str, Any]:
    """What a test client posts: the body and the headers of a delivery."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "data": body,
        "content_type": "application/json",
        "headers": {
            "X-Memory-Signature": signature,
            "X-Memory-Delivery": delivery,
            "X-Memory-Event": "changed",
            **headers,
        },
    }


def later(minutes: int) -> datetime:
    """So many minutes after the epoch of these tests."""
    return EPOCH + timedelta(minutes=minutes)
