"""The trackers connectors are tried against."""

from collections.abc import Iterator

import pytest

from tests.devlink.connectors import worlds


@pytest.fixture(params=list(worlds.EVERY))
def world(request: pytest.FixtureRequest) -> Iterator[worlds.World]:
    """A tracker of each kind."""
    with worlds.EVERY[request.param]() as found:
        yield found


@pytest.fixture(params=list(worlds.REMOTE))
def remote(request: pytest.FixtureRequest) -> Iterator[worlds.World]:
    """A tracker of each kind that is reached over the network."""
    with worlds.REMOTE[request.param]() as found:
        yield found


@pytest.fixture(params=list(worlds.DEPLOYING))
def deploying(request: pytest.FixtureRequest) -> Iterator[worlds.World]:
    """A tracker of each kind that knows of deployments."""
    with worlds.DEPLOYING[request.param]() as found:
        yield found


@pytest.fixture
def github() -> Iterator[worlds.World]:
    """A repository on GitHub."""
    with worlds.github() as found:
        yield found


@pytest.fixture
def gitlab() -> Iterator[worlds.World]:
    """A project on GitLab."""
    with worlds.gitlab() as found:
        yield found


@pytest.fixture(params=["jira", "jira cloud"])
def jira(request: pytest.FixtureRequest) -> Iterator[worlds.World]:
    """A project in Jira, of either kind."""
    with worlds.REMOTE[request.param]() as found:
        yield found
