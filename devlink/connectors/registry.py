"""Which kinds of trackers there are; a connector is loaded when it is first needed."""

from functools import cache
from importlib import import_module

from devlink.connectors.base import Access, Connector

KINDS: dict[str, str] = {
    "github": "GitHub",
    "gitlab": "GitLab",
    "jira": "Jira",
    "sample": "Sample tracker",
}
"""Every kind with its name for people."""

_PATHS = {
    "github": "devlink.connectors.github.GitHub",
    "gitlab": "devlink.connectors.gitlab.GitLab",
    "jira": "devlink.connectors.jira.Jira",
    "sample": "devlink.connectors.sample.Sample",
}


@cache
def connector_class(kind: str) -> type[Connector]:
    """The connector of a kind; KeyError for an unknown one."""
    module, _, name = _PATHS[kind].rpartition(".")
    found: type[Connector] = getattr(import_module(module), name)
    return found


def connector_for(kind: str, access: Access, *, allow_private: bool = False) -> Connector:
    """A connector that reaches one tracker; with `allow_private` in the house's own network too."""
    if allow_private:
        return connector_class(kind)(access, allow_private=True)
    return connector_class(kind)(access)
