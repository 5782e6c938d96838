"""Which kinds of trackers there are."""

from devlink.connectors.base import Access, Connector

KINDS: dict[str, str] = {}
_CLASSES: dict[str, type[Connector]] = {}


def connector_class(kind: str) -> type[Connector]:
    """The connector of a kind; KeyError for an unknown one."""
    return _CLASSES[kind]


def connector_for(kind: str, access: Access, *, allow_private: bool = False) -> Connector:
    """A connector that reaches one tracker; with `allow_private` in the house's own network too."""
    return connector_class(kind)(access)
