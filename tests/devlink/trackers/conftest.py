"""A tracker in memory, known to the product as one of its kinds."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from devlink.actions import add_tracker
from devlink.connectors import registry
from devlink.connectors.base import Access, Connector
from devlink.models import Tracker
from tests.conftest import Cast
from tests.devlink.trackers.memory import WORLDS, MemoryConnector, World

SOON = timedelta(seconds=60)


def register_memory(patch: pytest.MonkeyPatch) -> None:
    """Adds the kind to the registry, beside those that are there."""
    known = registry.connector_class

    def class_of(kind: str) -> type[Connector]:
        return MemoryConnector if kind == "memory" else known(kind)

    def reach(kind: str, access: Access, *, allow_private: bool = False) -> Connector:
        return class_of(kind)(access, allow_private=allow_private)

    patch.setitem(registry.KINDS, "memory", "Memory")
    patch.setattr(registry, "connector_class", class_of)
    patch.setattr(registry, "connector_for", reach)


@pytest.fixture(autouse=True)
def _memory_kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    register_memory(monkeypatch)
    yield
    WORLDS.clear()


@pytest.fixture
def world() -> World:
    """The project house/shop of the tracker."""
    WORLDS["house/shop"] = World()
    return WORLDS["house/shop"]


@pytest.fixture
def made(cast: Cast, world: World) -> tuple[Tracker, str]:
    """A tracker of the payments team, and its webhook secret."""
    return add_tracker(
        actor=cast.ada,
        kind="memory",
        name="Forge",
        team=cast.payments_team,
        project="house/shop",
        base_url="https://tracker.example",
        token="canary-token-4711",
        components={"area/checkout": cast.checkout.pk},
    )


@pytest.fixture
def tracker(made: tuple[Tracker, str]) -> Tracker:
    """The same without its secret."""
    return made[0]


@pytest.fixture
def secret(made: tuple[Tracker, str]) -> str:
    """The tracker's webhook secret."""
    return made[1]


@pytest.fixture
def soon() -> Callable[[], object]:
    """A moment a run may last until."""
    return lambda: timezone.now() + SOON
